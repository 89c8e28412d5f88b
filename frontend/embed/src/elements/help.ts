// The help panel: articles for this page, a search, and whether an article helped.
import { html, nothing, type TemplateResult } from "lit";
import { Refused } from "../core/door.ts";
import { focused } from "../core/focus.ts";
import { article, articlesFor, giveFeedback, search, tellClick } from "../core/helping.ts";
import type { Article, ArticleLine, FoundArticle } from "../core/wire.ts";
import { blocks } from "./blocks.ts";
import { define, FirstmileElement } from "./element.ts";
import { styles } from "./help-styles.ts";
import { words } from "./help-words.ts";
import { icon } from "./icons.ts";
import { say } from "./live.ts";
import { base, prose } from "./styles.ts";
import { said, wordsIn } from "./words.ts";

const TYPING = 200; // milliseconds between two letters of somebody who types
const REASONS = ["unclear", "wrong", "incomplete", "other_question"] as const;

type Opinion = "asked" | "no" | "given";

/**
 * A button that opens the help of the page, and a shortcut for it.
 *
 * @element fm-help
 * @attr {string} shortcut - Keys that open and close it, as `Control+/`; empty for none.
 * @attr {boolean} floating - Keeps the button in the corner of the window.
 * @attr {string} step - A step the page is about.
 * @attr {string} error - The code of an error the page shows.
 * @slot - Words in place of "Help".
 * @slot more - What stands below in the panel, such as a link to all articles.
 * @fires fm:help-opened - It was opened.
 * @fires fm:help-searched - A search was answered; `detail` has `words` and `zero`.
 * @fires fm:help-read - An article was opened; `detail` has `slug`.
 * @fires fm:feedback - Somebody said whether it helped.
 * @csspart opener - The button.
 * @csspart panel - The panel.
 */
export class Help extends FirstmileElement {
  static override properties = {
    ...FirstmileElement.properties,
    shortcut: { type: String },
    floating: { type: Boolean },
    step: { type: String },
    error: { type: String },
    isOpen: { state: true },
    typed: { state: true },
    here: { state: true },
    found: { state: true },
    at: { state: true },
    read: { state: true },
    opinion: { state: true },
    failure: { state: true },
  };
  declare shortcut: string;
  declare floating: boolean;
  declare step: string | null;
  declare error: string | null;
  declare isOpen: boolean;
  declare typed: string;
  declare here: ArticleLine[];
  declare found: FoundArticle[] | null;
  declare at: number;
  declare read: Article | null;
  declare opinion: Opinion;
  declare failure: string;
  #searched = "";
  #searching = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listening: AbortController | null = null;
  #cameFrom: HTMLElement | null = null;

