// Firstmile in a page, without any look of its own: what is known, and what may be done.
import { announce, announceProgress } from "./announcing.ts";
import { Consents } from "./consents.ts";
import { Door, mayPass, Refused, type Token } from "./door.ts";
import { explained, type Explanation } from "./explaining.ts";
import { focused, surroundingsOf } from "./focus.ts";
import { Leases } from "./leases.ts";
import { Outgoing } from "./outgoing.ts";
import { watchRoutes } from "./routes.ts";
import { type Moment, Store } from "./store.ts";
import { listen, waitAfter } from "./stream.ts";
import { Tabs } from "./tabs.ts";
import { tourUnderWay } from "./tours.ts";
import { contentOf } from "./wishes.ts";
import type { Content, EmbedState, GuidanceEvent, Journey, Lease, Problem, Step } from "./wire.ts";

/** How a page uses a server; only `server` must be said. */
export interface Options {
  /** The address of the Firstmile server. */
  server: string | URL;
  /** An access token, or what fetches one; without it the session cookie, on the server's own pages. */
  token?: Token | null;
  /** A public SDK key: says which environment is asked. */
  key?: string | null;
  /** The project whose shared steps are meant, by its id; otherwise the one the person joined first. */
  project?: string | null;
  /** A language (BCP 47); otherwise the page's, otherwise the browser's. */
  language?: string;
  /** `off` asks nothing and opens every gate; `test` shows no content by itself and tells nothing. */
  mode?: "on" | "off" | "test";
  /** What counts as the route; otherwise the path of the address. */
  route?: () => string;
  /** Words in more languages, or other words: by language, then by name. */
  messages?: Record<string, Record<string, string>>;
}

const isBrowser = (): boolean => typeof window !== "undefined";

/** A client; nothing is asked before somebody subscribes or `start` is called. */
export class Firstmile {
  readonly server: URL;
  readonly mode: "on" | "off" | "test";
  readonly messages: Record<string, Record<string, string>>;
  readonly door: Door;
  readonly consents: Consents;
  readonly tabs: Tabs;
  /** Why each piece of content is shown or waits, for `explain`. */
  readonly decisions = new Map<string, string>();
  readonly #store = new Store();
  readonly #leases: Leases;
  readonly #outgoing: Outgoing;
  readonly #ending = new AbortController();
  readonly #reasons = new Map<string, string>();
  readonly #routeOf: () => string;
  readonly #language: string | undefined;
  readonly #project: string | null;
  #isStarted = false;
  #route = "";
  #tag: string | null = null;
  #asking: Promise<void> | null = null;
  #mustAskAgain = false;
  #failures = 0;
  #listening: AbortController | null = null;

