// What is known right now, and who is told when it changes.
import type { Content, EmbedState, Problem } from "./wire.ts";

/** `stopped` says that nobody is signed in any more; `off` that the page asked for silence. */
export type Phase = "waiting" | "ready" | "failed" | "stopped" | "off";

/** One moment: never changed, only replaced. */
export interface Moment {
  readonly phase: Phase;
  readonly state: EmbedState | null;
  readonly problem: Problem | null;
  /** The content somebody asked to see, until it is shown. */
  readonly wanted: Content | null;
  /** What they pressed for it, and what stands around that, from within. */
  readonly pressed: readonly Element[];
}

/** Holds the moment. */
export class Store {
  #moment: Moment = { phase: "waiting", state: null, problem: null, wanted: null, pressed: [] };
  #listeners = new Set<(moment: Moment) => void>();

  get moment(): Moment {
    return this.#moment;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  set(change: Partial<Moment>): void {
    this.#moment = { ...this.#moment, ...change };
    for (const listener of this.#listeners) listener(this.#moment);
  }

  subscribe(listener: (moment: Moment) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
