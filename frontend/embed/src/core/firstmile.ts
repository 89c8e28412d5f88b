// Firstmile in a page, without any look of its own: what is known, and what may be done.
import { announce, announceProgress } from "./announcing.ts";
import { Asking } from "./asking.ts";
import { Consents } from "./consents.ts";
import { Door, problemIn, type Token } from "./door.ts";
import { explained, type Explanation } from "./explaining.ts";
import { focused, surroundingsOf } from "./focus.ts";
import { Leases } from "./leases.ts";
import type { Options } from "./options.ts";
import { Outgoing } from "./outgoing.ts";
import { watchRoutes } from "./routes.ts";
import { Steps } from "./steps.ts";
import { type Moment, Store } from "./store.ts";
import { Tabs } from "./tabs.ts";
import { tourUnderWay } from "./tours.ts";
import { contentOf } from "./wishes.ts";
import type { Content, EmbedState, GuidanceEvent, Journey, Lease, Problem, Step } from "./wire.ts";

const isBrowser = (): boolean => typeof window !== "undefined";

/** A client; nothing is asked before somebody subscribes or `start` is called. */
export class Firstmile {
  readonly server: URL;
  readonly mode: "on" | "off" | "test";
  readonly messages: Record<string, Record<string, string>>;
  readonly door: Door;
  readonly consents: Consents;
  readonly tabs: Tabs;
  /** The project whose shared steps are meant, by its id, if the page named one. */
  readonly project: string | null;
  /** Why each piece of content is shown or waits, for `explain`. */
  readonly decisions = new Map<string, string>();
  readonly #store = new Store();
  readonly #leases: Leases;
  readonly #outgoing: Outgoing;
  readonly #ending = new AbortController();
  readonly #asking: Asking;
  readonly #steps: Steps;
  readonly #routeOf: () => string;
  readonly #language: string | undefined;
  #isStarted = false;

