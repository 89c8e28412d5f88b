// The one door to the server: who asks, how long it may take, and what a refusal becomes.
import type { Problem } from "./wire.ts";

const DEADLINE = 10_000; // milliseconds; a person has given up by then

/** An access token, or what fetches one before each request. */
export type Token = string | (() => string | null | Promise<string | null>);

/** The server said no. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = "Refused";
    this.problem = problem;
  }
}

/** An answer; `body` is null with 204 and 304. */
export interface Answer<T> {
  status: number;
  tag: string | null;
  body: T | null;
}

interface Asking {
  body?: unknown;
  tag?: string | null;
  keepalive?: boolean;
  signal?: AbortSignal;
  /** An `Idempotency-Key`: the same question again is answered as before. */
  once?: string;
}

/** Asks the server; a 401 closes it until somebody is named again. */
export class Door {
  readonly server: URL;
  /** Called once when the server no longer knows who asks. */
  onUnknown: () => void = () => {};
  /** The session of the browser's tabs: all that is known of a visitor who agreed to nothing. */
  session: () => Promise<string | null> = () => Promise.resolve(null);
  /** What was agreed to in this browser, for a server of another origin: its cookie does not reach it. */
  receipt: () => string | null = () => null;
  #token: Token | null;
  #key: string | null;
  #isClosed = false;

  constructor(server: URL, token: Token | null, key: string | null) {
    this.server = server;
    this.#token = token;
    this.#key = key;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Asks as somebody else from now on. */
  identify(token: Token | null): void {
    this.#token = token;
    this.#isClosed = false;
  }

  /** An address of the server, also for the links its steps carry. */
  url(path: string): URL {
    return new URL(path.replace(/^\/+/, path.startsWith("/") ? "" : "/"), this.server);
  }

  /** Asks for JSON. Raises Refused, or the error of fetch when nobody answers in time. */
  async ask<T>(method: string, path: string, asking: Asking = {}): Promise<Answer<T>> {
    const deadline = AbortSignal.timeout(DEADLINE);
    const signal = asking.signal ? AbortSignal.any([deadline, asking.signal]) : deadline;
    const answered = await this.send(method, path, { ...asking, signal });
    const tag = answered.headers.get("etag");
    if (answered.status === 304 || answered.status === 204) {
      return { status: answered.status, tag, body: null };
    }
    return { status: answered.status, tag, body: (await answered.json()) as T };
  }

  /** Sends a request and raises what was refused; the body is left to whoever asked. */
  async send(method: string, path: string, asking: Asking & { accept?: string } = {}): Promise<Response> {
    if (this.#isClosed) throw new Refused(nobody);
    let answered = await this.#fetch(method, path, asking);
    // A token lasts an hour: whoever gave a function is asked for a fresh one before the door closes.
    if (answered.status === 401 && typeof this.#token === "function") {
      answered = await this.#fetch(method, path, asking);
    }
    if (answered.ok || answered.status === 304) return answered;
    if (answered.status === 401 && !this.#isClosed) {
      this.#isClosed = true;
      this.onUnknown();
    }
    throw new Refused(await problemOf(answered));
  }

  async #fetch(method: string, path: string, asking: Asking & { accept?: string }): Promise<Response> {
    return fetch(this.url(path), {
      method,
      headers: await this.#headers(method, asking),
      body: asking.body === undefined ? null : JSON.stringify(asking.body),
      credentials: this.#isForeign() ? "omit" : "same-origin",
      keepalive: asking.keepalive ?? false,
      signal: asking.signal ?? null,
    });
  }

  async #headers(method: string, asking: Asking & { accept?: string }): Promise<Headers> {
    const headers = new Headers({ accept: asking.accept ?? "application/json" });
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (this.#key) headers.set("x-firstmile-key", this.#key);
    const session = await this.session();
    if (session) headers.set("x-firstmile-session", session);
    const receipt = this.#isForeign() && this.receipt();
    if (receipt) headers.set("x-firstmile-consent", receipt);
    if (asking.once) headers.set("idempotency-key", asking.once);
    if (asking.tag) headers.set("if-none-match", asking.tag);
    if (asking.body !== undefined) headers.set("content-type", "application/json");
    if (method !== "GET" && !token && !this.#isForeign()) headers.set("x-csrf-token", csrfToken());
    return headers;
  }

  #isForeign(): boolean {
    return this.server.origin !== location.origin;
  }
}

const nobody: Problem = { status: 401, error: "unauthenticated", message: "Sign in first." };

function csrfToken(): string {
  return /(?:^|; )csrf-token=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

/** Whether the same may be answered otherwise later: nobody answered, too much was asked, or something broke. */
export function mayPass({ status }: Problem): boolean {
  return status === 0 || status === 429 || status >= 500;
}

const unreachable: Problem = { status: 0, error: "unreachable", message: "The server did not answer." };

/** What went wrong: the server's word, or that there was none. */
export function problemIn(failure: unknown): Problem {
  return failure instanceof Refused ? failure.problem : unreachable;
}

async function problemOf(answered: Response): Promise<Problem> {
  const told = (await answered.json().catch(() => ({}))) as Partial<Problem>;
  const { error = "unexpected", message = answered.statusText } = told;
  return { ...told, status: answered.status, error, message };
}
