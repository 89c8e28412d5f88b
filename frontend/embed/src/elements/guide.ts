// Shows what the server sent: what interrupts one at a time and with its leave, the rest where it belongs.
import { mayPass } from "../core/door.ts";
import type { Firstmile } from "../core/firstmile.ts";
import { waitAfter } from "../core/stream.ts";
import { tourUnderWay } from "../core/tours.ts";
import type { Content, Problem } from "../core/wire.ts";
import { Tip } from "./tip.ts";
import { Tour } from "./tour.ts";

const LEAST_WAIT = 1_000; // milliseconds; clocks differ by that much
const LONGEST_WAIT = 15 * 60_000; // milliseconds: a time of grace is waited for, tomorrow is not

/** Presents a client's content in the page; returns how to stop. */
export function present(client: Firstmile): () => void {
  const guide = new Guide(client);
  const stop = client.subscribe(() => void guide.look());
  const seen = new AbortController();
  for (const event of ["visibilitychange", "fm:consent-changed"]) {
    document.addEventListener(event, () => void guide.look(), { signal: seen.signal });
  }
  void guide.look();
  return () => {
    seen.abort();
    stop();
    guide.clear();
  };
}

class Guide {
  #client: Firstmile;
  #shown = new Map<string, Tip | Tour>();
  #over = new Set<string>();
  #wished = new Set<string>();
  #isAsking = false;
  #notBefore = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Firstmile) {
    this.#client = client;
  }

  async look(): Promise<void> {
    const { state, wanted, pressed } = this.#client.moment;
    if (!state || state.off.guidance) return this.clear();
    this.#withdraw(state.content);
    if (wanted) {
      this.#wished.add(nameOf(wanted));
      this.#show(wanted, pressed);
      return this.#client.granted();
    }
    for (const content of state.content) if (!content.interrupts) this.#showQuietly(content);
    await this.#interrupt(state.content.filter((content) => content.interrupts));
  }

  clear(): void {
    clearTimeout(this.#timer);
    for (const element of this.#shown.values()) element.leave();
    this.#shown.clear();
  }

  #showQuietly(content: Content): void {
    if (this.#client.mode === "test" || this.#isOver(content)) return;
    if (document.querySelector(`fm-tip[name="${CSS.escape(content.key)}"]`)) {
      this.#client.decisions.set(content.key, "shown in its place");
    } else if (content.delivery === "inline") {
      this.#client.decisions.set(content.key, "waits for its <fm-tip name> in the page");
    } else this.#show(content);
  }

  async #interrupt(candidates: Content[]): Promise<void> {
    const isBusy = [...this.#shown.values()].some((one) => one.isConnected && one.content?.interrupts);
    const next = candidates.find((content) => !this.#isOver(content));
    // A leave that is taken in a tab nobody looks at is lost.
    if (next && this.#isConsentAsked()) return void this.#client.decisions.set(next.key, "waits: consent comes first");
    if (document.hidden || this.#client.mode === "test" || isBusy || !next || this.#isAsking || Date.now() < this.#notBefore) return;
    this.#isAsking = true;
    const isKnown = this.#client.state?.known;
    const answer = await this.#client.lease(next);
    this.#isAsking = false;
    // Somebody signed in meanwhile: what the visitor may be shown is not what they may.
    if (this.#client.state?.known !== isKnown) return this.look();
    if ("lease" in answer) this.#takeUp(next);
    else this.#wait(next, answer);
  }

  /** Whether the page asks for consent right now: one question at a time. */
  #isConsentAsked(): boolean {
    const { state, consents } = this.#client;
    return document.querySelector("fm-consent:not([asked-by-page])") !== null && state !== null && consents.isNeeded(state.consent);
  }

  #takeUp(content: Content): void {
    this.#failures = 0;
    const isStillThere = this.#client.state?.content.some((one) => one.key === content.key);
    if (isStillThere) this.#show(content);
  }

  #wait(content: Content, problem: Problem): void {
    const { reason = problem.error, retryAt } = (problem.details ?? {}) as { reason?: string; retryAt?: string };
    this.#client.decisions.set(content.key, `waits: ${reason}`);
    if (!retryAt && !mayPass(problem)) {
      this.#over.add(nameOf(content));
      return;
    }
    this.#notBefore = retryAt ? Date.parse(retryAt) : Date.now() + waitAfter(this.#failures++);
    const wait = this.#notBefore - Date.now();
    clearTimeout(this.#timer);
    if (wait < LONGEST_WAIT) this.#timer = setTimeout(() => void this.look(), Math.max(wait, LEAST_WAIT));
  }

  /** Shows what comes by itself, or what somebody asked for by what they pressed. */
  #show(content: Content, pressed?: readonly Element[]): void {
    const before = this.#shown.get(nameOf(content));
    const isAsked = pressed !== undefined;
    if (before?.isConnected) return isAsked ? before.enter(pressed) : undefined;
    if (before && !isAsked) return;
    const element = content.kind === "tour" ? new Tour() : new Tip();
    element.client = this.#client;
    element.content = content;
    element.asked = isAsked;
    element.pressed = pressed ?? null;
    if (element instanceof Tour) {
      element.at = this.#whereLeft(content);
      element.isWished = isAsked;
    }
    this.#shown.set(nameOf(content), element);
    this.#client.decisions.set(content.key, isAsked ? "shown because it was asked for" : "shown");
    if (isBanner(content)) this.#hang(element, content);
    else document.body.append(element);
  }

  /** A banner is the first thing of what the page is about, over nothing; of several the highest priority is first. */
  #hang(banner: Tip | Tour, content: Content): void {
    const above = [...this.#shown.values()].filter(
      ({ isConnected, content: other }) => isConnected && other && isBanner(other) && other.priority >= content.priority,
    );
    const home = document.querySelector("main") ?? document.body;
    const last = [...home.children].filter((child) => (above as Element[]).includes(child)).at(-1);
    if (last) last.after(banner);
    else home.prepend(banner);
  }

  #whereLeft(content: Content): number {
    const left = tourUnderWay() ?? this.#client.state?.resume;
    const at = left?.key === content.key ? (content.steps ?? []).findIndex((step) => step.key === left.step) : 0;
    return Math.max(at, 0);
  }

  #isOver(content: Content): boolean {
    const element = this.#shown.get(nameOf(content));
    return this.#over.has(nameOf(content)) || (element !== undefined && !element.isConnected);
  }

  /** Takes away what is no longer to be shown. */
  #withdraw(content: Content[]): void {
    const names = new Set(content.map(nameOf));
    for (const [name, element] of this.#shown) {
      if (names.has(name)) continue;
      // What somebody asked for, the server does not offer; all else follows it.
      if (this.#wished.has(name) && element.isConnected) continue;
      element.leave();
      this.#shown.delete(name);
    }
  }
}

function isBanner(content: Content): boolean {
  return content.delivery === "banner" && content.kind !== "tour";
}

function nameOf(content: Content): string {
  return `${content.key}@${content.version}`;
}
