// The one polite region that tells those who listen what changed.

let region: HTMLElement | null = null;

/** Says a sentence when the listener is idle. */
export function say(sentence: string): void {
  if (!region?.isConnected) region = document.body.appendChild(hiddenRegion());
  // The same words twice are no change, and would not be heard.
  const repeated = region.textContent === sentence;
  region.textContent = repeated ? `${sentence}\u00a0` : sentence;
}

function hiddenRegion(): HTMLElement {
  const made = document.createElement("div");
  made.setAttribute("role", "status");
  made.setAttribute("data-firstmile-says", "");
  Object.assign(made.style, {
    position: "fixed",
    width: "1px",
    height: "1px",
    overflow: "hidden",
    clipPath: "inset(50%)",
    whiteSpace: "nowrap",
  });
  return made;
}
