// A form that takes boxes of the page along, which stand in another form.

/** Sends the boxes that `data-with` names, when they are ticked. */
export function takeBoxesAlong(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["with"] === undefined) return;
    for (const name of form.dataset["with"].split(" ")) {
      const box = document.querySelector<HTMLInputElement>(`input[type=checkbox][name="${name}"]`);
      form.querySelector(`input[type=hidden][name="${name}"]`)?.remove();
      if (box?.checked) form.append(hidden(name, box.value));
    }
  });
}

function hidden(name: string, value: string): HTMLInputElement {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  return input;
}
