// The core of Firstmile for applications: state and actions, nothing to look at.
export type { Token } from "./core/door.ts";
export { Refused } from "./core/door.ts";
export type { FirstmileEvents } from "./core/events.ts";
export type { Explanation } from "./core/explaining.ts";
export { Firstmile } from "./core/firstmile.ts";
export { createFirstmile } from "./core/offering.ts";
export type { Options } from "./core/options.ts";
export type { Moment, Phase } from "./core/store.ts";
export type * from "./core/wire.ts";
