// What a stranger may write with React.
import { Checklist, FirstmileProvider, Gate, Help, useGate, useJourney } from "firstmile/react";
import type { ReactElement } from "react";

export function Page(): ReactElement {
  const title: string | undefined = useJourney()?.steps[0]?.title;
  return (
    <FirstmileProvider server="https://first.example" token="token">
      <Checklist hideWhenDone on={{ "step-started": ({ detail }) => console.log(detail.key?.length) }}>
        <p slot="signed-out">{title}</p>
      </Checklist>
      <Gate name="exports" unknown="closed" wait={500}>
        {useGate("exports")?.key}
      </Gate>
      <Help floating step="choose-market" />
    </FirstmileProvider>
  );
}
