// Guesses the person's time zone, so that most people need not search the list.

/** Chooses the browser's time zone in lists where nothing is chosen yet. */
export function guessTimeZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const list of document.querySelectorAll<HTMLSelectElement>("[data-guess-time-zone]")) {
    const isKnown = [...list.options].some((option) => option.value === zone);
    if (list.value === "" && isKnown) list.value = zone;
  }
}
