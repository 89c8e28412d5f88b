// A tour: a few steps through the page, taken up again where it was left.
import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { addressOf } from "../core/places.ts";
import { keepTour } from "../core/tours.ts";
import type { EventKind, TourStep } from "../core/wire.ts";
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
 * A tour, one step at a time beside what it speaks of.
 *
 * @element fm-tour
 * @attr {string} name - The key of a tour that starts by a button within; without it tours come by themselves.
 * @slot - A button that starts the tour.
 * @fires fm:tour-started - It begins.
 * @fires fm:tour-step-shown - A step is there; `detail` has `key` and `step`.
 * @fires fm:tour-completed - The last step was done.
 * @fires fm:tour-dismissed - It was ended before; `detail` has `reason`.
 * @fires fm:navigate - Before the next step's page is opened; cancel it to go there yourself.
 * @fires fm:target-missing - What a step speaks of is not in the page.
 * @csspart panel - The card.
 * @csspart progress - "Step 2 of 3".
 * @csspart action - The button to the next step.
 * @csspart close - The button that ends it.
 */
export class Tour extends Card {
  static override properties = { ...Card.properties, name: { type: String }, at: { type: Number } };
  declare name: string;
  /** The step, counted from 0. */
  declare at: number;
  /** Whether it is there because somebody asked for it. */
  isWished = false;
  #shown = -1;

  constructor() {
    super();
    this.name = "";
    this.at = 0;
    this.addEventListener("click", (event) => {
      // A click of the page's own button within, not of ours.
      const target = event.target as Element;
      if (this.name && target !== this && this.contains(target)) void this.client?.show(this.name, target);
    });
  }

  /** The focus of one that starts by a button is the button's. */
  override focus(options?: FocusOptions): void {
    if (this.name) this.querySelector<HTMLElement>("button, a, [tabindex]")?.focus(options);
    else super.focus(options);
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  get #steps(): TourStep[] {
    return this.content?.steps ?? [];
  }

  get #step(): TourStep | undefined {
    return this.#steps[this.at];
  }

  protected override render() {
    if (!this.content || !this.client || !this.#step) return this.name ? html`<slot></slot>` : nothing;
    const step = this.#step;
    const isElsewhere = this.#isElsewhere(step);
    const number = said(this.#words.step, { number: this.at + 1, total: this.#steps.length });
    return html`${this.hasTarget ? html`<div class="ring" popover="manual"></div>` : nothing}
      <div
        class="over ${this.hasTarget ? "" : "corner"}"
        part="panel"
        popover="manual"
        role="dialog"
        aria-labelledby="title"
        aria-describedby="text"
      >
        <span class="arrow" ?hidden=${!this.hasTarget}></span>
        <div class="top">
          <h2 id="title" data-heading tabindex="-1">${step.title}</h2>
          <button class="icon" part="close" aria-label=${this.#words.end} @click=${() => this.close("closed")}>
            ${icon("close")}
          </button>
        </div>
        <div id="text" class="prose">
          ${blocks(step.body, this.client)}
          ${this.isMissing && !isElsewhere ? html`<p class="quiet">${this.#words.missing}</p>` : nothing}
        </div>
        ${this.#link(step)}
        <div class="row foot">
          <p class="quiet" part="progress">${number}</p>
          <div class="row">
            ${this.at > 0
              ? html`<button class="plain" @click=${() => this.#go(-1)}>${this.#words.back}</button>`
              : nothing}
            <button class="main" part="action" @click=${() => this.#forward(step, isElsewhere)}>
              ${isElsewhere ? this.#words.goThere : this.at + 1 < this.#steps.length ? this.#words.next : this.#words.finish}
            </button>
          </div>
        </div>
      </div>`;
  }

  protected override updated(changes: PropertyValues): void {
    super.updated(changes);
    const step = this.#step;
    if (!this.content || !step || this.#shown === this.at) return;
    const isFirst = this.#shown < 0;
    this.#shown = this.at;
    const { key, version } = this.content;
    keepTour({ key, step: step.key, isWished: this.isWished });
    if (isFirst) {
      this.announce("tour-started", { key, version });
      this.client?.report({ key, version, kind: "shown" });
    }
    this.announce("tour-step-shown", { key, step: step.key });
    this.client?.report({ key, version, kind: "step_shown", step: step.key });
    void this.goTo(this.#isElsewhere(step) ? null : step.target, step.key);
    if (this.asked) this.enter();
    else if (isFirst) say(said(this.#words.hop, { title: step.title }));
    else say(step.title);
  }

  #link(step: TourStep): TemplateResult | typeof nothing {
    const href = safe(step.action?.href, this.client!);
    return href ? html`<p class="link"><a href=${href}>${step.action!.label}</a></p>` : nothing;
  }

  #isElsewhere(step: TourStep): boolean {
    return !!step.route && step.route !== this.client?.route && !!addressOf(step.route, this.client!.server);
  }

  #forward(step: TourStep, isElsewhere: boolean): void {
    if (isElsewhere) {
      const href = addressOf(step.route!, this.client!.server)!;
      if (this.announce("navigate", { key: this.content!.key, step: step.key, href })) location.assign(new URL(href, location.origin));
    } else if (this.at + 1 < this.#steps.length) this.#go(1);
    else this.#end("completed");
  }

  #go(by: number): void {
    // Whoever pressed a button here is here: the focus goes along.
    this.asked = true;
    this.at += by;
  }

  protected override close(reason: string): void {
    this.#end("dismissed", reason);
  }

  #end(kind: EventKind, reason?: string): void {
    const { key, version } = this.content!;
    const step = this.#step?.key;
    keepTour(null);
    this.client?.report({ key, version, kind, ...(reason && { reason }), ...(step && { step }) });
    this.announce(kind === "completed" ? "tour-completed" : "tour-dismissed", { key, step, reason });
    this.giveBack();
    this.remove();
  }

  static override styles = [
    base,
    prose,
    over,
    css`
      .link {
        margin-block-start: 0.625rem;
      }
    `,
  ];
}

define("fm-tour", Tour);

declare global {
  interface HTMLElementTagNameMap {
    "fm-tour": Tour;
  }
}
