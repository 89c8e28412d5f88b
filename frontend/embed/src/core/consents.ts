// What somebody agreed to, told to the server and remembered where its cookie does not reach.
import type { Door } from "./door.ts";
import type { ConsentQuestion, ConsentState } from "./wire.ts";

const KEPT = "firstmile:consent";

interface Remembered {
  version: string;
  choices: string[];
  /** What says so to the server where its cookie does not reach. */
  receipt?: string;
}

/** The question of consent and its answer. */
export class Consents {
  #door: Door;

  constructor(door: Door) {
    this.#door = door;
    door.receipt = () => remembered()?.receipt ?? null;
  }

  /** Whether to ask: never when a signal of the browser or an answer is there. */
  isNeeded(state: ConsentState): boolean {
    return state.needed && !state.gpc && !hasGpc() && remembered()?.version !== state.version;
  }

  /** What was chosen, or null. */
  choices(state: ConsentState): string[] | null {
    if (state.gpc || hasGpc()) return [];
    const known = remembered();
    return state.choices ?? (known?.version === state.version ? known.choices : null);
  }

  /** The texts of the question. */
  async question(language: string): Promise<ConsentQuestion> {
    const path = `/api/v1/consent?${new URLSearchParams({ lang: language })}`;
    return (await this.#door.ask<ConsentQuestion>("GET", path)).body!;
  }

  /** Keeps the answer: by the server with its proof, and in this browser. Raises Refused. */
  async choose(version: string, choices: string[]): Promise<void> {
    const { body } = await this.#door.ask<Remembered>("PUT", "/api/v1/consent", { body: { version, choices } });
    const receipt = body?.receipt;
    try {
      localStorage.setItem(KEPT, JSON.stringify({ version, choices, ...(receipt && { receipt }) } satisfies Remembered));
    } catch {
      // A browser that keeps nothing is asked again.
    }
  }
}

function hasGpc(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}

function remembered(): Remembered | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Remembered | null;
  } catch {
    return null;
  }
}
