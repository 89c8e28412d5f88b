// The page of the checklist, when its last step is done without loading it anew.

/** Loads the page that celebrates, once the element says that all is done. */
export function celebrateWhenDone(): void {
  document.addEventListener("fm:checklist-progress", (event) => {
    const { activated } = (event as CustomEvent<{ activated: boolean }>).detail;
    if (activated) location.reload();
  });
}
