// Makes the list of flags quick: filters while one types, and walks it by j and k.
import { areKeysOn, isTyping } from "./search";

/** Filters the lines of the list and lets the keyboard walk them. */
export function quickenFlagList(): void {
  const filter = document.querySelector<HTMLInputElement>("input[data-filter]");
  const list = document.getElementById(filter?.dataset["filter"] ?? "");
  if (!filter || !list) return;
  const lines = [...list.querySelectorAll<HTMLElement>("[data-words]")];
  const nothing = document.querySelector<HTMLElement>("[data-nothing-fits]");
  const help = document.querySelector<HTMLElement>("[data-keys-help]");
  if (help) help.hidden = !areKeysOn();
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const line of lines) {
      const text = line.dataset["words"]?.toLowerCase() ?? "";
      line.hidden = !words.every((word) => text.includes(word));
    }
    if (nothing) nothing.hidden = lines.some((line) => !line.hidden);
  });
  document.addEventListener("keydown", (pressed) => {
    const isBare = !pressed.ctrlKey && !pressed.metaKey && !pressed.altKey;
    if (!isBare || !areKeysOn() || isTyping(pressed.target)) return;
    if (pressed.key === "j") walk(lines, 1);
    if (pressed.key === "k") walk(lines, -1);
  });
}

function walk(lines: HTMLElement[], by: number): void {
  const links = lines.filter((line) => !line.hidden).map((line) => line.querySelector("a"));
  const here = links.findIndex((link) => link === document.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
}
