// The stream that says when to ask again (Server-Sent Events, read by fetch because it needs a token).
import { type Door, Refused } from "./door.ts";

const FIRST_WAIT = 1_000; // milliseconds, doubled at each failure
const LONGEST_WAIT = 60_000;

/** Listens until stopped; a stream that breaks is opened again, later each time. */
export async function listen(
  door: Door,
  path: string,
  heard: (revision: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let last = "";
  while (!signal.aborted) {
    try {
      const answered = await door.send("GET", path, { accept: "text/event-stream", signal });
      for await (const event of eventsOf(answered)) {
        failures = 0;
        if (event.id) last = event.id;
        if (event.name === "state") heard(last || event.data);
      }
    } catch (failure) {
      if (signal.aborted || isFinal(failure)) return;
    }
    await pause(waitAfter(failures++), signal);
  }
}

/** How long to wait, in milliseconds; spread so that a restarted server is not asked by all at once. */
export function waitAfter(failures: number, random: () => number = Math.random): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (0.5 + random() / 2);
}

interface Told {
  name: string;
  data: string;
  id: string;
}

/** The events of a stream (WHATWG HTML, section 9.2.6); comments are heartbeats and say nothing. */
export async function* eventsOf(answered: Response): AsyncGenerator<Told> {
  if (!answered.body) return;
  const reader = answered.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split(/\r?\n\r?\n/);
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const told = toldBy(part);
      if (told.name) yield told;
    }
  }
}

function toldBy(part: string): Told {
  const told: Told = { name: "", data: "", id: "" };
  for (const line of part.split(/\r?\n/)) {
    const [, field, value] = /^(event|data|id): ?(.*)$/.exec(line) ?? [];
    if (field === "event") told.name = value ?? "";
    if (field === "data") told.data += value ?? "";
    if (field === "id") told.id = value ?? "";
  }
  return told;
}

function isFinal(failure: unknown): boolean {
  const status = failure instanceof Refused ? failure.problem.status : 0;
  return [400, 401, 403, 404].includes(status);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
