// What every element of Firstmile is: it finds its client and is drawn anew when something changed.
import { LitElement } from "lit";
import { announce } from "../core/announcing.ts";
import type { EventName, FirstmileEvents } from "../core/events.ts";
import type { Firstmile } from "../core/firstmile.ts";
import { whenOffered } from "../core/offering.ts";

/** The base of the elements. */
export abstract class FirstmileElement extends LitElement {
  static override properties = { client: { attribute: false } };
  declare client: Firstmile | null;
  #leave: (() => void)[] = [];
  #heard: Firstmile | null = null;

  constructor() {
    super();
    this.client = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // A moment later: whoever put it here may give it a client of their own first.
    queueMicrotask(() => this.#seek());
    this.#hear();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave.splice(0)) leave();
    this.#heard = null;
  }

  protected override willUpdate(): void {
    this.#hear();
  }

  /** Announces an event from this element; false when a listener took over. */
  protected announce<Name extends EventName>(name: Name, detail: FirstmileEvents[Name]): boolean {
    return announce(name, detail, this);
  }

  /** Called after each change of what is known. */
  protected changed(): void {
    this.requestUpdate();
  }

  #seek(): void {
    if (this.isConnected && !this.client) this.#leave.push(whenOffered((client) => (this.client ??= client)));
  }

  #hear(): void {
    if (!this.client || this.#heard === this.client || !this.isConnected) return;
    for (const leave of this.#leave.splice(0)) leave();
    this.#heard = this.client;
    this.#leave.push(this.client.subscribe(() => this.changed()));
    // A part that loaded late has missed what was told before.
    if (this.client.state) this.changed();
  }
}

/** Defines an element unless the page has one of the name already. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
