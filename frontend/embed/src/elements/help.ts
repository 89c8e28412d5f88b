// The help panel: articles for this page, a search, and whether an article helped.
import { html, nothing, type TemplateResult } from "lit";
import { Refused } from "../core/door.ts";
import { focused } from "../core/focus.ts";
import { article } from "../core/helping.ts";
import type { Article } from "../core/wire.ts";
import { blocks } from "./blocks.ts";
import { define, FirstmileElement } from "./element.ts";
import type { Desk } from "./help-desk.ts";
import { Finding } from "./help-finding.ts";
import { Opinion } from "./help-opinion.ts";
import { styles } from "./help-styles.ts";
import { words } from "./help-words.ts";
import { icon } from "./icons.ts";
import { base, prose } from "./styles.ts";
import { wordsIn } from "./words.ts";

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
    read: { state: true },
    failure: { state: true },
  };
  declare shortcut: string;
  declare floating: boolean;
  declare step: string | null;
  declare error: string | null;
  declare isOpen: boolean;
  declare read: Article | null;
  declare failure: string;
  readonly #desk: Desk = {
    client: () => this.client!,
    words: () => this.#words,
    draw: () => (this.requestUpdate(), this.updateComplete.then(() => this.renderRoot)),
    attempt: (work) => this.#try(work),
    announce: (name, detail) => void this.announce(name, detail),
  };
  readonly #finding = new Finding(this.#desk, (slug) => void this.#read(slug));
  readonly #opinion = new Opinion(this.#desk);
  #listening: AbortController | null = null;
  #cameFrom: HTMLElement | null = null;

  constructor() {
    super();
    Object.assign(this, { shortcut: "Control+/", floating: false, step: null, error: null });
    Object.assign(this, { isOpen: false, read: null, failure: "" });
    // What has the focus hears of a key before another that is open does.
    this.addEventListener("keydown", (event) => this.#press(event));
  }

  get #words() {
    return wordsIn(this.client, words);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { signal } = (this.#listening = new AbortController());
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#finding.stop();
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
    await this.#finding.look({ step: this.step, error: this.error });
  }

  close(): void {
    this.isOpen = false;
    this.#finding.stop();
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
      ${this.read ? html`<span></span>` : this.#finding.field()}
      <div class="inside" tabindex="0">
        ${this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing}
        ${this.read ? this.#article(this.read) : this.#finding.list()}
      </div>
      <slot name="more"></slot>
    </div>`;
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
      <div class="opinion">${this.#opinion.of(read)}</div>`;
  }

  async #read(slug: string): Promise<void> {
    await this.#try(async () => {
      this.read = await article(this.client!, slug);
      this.#opinion.begin();
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
