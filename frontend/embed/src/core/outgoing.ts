// What happened and is still to be told: kept until the server has it, told again without harm.
import { type Door, Refused } from "./door.ts";
import { uuid7 } from "./ids.ts";
import { keep, kept } from "./storage.ts";
import { waitAfter } from "./stream.ts";
import type { GuidanceEvent } from "./wire.ts";

const KEPT = "firstmile:outgoing";
const GATHERED_FOR = 500; // milliseconds; a step that is left for the next makes two events at once
const MOST = 50; // events, which is what the server takes at once; older ones are given up first
const AGAIN = [408, 425, 429];

/** The events of this tab, in order; `sessionStorage` keeps them over a change of page. */
export class Outgoing {
  /** Called with what the server has taken. */
  onTold: (events: GuidanceEvent[]) => void = () => {};
  #door: Door;
  #telling = Promise.resolve();
  #events: GuidanceEvent[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(door: Door) {
    this.#door = door;
    this.#events = kept<GuidanceEvent[]>(KEPT) ?? [];
    if (this.#events.length) this.#later(GATHERED_FOR);
  }

  /** How many are not told yet. */
  get waiting(): number {
    return this.#events.length;
  }

  add(event: Omit<GuidanceEvent, "id">): void {
    this.#events = [...this.#events, { id: uuid7(), ...event }].slice(-MOST);
    this.#keep();
    this.#later(GATHERED_FOR);
  }

  /** Tells now what nobody is telling yet; with `isLast` the page may be gone before the answer. */
  flush(isLast = false): Promise<void> {
    if (isLast) return this.#tell(true);
    this.#telling = this.#telling.then(() => this.#tell(false));
    return this.#telling;
  }

  async #tell(isLast: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const told = this.#events;
    if (!told.length || this.#door.isClosed) return;
    try {
      await this.#door.ask("POST", "/api/v1/guidance/events", { body: { events: told }, keepalive: isLast });
      this.#failures = 0;
      this.onTold(told);
    } catch (failure) {
      if (mayPass(failure)) return this.#later(waitAfter(this.#failures++));
    }
    const ids = new Set(told.map((event) => event.id));
    this.#events = this.#events.filter((event) => !ids.has(event.id));
    this.#keep();
  }

  #later(milliseconds: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), milliseconds);
  }

  #keep(): void {
    keep(KEPT, this.#events.length ? this.#events : null);
  }
}

/** Whether the same may be accepted later; everything else is dropped rather than sent for ever. */
function mayPass(failure: unknown): boolean {
  if (!(failure instanceof Refused)) return true;
  const { status } = failure.problem;
  return status >= 500 || status === 401 || AGAIN.includes(status);
}
