// The client of a page, offered to every element that was given no other.
import { Firstmile } from "./firstmile.ts";
import type { Options } from "./options.ts";

let offered: Firstmile | null = null;
const waiting = new Set<(client: Firstmile) => void>();

/** A client for a server. */
export function createFirstmile(options: Options): Firstmile {
  const client = new Firstmile(options);
  if (typeof window !== "undefined") offer(client);
  return client;
}

/** The page's first client that has not ended, for every element that was given no other; calls back once there is one. */
export function whenOffered(use: (client: Firstmile) => void): () => void {
  if (offered) use(offered);
  else waiting.add(use);
  return () => waiting.delete(use);
}

/** Offers a client to elements that were given none; the first one stays until it ends. */
export function offer(client: Firstmile): void {
  if (offered) return;
  offered = client;
  client.ending.addEventListener("abort", () => (offered = null));
  (window as { __firstmile?: object }).__firstmile = {
    explain: (key?: string) => client.explain(key),
  };
  for (const use of waiting) use(client);
  waiting.clear();
}
