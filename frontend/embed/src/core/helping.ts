// The help articles of the server: for a place, by search, one of them, and what people thought of it.
import type { Firstmile } from "./firstmile.ts";
import type { Article, ArticleLine, FoundArticle } from "./wire.ts";

/** What a person is doing, which says what help is near. */
export interface Place {
  step?: string | null;
  error?: string | null;
}

export async function articlesFor(client: Firstmile, place: Place): Promise<ArticleLine[]> {
  const wanted = new URLSearchParams({ route: client.route, lang: client.language });
  for (const [name, value] of Object.entries(place)) if (value) wanted.set(name, value);
  const { body } = await client.door.ask<{ articles: ArticleLine[] }>("GET", `/api/v1/help/context?${wanted}`);
  return body!.articles;
}

export async function search(
  client: Firstmile,
  words: string,
  signal: AbortSignal,
): Promise<{ id: string; results: FoundArticle[] }> {
  const wanted = new URLSearchParams({ q: words, lang: client.language });
  const path = `/api/v1/help/search?${wanted}`;
  return (await client.door.ask<{ id: string; results: FoundArticle[] }>("GET", path, { signal })).body!;
}

export async function article(client: Firstmile, slug: string): Promise<Article> {
  const wanted = new URLSearchParams({ lang: client.language });
  return (await client.door.ask<Article>("GET", `${pathOf(slug)}?${wanted}`)).body!;
}

/** Tells that a search led somewhere; lost when it does not arrive. */
export function tellClick(client: Firstmile, searched: string, slug: string): void {
  const body = { search: searched, slug };
  client.door.ask("POST", "/api/v1/help/clicks", { body, keepalive: true }).catch(() => undefined);
}

/** Raises Refused. */
export async function giveFeedback(
  client: Firstmile,
  slug: string,
  feedback: { helpful: boolean; reason?: string; comment?: string },
): Promise<void> {
  await client.door.ask("POST", `${pathOf(slug)}/feedback`, { body: feedback });
}

function pathOf(slug: string): string {
  return `/api/v1/help/articles/${encodeURIComponent(slug)}`;
}
