// What the tests do inside a page of WebKit, whose driver sees neither console nor shadow roots.

const rootsOf = (root) => [
  root,
  ...[...root.querySelectorAll("*")].flatMap((one) => (one.shadowRoot ? rootsOf(one.shadowRoot) : [])),
];
const within = (scope) => [...(scope.shadowRoot ? rootsOf(scope.shadowRoot) : []), ...rootsOf(scope)];

/** All elements that `a >> b` means. */
const sought = (selector) =>
  selector.split(" >> ").reduce(
    (scopes, part) => [
      ...new Set(scopes.flatMap(within).flatMap((root) => [...root.querySelectorAll(part)])),
    ],
    [document],
  );

const isShown = (element) =>
  element.getClientRects().length > 0 && element.checkVisibility({ visibilityProperty: true });

const textOf = (element) =>
  [element, ...[...element.querySelectorAll("*")]]
    .map((one) => one.shadowRoot?.textContent ?? "")
    .reduce((all, more) => all + more, element.textContent);

/** The first that is shown and has the text in it. */
const shown = (selector, saying) =>
  sought(selector).find((one) => isShown(one) && textOf(one).toLowerCase().includes(saying.toLowerCase()));

/** Keep errors from now on, and violations since the page began: they are reported later too. */
const listen = () => {
  if (window.heardByTests) return;
  const heard = (window.heardByTests = []);
  const keep = (what) => heard.push(String(what));
  addEventListener("error", (event) => event.message && keep(event.message));
  addEventListener("unhandledrejection", (event) => keep(event.reason));
  for (const kind of ["error", "warn"]) {
    const said = console[kind];
    console[kind] = (...words) => (keep(words.join(" ")), said.apply(console, words));
  }
  const observer = new ReportingObserver(
    (reports) => reports.forEach(({ type, body }) => keep(`${type} ${JSON.stringify(body.toJSON())}`)),
    { buffered: true },
  );
  observer.observe();
};

/** What was heard since it was last asked. */
const takeHeard = () => window.heardByTests?.splice(0) ?? [];
