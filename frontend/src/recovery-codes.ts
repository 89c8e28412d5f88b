// Ways to keep recovery codes that a page without script does not have.

/** Reveals the buttons that copy and print; downloading needs no script. */
export function offerToKeepCodes(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    const list = document.getElementById(button.dataset["copy"] ?? "");
    if (!list || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => void copy(list, button));
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

async function copy(list: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const codes = [...list.querySelectorAll("code")].map((code) => code.textContent ?? "");
  await navigator.clipboard.writeText(codes.join("\n"));
  button.textContent = button.dataset["done"] ?? button.textContent;
}
