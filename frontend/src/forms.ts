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
    disable(button);
  });
  // The back button brings the page as it was left: with the button still disabled.
  window.addEventListener("pageshow", enableAll);
}

function disable(button: HTMLButtonElement): void {
  button.dataset["label"] = button.textContent ?? "";
  button.textContent = document.body.dataset["sending"] ?? button.textContent;
  button.disabled = true;
}

function enableAll(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-label]")) {
    button.textContent = button.dataset["label"] ?? "";
    button.disabled = false;
    delete button.dataset["label"];
  }
}
