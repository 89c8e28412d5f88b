// The right to interrupt: given by the server, kept by this tab until it is over.
import { type Door, Refused } from "./door.ts";
import { uuid7 } from "./ids.ts";
import { keep, kept } from "./storage.ts";
import type { Tabs } from "./tabs.ts";
import type { Content, Lease, Problem } from "./wire.ts";

const KEPT = "firstmile:lease";

/** A lease with what it is for, and whether it was given to somebody who is signed in. */
interface Held extends Lease {
  key: string;
  isKnown: boolean;
}

/** Leases of the attention budget. */
export class Leases {
  #door: Door;
  #tabs: Tabs;

  constructor(door: Door, tabs: Tabs) {
    this.#door = door;
    this.#tabs = tabs;
  }

  /**
   * The lease of a piece of content, the old one while it lasts; or the server's reason why not.
   * What a visitor was given is not theirs once they are known: another tab may hold one for them.
   */
  async take({ key, version }: Pick<Content, "key" | "version">, isKnown: boolean): Promise<Lease | Problem> {
    const held = kept<Held>(KEPT);
    if (held?.key === key && held.isKnown === isKnown && Date.parse(held.until) > Date.now()) return held;
    try {
      const session = await this.#tabs.session();
      const asked = { body: { key, version, session }, once: uuid7() };
      const { body } = await this.#door.ask<Lease>("POST", "/api/v1/guidance/leases", asked);
      keep(KEPT, { ...body!, key, isKnown } satisfies Held);
      return body!;
    } catch (failure) {
      if (failure instanceof Refused) return failure.problem;
      return { status: 0, error: "unreachable", message: String(failure) };
    }
  }

  /** The id of the lease that is held for it. */
  of(key: string): string | undefined {
    const held = kept<Held>(KEPT);
    return held?.key === key ? held.lease : undefined;
  }

  end(key: string): void {
    if (this.of(key)) keep(KEPT, null);
  }
}