  constructor(options: Options) {
    this.server = new URL(options.server);
    this.mode = options.mode ?? "on";
    this.messages = options.messages ?? {};
    this.#language = options.language;
    this.#project = options.project ?? null;
    this.#routeOf = options.route ?? (() => location.pathname);
    this.door = new Door(this.server, options.token ?? null, options.key ?? null);
    this.door.onUnknown = () => this.#stop();
    this.tabs = new Tabs(this.server.href);
    if (isBrowser()) this.door.session = () => this.tabs.session();
    this.consents = new Consents(this.door);
    this.#leases = new Leases(this.door, this.tabs);
    this.#outgoing = new Outgoing(this.door);
    this.#outgoing.onTold = (events) => this.#tellTabs(events);
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
    const again = () => this.#askIfSeen();
    this.tabs.onNews = again;
    const stopWatching = watchRoutes(() => this.route !== this.#route && again());
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
    if (this.#asking) this.#mustAskAgain = true;
    return (this.#asking ??= this.#ask());
  }

  /** Somebody signed in, or out with null. */
  identify(token: Token | null): Promise<void> {
    this.door.identify(token);
    this.#tag = null;
    this.#listening?.abort();
    this.#listening = null;
    if (this.mode !== "off") this.#store.set({ phase: "waiting", state: null, problem: null });
    this.start();
    return this.refresh();
  }

  /** Marks a step as begun. Raises Refused, with `blockedBy` in its details when it is not its turn. */
  startStep(key: string): Promise<Step> {
    return this.#settle(key, "in_progress");
  }

  /** Completes a step on the person's word, where its definition takes it. Raises Refused. */
  completeStep(key: string): Promise<Step> {
    return this.#settle(key, "done");
  }

  /** Skips a step that is not required. Raises Refused. */
  skipStep(key: string): Promise<Step> {
    return this.#settle(key, "skipped");
  }

  /** Takes a skipped, begun or completed step back. Raises Refused. */
  takeBackStep(key: string): Promise<Step> {
    return this.#settle(key, "todo");
  }

  /** Puts a step off, for a week unless said otherwise. Raises Refused. */
  async snooze(key: string, until?: Date): Promise<Step> {
    this.#reasons.set(key, "manual");
    const body = { key, ...(until && { until: until.toISOString() }) };
    const path = `/api/v1/onboarding/snooze${this.#placeOf(key)}`;
    const { body: changed } = await this.door.ask<Changed>("POST", path, { body });
    return this.#adopt(changed!);
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
      announce("error", problemOf(failure));
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

  get isEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Stops everything; the client is of no more use. */
  end(): void {
    this.#ending.abort();
    this.#listening?.abort();
    this.tabs.close();
    if (offered === this) offered = null;
  }

  async #ask(): Promise<void> {
    do {
      this.#mustAskAgain = false;
      await this.#askOnce();
    } while (this.#mustAskAgain);
    this.#asking = null;
  }

  async #askOnce(): Promise<void> {
    this.#route = this.route;
    const wanted = new URLSearchParams({ route: this.#route, lang: this.language });
    if (this.#project) wanted.set("project", this.#project);
    try {
      const told = await this.door.ask<EmbedState>("GET", `/api/v1/embed/state?${wanted}`, {
        tag: this.#tag,
        signal: this.#ending.signal,
      });
      this.#failures = 0;
      this.#tag = told.tag;
      if (told.body) this.#take(told.body);
      this.#listen();
    } catch (failure) {
      this.#fail(failure);
    }
  }

  #take(state: EmbedState): void {
    const before = this.journey;
    const isFirst = !this.state;
    this.#store.set({ phase: "ready", state, problem: null });
    announceProgress(before, state.journey, this.#reasons);
    if (!isFirst) return;
    announce("ready", { language: state.language, known: state.known });
    const left = tourUnderWay();
    if (left?.isWished) void this.show(left.key, null);
  }

  #fail(failure: unknown): void {
    if (this.#ending.signal.aborted || this.moment.phase === "stopped") return;
    const problem = problemOf(failure);
    this.#store.set({ phase: this.state ? "ready" : "failed", problem });
    announce("error", problem);
    if (mayPass(problem)) setTimeout(() => this.#askIfSeen(), waitAfter(this.#failures++));
  }

  /** Asks unless nobody looks at this tab: it asks when somebody does again. */
  #askIfSeen(): void {
    if (!document.hidden) void this.refresh();
  }

  #listen(): void {
    const path = this.state?.stream;
    if (this.#listening || !path || this.mode === "test") return;
    const stopping = (this.#listening = new AbortController());
    const heard = () => {
      this.tabs.tell();
      this.#askIfSeen();
    };
    this.tabs.lead(() => listen(this.door, path, heard, stopping.signal), stopping.signal);
  }

  #stop(): void {
    this.#listening?.abort();
    this.#listening = null;
    this.#store.set({ phase: "stopped", state: null });
  }

  /** What a visitor was done with leaves their other tabs too; a person's hear it from the server. */
  #tellTabs(events: GuidanceEvent[]): void {
    if (!this.state?.known && events.some(isOver)) this.tabs.tell();
  }

  async #settle(key: string, status: string): Promise<Step> {
    this.#reasons.set(key, "manual");
    const send = () => {
      const path = `/api/v1/onboarding/steps/${encodeURIComponent(key)}${this.#placeOf(key)}`;
      return this.door.ask<Changed>("PATCH", path, { body: { status, rowVersion: this.#step(key)?.rowVersion ?? 0 } });
    };
    try {
      return this.#adopt((await send()).body!);
    } catch (failure) {
      // Another tab or device was quicker: the wish is the same, so it is said once more.
      if (!(failure instanceof Refused) || failure.problem.error !== STALE) throw failure;
      await this.refresh();
      return this.#adopt((await send()).body!);
    }
  }

  #step(key: string): Step | undefined {
    return this.journey?.steps.find((step) => step.key === key);
  }

  /** A shared step is changed in the project it was shown of, whatever was joined or left since. */
  #placeOf(key: string): string {
    const project = this.#step(key)?.scope === "project" && this.journey?.project?.id;
    return project ? `?project=${encodeURIComponent(project)}` : "";
  }

  #adopt(changed: Changed): Step {
    const { step, ...rest } = changed;
    const state = this.state;
    if (state?.journey) {
      const steps = state.journey.steps.map((one) => (one.key === step.key ? step : one));
      this.#take({ ...state, journey: { ...state.journey, ...rest, steps } });
    }
    this.tabs.tell();
    void this.refresh();
    return step;
  }
}

interface Changed {
  step: Step;
  progress: number;
  activated: boolean;
  nextStep: string | null;
}

const STALE = "stale";
const OVER = ["dismissed", "completed", "snoozed", "skipped"];
const isOver = ({ kind }: Pick<GuidanceEvent, "kind">): boolean => OVER.includes(kind);
const unreachable: Problem = { status: 0, error: "unreachable", message: "The server did not answer." };

function problemOf(failure: unknown): Problem {
  return failure instanceof Refused ? failure.problem : unreachable;
}

/** A client for a server. */
export function createFirstmile(options: Options): Firstmile {
  const client = new Firstmile(options);
  if (isBrowser()) offer(client);
  return client;
}

let offered: Firstmile | null = null;
const waiting = new Set<(client: Firstmile) => void>();

/** The page's first client that has not ended, for every element that was given no other; calls back once there is one. */
export function whenOffered(use: (client: Firstmile) => void): () => void {
  if (offered) use(offered);
  else waiting.add(use);
  return () => waiting.delete(use);
}

/** Offers a client to elements that were given none; the first one stays until it ends. */
export function offer(client: Firstmile): void {
  if (offered) return;
  offered = client;
  (window as { __firstmile?: object }).__firstmile = {
    explain: (key?: string) => client.explain(key),
  };
  for (const use of waiting) use(client);
  waiting.clear();
}
