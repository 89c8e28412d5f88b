// The checklist: how far one is, what comes next, and why a step waits.
import { css, html, nothing, type TemplateResult } from "lit";
import { Refused } from "../core/door.ts";
import type { Journey, Step } from "../core/wire.ts";
import { safe } from "./blocks.ts";
import { words } from "./checklist-words.ts";
import { define, FirstmileElement } from "./element.ts";
import { icon } from "./icons.ts";
import { say } from "./live.ts";
import { base } from "./styles.ts";
import { said, wordsIn } from "./words.ts";

/**
 * The steps of a person's set-up.
 *
 * @element fm-checklist
 * @attr {boolean} hide-when-done - Shows nothing once everything is done.
 * @slot - What stands there until the server spoke, as a list your own server drew.
 * @slot title - Words in place of "Your set-up".
 * @slot done - What stands there once everything is done.
 * @slot signed-out - What stands there when nobody is signed in.
 * @fires fm:step-started - Before a step's link is followed; cancel it to go there yourself.
 * @csspart panel - The whole.
 * @csspart header - The title and the progress.
 * @csspart progress - The bar.
 * @csspart item - A step.
 * @csspart item-title - The button with a step's name.
 * @csspart action - The main button of a step.
 */
export class Checklist extends FirstmileElement {
  static override properties = {
    ...FirstmileElement.properties,
    hideWhenDone: { type: Boolean, attribute: "hide-when-done" },
    opened: { state: true },
    failure: { state: true },
  };
  declare hideWhenDone: boolean;
  declare opened: string | null | undefined;
  declare failure: { key: string; message: string } | null;

  constructor() {
    super();
    this.hideWhenDone = false;
    this.opened = undefined;
    this.failure = null;
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  protected override render() {
    const { phase, state } = this.client?.moment ?? { phase: "waiting", state: null };
    if (phase === "waiting" && !state) return html`<slot></slot>`;
    if (phase === "failed") return html`<slot>${this.#failed()}</slot>`;
    if (phase === "stopped" || (state && !state.known)) return html`<slot name="signed-out"></slot>`;
    const journey = state?.journey;
    if (!journey || journey.off || state.off.onboarding || !journey.steps.length) return nothing;
    if (journey.activated && this.hideWhenDone) return nothing;
    return html`<section class="card" part="panel" aria-labelledby="title">
      ${this.#header(journey)} ${journey.activated ? this.#done() : nothing}
      <ol role="list">
        ${journey.steps.map((step) => this.#item(step, journey))}
      </ol>
    </section>`;
  }

  #header(journey: Journey): TemplateResult {
    const settled = journey.steps.filter((step) => ["done", "skipped"].includes(step.status)).length;
    const count = said(this.#words.count, { settled, total: journey.steps.length });
    return html`<header part="header">
      <h2 id="title"><slot name="title">${this.#words.title}</slot></h2>
      <p class="quiet" id="count">${count}</p>
      <progress
        part="progress"
        max="100"
        .value=${journey.progress}
        aria-labelledby="title"
        aria-valuetext=${count}
      ></progress>
    </header>`;
  }

  #done(): TemplateResult {
    return html`<div class="done"><slot name="done">${icon("flag")}<p>${this.#words.all}</p></slot></div>`;
  }

