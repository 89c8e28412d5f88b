// Whether an article helped, and what was wrong with it.
import { html, type TemplateResult } from "lit";
import { giveFeedback } from "../core/helping.ts";
import type { Article } from "../core/wire.ts";
import type { Desk } from "./help-desk.ts";
import { say } from "./live.ts";

const REASONS = ["unclear", "wrong", "incomplete", "other_question"] as const;

interface Feedback {
  helpful: boolean;
  reason?: string;
  comment?: string;
}

export class Opinion {
  readonly #desk: Desk;
  #state: "asked" | "no" | "given" = "asked";

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Asks about another article. */
  begin(): void {
    this.#state = "asked";
    void this.#desk.draw();
  }

  of(read: Article): TemplateResult {
    const told = this.#desk.words();
    if (this.#state === "given") return html`<p class="next" tabindex="-1">${told.thanks}</p>`;
    if (this.#state === "no") return this.#form(read);
    return html`<div class="row" role="group" aria-label=${told.helpful}>
      <span>${told.helpful}</span>
      <button class="other" @click=${() => this.#tell(read, { helpful: true })}>${told.yes}</button>
      <button class="other" @click=${() => this.#become("no")}>${told.no}</button>
    </div>`;
  }

  #form(read: Article): TemplateResult {
    const told = this.#desk.words();
    return html`<form class="stack" @submit=${(event: SubmitEvent) => this.#send(event, read)}>
      <fieldset>
        <legend>${told.why}</legend>
        ${REASONS.map(
          (reason) => html`<label><input class="next" type="radio" name="reason" value=${reason} required />${told[reason]}</label>`,
        )}
      </fieldset>
      <textarea name="comment" rows="2" maxlength="500" aria-label=${told.comment} placeholder=${told.comment}></textarea>
      <div class="row"><button class="main" type="submit">${told.send}</button></div>
    </form>`;
  }

  #send(event: SubmitEvent, read: Article): void {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const comment = String(form.get("comment") ?? "").trim();
    const reason = String(form.get("reason"));
    void this.#tell(read, { helpful: false, reason, ...(comment && { comment }) });
  }

  #tell(read: Article, feedback: Feedback): Promise<void> {
    return this.#desk.attempt(async () => {
      await giveFeedback(this.#desk.client(), read.slug, feedback);
      await this.#become("given");
      this.#desk.announce("feedback", { slug: read.slug, ...feedback });
      say(this.#desk.words().thanks);
    });
  }

  /** What was pressed is gone then: the focus goes on to what stands in its place. */
  async #become(state: "no" | "given"): Promise<void> {
    this.#state = state;
    const root = await this.#desk.draw();
    root.querySelector<HTMLElement>(".opinion .next")?.focus();
  }
}
