// Loaded first in the guided page: what its scripts do by the clock, and where Tab should lead.

window.ticks = 0;
for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"]) {
  const original = window[name];
  window[name] = (act, ...more) =>
    original.call(
      window,
      (...given) => {
        window.ticks += 1;
        return act(...given);
      },
      ...more,
    );
}

/** How often a timer of the page's scripts went off in so many milliseconds. */
window.ticksWithin = (milliseconds) => {
  const before = window.ticks;
  return new Promise((done) => setTimeout(() => done(window.ticks - before - 1), milliseconds));
};

const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";

const insideOf = (element) => {
  const slotted = element.localName === "slot" ? element.assignedElements() : [];
  return slotted.length ? slotted : [...(element.shadowRoot ?? element).children];
};
const all = (element) => [element, ...insideOf(element).flatMap(all)];
const isStop = (element) =>
  element.matches(CONTROLS) &&
  !element.disabled &&
  element.tabIndex >= 0 &&
  element.checkVisibility({ visibilityProperty: true });
const nameOf = (element) => {
  const host = element.getRootNode().host?.localName ?? "page";
  return `${host}: ${element.ariaLabel ?? element.textContent.trim().replace(/\s+/g, " ")}`;
};

/** Every control of the page, in the order in which people read it. */
window.stops = () => all(document.body).filter(isStop).map(nameOf);

window.focusFirstStop = () => all(document.body).find(isStop).focus();

/** The control that has the focus, in whatever tree. */
window.focusedStop = () => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return nameOf(element);
};
