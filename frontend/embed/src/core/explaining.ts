// Why the page shows what it shows, for whoever opens the console of the browser.
import type { Door } from "./door.ts";
import type { Moment } from "./store.ts";

/** What the client knows; `verdict` is the server's word on one piece of content. */
export interface Explanation {
  server: string;
  mode: string;
  phase: string;
  route: string;
  language: string;
  leadsTabs: boolean;
  eventsWaiting: number;
  content: Record<string, string>;
  closedGates: Record<string, string | null>;
  problem: unknown;
  verdict?: unknown;
}

/** What is asked of a client for it. */
export interface Explainable {
  readonly server: URL;
  readonly mode: string;
  readonly route: string;
  readonly language: string;
  readonly moment: Moment;
  readonly decisions: ReadonlyMap<string, string>;
  readonly door: Door;
}

interface Inside {
  key?: string | undefined;
  isLeader: boolean;
  waiting: number;
}

export async function explained(client: Explainable, inside: Inside): Promise<Explanation> {
  const { phase, state, problem } = client.moment;
  const closed = state?.gates.filter((gate) => !gate.allowed) ?? [];
  const told: Explanation = {
    server: client.server.href,
    mode: client.mode,
    phase,
    route: client.route,
    language: client.language,
    leadsTabs: inside.isLeader,
    eventsWaiting: inside.waiting,
    content: Object.fromEntries((state?.content ?? []).map((one) => [one.key, client.decisions.get(one.key) ?? "waits"])),
    closedGates: Object.fromEntries(closed.map((gate) => [gate.key, gate.reason ?? null])),
    problem,
  };
  if (!inside.key) return told;
  const wanted = new URLSearchParams({ key: inside.key, route: client.route });
  const { body } = await client.door.ask("GET", `/api/v1/guidance/explain?${wanted}`);
  return { ...told, verdict: body };
}
