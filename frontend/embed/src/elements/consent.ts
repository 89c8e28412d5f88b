// The question of consent: to refuse is as easy as to accept, and a browser's own no is heard.
import { css, html, nothing, type TemplateResult } from "lit";
import { focused, hasFocus, surroundingsOf } from "../core/focus.ts";
import type { ConsentQuestion } from "../core/wire.ts";
import { over } from "./card-styles.ts";
import { words } from "./consent-words.ts";
import { define, FirstmileElement } from "./element.ts";
import { focusFirst } from "./focusing.ts";
import { icon } from "./icons.ts";
import { say } from "./live.ts";
import { base } from "./styles.ts";
import { wordsIn } from "./words.ts";

/**
 * Asks for consent when it must, and again whenever `open()` is called.
 *
 * @element fm-consent
 * @attr {boolean} asked-by-page - The page asks in words of its own, which stand within and work without script:
 *   its buttons of the name `answer` answer by the value `all` or `none`, and open the choices by `choose`.
 * @slot - A button that opens it again, as "Privacy settings"; or a question of the page's own.
 * @fires fm:consent-required - It asks.
 * @fires fm:consent-changed - It was answered; `detail` has `choices`.
 * @csspart panel - The card.
 * @csspart accept - The button that accepts all.
 * @csspart refuse - The button that refuses all.
 */
export class Consent extends FirstmileElement {
  static override properties = {
    ...FirstmileElement.properties,
    askedByPage: { type: Boolean, attribute: "asked-by-page" },
    question: { state: true },
    isChoosing: { state: true },
    failure: { state: true },
  };
  declare askedByPage: boolean;
  declare question: ConsentQuestion | null;
  declare isChoosing: boolean;
  declare failure: string;
  #isAsking = false;
  #isAnswered = false;
  #mayClose = false;
  /** Where the person was before they came here, and what they pressed here to be asked again. */
  #cameFrom: Element | null = null;
  #pressed: Element | null = null;

  constructor() {
    super();
    this.askedByPage = false;
    this.question = null;
    this.isChoosing = false;
    this.failure = "";
    this.addEventListener("focusin", ({ relatedTarget }) => this.#rememberPlace(relatedTarget));
    // Not every browser gives the focus to a button that is pressed, and all take it from where it was.
    this.addEventListener("pointerdown", () => this.#rememberPlace(focused()));
    this.addEventListener("click", (event) => {
      const isOwnButton = event.composedPath()[0] !== this && this.contains(event.target as Node);
      if (!isOwnButton || event.target === this) return;
      if (this.askedByPage) this.#heard(event);
      else void this.open();
    });
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  get #hasGpc(): boolean {
    const isSaid = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
    return isSaid || (this.client?.state?.consent.gpc ?? false);
  }

  /** Shows the question, also to those who answered before. */
  async open(): Promise<void> {
    this.#pressed = focused();
    this.#mayClose = true;
    await this.#ask();
    this.isChoosing = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  #rememberPlace(place: EventTarget | null): void {
    if (place instanceof Element && !surroundingsOf(place).includes(this)) this.#cameFrom = place;
  }

  protected override changed(): void {
    const consent = this.client?.state?.consent;
    const mayAsk = this.client?.mode === "on" && !this.#isAnswered && !this.askedByPage;
    if (consent && mayAsk && this.client!.consents.isNeeded(consent)) void this.#ask();
    super.changed();
  }

  /** An answer to the page's own question. Before there is a client the page's form does it. */
  #heard(event: Event): void {
    const pressed = (event.target as Element).closest<HTMLButtonElement>("button[name=answer]");
    if (!pressed || !this.client?.state) return;
    event.preventDefault();
    if (pressed.value === "choose") void this.open();
    else if (!this.#isAsking) void this.#answerAtOnce(pressed);
  }

  /** Where it fails the page's form is sent after all, and its answer says what is wrong. */
  async #answerAtOnce(pressed: HTMLButtonElement): Promise<void> {
    this.#isAsking = true;
    try {
      const question = await this.client!.consents.question(this.client!.language);
      await this.#keep(question, pressed.value === "all" ? this.#optional(question) : []);
    } catch {
      pressed.form?.requestSubmit(pressed);
    }
    this.#isAsking = false;
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || this.question || !this.client) return;
    this.#isAsking = true;
    try {
      this.question = await this.client.consents.question(this.client.language);
      this.announce("consent-required", { version: this.question.version });
    } catch {
      // Without the question nothing was agreed to, and the next change of state asks again.
    }
    this.#isAsking = false;
  }

  protected override render() {
    return html`<slot></slot>${this.question ? this.#card(this.question) : nothing}`;
  }

  protected override updated(): void {
    const card = this.renderRoot.querySelector<HTMLElement>("[popover]");
    if (card && !card.matches(":popover-open")) card.showPopover();
  }

