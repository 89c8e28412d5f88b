// Help beside the page: the link in the footer becomes the button of a panel, once the page is quiet.

type Help = HTMLElement & { open(slug?: string): Promise<void> };

/** Loads the panel when nothing else is to do, or before that when somebody asks for it. */
export function offerHelpInPlace(): void {
  const link = document.querySelector<HTMLAnchorElement>("a[data-help]");
  if (!link) return;
  const waiting = new AbortController();
  let placed: Promise<Help> | undefined;
  const place = () => (placed ??= placedBeside(link, waiting));
  document.addEventListener(
    "keydown",
    (pressed) => {
      if (pressed.key !== "/" || !(pressed.ctrlKey || pressed.metaKey) || pressed.altKey) return;
      pressed.preventDefault();
      void place().then((help) => help.open());
    },
    { signal: waiting.signal },
  );
  document.addEventListener("click", (clicked) => {
    const one = clicked.target instanceof Element && clicked.target.closest<HTMLElement>("a[data-article]");
    if (!one || clicked.ctrlKey || clicked.metaKey || clicked.shiftKey || clicked.button) return;
    clicked.preventDefault();
    one.closest<HTMLElement>("[popover]")?.hidePopover(); // its sign has the focus again
    void place().then((help) => help.open(one.dataset["article"]));
  });
  if ("requestIdleCallback" in window) requestIdleCallback(() => void place());
  else addEventListener("load", () => void place());
}

/** The element in the place of the link, which stays if the element never comes. */
async function placedBeside(link: HTMLAnchorElement, waiting: AbortController): Promise<Help> {
  const help = document.createElement("fm-help") as Help;
  const all = document.createElement("a");
  all.slot = "more";
  all.href = link.href;
  all.textContent = link.dataset["help"] ?? "";
  help.append(link.textContent ?? "", all);
  link.after(help);
  await customElements.whenDefined("fm-help");
  waiting.abort(); // from here on it hears its keys itself
  const hadFocus = document.activeElement === link;
  link.hidden = true;
  if (hadFocus) help.shadowRoot?.querySelector("button")?.focus();
  return help;
}
