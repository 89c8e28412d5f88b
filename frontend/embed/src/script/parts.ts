// The parts of the script that come when they are needed, each held to its hash.

/** A file and what it needs, with their hashes (Subresource Integrity); written by the build. */
type Files = Record<string, [file: string, integrity: string][]>;

declare const __PARTS__: Files;

export type Part = "fm-checklist" | "fm-gate" | "fm-help" | "fm-consent" | "fm-tip" | "fm-tour" | "guide";

const loaders: Record<Part, () => Promise<unknown>> = {
  "fm-checklist": () => import("../elements/checklist.ts"),
  "fm-gate": () => import("../elements/gate.ts"),
  "fm-help": () => import("../elements/help.ts"),
  "fm-consent": () => import("../elements/consent.ts"),
  "fm-tip": () => import("../elements/tip.ts"),
  "fm-tour": () => import("../elements/tour.ts"),
  guide: () => import("../elements/guide.ts"),
};

export const parts = Object.keys(loaders) as Part[];

const asked = new Map<Part, Promise<unknown>>();

/** Loads a part once; one that is not what the build made is not run. */
export function load(part: Part): Promise<unknown> {
  if (!asked.has(part)) asked.set(part, checked(part).then(loaders[part]));
  return asked.get(part)!;
}

// A module that was preloaded with a hash is the one that `import` takes afterwards. An import map
// could hold the hashes too, but only inline, which strict policies bar.
async function checked(part: Part): Promise<void> {
  if (!document.createElement("link").relList.supports("modulepreload")) return;
  await Promise.all((__PARTS__[part] ?? []).map(([file, integrity]) => preload(file, integrity)));
}

const preloaded = new Map<string, Promise<void>>();

function preload(file: string, integrity: string): Promise<void> {
  if (!preloaded.has(file)) preloaded.set(file, preloading(file, integrity));
  return preloaded.get(file)!;
}

function preloading(file: string, integrity: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = new URL(file, import.meta.url).href;
  link.integrity = integrity;
  link.crossOrigin = "anonymous";
  link.nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new Error(`Firstmile: ${file} could not be loaded.`)));
    document.head.append(link);
  });
}

/** Loads the elements that stand in the page, now and later. */
export function loadAsUsed(): void {
  const waiting = parts.filter((part) => part !== "guide" && !customElements.get(part));
  const selector = waiting.join();
  const look = (root: ParentNode) => {
    for (const found of root.querySelectorAll(selector)) void load(found.localName as Part);
  };
  look(document);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        if (node.matches(selector)) void load(node.localName as Part);
        if (node.firstElementChild) look(node);
      }
    }
  }).observe(document, { childList: true, subtree: true });
}