  constructor() {
    super();
    Object.assign(this, { shortcut: "Control+/", floating: false, step: null, error: null });
    Object.assign(this, { isOpen: false, typed: "", here: [], found: null, at: -1 });
    Object.assign(this, { read: null, opinion: "asked", failure: "" });
    // What has the focus hears of a key before another that is open does.
    this.addEventListener("keydown", (event) => this.#press(event));
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  get #lines(): (ArticleLine | FoundArticle)[] {
    return this.found ?? this.here;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { signal } = (this.#listening = new AbortController());
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    clearTimeout(this.#timer);
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>(".opener")?.focus(options);
  }

  /** Opens the panel, at an article when one is named. */
  async open(slug?: string): Promise<void> {
    this.#cameFrom = focused();
    this.isOpen = true;
    this.announce("help-opened", { route: this.client?.route });
    await this.updateComplete;
    if (slug) return this.#read(slug);
    this.renderRoot.querySelector<HTMLElement>("input")?.focus();
    await this.#try(async () => {
      this.here = await articlesFor(this.client!, { step: this.step, error: this.error });
    });
  }

  close(): void {
    this.isOpen = false;
    this.#searching.abort();
    (this.#cameFrom?.isConnected ? this.#cameFrom : this).focus();
  }

  protected override render() {
    if (!this.client) return nothing;
    return html`<button
        class="opener other ${this.floating ? "floating" : ""}"
        part="opener"
        aria-expanded=${String(this.isOpen)}
        aria-haspopup="dialog"
        aria-keyshortcuts=${this.shortcut || nothing}
        @click=${() => (this.isOpen ? this.close() : void this.open())}
      >
        ${icon("help")}<slot>${this.#words.help}</slot>
      </button>
      ${this.isOpen ? this.#panel() : nothing}`;
  }

  protected override updated(): void {
    const panel = this.renderRoot.querySelector<HTMLElement>(".panel");
    if (panel && !panel.matches(":popover-open")) panel.showPopover();
  }

  #panel(): TemplateResult {
    return html`<div class="panel" part="panel" popover="manual" role="dialog" aria-labelledby="title">
      <div class="head">
        ${this.read
          ? html`<button class="icon" aria-label=${this.#words.back} @click=${this.#back}>${icon("back")}</button>`
          : nothing}
        <h2 id="title" tabindex="-1">${this.read?.title ?? this.#words.help}</h2>
        <button class="icon" aria-label=${this.#words.close} @click=${() => this.close()}>${icon("close")}</button>
      </div>
      ${this.read ? html`<span></span>` : this.#field()}
      <div class="inside" tabindex="0">
        ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
        ${this.read ? this.#article(this.read) : this.#list()}
      </div>
      <slot name="more"></slot>
    </div>`;
  }

  #field(): TemplateResult {
    const hasList = this.#lines.length > 0;
    return html`<div class="field">
      ${icon("search")}
      <input
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-label=${this.#words.search}
        placeholder=${this.#words.search}
        aria-autocomplete="list"
        aria-expanded=${String(hasList)}
        aria-controls=${hasList ? "list" : nothing}
        aria-activedescendant=${this.at >= 0 ? `line-${this.at}` : nothing}
        .value=${this.typed}
        @input=${this.#type}
        @keydown=${this.#walk}
      />
    </div>`;
  }

  #list(): TemplateResult | typeof nothing {
    const told = this.#words;
    if (this.found?.length === 0) return html`<p class="quiet">${said(told.none, { words: this.typed })}</p>`;
    if (!this.#lines.length) return html`<p class="quiet">${told.nothingHere}</p>`;
    return html`<h3 id="list-title">${this.found ? told.results : told.here}</h3>
      <div class="list" role="listbox" id="list" aria-labelledby="list-title">
        ${this.#lines.map(
          (line, index) => html`<div
            role="option"
            id=${`line-${index}`}
            aria-selected=${String(index === this.at)}
            @click=${() => this.#choose(line)}
          >
            <strong>${line.title}</strong><span>${this.#excerpt(line)}</span>
          </div>`,
        )}
      </div>`;
  }

  #excerpt(line: ArticleLine | FoundArticle): unknown {
    if (!("marked" in line) || !line.marked.length) return line.summary;
    return line.marked.map(({ text, hit }) => (hit ? html`<mark>${text}</mark>` : text));
  }

  #article(read: Article): TemplateResult {
    return html`<div class="prose">${blocks(read.body, this.client!)}</div>
      ${read.related.length
        ? html`<h3>${this.#words.related}</h3>
            <div class="row">
              ${read.related.map(
                (line) => html`<button class="plain" @click=${() => this.#read(line.slug)}>${line.title}</button>`,
              )}
            </div>`
        : nothing}
      <div class="opinion">${this.#asked(read)}</div>`;
  }

  #asked(read: Article): TemplateResult {
    const told = this.#words;
    if (this.opinion === "given") return html`<p>${told.thanks}</p>`;
    if (this.opinion === "asked") {
      return html`<div class="row" role="group" aria-label=${told.helpful}>
        <span>${told.helpful}</span>
        <button class="other" @click=${() => this.#tell(read, { helpful: true })}>${told.yes}</button>
        <button class="other" @click=${() => (this.opinion = "no")}>${told.no}</button>
      </div>`;
    }
    return html`<form class="stack" @submit=${(event: SubmitEvent) => this.#sendReason(event, read)}>
      <fieldset>
        <legend>${told.why}</legend>
        ${REASONS.map(
          (reason) => html`<label><input type="radio" name="reason" value=${reason} required />${told[reason]}</label>`,
        )}
      </fieldset>
      <textarea name="comment" rows="2" maxlength="500" aria-label=${told.comment} placeholder=${told.comment}></textarea>
      <div class="row"><button class="main" type="submit">${told.send}</button></div>
    </form>`;
  }

  #sendReason(event: SubmitEvent, read: Article): void {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const comment = String(form.get("comment") ?? "").trim();
    const reason = String(form.get("reason"));
    void this.#tell(read, { helpful: false, reason, ...(comment && { comment }) });
  }

  async #tell(read: Article, feedback: { helpful: boolean; reason?: string; comment?: string }): Promise<void> {
    await this.#try(async () => {
      await giveFeedback(this.client!, read.slug, feedback);
      this.opinion = "given";
      this.announce("feedback", { slug: read.slug, ...feedback });
      say(this.#words.thanks);
    });
  }

  #choose(line: ArticleLine): void {
    if (this.found && this.#searched) tellClick(this.client!, this.#searched, line.slug);
    void this.#read(line.slug);
  }

  async #read(slug: string): Promise<void> {
    await this.#try(async () => {
      this.read = await article(this.client!, slug);
      this.opinion = "asked";
      this.announce("help-read", { slug });
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>("#title")?.focus();
    });
  }

  #back = async (): Promise<void> => {
    this.read = null;
    this.failure = "";
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("input")?.focus();
  };

