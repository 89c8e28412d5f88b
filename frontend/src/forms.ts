// How forms answer the person who sends them.

/** Moves the focus to the list of mistakes, so that it is the first thing read. */
export function focusErrors(): void {
  document.querySelector<HTMLElement>("[data-error-summary]")?.focus();
}

/** Disables a form's button while the form is on its way, and says so. */
export function guardAgainstDoubleSending(): void {
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.defaultPrevented || !(button instanceof HTMLButtonElement)) return;
    // Not at once: a button that is disabled by now would not send its own name and value.
    setTimeout(() => disable(button));
  });
  // The back button brings the page as it was left: with the button still disabled.
  window.addEventListener("pageshow", enableAll);
}

/** What a button showed before its form was sent: its words, and a drawing beside them. */
const labels = new Map<HTMLButtonElement, ChildNode[]>();

function disable(button: HTMLButtonElement): void {
  labels.set(button, [...button.childNodes]);
  button.replaceChildren(document.body.dataset["sending"] ?? button.textContent ?? "");
  button.disabled = true;
}

function enableAll(): void {
  for (const [button, label] of labels) {
    button.replaceChildren(...label);
    button.disabled = false;
  }
  labels.clear();
}
