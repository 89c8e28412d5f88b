// Help while a password is typed; nothing leaves the page.

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

/** Says how many characters are still missing, then that the length is enough. */
export function countPasswordLength(): void {
  for (const hint of document.querySelectorAll<HTMLElement>("[data-length-of]")) {
    const input = inputOf(hint.dataset["lengthOf"] ?? null);
    if (!input) continue;
    input.addEventListener("input", () => describe(hint, input));
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

function describe(hint: HTMLElement, input: HTMLInputElement): void {
  const missing = input.minLength - [...input.value].length;
  const isLongEnough = missing <= 0;
  hint.dataset["state"] = isLongEnough ? "enough" : "short";
  if (input.value === "") {
    hint.textContent = "";
  } else if (isLongEnough) {
    hint.textContent = hint.dataset["enough"] ?? "";
  } else {
    const words = missing === 1 ? hint.dataset["oneMissing"] : hint.dataset["manyMissing"];
    hint.textContent = (words ?? "").replace("{count}", String(missing));
  }
}