  #type = (event: Event): void => {
    this.typed = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    this.#searching.abort();
    this.#timer = setTimeout(() => void this.#search(), TYPING);
  };

  async #search(): Promise<void> {
    const asked = this.typed.trim();
    this.at = -1;
    if (!asked) {
      this.found = null;
      return;
    }
    const { signal } = (this.#searching = new AbortController());
    await this.#try(async () => {
      const { id, results } = await search(this.client!, asked, signal);
      this.#searched = id;
      this.found = results;
      this.announce("help-searched", { words: asked, zero: results.length === 0 });
      const told = this.#words;
      const count = results.length;
      say(count === 0 ? said(told.none, { words: asked }) : count === 1 ? told.one : said(told.found, { count }));
    });
  }

  // The combobox of the ARIA Authoring Practices: the focus stays in the field, the arrows walk the list.
  #walk = (event: KeyboardEvent): void => {
    const last = this.#lines.length - 1;
    const to = { ArrowDown: this.at < last ? this.at + 1 : 0, ArrowUp: this.at > 0 ? this.at - 1 : last }[event.key];
    if (to !== undefined && last >= 0) {
      event.preventDefault();
      this.at = to;
      void this.updateComplete.then(() =>
        this.renderRoot.querySelector(`#line-${to}`)?.scrollIntoView({ block: "nearest" }),
      );
    }
    const chosen = this.#lines[this.at];
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      this.#choose(chosen);
    }
  };

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      this.close();
    } else if (this.shortcut && isShortcut(event, this.shortcut)) {
      event.preventDefault();
      if (this.isOpen) this.close();
      else void this.open();
    }
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.failure = "";
    try {
      await work();
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "AbortError") return;
      this.failure = failure instanceof Refused ? failure.message : this.#words.failed;
    }
  }

  static override styles = [base, prose, styles];
}

/** Whether these keys were pressed, as `aria-keyshortcuts` writes them; ⌘ counts as Control. */
function isShortcut(event: KeyboardEvent, shortcut: string): boolean {
  const keys = shortcut.split("+");
  const key = keys.at(-1)!;
  const wants = (name: string) => keys.includes(name);
  if (event.altKey !== wants("Alt")) return false;
  // On some keyboards "/" itself needs Shift.
  if (event.shiftKey !== wants("Shift") && /[a-z0-9]/i.test(key)) return false;
  return (event.ctrlKey || event.metaKey) === wants("Control") && event.key.toLowerCase() === key.toLowerCase();
}

define("fm-help", Help);

declare global {
  interface HTMLElementTagNameMap {
    "fm-help": Help;
  }
}
