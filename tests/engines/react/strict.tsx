// The React wrapper in strict mode, moved by a test through `window.strict`.
import { Checklist, createFirstmile, type Firstmile, FirstmileProvider, Help, useFirstmile, useJourney } from "firstmile/react";
import { type ReactElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";

interface Shown {
  token: string;
  floating: boolean;
  shortcut: string;
  listener: string;
}

const server = import.meta.env.VITE_FIRSTMILE;
const asked: { path: string; isOpen: boolean }[] = [];
const heard: string[] = [];
const root = createRoot(document.getElementById("strict")!);
let client: Firstmile | undefined;
let given: Firstmile | undefined;

// What each client asks, and whether it still waits for an answer or listens to one.
const { fetch } = window;
window.fetch = (wanted, how) => {
  const one = { path: new URL(String(wanted)).pathname, isOpen: true };
  asked.push(one);
  how?.signal?.addEventListener("abort", () => (one.isOpen = false));
  return fetch(wanted, how);
};

function Beside({ floating, shortcut, listener }: Shown): ReactElement {
  client = useFirstmile();
  return (
    <>
      <p id="progress">{useJourney()?.progress}</p>
      <Checklist hideWhenDone className="mine" on={{ "checklist-progress": () => heard.push("progress") }} />
      <Help floating={floating} shortcut={shortcut} on={{ "help-opened": () => heard.push(listener) }} />
    </>
  );
}

function show(shown: Shown): void {
  root.render(
    <StrictMode>
      <FirstmileProvider server={server} token={shown.token}>
        <Beside {...shown} />
      </FirstmileProvider>
    </StrictMode>,
  );
}

function showGiven(shown: Shown): void {
  given ??= createFirstmile({ server });
  root.render(
    <StrictMode>
      <FirstmileProvider client={given}>
        <Beside {...shown} />
      </FirstmileProvider>
    </StrictMode>,
  );
}

Object.assign(window, {
  strict: { asked, heard, show, showGiven, leave: () => root.render(null), client: () => client },
});
