// Asks the server for the state: once, and again when something changed.
import { type Door, mayPass, problemIn } from "./door.ts";
import type { Moment } from "./store.ts";
import { listen, waitAfter } from "./stream.ts";
import type { Tabs } from "./tabs.ts";
import type { EmbedState, Problem } from "./wire.ts";

/** Who asks, and where they are. */
export interface Asker {
  readonly door: Door;
  readonly tabs: Tabs;
  readonly mode: string;
  readonly moment: Moment;
  readonly route: string;
  readonly language: string;
  readonly project: string | null;
  /** Asks again, unless nobody may any more. */
  refresh(): Promise<void>;
}

/** Who hears the answer. */
export interface Hearer {
  took(state: EmbedState): void;
  failed(problem: Problem): void;
}

export class Asking {
  readonly #asker: Asker;
  readonly #ending: AbortSignal;
  readonly #hearer: Hearer;
  #route = "";
  #tag: string | null = null;
  #asking: Promise<void> | null = null;
  #mustAskAgain = false;
  #failures = 0;
  #listening: AbortController | null = null;

  constructor(asker: Asker, ending: AbortSignal, hearer: Hearer) {
    this.#asker = asker;
    this.#ending = ending;
    this.#hearer = hearer;
    ending.addEventListener("abort", () => this.stop());
  }

  /** Where the person was when it was asked last. */
  get route(): string {
    return this.#route;
  }

  /** Asks; what did not change costs a 304. Whoever asks meanwhile is answered by the next. */
  ask(): Promise<void> {
    if (this.#asking) this.#mustAskAgain = true;
    return (this.#asking ??= this.#ask());
  }

  /** Asks unless nobody looks at this tab: it asks when somebody does again. */
  askIfSeen(): void {
    if (!document.hidden) void this.#asker.refresh();
  }

  /** Somebody else asks from now on. */
  forget(): void {
    this.#tag = null;
    this.stop();
  }

  /** Hears of no change any more. */
  stop(): void {
    this.#listening?.abort();
    this.#listening = null;
  }

  async #ask(): Promise<void> {
    do {
      this.#mustAskAgain = false;
      await this.#askOnce();
    } while (this.#mustAskAgain);
    this.#asking = null;
  }

  async #askOnce(): Promise<void> {
    const { door, language, project } = this.#asker;
    this.#route = this.#asker.route;
    const wanted = new URLSearchParams({ route: this.#route, lang: language });
    if (project) wanted.set("project", project);
    try {
      const told = await door.ask<EmbedState>("GET", `/api/v1/embed/state?${wanted}`, {
        tag: this.#tag,
        signal: this.#ending,
      });
      this.#failures = 0;
      this.#tag = told.tag;
      if (told.body) this.#hearer.took(told.body);
      this.#listen();
    } catch (failure) {
      this.#fail(failure);
    }
  }

  #fail(failure: unknown): void {
    if (this.#ending.aborted || this.#asker.moment.phase === "stopped") return;
    const problem = problemIn(failure);
    this.#hearer.failed(problem);
    if (mayPass(problem)) setTimeout(() => this.askIfSeen(), waitAfter(this.#failures++));
  }

  #listen(): void {
    const { door, tabs, mode, moment } = this.#asker;
    const path = moment.state?.stream;
    if (this.#listening || !path || mode === "test") return;
    const stopping = (this.#listening = new AbortController());
    const heard = () => {
      tabs.tell();
      this.askIfSeen();
    };
    tabs.lead(() => listen(door, path, heard, stopping.signal), stopping.signal);
  }
}
