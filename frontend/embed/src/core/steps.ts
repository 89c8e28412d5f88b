// What somebody does with their steps, and what that makes of the checklist.
import { type Door, Refused } from "./door.ts";
import type { Journey, Step } from "./wire.ts";

/** The checklist that is known; it hears what a change made of it. */
export interface Checklist {
  now(): Journey | null;
  changed(journey: Journey | null): void;
  refresh(): Promise<void>;
}

interface Changed {
  step: Step;
  progress: number;
  activated: boolean;
  nextStep: string | null;
}

const STALE = "stale";

export class Steps {
  /** Why a step changed, by its key, until that is announced. */
  readonly reasons = new Map<string, string>();
  readonly #door: Door;
  readonly #checklist: Checklist;

  constructor(door: Door, checklist: Checklist) {
    this.#door = door;
    this.#checklist = checklist;
  }

  /** Raises Refused. */
  async settle(key: string, status: string): Promise<Step> {
    this.reasons.set(key, "manual");
    const send = () => {
      const path = `/api/v1/onboarding/steps/${encodeURIComponent(key)}${this.#placeOf(key)}`;
      return this.#door.ask<Changed>("PATCH", path, { body: { status, rowVersion: this.#step(key)?.rowVersion ?? 0 } });
    };
    try {
      return this.#adopt((await send()).body!);
    } catch (failure) {
      // Another tab or device was quicker: the wish is the same, so it is said once more.
      if (!(failure instanceof Refused) || failure.problem.error !== STALE) throw failure;
      await this.#checklist.refresh();
      return this.#adopt((await send()).body!);
    }
  }

  /** Raises Refused. */
  async snooze(key: string, until?: Date): Promise<Step> {
    this.reasons.set(key, "manual");
    const body = { key, ...(until && { until: until.toISOString() }) };
    const path = `/api/v1/onboarding/snooze${this.#placeOf(key)}`;
    return this.#adopt((await this.#door.ask<Changed>("POST", path, { body })).body!);
  }

  #step(key: string): Step | undefined {
    return this.#checklist.now()?.steps.find((step) => step.key === key);
  }

  /** A shared step is changed in the project it was shown of, whatever was joined or left since. */
  #placeOf(key: string): string {
    const project = this.#step(key)?.scope === "project" && this.#checklist.now()?.project?.id;
    return project ? `?project=${encodeURIComponent(project)}` : "";
  }

  #adopt({ step, ...rest }: Changed): Step {
    const journey = this.#checklist.now();
    const steps = journey?.steps.map((one) => (one.key === step.key ? step : one));
    this.#checklist.changed(journey && steps ? { ...journey, ...rest, steps } : null);
    return step;
  }
}
