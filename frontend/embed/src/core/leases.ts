// The right to interrupt: given by the server, kept by this tab until it is over.
import { type Door, Refused } from "./door.ts";
import { uuid7 } from "./ids.ts";
import { keep, kept } from "./storage.ts";
import type { Tabs } from "./tabs.ts";
import type { Content, Lease, Problem } from "./wire.ts";

const KEPT = "firstmile:lease";

/** Leases of the attention budget. */
export class Leases {
  #door: Door;
  #tabs: Tabs;

  constructor(door: Door, tabs: Tabs) {
    this.#door = door;
    this.#tabs = tabs;
  }

  /** The lease of a piece of content, the old one while it lasts; or the server's reason why not. */
  async take({ key, version }: Pick<Content, "key" | "version">): Promise<Lease | Problem> {
    const known = kept<Lease & { key: string }>(KEPT);
    if (known?.key === key && Date.parse(known.until) > Date.now()) return known;
    try {
      const session = await this.#tabs.session();
      const asked = { body: { key, version, session }, once: uuid7() };
      const { body } = await this.#door.ask<Lease>("POST", "/api/v1/guidance/leases", asked);
      keep(KEPT, { ...body!, key });
      return body!;
    } catch (failure) {
      if (failure instanceof Refused) return failure.problem;
      return { status: 0, error: "unreachable", message: String(failure) };
    }
  }

  /** The id of the lease that is held for it. */
  of(key: string): string | undefined {
    const known = kept<Lease & { key: string }>(KEPT);
    return known?.key === key ? known.lease : undefined;
  }

  end(key: string): void {
    if (this.of(key)) keep(KEPT, null);
  }
}
