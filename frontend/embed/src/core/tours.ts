// The tour this tab is in the middle of, over a change of page.
import { keep, kept } from "./storage.ts";

const KEPT = "firstmile:tour";

export interface UnderWay {
  key: string;
  step: string;
  /** Somebody asked for it: the server, which knows that they were done with it, does not name it by itself. */
  isWished: boolean;
}

export function tourUnderWay(): UnderWay | null {
  return kept(KEPT);
}

/** Keeps where somebody is in a tour; null when it is over. */
export function keepTour(tour: UnderWay | null): void {
  keep(KEPT, tour);
}
