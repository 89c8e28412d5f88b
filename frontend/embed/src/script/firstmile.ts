// The script tag: a client for the server it came from, set up by the tag's attributes.
import type { Firstmile } from "../core/firstmile.ts";
import { createFirstmile } from "../core/offering.ts";
import type { Options } from "../core/options.ts";
import { ownPlace } from "../core/places.ts";
import { load, loadAsUsed } from "./parts.ts";

export * from "../index.ts";
export { load };

type Use = (client: Firstmile) => void;

declare global {
  interface Window {
    /** The client, once the script is there. */
    firstmile?: Firstmile;
    /** What to do with the client; filled before the script is there. */
    firstmileQueue?: { push(...uses: Use[]): number };
  }
}

if (!window.firstmile) begin();

function begin(): void {
  const told = ownTag()?.dataset ?? {};
  const client = createFirstmile({
    server: told["server"] ?? import.meta.url.replace(/embed\/[^/]+\/[^/]+$/, ""),
    key: told["key"] ?? null,
    project: told["project"] ?? null,
    ...("own" in told && { route: ownPlace }),
    ...(told["language"] && { language: told["language"] }),
    ...(told["mode"] && { mode: told["mode"] as NonNullable<Options["mode"]> }),
  });
  window.firstmile = client;
  loadAsUsed();
  if (told["guidance"] !== "off") guide(client);
  const earlier = (window.firstmileQueue as Use[] | undefined) ?? [];
  window.firstmileQueue = { push: (...uses) => (uses.forEach((use) => use(client)), 0) };
  for (const use of earlier) use(client);
}

/** Loads what guides people once there is something to show. */
function guide(client: Firstmile): void {
  const stop = client.subscribe(({ state, wanted }) => {
    if (!state?.content.length && !wanted) return;
    stop();
    load("guide").then((part) => (part as { present: (client: Firstmile) => void }).present(client), console.error);
  });
}

/** The tag that loaded this script: by its address, or one of ours from where it came, after a redirect. */
function ownTag(): HTMLScriptElement | undefined {
  const scripts = [...document.scripts].filter((script) => script.src);
  return (
    scripts.find((script) => script.src === import.meta.url) ??
    scripts.find((script) => {
      const { origin, pathname } = new URL(script.src);
      return origin === new URL(import.meta.url).origin && /\/embed\/[^/]+\/firstmile\.js$/.test(pathname);
    })
  );
}
