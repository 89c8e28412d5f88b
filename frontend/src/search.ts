// Brings the keyboard to the search of the console.

const KEPT = "search-by-slash";

/** Focuses the filter of the page, or the search, when `/` is pressed outside a field, unless that is switched off. */
export function searchBySlash(): void {
  const search =
    document.querySelector<HTMLInputElement>("input[data-filter]") ??
    document.querySelector<HTMLInputElement>("input[data-search]");
  if (!search) return;
  offerSwitch();
  document.addEventListener("keydown", (pressed) => {
    const isBare = !pressed.ctrlKey && !pressed.metaKey && !pressed.altKey;
    if (pressed.key !== "/" || !isBare || isTyping(pressed.target) || !areKeysOn()) return;
    pressed.preventDefault();
    search.focus();
    search.select();
  });
}

/** Who speaks to their machine says words that hold this key (WCAG 2.1.4). */
function offerSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-slash]");
  if (!button) return;
  const show = () => {
    button.textContent = (areKeysOn() ? button.dataset["on"] : button.dataset["off"]) ?? "";
    button.hidden = false;
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, areKeysOn() ? "off" : "on");
    show();
  });
  show();
}

/** Whether keys without a modifier do anything. */
export function areKeysOn(): boolean {
  return localStorage.getItem(KEPT) !== "off";
}

/** Whether a key pressed here is text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]");
}
