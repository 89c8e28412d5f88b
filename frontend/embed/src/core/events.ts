// The events a page may listen to: their names without `fm:`, and what their `detail` has.
import type { Next, Problem } from "./wire.ts";

/** Why a step changed: by a button of ours, or by what happened elsewhere. */
interface StepChanged {
  key: string;
  reason: string;
}

interface Ended {
  key: string;
  step?: string | undefined;
  reason?: string | undefined;
}

/** Every event by its name. */
export interface FirstmileEvents {
  ready: { language: string; known: boolean };
  error: Problem;
  "step-started": { key: string | null; href?: string; reason?: string };
  "step-completed": StepChanged;
  "step-skipped": StepChanged;
  "step-snoozed": StepChanged;
  "step-blocked": { key: string; reason?: string | null; blockedBy?: string[]; next?: Next | null };
  "checklist-progress": { progress: number; activated: boolean; next: string | null };
  "gate-opened": { key: string };
  "tip-shown": { key: string; version: number };
  "tip-dismissed": { key: string; reason: string };
  "tour-started": { key: string; version: number };
  "tour-step-shown": { key: string; step: string };
  "tour-completed": Ended;
  "tour-dismissed": Ended;
  navigate: { key: string; step: string; href: string };
  "target-missing": { key: string; version: number; target: string; step?: string };
  "help-opened": { route?: string | undefined };
  "help-searched": { words: string; zero: boolean };
  "help-read": { slug: string };
  feedback: { slug: string; helpful: boolean; reason?: string };
  "consent-required": { version: string };
  "consent-changed": { choices: string[] };
}

export type EventName = keyof FirstmileEvents;

type Events = { [Name in EventName as `fm:${Name}`]: CustomEvent<FirstmileEvents[Name]> };

declare global {
  interface DocumentEventMap extends Events {}
  interface HTMLElementEventMap extends Events {}
}
