// Keeps a card beside what it speaks of, and a ring around that; on small screens it is a sheet below.
import { arrow, autoUpdate, computePosition, flip, offset, shift } from "@floating-ui/dom";
import { isShown } from "./targets.ts";

const GAP = 12; // pixels between the card and its target
const EDGE = 8; // pixels to the edge of the window
const SMALL = "(max-width: 600px)";

interface Surfaces {
  card: HTMLElement;
  ring?: HTMLElement | null;
  tip?: HTMLElement | null;
}

/** Places the card until it is stopped; says so, once, when the page no longer shows the target. */
export function keepBeside(target: HTMLElement, surfaces: Surfaces, gone: () => void): () => void {
  const stop = autoUpdate(target, surfaces.card, () => {
    if (isShown(target)) return void place(target, surfaces);
    // It calls before it returns the first time, when there is nothing to stop yet.
    queueMicrotask(() => {
      stop();
      gone();
    });
  });
  return stop;
}

async function place(target: HTMLElement, { card, ring, tip }: Surfaces): Promise<void> {
  surround(target, ring);
  if (matchMedia(SMALL).matches) {
    for (const side of ["left", "top"]) card.style.removeProperty(side);
    return;
  }
  // Beside a target as high as the window, and over one that fills it: the card is always within reach.
  const middleware = [
    offset(GAP),
    flip({ padding: EDGE, crossAxis: false, fallbackPlacements: ["top", "right", "left"] }),
    shift({ padding: EDGE, crossAxis: true }),
  ];
  if (tip) middleware.push(arrow({ element: tip, padding: 12 }));
  const found = await computePosition(target, card, { placement: "bottom", strategy: "fixed", middleware });
  Object.assign(card.style, { left: `${found.x}px`, top: `${found.y}px` });
  if (!tip) return;
  const isBelow = found.placement.startsWith("bottom");
  const points = (isBelow || found.placement.startsWith("top")) && !found.middlewareData.shift?.y;
  Object.assign(tip.style, {
    left: `${found.middlewareData.arrow?.x ?? 0}px`,
    top: isBelow ? "-5px" : "",
    bottom: isBelow ? "" : "-5px",
    visibility: points ? "" : "hidden",
  });
}

function surround(target: HTMLElement, ring: HTMLElement | null | undefined): void {
  if (!ring) return;
  const { left, top, width, height } = target.getBoundingClientRect();
  Object.assign(ring.style, {
    left: `${left - 4}px`,
    top: `${top - 4}px`,
    width: `${width + 8}px`,
    height: `${height + 8}px`,
  });
}

/** Brings a target into sight, gently unless somebody asked for less motion. */
export function bringIntoSight(target: HTMLElement): void {
  const { top, bottom } = target.getBoundingClientRect();
  if (top >= 0 && bottom <= innerHeight) return;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: "center", behavior: isCalm ? "instant" : "smooth" });
}
