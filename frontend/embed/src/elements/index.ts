// All elements, defined by being imported.
export { Checklist } from "./checklist.ts";
export { FirstmileGate } from "./gate.ts";
