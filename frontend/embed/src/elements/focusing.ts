// Where the focus goes when what had it goes.
import { focused, hasFocus } from "../core/focus.ts";
import { isShown } from "./targets.ts";

/** Gives the focus to the first that takes it, or else to the start of what the page is about. */
export function focusFirst(candidates: (Element | null)[]): void {
  focused()?.blur(); // so that who has it next has taken it
  if (!candidates.some(takesFocus)) focusStart();
}

/** What leads to where somebody was: it, what opens the place it is hidden in, what hands the focus on. */
export function waysTo([element, ...around]: readonly Element[]): Element[] {
  const ways = around.flatMap((one) => {
    const opener = openerOf(one);
    // A part of the page that takes the focus from script alone is no control.
    if (one.getAttribute("tabindex") === "-1" || one === document.body) return [];
    return opener ? [opener, one] : [one];
  });
  return element ? [element, ...ways] : ways;
}

function takesFocus(one: Element | null): boolean {
  if (!(one instanceof HTMLElement) || !one.isConnected) return false;
  one.focus();
  const taken = focused();
  // WebKit gives it to what stands in no slot, too.
  return taken !== null && isShown(taken) && hasFocus(one);
}

function openerOf(one: Element): Element | null {
  if (one instanceof HTMLDetailsElement) return one.querySelector(":scope > summary");
  if (!one.id || !one.hasAttribute("popover")) return null;
  return (one.getRootNode() as ParentNode).querySelector?.(`[popovertarget="${CSS.escape(one.id)}"]`) ?? null;
}

/** The heading of the page or its main part: quietly, as nobody chose it. */
function focusStart(): void {
  const start = ["h1", "main", "[role=main]"].map((one) => document.querySelector<HTMLElement>(one)).find((one) => one);
  if (!start) return;
  const isOurs = !start.hasAttribute("tabindex");
  const { outline } = start.style;
  if (isOurs) start.tabIndex = -1;
  start.style.outline = "none";
  start.focus({ preventScroll: true });
  const restore = () => {
    start.style.outline = outline;
    if (isOurs) start.removeAttribute("tabindex");
  };
  start.addEventListener("blur", restore, { once: true });
}
