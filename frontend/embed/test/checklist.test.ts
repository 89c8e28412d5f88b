// What a checklist says of its steps: dates, checks and who did them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Journey, Step } from "../src/core/wire.ts";
import { isDone, linesOf, linesOfAll } from "../src/elements/checklist-lines.ts";
import { words } from "../src/elements/checklist-words.ts";
import { dayBefore, dayOf } from "../src/elements/days.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const saying = { words: words.en, language: "en", now: NOW };

const step = (more: Partial<Step>): Step => ({
  key: "profile",
  title: "Profile",
  description: "",
  status: "todo",
  required: true,
  weight: 1,
  version: 1,
  rowVersion: 1,
  blockedBy: [],
  href: "",
  ...more,
});

const journey = (steps: Step[], lists: object = {}): Journey => ({
  progress: 0,
  activated: false,
  nextStep: null,
  steps,
  requirements: { currentlyDue: [], eventuallyDue: [], pastDue: [], pendingVerification: [], ...lists },
});

const texts = (one: Step, lists?: object) => linesOf(one, journey([one], lists), saying).map(({ text }) => text);

test("all is done until something is added", () => {
  const activated = (...steps: Step[]) => isDone({ ...journey(steps), activated: true });
  assert.equal(activated(step({ status: "done" }), step({ status: "skipped" })), true);
  assert.equal(activated(step({ status: "done" }), step({ required: false })), true);
  assert.equal(activated(step({ status: "done" }), step({})), false);
  assert.equal(isDone(journey([])), false);
});

test("a day is told as people say it", () => {
  assert.equal(dayOf("2026-11-28T23:00:00Z", "en", NOW, "UTC"), "today");
  assert.equal(dayOf("2026-11-27T01:00:00Z", "fr", NOW, "UTC"), "hier");
  assert.match(dayOf("2026-12-03T10:00:00Z", "en", NOW, "UTC"), /^Thu.*3$/);
  assert.match(dayOf("2027-01-03T10:00:00Z", "en", NOW, "UTC"), /2027$/);
});

test("what is due by the end of a day is due that day, wherever one is", () => {
  assert.equal(dayBefore("2026-11-29T00:00:00Z", "en", NOW), "today");
  assert.equal(dayBefore("2026-11-30T00:00:00Z", "en", NOW), "tomorrow");
});

test("a step says when it is due, and that it is overdue", () => {
  const due = step({ dueAt: "2026-11-30T00:00:00Z" });
  assert.deepEqual(texts(due), ["To do", "Due tomorrow"]);
  assert.deepEqual(texts(step({ dueAt: "2026-11-28T00:00:00Z" }), { pastDue: ["profile"] }), [
    "To do",
    "Overdue, was due yesterday",
  ]);
  assert.deepEqual(texts(step({ ...due, status: "skipped" })), ["Skipped"]);
});

test("every line that asks somebody to act has a drawing beside its words", () => {
  const late = step({ dueAt: "2026-11-01T00:00:00Z", verification: { by: "call", state: "failed" } });
  const bad = linesOf(late, journey([late], { pastDue: ["profile"] }), saying).filter(({ isBad }) => isBad);
  assert.deepEqual(bad.map(({ icon }) => icon), ["alert", "alert"]);
});

test("a check that is under way, failed or taken back is told with its reason", () => {
  const checked = (verification: Step["verification"]) => texts(step({ verification: verification! }))[1];
  assert.deepEqual(texts(step({ verification: { by: "call", state: "pending" } })), [words.en.pending]);
  assert.equal(checked({ by: "call", state: "failed", reason: "No tax number." }), `${words.en.failed} No tax number.`);
  assert.equal(checked({ by: "call", state: "reopened", reason: "The card ended." }), "Opened again: The card ended.");
  assert.equal(checked({ by: "call", state: "reopened" }), "Opened again.");
  assert.equal(checked({ by: "person" }), undefined);
});

test("a step of a project says that it is shared, and who did it", () => {
  assert.deepEqual(texts(step({ scope: "project" })), ["To do · shared with your project"]);
  const done = step({ status: "done", scope: "project", doneBy: "Bob", doneAt: "2026-11-27T12:00:00Z" });
  assert.deepEqual(texts(done), ["Done by Bob, yesterday · shared with your project"]);
});

test("a locked step names what it needs, or else its first reason", () => {
  assert.deepEqual(texts(step({ status: "locked", blockedBy: ["terms"] })), ["Locked: needs terms"]);
  const reasons = [{ kind: "plan" as const, message: "This is for the plan Pro." }];
  assert.deepEqual(texts(step({ status: "locked", reasons })), ["Locked · This is for the plan Pro."]);
});

test("the whole says what is due only once dates are in play", () => {
  const one = step({ dueAt: "2026-11-30T00:00:00Z" });
  assert.deepEqual(linesOfAll(journey([step({})], { currentlyDue: ["profile"] }), saying), []);
  const lists = { currentlyDue: ["profile"], eventuallyDue: ["a", "b"], pastDue: ["c"], pendingVerification: ["d"] };
  assert.deepEqual(
    linesOfAll(journey([one], lists), saying).map(({ text }) => text),
    ["Overdue: 1", "Next date: tomorrow", "Due now: 1", "Being checked: 1", "Due later: 2"],
  );
});

test("every sentence is there in French", () => {
  assert.deepEqual(Object.keys(words.fr), Object.keys(words.en));
});
