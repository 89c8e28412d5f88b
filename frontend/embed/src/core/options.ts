// What a page says of itself when it makes a client.
import type { Token } from "./door.ts";

/** How a page uses a server; only `server` must be said. */
export interface Options {
  /** The address of the Firstmile server. */
  server: string | URL;
  /** An access token, or what fetches one; without it the session cookie, on the server's own pages. */
  token?: Token | null;
  /** A public SDK key: says which environment is asked. */
  key?: string | null;
  /** The project whose shared steps are meant, by its id; otherwise the one the person joined first. */
  project?: string | null;
  /** A language (BCP 47); otherwise the page's, otherwise the browser's. */
  language?: string;
  /** `off` asks nothing and opens every gate; `test` shows no content by itself and tells nothing. */
  mode?: "on" | "off" | "test";
  /** What counts as the route; otherwise the path of the address. */
  route?: () => string;
  /** Words in more languages, or other words: by language, then by name. */
  messages?: Record<string, Record<string, string>>;
}