  #item(step: Step, journey: Journey): TemplateResult {
    const opened = this.opened === undefined ? journey.nextStep : this.opened;
    const isLocked = step.status === "locked";
    const isOpen = !isLocked && opened === step.key;
    const isNext = step.key === journey.nextStep;
    return html`<li part="item" class=${step.status} aria-current=${isNext ? "step" : nothing}>
      <h3>
        <button
          part="item-title"
          id=${`of-${step.key}`}
          aria-expanded=${isLocked ? nothing : String(isOpen)}
          aria-controls=${isOpen ? `in-${step.key}` : nothing}
          aria-disabled=${isLocked ? "true" : nothing}
          aria-describedby=${`state-${step.key}`}
          @click=${() => isLocked || this.#toggle(step.key, isOpen)}
        >
          <span class="sign">${icon(step.status)}</span>
          <span class="name">${step.title}</span>
          ${isLocked ? nothing : icon("chevron")}
        </button>
      </h3>
      <p class="state" id=${`state-${step.key}`}>${this.#status(step, journey)}</p>
      ${isOpen ? this.#inside(step) : nothing}
    </li>`;
  }

  #status(step: Step, journey: Journey): string {
    const words = this.#words;
    const titles = step.blockedBy.map((key) => journey.steps.find((one) => one.key === key)?.title ?? key);
    if (step.status === "locked" && titles.length) return said(words.needs, { titles: titles.join(", ") });
    if (step.status === "snoozed" && step.snoozedUntil) {
      const day = new Date(step.snoozedUntil).toLocaleDateString(this.client!.language, { dateStyle: "medium" });
      return said(words.until, { day });
    }
    const status = words[step.status];
    return step.required || step.status === "done" ? status : `${status} · ${words.optional}`;
  }

  #inside(step: Step): TemplateResult {
    return html`<div class="inside stack" id=${`in-${step.key}`} role="group" aria-labelledby=${`of-${step.key}`}>
      ${step.description ? html`<p class="quiet">${step.description}</p>` : nothing}
      ${this.failure?.key === step.key ? html`<p class="error">${this.failure.message}</p>` : nothing}
      <div class="row">${this.#actions(step)}</div>
    </div>`;
  }

  #actions(step: Step): unknown {
    const words = this.#words;
    const client = this.client!;
    if (step.status === "done") return nothing;
    if (step.status === "skipped") {
      return this.#button(step, words.takeBack, "other", () => client.takeBackStep(step.key));
    }
    const href = safe(step.href, client);
    const isWaiting = step.status === "snoozed";
    return [
      href && step.href ? this.#link(step, href) : this.#button(step, words.complete, "main", () => client.completeStep(step.key)),
      isWaiting ? nothing : this.#button(step, words.later, "plain", () => client.snooze(step.key)),
      step.required ? nothing : this.#button(step, words.skip, "plain", () => client.skipStep(step.key)),
    ];
  }

  #link(step: Step, href: string): TemplateResult {
    const label = step.status === "in_progress" ? this.#words.goOn : this.#words.start;
    return html`<a class="button main" part="action" href=${href} @click=${(event: Event) => {
      if (!this.announce("step-started", { key: step.key, href })) event.preventDefault();
    }}>${label}<span class="unseen">: ${step.title}</span></a>`;
  }

  #button(step: Step, label: string, look: string, act: () => Promise<Step>): TemplateResult {
    return html`<button class=${look} part=${look === "main" ? "action" : nothing} @click=${() => this.#try(step, act)}>
      ${label}<span class="unseen">: ${step.title}</span>
    </button>`;
  }

  async #try(step: Step, act: () => Promise<Step>): Promise<void> {
    this.failure = null;
    try {
      const changed = await act();
      this.opened = undefined;
      say(`${changed.title}: ${this.#words[changed.status]}`);
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>(`#of-${CSS.escape(step.key)}`)?.focus();
    } catch (failure) {
      const message = failure instanceof Refused ? failure.message : this.#words.unreachable;
      this.failure = { key: step.key, message };
      if (failure instanceof Refused && failure.problem.details?.["blockedBy"]) {
        this.announce("step-blocked", { key: step.key, ...failure.problem.details });
      }
      say(message);
    }
  }

  #toggle(key: string, isOpen: boolean): void {
    this.opened = isOpen ? null : key;
  }

  #failed(): TemplateResult {
    return html`<section class="card failed stack" part="panel">
      <p>${this.#words.unreachable}</p>
      <div class="row"><button class="other" @click=${() => this.client?.refresh()}>${this.#words.again}</button></div>
    </section>`;
  }

  static override styles = [
    base,
    css`
      .card {
        overflow: hidden;
      }
      header {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0.625rem 1rem;
        align-items: baseline;
        padding: calc(var(--space) * 1.125) calc(var(--space) * 1.25) var(--space);
      }
      #count {
        font-variant-numeric: tabular-nums;
      }
      progress {
        grid-column: 1 / -1;
        inline-size: 100%;
        block-size: 0.375rem;
        border: 0;
        border-radius: 1rem;
        background: var(--line);
        overflow: hidden;
        appearance: none;
      }
      ::-webkit-progress-bar {
        background: var(--line);
      }
      ::-webkit-progress-value {
        border-radius: 1rem;
        background: var(--accent);
        transition: inline-size var(--motion);
      }
      ::-moz-progress-bar {
        border-radius: 1rem;
        background: var(--accent);
      }
      ol {
        padding: 0;
        list-style: none;
      }
      li {
        padding-block: 0.75rem;
        padding-inline: calc(var(--space) * 1.25);
        border-block-start: 1px solid var(--line);
      }
      li[aria-current] {
        background: var(--accent-soft);
      }
      li h3 button {
        display: grid;
        grid-template-columns: 1.5rem minmax(0, 1fr) 1.25rem;
        gap: 0.75rem;
        inline-size: 100%;
        min-block-size: 1.75rem;
        padding: 0;
        border: 0;
        font-size: 1rem;
        text-align: start;
      }
      li h3 button[aria-disabled] {
        cursor: default;
      }
      li h3 button:focus-visible {
        outline-offset: 4px;
      }
      .sign {
        display: grid;
        place-items: center;
        color: var(--ink-quiet);
      }
      .done .sign,
      [aria-current] .sign {
        color: var(--accent);
      }
      .tick {
        stroke: var(--accent-ink);
        stroke-width: 2;
      }
      :is(.done, .locked, .skipped, .snoozed) .name {
        color: var(--ink-quiet);
        font-weight: 450;
      }
      .of-chevron {
        inline-size: 1.125rem;
        color: var(--ink-quiet);
        transition: rotate var(--motion);
      }
      [aria-expanded="true"] .of-chevron {
        rotate: 180deg;
      }
      .state,
      .inside {
        padding-inline-start: 2.25rem;
      }
      .state {
        color: var(--ink-quiet);
        font-size: 0.875rem;
      }
      .inside {
        padding-block: 0.5rem 0.375rem;
      }
      div.done,
      .failed {
        padding: var(--space) calc(var(--space) * 1.25);
      }
      div.done {
        display: flex;
        align-items: center;
        gap: 0.75rem;
        border-block-start: 1px solid var(--line);
        background: var(--accent-soft);
        color: var(--accent);
      }
      div.done p {
        color: var(--ink);
      }
      @media (max-width: 30rem) {
        .inside {
          padding-inline-start: 0;
        }
        .inside .main {
          inline-size: 100%;
        }
      }
      @media (forced-colors: active) {
        progress {
          border: 1px solid CanvasText;
        }
        ::-webkit-progress-value {
          background: Highlight;
        }
        ::-moz-progress-bar {
          background: Highlight;
        }
        li[aria-current] {
          border-inline-start: 4px solid Highlight;
        }
      }
    `,
  ];
}

define("fm-checklist", Checklist);

declare global {
  interface HTMLElementTagNameMap {
    "fm-checklist": Checklist;
  }
}
