// Texts that came as trees, drawn as elements: what is no known block is its words alone.
import { html, nothing, type TemplateResult } from "lit";
import type { Firstmile } from "../core/firstmile.ts";
import type { Block } from "../core/wire.ts";

type Drawn = TemplateResult | string | typeof nothing | Drawn[];
type Draw = (block: Block, inside: Drawn, client: Firstmile) => Drawn;

const SAFE = /^(https?|mailto|tel):$/;

const shapes: Record<string, Draw> = {
  p: (_, inside) => html`<p>${inside}</p>`,
  // Above it is the title of a card or an article, an h2; authors begin with the first or the second level.
  h: ({ level = 1 }, inside) => (level > 2 ? html`<h4>${inside}</h4>` : html`<h3>${inside}</h3>`),
  ul: (_, inside) => html`<ul>${inside}</ul>`,
  ol: ({ start = 1 }, inside) => html`<ol start=${start}>${inside}</ol>`,
  li: (_, inside) => html`<li>${inside}</li>`,
  quote: (_, inside) => html`<blockquote>${inside}</blockquote>`,
  code: (_, inside) => html`<pre tabindex="0"><code>${inside}</code></pre>`,
  hr: () => html`<hr />`,
  img: ({ src, alt }, _, client) => html`<img src=${safe(src, client) ?? ""} alt=${alt ?? ""} loading="lazy" />`,
};

const words: Record<string, Draw> = {
  text: ({ v }) => v ?? "",
  br: () => html`<br />`,
  strong: (_, inside) => html`<strong>${inside}</strong>`,
  em: (_, inside) => html`<em>${inside}</em>`,
  code: (_, inside) => html`<code>${inside}</code>`,
  link: ({ href }, inside, client) => {
    const address = safe(href, client);
    return address ? html`<a href=${address}>${inside}</a>` : inside;
  },
};

const HOLDS_BLOCKS = ["ul", "ol", "li", "quote"];

/** Draws blocks; links lead from the server's address when they are relative. */
export function blocks(tree: readonly Block[] | undefined, client: Firstmile): Drawn {
  return (tree ?? []).map((block) => {
    const inside = (HOLDS_BLOCKS.includes(block.t) ? blocks : inline)(block.c, client);
    return shapes[block.t]?.(block, inside, client) ?? inline([block], client);
  });
}

function inline(tree: readonly Block[] | undefined, client: Firstmile): Drawn {
  return (tree ?? []).map((block) => {
    const inside = block.c ? inline(block.c, client) : (block.v ?? "");
    return words[block.t]?.(block, inside, client) ?? inside;
  });
}

/** The address a link may lead to, or null for schemes that could do harm. */
export function safe(href: string | undefined | null, client: Firstmile): string | null {
  try {
    const url = href ? new URL(href, client.server) : null;
    return url && SAFE.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
