// What a stranger may not write; each line that compiles is a mistake of the types.
import { createFirstmile } from "firstmile";
import { Checklist, FirstmileProvider, Gate } from "firstmile/react";

// @ts-expect-error: a client needs a server
createFirstmile({ token: "token" });
// @ts-expect-error: there is no such mode
createFirstmile({ server: "https://first.example", mode: "loud" });
// @ts-expect-error: a step has a name
void createFirstmile({ server: "https://first.example" }).completeStep(7);

export const wrong = [
  // @ts-expect-error: a gate has a name
  <Gate />,
  // @ts-expect-error: it is not called so
  <Checklist hideWhenFinished />,
  // @ts-expect-error: there is no such event
  <Checklist on={{ "step-begun": () => {} }} />,
  // @ts-expect-error: an event has no such detail
  <Checklist on={{ "step-started": ({ detail }) => detail.name }} />,
  // @ts-expect-error: neither a server nor a client
  <FirstmileProvider token="token" />,
];
