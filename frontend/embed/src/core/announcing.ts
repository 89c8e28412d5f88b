// Announces what happens: from an element, or from the document.
import type { EventName, FirstmileEvents } from "./events.ts";
import type { Journey, Step } from "./wire.ts";

/** Announces; false when a listener asked for the usual not to happen. */
export function announce<Name extends EventName>(
  name: Name,
  detail: FirstmileEvents[Name],
  from: EventTarget = document,
): boolean {
  const event = new CustomEvent(`fm:${name}`, { detail, bubbles: true, composed: true, cancelable: true });
  return from.dispatchEvent(event);
}

/** Announces what became of the steps between two states of the checklist. */
export function announceProgress(before: Journey | null, now: Journey | null, reasons: Map<string, string>): void {
  if (!before || !now) return;
  const earlier = new Map(before.steps.map((step) => [step.key, step.status]));
  for (const step of now.steps) {
    if (earlier.has(step.key) && earlier.get(step.key) !== step.status) announceStep(step, reasons);
  }
  if (before.progress !== now.progress) {
    announce("checklist-progress", { progress: now.progress, activated: now.activated, next: now.nextStep });
  }
}

function announceStep(step: Step, reasons: Map<string, string>): void {
  const verb = { done: "completed", skipped: "skipped", snoozed: "snoozed", in_progress: "started" } as const;
  const name = verb[step.status as keyof typeof verb];
  if (name) announce(`step-${name}`, { key: step.key, reason: reasons.get(step.key) ?? "event" });
  reasons.delete(step.key);
}
