// What the tabs of one browser share: a session, news, and who of them keeps the stream open.
import { uuid7 } from "./ids.ts";
import { keep, kept } from "./storage.ts";

const SESSION = "firstmile:session";
const PATIENCE = 60; // milliseconds; a tab that is there answers within a few

type Message = { kind: "who" } | { kind: "session"; session: string } | { kind: "news" };

/** The tabs of an origin that talk with the same server. */
export class Tabs {
  /** Called when another tab changed something or heard of a change. */
  onNews: () => void = () => {};
  isLeader = false;
  #name: string;
  #channel: BroadcastChannel | null;
  #session: Promise<string> | null = null;

  constructor(server: string) {
    this.#name = `firstmile:${server}`;
    this.#channel = "document" in globalThis && "BroadcastChannel" in globalThis ? new BroadcastChannel(this.#name) : null;
    this.#channel?.addEventListener("message", (event: MessageEvent<Message>) => this.#hear(event.data));
  }

  /** The session all tabs share, made by the first of them. */
  session(): Promise<string> {
    return (this.#session ??= this.#findSession());
  }

  /** Tells the others that something changed. */
  tell(): void {
    this.#channel?.postMessage({ kind: "news" } satisfies Message);
  }

  /** Does something in one tab at a time, until the signal; the next tab takes over by itself. */
  lead(work: () => Promise<void>, signal: AbortSignal): void {
    const leading = async () => {
      this.isLeader = true;
      await work();
      this.isLeader = false;
    };
    // Without locks (a page over plain HTTP) every tab works for itself.
    if (!("locks" in navigator)) void leading();
    else navigator.locks.request(this.#name, { signal }, leading).catch(() => undefined);
  }

  close(): void {
    this.#channel?.close();
  }

  async #findSession(): Promise<string> {
    const session = kept<string>(SESSION) ?? (await this.#askOthers()) ?? uuid7();
    keep(SESSION, session);
    return session;
  }

  #askOthers(): Promise<string | null> {
    const channel = this.#channel;
    if (!channel) return Promise.resolve(null);
    return new Promise((resolve) => {
      const answered = (event: MessageEvent<Message>) => {
        if (event.data.kind === "session") settle(event.data.session);
      };
      const timer = setTimeout(() => settle(null), PATIENCE);
      const settle = (session: string | null) => {
        clearTimeout(timer);
        channel.removeEventListener("message", answered);
        resolve(session);
      };
      channel.addEventListener("message", answered);
      channel.postMessage({ kind: "who" } satisfies Message);
    });
  }

  #hear(message: Message): void {
    if (message.kind === "news") this.onNews();
    const session = message.kind === "who" && kept<string>(SESSION);
    if (session) this.#channel?.postMessage({ kind: "session", session } satisfies Message);
  }
}
