// The checklist: how far one is, what comes next, and why a step waits.
import { html, nothing, type TemplateResult } from "lit";
import { Refused } from "../core/door.ts";
import type { Journey, Reason, Step } from "../core/wire.ts";
import { safe } from "./blocks.ts";
import { isBeingChecked, isDone, type Line, linesOf, linesOfAll, type Saying } from "./checklist-lines.ts";
import { look } from "./checklist-styles.ts";
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
 * @csspart item-state - What a step says of itself: its state, its date, what was found.
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

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>("button")?.focus(options);
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  get #saying(): Saying {
    const language = this.client!.state?.language ?? this.client!.language;
    return { words: this.#words, language, now: Date.now() };
  }

  protected override render() {
    const { phase, state } = this.client?.moment ?? { phase: "waiting", state: null };
    if (phase === "waiting" && !state) return html`<slot></slot>`;
    if (phase === "failed") return html`<slot>${this.#failed()}</slot>`;
    if (phase === "stopped" || (state && !state.known)) return html`<slot name="signed-out"></slot>`;
    const journey = state?.journey;
    if (!journey || journey.off || state.off.onboarding || !journey.steps.length) return nothing;
    if (isDone(journey) && this.hideWhenDone) return nothing;
    return html`<section class="card" part="panel" aria-labelledby="title">
      ${this.#header(journey)} ${isDone(journey) ? this.#done() : nothing}
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
      ${this.#dues(journey)}
    </header>`;
  }

  #dues(journey: Journey): unknown {
    const lines = linesOfAll(journey, this.#saying);
    if (!lines.length) return nothing;
    return html`<ul class="dues" role="list">${lines.map((line) => html`<li>${drawn(line)}</li>`)}</ul>`;
  }

  #done(): TemplateResult {
    return html`<div class="done"><slot name="done">${icon("flag")}<p>${this.#words.all}</p></slot></div>`;
  }

  #item(step: Step, journey: Journey): TemplateResult {
    const opened = this.opened === undefined ? journey.nextStep : this.opened;
    const isLocked = step.status === "locked";
    const hasInside = !isLocked || Boolean(step.reasons?.length);
    const isOpen = hasInside && opened === step.key;
    return html`<li part="item" class=${step.status} aria-current=${step.key === journey.nextStep ? "step" : nothing}>
      <h3>
        <button
          part="item-title"
          id=${`of-${step.key}`}
          aria-expanded=${hasInside ? String(isOpen) : nothing}
          aria-controls=${isOpen ? `in-${step.key}` : nothing}
          aria-disabled=${hasInside ? nothing : "true"}
          aria-describedby=${`state-${step.key}`}
          @click=${() => hasInside && this.#toggle(step.key, isOpen)}
        >
          <span class="sign">${icon(isBeingChecked(step) ? "pending" : step.status)}</span>
          <span class="name">${step.title}</span>
          ${hasInside ? icon("chevron") : nothing}
        </button>
      </h3>
      <div class="state" part="item-state" id=${`state-${step.key}`}>${linesOf(step, journey, this.#saying).map(drawn)}</div>
      ${isOpen ? this.#inside(step, journey) : nothing}
    </li>`;
  }

  #inside(step: Step, journey: Journey): TemplateResult {
    const isLocked = step.status === "locked";
    return html`<div class="inside stack" id=${`in-${step.key}`} role="group" aria-labelledby=${`of-${step.key}`}>
      ${step.description ? html`<p class="quiet">${step.description}</p>` : nothing}
      ${this.#faults(step)}
      ${this.failure?.key === step.key ? html`<p class="error">${icon("alert")}${this.failure.message}</p>` : nothing}
      ${isLocked ? this.#reasons(step.reasons!, journey) : html`<div class="row">${this.#actions(step)}</div>`}
    </div>`;
  }

  #faults({ status, verification }: Step): unknown {
    if (verification?.state !== "failed" || !verification.errors?.length || status === "done") return nothing;
    return html`<ul class="faults error" role="list">
      ${verification.errors.map(({ message }) => html`<li>${icon("alert")}<span>${message}</span></li>`)}
    </ul>`;
  }

  #reasons(reasons: Reason[], journey: Journey): TemplateResult {
    return html`<ul class="reasons stack" role="list">
      ${reasons.map(({ message, fix }) => html`<li><p>${message}</p>${this.#fix(fix, journey)}</li>`)}
    </ul>`;
  }

  #fix(fix: Reason["fix"], journey: Journey): unknown {
    const step = journey.steps.find(({ key }) => key === fix?.step);
    const href = safe(fix?.href ?? step?.href, this.client!);
    if (!href) return nothing;
    const label = step ? said(this.#words.goTo, { title: step.title }) : this.#words.goThere;
    return html`<a class="button other" href=${href} @click=${this.#follow(step?.key ?? null, href)}>${label}</a>`;
  }

  #actions(step: Step): unknown {
    const words = this.#words;
    const client = this.client!;
    if (step.status === "done") return nothing;
    if (step.status === "skipped") {
      return this.#button(step, words.takeBack, "other", () => client.takeBackStep(step.key));
    }
    return [
      this.#way(step),
      step.status === "snoozed" ? nothing : this.#button(step, words.later, "plain", () => client.snooze(step.key)),
      step.required ? nothing : this.#button(step, words.skip, "plain", () => client.skipStep(step.key)),
    ];
  }

  /** How it gets done: at its page, by the person's word, by asking whoever checks, or by itself. */
  #way(step: Step): unknown {
    const words = this.#words;
    const { by = "person", state } = step.verification ?? {};
    const href = step.href ? safe(step.href, this.client!) : null;
    const complete = (label: string, look: string) =>
      this.#button(step, label, look, () => this.client!.completeStep(step.key));
    const check = by === "call" && state !== "pending" && (state === "failed" ? words.checkAgain : words.check);
    if (href) return [this.#link(step, href), check ? complete(check, "other") : nothing];
    if (by === "person") return complete(words.complete, "main");
    if (by === "call") return check ? complete(check, "main") : nothing;
    return html`<p class="quiet">${words.byItself}</p>`;
  }

  #link(step: Step, href: string): TemplateResult {
    const label = step.status === "in_progress" ? this.#words.goOn : this.#words.start;
    return html`<a class="button main" part="action" href=${href} @click=${this.#follow(step.key, href)}>${label}<span class="unseen">: ${step.title}</span></a>`;
  }

  #follow(key: string | null, href: string) {
    return (event: Event): void => {
      if (!this.announce("step-started", { key, href })) event.preventDefault();
    };
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
      say(`${changed.title}: ${this.#words[isBeingChecked(changed) ? "pending" : changed.status]}`);
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

  static override styles = [base, look];
}

function drawn({ text, icon: drawing, isBad }: Line): TemplateResult {
  return html`<p class=${isBad ? "line bad" : "line"}>${drawing ? icon(drawing) : nothing}<span>${text}</span></p>`;
}

define("fm-checklist", Checklist);

declare global {
  interface HTMLElementTagNameMap {
    "fm-checklist": Checklist;
  }
}
