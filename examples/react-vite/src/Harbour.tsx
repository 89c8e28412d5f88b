// The page: what is left to do, something that waits for it, and help.
import { Checklist, Consent, Gate, Help, useJourney, useMoment } from "firstmile/react";
import { signIn } from "./firstmile.ts";

export function Harbour() {
  const { state } = useMoment();
  const journey = useJourney();
  return (
    <main>
      <h1>Harbour</h1>
      {state && !state.known && <button onClick={signIn}>Sign in</button>}
      {journey && <p id="progress">{journey.progress} % done</p>}
      <Checklist>
        <p slot="signed-out">Sign in to see what is left to do.</p>
      </Checklist>
      <Gate name="exports">
        <button id="export">Export the berths</button>
      </Gate>
      <button data-fm="invite-button">Invite a colleague</button>
      <Help floating />
      <Consent />
    </main>
  );
}