  #card(question: ConsentQuestion): TemplateResult {
    const told = this.#words;
    return html`<div
      class="over"
      part="panel"
      popover="manual"
      role="dialog"
      aria-labelledby="title"
      aria-describedby="text"
      @keydown=${(event: KeyboardEvent) => event.key === "Escape" && this.#mayClose && this.#close()}
    >
      <div class="top">
        <h2 id="title" tabindex="-1">${question.title || told.title}</h2>
        ${this.#mayClose
          ? html`<button type="button" class="icon" aria-label=${told.close} @click=${() => this.#close()}>${icon("close")}</button>`
          : nothing}
      </div>
      <p id="text" class="quiet">${question.text || told.text}</p>
      ${this.#hasGpc ? html`<p class="note">${told.gpc}</p>` : nothing}
      <form @submit=${this.#save}>
      ${this.isChoosing ? this.#categories(question) : nothing}
      ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
      <div class="answers">
        <button type="button" class="other" part="refuse" @click=${() => this.#answer([])}>${told.refuse}</button>
        <button type="button" class="other" part="accept" @click=${() => this.#answer(this.#optional(question))}>
          ${told.accept}
        </button>
        ${this.isChoosing
          ? html`<button type="submit" class="other">${told.save}</button>`
          : html`<button type="button" class="plain" @click=${() => (this.isChoosing = true)}>${told.choose}</button>`}
      </div>
      </form>
    </div>`;
  }

  #categories(question: ConsentQuestion): TemplateResult {
    const state = this.client?.state?.consent;
    const chosen = (state && this.client!.consents.choices(state)) ?? question.choices ?? [];
    return html`<ul role="list">
      ${question.categories.map(
        (one) => html`<li>
          <label>
            <input
              type="checkbox"
              name="choice"
              value=${one.key}
              .checked=${one.necessary || chosen.includes(one.key)}
              ?disabled=${one.necessary}
              aria-describedby=${`of-${one.key}`}
            />
            <span>${one.title}${one.necessary ? html` <small>${this.#words.always}</small>` : nothing}</span>
          </label>
          <p class="quiet" id=${`of-${one.key}`}>${one.text}</p>
        </li>`,
      )}
    </ul>`;
  }

  #optional(question: ConsentQuestion): string[] {
    return question.categories.filter((one) => !one.necessary).map((one) => one.key);
  }

  #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const ticked = this.renderRoot.querySelectorAll<HTMLInputElement>("input:checked:not(:disabled)");
    void this.#answer([...ticked].map((box) => box.value));
  };

  async #answer(choices: string[]): Promise<void> {
    this.failure = "";
    try {
      await this.#keep(this.question!, choices);
    } catch {
      this.failure = this.#words.failed;
    }
  }

  /** Keeps an answer, and asks no more. Raises Refused. */
  async #keep({ version }: ConsentQuestion, choices: string[]): Promise<void> {
    await this.client!.consents.choose(version, choices);
    this.#isAnswered = true;
    this.announce("consent-changed", { choices });
    say(this.#words.saved);
    const isHere = hasFocus(this) || !focused();
    if (this.askedByPage) this.replaceChildren();
    this.#close(isHere);
    void this.client?.refresh();
  }

  /** Goes; whoever was here is where they were before. */
  #close(isHere = true): void {
    this.question = null;
    this.isChoosing = false;
    this.#mayClose = false;
    if (isHere) focusFirst([this.#pressed, this.#cameFrom]);
    this.#pressed = null;
  }

  static override styles = [
    base,
    over,
    css`
      :host {
        display: contents;
      }
      .over {
        inset-block-end: 1rem;
        inset-inline-start: 1rem;
        inline-size: min(28rem, calc(100vw - 2rem));
        overflow: auto;
      }
      .note {
        margin-block-start: 0.625rem;
        padding: 0.5rem 0.75rem;
        border-radius: calc(var(--radius) * 0.65);
        background: var(--accent-soft);
        font-size: 0.9375rem;
      }
      ul {
        display: grid;
        gap: 0.75rem;
        margin-block-start: 0.875rem;
        padding: 0;
        list-style: none;
      }
      label {
        display: flex;
        gap: 0.625rem;
        align-items: center;
        min-block-size: 1.75rem;
        font-weight: 550;
      }
      input {
        inline-size: 1.25rem;
        block-size: 1.25rem;
        margin: 0;
        accent-color: var(--accent);
      }
      li p {
        padding-inline-start: 1.875rem;
      }
      small {
        color: var(--ink-quiet);
        font-weight: 400;
      }
      .answers {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
        gap: 0.5rem;
        margin-block-start: 1rem;
      }
      .answers > :nth-child(3) {
        grid-column: 1 / -1;
      }
      @media (max-width: 600px) {
        .over {
          inset: auto 0 0;
          inline-size: 100%;
        }
      }
    `,
  ];
}

define("fm-consent", Consent);

declare global {
  interface HTMLElementTagNameMap {
    "fm-consent": Consent;
  }
}
