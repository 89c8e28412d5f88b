// What a checklist and its steps say of themselves: lines, each a drawing beside words.
import type { Journey, Step } from "../core/wire.ts";
import type { words } from "./checklist-words.ts";
import { dayBefore, dayOf } from "./days.ts";
import type { Drawing } from "./icons.ts";
import { said } from "./words.ts";

export interface Line {
  text: string;
  icon?: Drawing;
  /** Whether somebody should act. */
  isBad?: boolean;
}

/** In which words, which language, and at what moment (milliseconds). */
export interface Saying {
  words: (typeof words)["en"];
  language: string;
  now: number;
}

const SETTLED = ["done", "skipped"];

/** Whether a server is to say if the step is done. */
export function isBeingChecked({ status, verification }: Step): boolean {
  return verification?.state === "pending" && !SETTLED.includes(status);
}

/** Whether nothing is left that has to be done; who was activated stays so when steps are added. */
export function isDone({ activated, steps }: Journey): boolean {
  return activated && steps.every(({ required, status }) => !required || SETTLED.includes(status));
}

/** What is due of the whole, once dates are in play. */
export function linesOfAll(journey: Journey, { words, language, now }: Saying): Line[] {
  const { currentlyDue = [], eventuallyDue = [], pastDue = [], pendingVerification = [] } = journey.requirements ?? {};
  const ahead = journey.steps
    .filter(({ status, dueAt }) => !SETTLED.includes(status) && dueAt && Date.parse(dueAt) > now)
    .map(({ dueAt }) => dueAt!)
    .sort((one, other) => Date.parse(one) - Date.parse(other));
  if (!ahead.length && !pastDue.length) return [];
  const counted = (text: string, keys: string[], icon: Drawing, isBad = false): Line[] =>
    keys.length ? [{ text: said(text, { count: keys.length }), icon, isBad }] : [];
  return [
    ...counted(words.allLate, pastDue, "alert", true),
    ...(ahead[0] ? [{ text: said(words.nextDate, { day: dayBefore(ahead[0], language, now) }), icon: "due" as const }] : []),
    ...counted(words.allDue, currentlyDue, "todo"),
    ...counted(words.allPending, pendingVerification, "pending"),
    ...counted(words.allLater, eventuallyDue, "locked"),
  ];
}

/** What a step says below its name. */
export function linesOf(step: Step, journey: Journey, saying: Saying): Line[] {
  return [stateOf(step, journey, saying), ...dueOf(step, journey, saying), ...verifiedOf(step, saying)];
}

function stateOf(step: Step, journey: Journey, saying: Saying): Line {
  const { words } = saying;
  const more = [
    ...(step.required || step.status === "done" ? [] : [words.optional]),
    ...(step.scope === "project" ? [words.shared] : []),
  ];
  const isPending = isBeingChecked(step);
  const text = [isPending ? words.pending : statusOf(step, journey, saying), ...more].join(" · ");
  if (isPending) return { text, icon: "pending" };
  return step.scope === "project" ? { text, icon: "people" } : { text };
}

function statusOf(step: Step, journey: Journey, { words, language, now }: Saying): string {
  const titles = step.blockedBy.map((key) => journey.steps.find((one) => one.key === key)?.title ?? key);
  if (step.status === "locked" && titles.length) return said(words.needs, { titles: titles.join(", ") });
  if (step.status === "locked" && step.reasons?.[0]) return `${words.locked} · ${step.reasons[0].message}`;
  if (step.status === "snoozed" && step.snoozedUntil) {
    return said(words.until, { day: dayOf(step.snoozedUntil, language, now) });
  }
  if (step.status !== "done") return words[step.status];
  const what = step.doneBy ? said(words.doneBy, { name: step.doneBy }) : words.done;
  return step.doneAt ? said(words.on, { what, day: dayOf(step.doneAt, language, now) }) : what;
}

function dueOf(step: Step, journey: Journey, { words, language, now }: Saying): Line[] {
  if (!step.dueAt || SETTLED.includes(step.status)) return [];
  const isLate = journey.requirements?.pastDue.includes(step.key) ?? Date.parse(step.dueAt) <= now;
  const text = said(isLate ? words.late : words.due, { day: dayBefore(step.dueAt, language, now) });
  return [{ text, icon: isLate ? "alert" : "due", isBad: isLate }];
}

function verifiedOf({ status, verification }: Step, { words }: Saying): Line[] {
  const { state, reason = "" } = verification ?? {};
  if (!state || state === "pending" || SETTLED.includes(status)) return [];
  if (state === "failed") return [{ text: `${words.failed} ${reason}`.trim(), icon: "alert", isBad: true }];
  return [{ text: reason ? said(words.reopenedFor, { reason }) : words.reopened, icon: "again", isBad: true }];
}
