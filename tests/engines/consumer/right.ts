// What a stranger may write with the types of the package.
import { createFirstmile, type FirstmileEvents, type Journey, Refused } from "firstmile";
import "firstmile/elements";
import { Help } from "firstmile/elements/help";

const client = createFirstmile({ server: "https://first.example", token: () => Promise.resolve(null) });
const stop: () => void = client.subscribe(({ phase, state }) => {
  const journey: Journey | null | undefined = state?.journey;
  console.log(phase === "ready" && journey?.progress.toFixed());
});

document.addEventListener("fm:step-started", (event) => {
  const detail: FirstmileEvents["step-started"] = event.detail;
  console.log(detail.key?.toUpperCase());
});

export async function complete(key: string): Promise<string> {
  try {
    const { rowVersion }: { rowVersion: number } = await client.completeStep(key);
    return String(rowVersion);
  } catch (failure) {
    return failure instanceof Refused ? failure.problem.message : "unknown";
  } finally {
    stop();
  }
}

export const open = (): Promise<void> => document.querySelector<Help>("fm-help")!.open("sign-in");
