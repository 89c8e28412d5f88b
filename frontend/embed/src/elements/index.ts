// All elements, defined by being imported.
export { Checklist } from "./checklist.ts";
export { Consent } from "./consent.ts";
export { FirstmileGate } from "./gate.ts";
export { present } from "./guide.ts";
export { Help } from "./help.ts";
export { Tip } from "./tip.ts";
export { Tour } from "./tour.ts";
