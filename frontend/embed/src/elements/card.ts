// A card over the page that waits for nobody: Escape closes it, F6 leads in and out.
import type { PropertyValues } from "lit";
import { focused, hasFocus } from "../core/focus.ts";
import type { Content } from "../core/wire.ts";
import { FirstmileElement } from "./element.ts";
import { focusFirst, waysTo } from "./focusing.ts";
import { bringIntoSight, keepBeside } from "./floating.ts";
import { awaitTarget } from "./targets.ts";

let described = 0;

/** What tips and tours share. */
export abstract class Card extends FirstmileElement {
  static override properties = {
    ...FirstmileElement.properties,
    content: { attribute: false },
    asked: { type: Boolean },
    isMissing: { state: true },
  };
  declare content: Content | null;
  /** Whether the person asked for it: only then it takes the focus. */
  declare asked: boolean;
  declare isMissing: boolean;
  /** What the person pressed to see it, and what stands around that; null when it came by itself. */
  pressed: readonly Element[] | null = null;
  #stopBeside: (() => void) | null = null;
  #listening: AbortController | null = null;
  #searching: AbortController | null = null;
  #cameFrom: Element | null = null;
  #target: HTMLElement | null = null;
  #description: HTMLElement | null = null;

  constructor() {
    super();
    this.content = null;
    this.asked = false;
    this.isMissing = false;
    this.addEventListener("focusin", ({ relatedTarget }) => {
      if (relatedTarget instanceof Element) this.#cameFrom = relatedTarget;
    });
    // What has the focus hears of a key before another that is open does.
    this.addEventListener("keydown", (event) => this.#press(event));
  }

  /** The surface that lies over the page, once drawn. */
  get surface(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".over");
  }

  /** Closes because the person said so. */
  protected abstract close(reason: string): void;

  override connectedCallback(): void {
    super.connectedCallback();
    const { signal } = (this.#listening = new AbortController());
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.leaveTarget();
  }

  protected override updated(_: PropertyValues): void {
    for (const over of this.renderRoot.querySelectorAll<HTMLElement>("[popover]")) {
      if (!over.matches(":popover-open")) over.showPopover();
    }
  }

  /** Goes beside a target; without one it stays in the corner, and says so to the page and the server. */
  protected async goTo(name: string | null, step?: string): Promise<void> {
    this.leaveTarget();
    this.isMissing = false;
    if (!name) return this.#toCorner();
    const { signal } = (this.#searching = new AbortController());
    const target = await awaitTarget(name, signal);
    if (signal.aborted || !this.isConnected) return;
    if (!target) return this.#miss(name, step);
    bringIntoSight(target);
    this.#target = target;
    this.#describe(target);
    this.requestUpdate();
    await this.updateComplete;
    const { surface } = this;
    if (!surface || signal.aborted) return;
    const find = (selector: string) => this.renderRoot.querySelector<HTMLElement>(selector);
    const surfaces = { card: surface, ring: find(".ring"), tip: find(".arrow") };
    // A page that draws itself anew may bring another in its place.
    this.#stopBeside = keepBeside(target, surfaces, () => target === this.#target && void this.goTo(name, step));
  }

  protected get hasTarget(): boolean {
    return this.#target !== null;
  }

  protected leaveTarget(): void {
    this.#searching?.abort();
    this.#stopBeside?.();
    this.#stopBeside = null;
    this.#undescribe();
    this.#target = null;
  }

  /** Moves the focus to the heading, because of a key or of what was pressed. */
  enter(pressed: readonly Element[] | null = this.pressed): void {
    this.pressed = pressed;
    if (pressed) this.asked = true;
    const from = hasFocus(this) ? null : focused();
    this.renderRoot.querySelector<HTMLElement>("[data-heading]")?.focus();
    this.#cameFrom = from ?? this.#cameFrom;
  }

  /** Goes, because it is no longer to be shown. */
  leave(): void {
    if (hasFocus(this)) this.giveBack();
    this.remove();
  }

  /** Gives the focus back to where somebody was before; elsewhere it stays. */
  protected giveBack(): void {
    if (hasFocus(this) || (this.asked && !focused())) focusFirst(this.#waysBack());
  }

  /** Whoever asked for it goes back to what they pressed, not to what it spoke of last. */
  #waysBack(): (Element | null)[] {
    if (!this.pressed) return [this.#cameFrom, this.#target];
    // On another page its button may be there too.
    const button = document.querySelector(`fm-tour[name="${CSS.escape(this.content!.key)}"]`);
    return [...waysTo(this.pressed), button, this.#target, this.#cameFrom];
  }

  #miss(name: string, step?: string): void {
    this.isMissing = true;
    this.#toCorner();
    const content = this.content!;
    const where = { key: content.key, version: content.version, target: name, ...(step && { step }) };
    this.announce("target-missing", where);
    this.client?.report({ ...where, kind: "target_missing" });
  }

  #toCorner(): void {
    for (const side of ["left", "top"]) this.surface?.style.removeProperty(side);
    this.requestUpdate();
  }

  // The words must lie in the same tree as the target to describe it, so a hidden copy does.
  #describe(target: HTMLElement): void {
    const copy = document.createElement("span");
    copy.id = `fm-describes-${++described}`;
    copy.hidden = true;
    copy.textContent = this.renderRoot.querySelector("[data-heading]")?.textContent?.trim() ?? "";
    this.append(copy);
    this.#description = copy;
    const ids = target.getAttribute("aria-describedby");
    target.setAttribute("aria-describedby", ids ? `${ids} ${copy.id}` : copy.id);
  }

  #undescribe(): void {
    const [target, copy] = [this.#target, this.#description];
    if (!target || !copy) return;
    const ids = (target.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== copy.id);
    if (ids.length) target.setAttribute("aria-describedby", ids.join(" "));
    else target.removeAttribute("aria-describedby");
    copy.remove();
    this.#description = null;
  }

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented || !this.surface) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.close("escape");
    }
    if (event.key === "F6") {
      event.preventDefault();
      if (hasFocus(this)) focusFirst([this.#target, this.#cameFrom]);
      else this.enter();
    }
  }
}
