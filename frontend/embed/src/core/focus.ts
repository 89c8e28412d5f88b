// What has the focus, and what stands around it.

/** What has the focus, also within open shadow roots; null when nothing has. */
export function focused(): HTMLElement | null {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one instanceof HTMLElement && one !== document.body ? one : null;
}

/** Whether an element or something within has it, also in a shadow root of its own. */
export function hasFocus(element: Element): boolean {
  return surroundingsOf(focused()).includes(element);
}

/** An element and those around it, from within, across shadow roots; they may stay when it goes. */
export function surroundingsOf(element: Element | null): Element[] {
  const found: Element[] = [];
  let one: Node | null = element;
  while (one) {
    if (one instanceof Element) found.push(one);
    one = one instanceof ShadowRoot ? one.host : one.parentNode;
  }
  return found;
}
