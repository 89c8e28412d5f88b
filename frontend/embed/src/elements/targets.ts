// Where in the page something belongs: `data-fm` first, then a selector.

const PATIENCE = 2_000; // milliseconds; what a page draws later than that counts as missing

/** The element of a name, if the page shows it. */
export function targetOf(name: string): HTMLElement | null {
  const named = document.querySelectorAll<HTMLElement>(`[data-fm="${CSS.escape(name)}"]`);
  return [...named].find(isShown) ?? bySelector(name);
}

/** The element of a name as soon as the page has it; null when it does not come. */
export function awaitTarget(name: string, signal: AbortSignal): Promise<HTMLElement | null> {
  const found = targetOf(name);
  if (found) return Promise.resolve(found);
  return new Promise((resolve) => {
    const settle = (target: HTMLElement | null) => {
      watching.disconnect();
      clearTimeout(timer);
      resolve(target);
    };
    const look = () => {
      const target = targetOf(name);
      if (target) settle(target);
    };
    const watching = new MutationObserver(look);
    watching.observe(document, { childList: true, subtree: true, attributes: true });
    const timer = setTimeout(() => settle(null), PATIENCE);
    signal.addEventListener("abort", () => settle(null), { once: true });
  });
}

function bySelector(selector: string): HTMLElement | null {
  try {
    return [...document.querySelectorAll<HTMLElement>(selector)].find(isShown) ?? null;
  } catch {
    return null; // no selector: a name the page does not have
  }
}

/** Whether the page shows it at all. */
export function isShown(element: HTMLElement): boolean {
  return element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
}
