// The gate: what it holds when the way is free, otherwise the reason and the next step.
import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Gate } from "../core/wire.ts";
import { blocks, safe } from "./blocks.ts";
import { define, FirstmileElement } from "./element.ts";
import { words } from "./gate-words.ts";
import { icon } from "./icons.ts";
import { say } from "./live.ts";
import { base, prose } from "./styles.ts";
import { said, wordsIn } from "./words.ts";

const PATIENCE = 3_000; // milliseconds; longer than that, an empty place looks broken

type Standing = "waiting" | "open" | "closed";

/**
 * Shows what it holds to those for whom the way is free. It is no protection: the server is.
 *
 * @element fm-gate
 * @attr {string} name - The gate's key.
 * @attr {"open"|"closed"} unknown - What it is when the server does not say; `open` unless set.
 * @attr {number} wait - How long to wait for the server, in milliseconds; 3000 unless set.
 * @slot - What is behind it.
 * @slot closed - Your own words in place of the reason.
 * @fires fm:gate-opened - The way is free.
 * @fires fm:step-blocked - It is closed; `detail` has `reason`, `blockedBy` and `next`.
 * @csspart panel - The card with the reason.
 * @csspart action - The way to the next step.
 */
export class FirstmileGate extends FirstmileElement {
  static override properties = {
    ...FirstmileElement.properties,
    name: { type: String },
    unknown: { type: String },
    wait: { type: Number },
    isLate: { state: true },
  };
  declare name: string;
  declare unknown: "open" | "closed";
  declare wait: number;
  declare isLate: boolean;
  #standing: Standing = "waiting";
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.name = "";
    this.unknown = "open";
    this.wait = PATIENCE;
    this.isLate = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#patience = setTimeout(() => (this.isLate = true), this.wait);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#patience);
  }

  /** The gate as the server told it. */
  get gate(): Gate | undefined {
    return this.client?.state?.gates.find((gate) => gate.key === this.name);
  }

  /** Whether what it holds is shown. */
  get isOpen(): boolean {
    return this.#stand() === "open";
  }

  #stand(): Standing {
    const { phase, state } = this.client?.moment ?? { phase: "waiting", state: null };
    if (phase === "off" || state?.off.gating || state?.off.onboarding) return "open";
    if (this.gate) return this.gate.allowed ? "open" : "closed";
    const isSettled = state !== null || phase === "failed" || phase === "stopped" || this.isLate;
    if (!isSettled) return "waiting";
    return this.unknown === "closed" ? "closed" : "open";
  }

  protected override render() {
    const standing = this.#stand();
    if (standing === "waiting") return nothing;
    if (standing === "open") return html`<slot></slot>`;
    return html`<slot name="closed">${this.#reason()}</slot>`;
  }

  protected override updated(_: PropertyValues): void {
    const standing = this.#stand();
    if (standing !== "waiting") clearTimeout(this.#patience);
    if (standing === this.#standing) return;
    const before = this.#standing;
    this.#standing = standing;
    if (standing === "open") this.announce("gate-opened", { key: this.name });
    if (standing === "open" && before === "closed") say(wordsIn(this.client, words).opened);
    if (standing === "closed") {
      const { reason = null, blockedBy = [], next = null } = this.gate ?? {};
      this.announce("step-blocked", { key: this.name, reason, blockedBy, next });
    }
  }

  #reason(): TemplateResult {
    const told = wordsIn(this.client, words);
    const gate = this.gate;
    const href = gate?.next && safe(gate.next.href, this.client!);
    return html`<section class="card" part="panel" aria-labelledby="title">
      <span class="sign">${icon("locked")}</span>
      <div class="stack">
        <h2 id="title">${gate?.title || told.title}</h2>
        ${gate?.body?.length ? html`<div class="prose quiet">${blocks(gate.body, this.client!)}</div>` : nothing}
        <p class="quiet">${this.#why(gate)}</p>
        ${href
          ? html`<div class="row"><a class="button main" part="action" href=${href} @click=${this.#go}>${gate.next!.title}</a></div>`
          : nothing}
      </div>
    </section>`;
  }

  #why(gate: Gate | undefined): string {
    const told = wordsIn(this.client, words);
    if (!gate?.reason || gate.reason === "off") return told.unknown;
    const steps = this.client?.journey?.steps ?? [];
    const titles = (gate.blockedBy ?? []).map((key) => steps.find((step) => step.key === key)?.title ?? key);
    if (gate.reason === "step" && titles.length) return said(told.needs, { titles: titles.join(", ") });
    return told[gate.reason];
  }

  #go = (event: Event): void => {
    const next = this.gate!.next!;
    if (!this.announce("step-started", { key: next.key, href: next.href })) event.preventDefault();
  };

  static override styles = [
    base,
    prose,
    css`
      .card {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 0.875rem;
        padding: calc(var(--space) * 1.125) calc(var(--space) * 1.25);
      }
      .sign {
        display: grid;
        place-items: center;
        inline-size: 2.25rem;
        block-size: 2.25rem;
        border-radius: 50%;
        background: var(--quiet-surface);
        color: var(--ink-quiet);
      }
      h2 {
        padding-block-start: 0.375rem;
        font-size: 1rem;
      }
    `,
  ];
}

define("fm-gate", FirstmileGate);

declare global {
  interface HTMLElementTagNameMap {
    "fm-gate": FirstmileGate;
  }
}