  constructor(options: Options) {
    this.server = new URL(options.server);
    this.mode = options.mode ?? "on";
    this.messages = options.messages ?? {};
    this.#language = options.language;
    this.project = options.project ?? null;
    this.#routeOf = options.route ?? (() => location.pathname);
    this.door = new Door(this.server, options.token ?? null, options.key ?? null);
    this.door.onUnknown = () => this.#stop();
    this.tabs = new Tabs(this.server.href);
    if (isBrowser()) this.door.session = () => this.tabs.session();
    this.consents = new Consents(this.door);
    this.#leases = new Leases(this.door, this.tabs);
    this.#outgoing = new Outgoing(this.door);
    this.#outgoing.onTold = (events) => this.#tellTabs(events);
    this.#asking = new Asking(this, this.ending, {
      took: (state) => this.#take(state),
      failed: (problem) => this.#fail(problem),
    });
    this.#steps = new Steps(this.door, {
      now: () => this.journey,
      changed: (journey) => this.#changed(journey),
      refresh: () => this.refresh(),
    });
    if (this.mode === "off") this.#store.set({ phase: "off" });
  }

  /** What is known right now. */
  get moment(): Moment {
    return this.#store.moment;
  }

  get state(): EmbedState | null {
    return this.moment.state;
  }

  get journey(): Journey | null {
    return this.state?.journey ?? null;
  }

  /** The language to speak. */
  get language(): string {
    if (this.#language) return this.#language;
    return (isBrowser() && (document.documentElement.lang || navigator.language)) || "en";
  }

  /** Where the person is, as the server is told. */
  get route(): string {
    return this.#routeOf();
  }

  /** Calls back at every change; the first subscriber makes the client ask. Returns how to stop. */
  subscribe(listener: (moment: Moment) => void): () => void {
    const stop = this.#store.subscribe(listener);
    this.start();
    return stop;
  }

  /** Asks for the state and listens from now on. */
  start(): void {
    if (this.#isStarted || this.mode === "off" || !isBrowser()) return;
    this.#isStarted = true;
    const { signal } = this.#ending;
    const again = () => this.#asking.askIfSeen();
    this.tabs.onNews = again;
    const stopWatching = watchRoutes(() => this.route !== this.#asking.route && again());
    signal.addEventListener("abort", stopWatching);
    window.addEventListener("online", again, { signal });
    window.addEventListener("pagehide", () => void this.flush(true), { signal });
    document.addEventListener("visibilitychange", () => void (document.hidden ? this.flush(true) : again()), {
      signal,
    });
    void this.refresh();
  }

  /** Asks for the state again; what did not change costs a 304. */
  refresh(): Promise<void> {
    if (!this.#isStarted || this.moment.phase === "stopped") return Promise.resolve();
    return this.#asking.ask();
  }

  /** Somebody signed in, or out with null. */
  identify(token: Token | null): Promise<void> {
    this.door.identify(token);
    this.#asking.forget();
    if (this.mode !== "off") this.#store.set({ phase: "waiting", state: null, problem: null });
    this.start();
    return this.refresh();
  }

  /** Marks a step as begun. Raises Refused, with `blockedBy` in its details when it is not its turn. */
  startStep(key: string): Promise<Step> {
    return this.#steps.settle(key, "in_progress");
  }

  /** Completes a step on the person's word, where its definition takes it. Raises Refused. */
  completeStep(key: string): Promise<Step> {
    return this.#steps.settle(key, "done");
  }

  /** Skips a step that is not required. Raises Refused. */
  skipStep(key: string): Promise<Step> {
    return this.#steps.settle(key, "skipped");
  }

  /** Takes a skipped, begun or completed step back. Raises Refused. */
  takeBackStep(key: string): Promise<Step> {
    return this.#steps.settle(key, "todo");
  }

  /** Puts a step off, for a week unless said otherwise. Raises Refused. */
  snooze(key: string, until?: Date): Promise<Step> {
    return this.#steps.snooze(key, until);
  }

  /** Asks for the right to interrupt; a problem says why not now. */
  lease(content: Pick<Content, "key" | "version">): Promise<Lease | Problem> {
    return this.#leases.take(content, this.state?.known ?? false);
  }

  /**
   * Shows a tip, a tour or an announcement because the person asked for it, also when they were done with it;
   * false when there is none for them. At its end the focus goes back to what they pressed.
   */
  async show(key: string, from: Element | null = focused()): Promise<boolean> {
    const pressed = surroundingsOf(from);
    try {
      this.#store.set({ wanted: await contentOf(this, key), pressed });
      return true;
    } catch (failure) {
      this.decisions.set(key, "asked for, and not there for this person");
      announce("error", problemIn(failure));
      return false;
    }
  }

  /** What was asked for is on the screen. */
  granted(): void {
    this.#store.set({ wanted: null, pressed: [] });
  }

  /** Tells what happened to a piece of content; sent soon, and once. */
  report(event: Omit<GuidanceEvent, "id">): void {
    const lease = this.#leases.of(event.key);
    if (isOver(event)) this.#leases.end(event.key);
    if (this.mode === "on") this.#outgoing.add({ ...(lease && { lease }), ...event });
  }

  /** Sends what is waiting. */
  flush(isLast = false): Promise<void> {
    return this.#outgoing.flush(isLast);
  }

  /** Why things are as they are; with a key the server says why that content is shown or not. */
  explain(key?: string): Promise<Explanation> {
    return explained(this, { key, isLeader: this.tabs.isLeader, waiting: this.#outgoing.waiting });
  }

  /** Aborted when the client ends. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  get isEnded(): boolean {
    return this.ending.aborted;
  }

  /** Stops everything; the client is of no more use. */
  end(): void {
    this.#ending.abort();
    this.tabs.close();
  }

  #changed(journey: Journey | null): void {
    if (this.state && journey) this.#take({ ...this.state, journey });
    this.tabs.tell();
    void this.refresh();
  }

  #take(state: EmbedState): void {
    const before = this.journey;
    const isFirst = !this.state;
    this.#store.set({ phase: "ready", state, problem: null });
    announceProgress(before, state.journey, this.#steps.reasons);
    if (!isFirst) return;
    announce("ready", { language: state.language, known: state.known });
    const left = tourUnderWay();
    if (left?.isWished) void this.show(left.key, null);
  }

  #fail(problem: Problem): void {
    this.#store.set({ phase: this.state ? "ready" : "failed", problem });
    announce("error", problem);
  }

  #stop(): void {
    this.#asking.stop();
    this.#store.set({ phase: "stopped", state: null });
  }

  /** What a visitor was done with leaves their other tabs too; a person's hear it from the server. */
  #tellTabs(events: GuidanceEvent[]): void {
    if (!this.state?.known && events.some(isOver)) this.tabs.tell();
  }
}

const OVER = ["dismissed", "completed", "snoozed", "skipped"];
const isOver = ({ kind }: Pick<GuidanceEvent, "kind">): boolean => OVER.includes(kind);
