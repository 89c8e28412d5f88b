// The search of the help: a field, and the list of articles that its arrows walk.
import { html, nothing, type TemplateResult } from "lit";
import { articlesFor, type Place, search, tellClick } from "../core/helping.ts";
import type { ArticleLine, FoundArticle } from "../core/wire.ts";
import type { Desk } from "./help-desk.ts";
import { icon } from "./icons.ts";
import { say } from "./live.ts";
import { said } from "./words.ts";

const TYPING = 200; // milliseconds between two letters of somebody who types

type Line = ArticleLine | FoundArticle;

export class Finding {
  readonly #desk: Desk;
  readonly #choose: (slug: string) => void;
  #typed = "";
  #here: ArticleLine[] = [];
  #found: FoundArticle[] | null = null;
  #at = -1;
  #searched = "";
  #searching = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(desk: Desk, choose: (slug: string) => void) {
    this.#desk = desk;
    this.#choose = choose;
  }

  /** Takes what belongs to a place, to be shown until something is searched for. */
  look(place: Place): Promise<void> {
    return this.#desk.attempt(async () => {
      this.#here = await articlesFor(this.#desk.client(), place);
      void this.#desk.draw();
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#searching.abort();
  }

  field(): TemplateResult {
    const hasList = this.#lines.length > 0;
    const { search } = this.#desk.words();
    return html`<div class="field">
      ${icon("search")}
      <input
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-label=${search}
        placeholder=${search}
        aria-autocomplete="list"
        aria-expanded=${String(hasList)}
        aria-controls=${hasList ? "list" : nothing}
        aria-activedescendant=${this.#at >= 0 ? `line-${this.#at}` : nothing}
        .value=${this.#typed}
        @input=${this.#type}
        @keydown=${this.#walk}
      />
    </div>`;
  }

  list(): TemplateResult {
    const told = this.#desk.words();
    if (this.#found?.length === 0) return html`<p class="quiet">${said(told.none, { words: this.#typed })}</p>`;
    if (!this.#lines.length) return html`<p class="quiet">${told.nothingHere}</p>`;
    return html`<h3 id="list-title">${this.#found ? told.results : told.here}</h3>
      <div class="list" role="listbox" id="list" aria-labelledby="list-title">
        ${this.#lines.map(
          (line, index) => html`<div
            role="option"
            id=${`line-${index}`}
            aria-selected=${String(index === this.#at)}
            @click=${() => this.#take(line)}
          >
            <strong>${line.title}</strong><span>${excerptOf(line)}</span>
          </div>`,
        )}
      </div>`;
  }

  get #lines(): Line[] {
    return this.#found ?? this.#here;
  }

  #take(line: Line): void {
    if (this.#found && this.#searched) tellClick(this.#desk.client(), this.#searched, line.slug);
    this.#choose(line.slug);
  }

  #type = (event: Event): void => {
    this.#typed = (event.target as HTMLInputElement).value;
    this.stop();
    this.#timer = setTimeout(() => void this.#search(), TYPING);
  };

  async #search(): Promise<void> {
    const asked = this.#typed.trim();
    this.#at = -1;
    if (!asked) this.#found = null;
    else await this.#desk.attempt(() => this.#find(asked));
    void this.#desk.draw();
  }

  async #find(asked: string): Promise<void> {
    const { signal } = (this.#searching = new AbortController());
    const { id, results } = await search(this.#desk.client(), asked, signal);
    this.#searched = id;
    this.#found = results;
    const count = results.length;
    this.#desk.announce("help-searched", { words: asked, zero: count === 0 });
    const told = this.#desk.words();
    say(count === 0 ? said(told.none, { words: asked }) : count === 1 ? told.one : said(told.found, { count }));
  }

  // The combobox of the ARIA Authoring Practices: the focus stays in the field, the arrows walk the list.
  #walk = (event: KeyboardEvent): void => {
    const last = this.#lines.length - 1;
    const at = this.#at;
    const to = { ArrowDown: at < last ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : last }[event.key];
    if (to !== undefined && last >= 0) {
      event.preventDefault();
      this.#at = to;
      void this.#desk.draw().then((root) => root.querySelector(`#line-${to}`)?.scrollIntoView({ block: "nearest" }));
    }
    const chosen = this.#lines[this.#at];
    if (event.key === "Enter" && chosen) {
      event.preventDefault();
      this.#take(chosen);
    }
  };
}

function excerptOf(line: Line): unknown {
  if (!("marked" in line) || !line.marked.length) return line.summary;
  return line.marked.map(({ text, hit }) => (hit ? html`<mark>${text}</mark>` : text));
}
