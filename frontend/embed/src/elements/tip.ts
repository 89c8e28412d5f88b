// A tip or an announcement: beside its target, in a line of the page, above it, or in the corner.
import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Content, EventKind } from "../core/wire.ts";
import { blocks, safe } from "./blocks.ts";
import { Card } from "./card.ts";
import { over } from "./card-styles.ts";
import { define } from "./element.ts";
import { words } from "./guidance-words.ts";
import { icon } from "./icons.ts";
import { say } from "./live.ts";
import { base, prose } from "./styles.ts";
import { said, wordsIn } from "./words.ts";

/**
 * A tip or an announcement. In a page it stands where an inline one is to appear; others come by themselves.
 *
 * @element fm-tip
 * @attr {string} name - The key of the content that may appear here.
 * @fires fm:tip-shown - It is there; `detail` has `key` and `version`.
 * @fires fm:tip-dismissed - It was closed; `detail` has `key` and `reason`.
 * @fires fm:target-missing - What it speaks of is not in the page.
 * @csspart panel - The card.
 * @csspart action - Its link.
 * @csspart close - The button that closes it.
 */
export class Tip extends Card {
  static override properties = { ...Card.properties, name: { type: String }, isOpen: { state: true } };
  declare name: string;
  declare isOpen: boolean;
  #shown: Content | null = null;
  #done = "";

  constructor() {
    super();
    this.name = "";
    this.isOpen = true;
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  protected override changed(): void {
    // An element of the page takes the content of its name, and loses it when it is withdrawn.
    if (this.name) this.content = this.client?.state?.content.find((one) => one.key === this.name) ?? null;
    super.changed();
  }

  protected override render() {
    const content = this.content;
    if (!content || !this.client || this.#done === `${content.key}@${content.version}`) return nothing;
    if (this.name || content.delivery === "inline") return this.#inline(content);
    if (content.delivery === "banner") return this.#banner(content);
    const isAnchored = content.delivery === "tooltip" && !this.isMissing;
    const mayBeClosed = content.interrupts || this.asked || this.isOpen;
    return mayBeClosed ? this.#over(content, isAnchored) : nothing;
  }

  protected override updated(changes: PropertyValues): void {
    super.updated(changes);
    const content = this.content;
    if (!content || this.#shown?.key === content.key || !this.renderRoot.firstElementChild) return;
    this.#shown = content;
    if (!this.name) void this.goTo(content.delivery === "tooltip" ? content.target : null);
    this.client?.report({ key: content.key, version: content.version, kind: "shown" });
    this.announce("tip-shown", { key: content.key, version: content.version });
    if (this.asked) this.enter();
    else if (!this.name) say(said(this.#words.hop, { title: content.title }));
  }

  #over(content: Content, isAnchored: boolean): TemplateResult {
    return html`<div
      class="over ${isAnchored && this.hasTarget ? "" : "corner"}"
      part="panel"
      popover="manual"
      role="dialog"
      aria-labelledby="title"
      aria-describedby="text"
    >
      ${isAnchored ? html`<span class="arrow"></span>` : nothing}
      <div class="top">
        <h2 id="title" data-heading tabindex="-1">${content.title}</h2>
        ${this.#closer()}
      </div>
      <div id="text" class="prose">${blocks(content.body, this.client!)}</div>
      ${this.#actions(content)}
    </div>`;
  }

  #inline(content: Content): TemplateResult {
    return html`<aside class="card line" part="panel" aria-labelledby="title">
      <span class="sign">${icon("light")}</span>
      <div>
        <p id="title" class="title" data-heading tabindex="-1">${content.title}</p>
        <div class="prose quiet">${blocks(content.body, this.client!)}</div>
        ${this.#link(content)}
      </div>
      ${this.#closer()}
    </aside>`;
  }

  #banner(content: Content): TemplateResult {
    return html`<section class="banner" part="panel" aria-labelledby="title">
      <div class="words">
        <strong id="title" data-heading tabindex="-1">${content.title}</strong>
        <div class="prose">${blocks(content.body, this.client!)}</div>
      </div>
      ${this.#link(content)} ${this.#closer()}
    </section>`;
  }

  #actions(content: Content): TemplateResult {
    return html`<div class="row foot">
      ${content.interrupts
        ? html`<button class="plain" @click=${() => this.#end("snoozed")}>${this.#words.later}</button>`
        : html`<span></span>`}
      <div class="row">
        ${content.action ? this.#link(content) : nothing}
        <button class=${content.action ? "plain" : "main"} @click=${() => this.#end("completed")}>
          ${this.#words.gotIt}
        </button>
      </div>
    </div>`;
  }

  #link(content: Content): TemplateResult | typeof nothing {
    const href = safe(content.action?.href, this.client!);
    if (!href) return nothing;
    const click = () => this.client?.report({ key: content.key, version: content.version, kind: "clicked" });
    return html`<a class="button main" part="action" href=${href} @click=${click}>${content.action!.label}</a>`;
  }

  #closer(): TemplateResult {
    const close = () => this.close("closed");
    return html`<button class="icon" part="close" aria-label=${this.#words.close} @click=${close}>${icon("close")}</button>`;
  }

  protected override close(reason: string): void {
    if (reason === "escape" && (this.name || this.content?.delivery === "inline")) return;
    this.#end("dismissed", reason);
  }

  #end(kind: EventKind, reason?: string): void {
    const content = this.content!;
    this.client?.report({ key: content.key, version: content.version, kind, ...(reason && { reason }) });
    this.announce("tip-dismissed", { key: content.key, reason: reason ?? kind });
    this.#done = `${content.key}@${content.version}`;
    this.giveBack();
    this.leaveTarget();
    if (this.name) this.requestUpdate();
    else this.remove();
  }

  static override styles = [
    base,
    prose,
    over,
    css`
      .line {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 0.75rem;
        padding: 0.875rem 1rem;
      }
      .line .sign {
        color: var(--accent);
      }
      .line {
        align-items: start;
      }
      .line .icon {
        margin: -0.25rem;
      }
      .title {
        font-weight: 650;
      }
      .line .button {
        margin-block-start: 0.625rem;
      }
      .banner {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: center;
        gap: 0.5rem 1rem;
        padding: 0.5rem 1rem;
        border-block-end: 1px solid var(--line);
        background: var(--accent-soft);
      }
      .banner .words {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.75rem;
      }
      @media (max-width: 600px) {
        .banner {
          display: grid;
          grid-template: "words close" auto "link link" auto / minmax(0, 1fr) auto;
          align-items: start;
          justify-items: start;
          padding: 0.75rem 1rem;
        }
        .banner .icon {
          grid-area: close;
          margin: -0.5rem -0.75rem 0 0;
        }
        .banner .button {
          grid-area: link;
        }
      }
    `,
  ];
}

define("fm-tip", Tip);

declare global {
  interface HTMLElementTagNameMap {
    "fm-tip": Tip;
  }
}
