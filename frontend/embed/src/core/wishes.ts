// What somebody asks to see: the server gives it whatever they did with it before.
import type { Door } from "./door.ts";
import type { Content, EmbedState } from "./wire.ts";

/** Who asks, where, and what they were told. */
interface Wishing {
  readonly door: Door;
  readonly route: string;
  readonly language: string;
  readonly state: EmbedState | null;
}

/** The content of a key for whoever asks. Raises Refused when there is none for them. */
export async function contentOf(client: Wishing, key: string): Promise<Content> {
  const here = client.state?.content.find((one) => one.key === key);
  if (here) return here;
  const wanted = new URLSearchParams({ route: client.route, lang: client.language });
  const path = `/api/v1/guidance/contents/${encodeURIComponent(key)}?${wanted}`;
  return (await client.door.ask<Content>("GET", path)).body!;
}
