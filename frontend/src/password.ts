// Shows a password to the person who types it.

/** Reveals the button that shows the password; without script it stays hidden. */
export function offerToShowPasswords(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-show-password]")) {
    const input = inputOf(button.getAttribute("aria-controls"));
    if (!input) continue;
    button.hidden = false;
    button.addEventListener("click", () => toggle(button, input));
    // A password manager saves what it sees in a password field, so hide it again before sending.
    input.form?.addEventListener("submit", () => (input.type = "password"));
  }
}

function inputOf(id: string | null): HTMLInputElement | null {
  const found = id ? document.getElementById(id) : null;
  return found instanceof HTMLInputElement ? found : null;
}

function toggle(button: HTMLButtonElement, input: HTMLInputElement): void {
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}
