// Skips and snoozes steps of the checklist without loading the page anew.
import htmx from "htmx.org";

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
    };
  }
}

interface HtmxInside {
  initSecurity(policy: unknown, evaluate: () => never, evaluateLater: () => never): void;
}

// htmx parses answers of our own server only (its mode is same-origin); everything else stays barred
// from turning text into markup by the page's Content-Security-Policy.
const ownAnswers = window.trustedTypes?.createPolicy("htmx", { createHTML: (text: string) => text });

function refuseToEvaluate(): never {
  throw new Error("No attribute may hold code.");
}

htmx.registerExtension("firstmile-csp", {
  init(inside: HtmxInside) {
    inside.initSecurity(
      ownAnswers ?? { createHTML: (text: string) => text },
      refuseToEvaluate,
      refuseToEvaluate,
    );
  },
});

document.addEventListener("htmx:after:swap", () => {
  // The address may still name the notice of an earlier step; a reload should not repeat it.
  history.replaceState(null, "", location.pathname);
  document.querySelector<HTMLElement>("[data-error-summary], [data-notice]")?.focus();
});
