// What the server says and is told, as its OpenAPI document has it.

export type StepStatus = "todo" | "in_progress" | "done" | "skipped" | "snoozed" | "locked";

/** Why something is not open, in the person's language, and what to do about it. */
export interface Reason {
  kind: "step" | "any" | "role" | "market" | "plan" | "fact";
  message: string;
  fix?: { href?: string; step?: string };
}

/** Who says that a step is done, and where that stands. */
export interface Verification {
  by: "person" | "fact" | "event" | "call";
  state?: "pending" | "failed" | "reopened" | null;
  errors?: { code: string; message: string }[];
  reason?: string;
}

/** One step of the checklist, as its person sees it. */
export interface Step {
  key: string;
  title: string;
  description: string;
  status: StepStatus;
  required: boolean;
  weight: number;
  version: number;
  rowVersion: number;
  blockedBy: string[];
  href: string;
  snoozedUntil?: string | null;
  /** Why it is locked. */
  reasons?: Reason[];
  verification?: Verification;
  /** When its time is over; a day is over at its end. */
  dueAt?: string | null;
  /** Whether each has it, or the members of a project have it together. */
  scope?: "user" | "project";
  /** Who of the project did it, and when. */
  doneBy?: string | null;
  doneAt?: string | null;
}

/** The keys of what is asked for and not settled, each in one list. */
export interface Requirements {
  currentlyDue: string[];
  eventuallyDue: string[];
  pastDue: string[];
  pendingVerification: string[];
  currentDeadline?: string | null;
}

/** All steps; `progress` is 0 to 100. */
export interface Journey {
  progress: number;
  activated: boolean;
  nextStep: string | null;
  steps: Step[];
  requirements?: Requirements;
  off?: boolean;
  /** The project that shared steps are of. */
  project?: { id: string; name: string } | null;
}

/** A piece of text as a tree; never markup. */
export interface Block {
  t: string;
  v?: string;
  href?: string;
  src?: string;
  alt?: string;
  level?: number;
  start?: number;
  c?: Block[];
}

/** Where somebody goes next. */
export interface Next {
  key: string;
  title: string;
  href: string;
}

/** Whether something is open to this person, and why not. */
export interface Gate {
  key: string;
  allowed: boolean;
  reason?: "step" | "role" | "permission" | "flag" | "off" | null;
  blockedBy?: string[];
  next?: Next | null;
  title?: string;
  body?: Block[];
}

/** A link that a tip or a step of a tour ends with. */
export interface Action {
  label: string;
  href: string;
}

/** One step of a tour. */
export interface TourStep {
  key: string;
  target: string | null;
  route?: string | null;
  title: string;
  body: Block[];
  action?: Action | null;
}

/** A tip, a tour or an announcement that may be shown here and now. */
export interface Content {
  key: string;
  version: number;
  kind: "tip" | "tour" | "announcement";
  delivery: "tooltip" | "inline" | "banner" | "popup";
  target: string | null;
  interrupts: boolean;
  priority: number;
  title: string;
  body: Block[];
  action?: Action | null;
  steps?: TourStep[];
}

/** What somebody agreed to, and whether they must be asked. */
export interface ConsentState {
  version: string;
  choices: string[] | null;
  gpc: boolean;
  needed: boolean;
}

/** Everything an application's page needs, in one answer. */
export interface EmbedState {
  language: string;
  known: boolean;
  off: { onboarding: boolean; guidance: boolean; gating: boolean };
  journey: Journey | null;
  gates: Gate[];
  content: Content[];
  resume: { key: string; step: string } | null;
  preferences: { tips: "all" | "fewer" | "off" };
  consent: ConsentState;
  stream: string;
}

export type EventKind =
  | "shown"
  | "dismissed"
  | "completed"
  | "snoozed"
  | "step_shown"
  | "clicked"
  | "target_missing"
  | "skipped";

/** What happened to a piece of content; `id` is a UUIDv7 and makes a repetition harmless. */
export interface GuidanceEvent {
  id: string;
  key: string;
  version: number;
  kind: EventKind;
  step?: string;
  reason?: string;
  target?: string;
  lease?: string;
}

/** The right to interrupt somebody, until then. */
export interface Lease {
  lease: string;
  until: string;
}

/** A refusal (RFC 9457). */
export interface Problem {
  status: number;
  error: string;
  message: string;
  details?: Record<string, unknown>;
}

/** An article as a search or a page lists it. */
export interface ArticleLine {
  slug: string;
  title: string;
  summary: string;
}

/** An article that answers a search; `marked` is where, `hit` the words that were asked for. */
export interface FoundArticle extends ArticleLine {
  marked: { text: string; hit?: boolean }[];
}

/** A whole article. */
export interface Article {
  slug: string;
  title: string;
  category: string;
  version: number;
  updatedAt: string;
  body: Block[];
  related: ArticleLine[];
}

/** What the consent dialogue asks. */
export interface ConsentQuestion {
  version: string;
  categories: { key: string; title: string; text: string; necessary: boolean }[];
  choices: string[] | null;
  title?: string;
  text?: string;
}
