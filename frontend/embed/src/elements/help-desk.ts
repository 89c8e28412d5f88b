// What the parts of the help panel ask of the panel.
import type { EventName, FirstmileEvents } from "../core/events.ts";
import type { Firstmile } from "../core/firstmile.ts";
import type { words } from "./help-words.ts";
import type { Words } from "./words.ts";

export interface Desk {
  client(): Firstmile;
  words(): Words<keyof typeof words.en>;
  /** Draws the panel anew; the root is there when that is done. */
  draw(): Promise<ParentNode>;
  /** Does it; what goes wrong is told in the panel. */
  attempt(work: () => Promise<void>): Promise<void>;
  announce<Name extends EventName>(name: Name, detail: FirstmileEvents[Name]): void;
}
