// Firstmile in React: one provider, hooks over the core, and the elements as components.
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { EventName, FirstmileEvents } from "../core/events.ts";
import { Firstmile } from "../core/firstmile.ts";
import { offer } from "../core/offering.ts";
import type { Options } from "../core/options.ts";
import type { Moment } from "../core/store.ts";
import type { Gate as GateState, Journey } from "../core/wire.ts";

const Given = createContext<Firstmile | null>(null);

type ProviderProps = { children?: ReactNode } & (Options | { client: Firstmile });

/** Makes one client for all that is within, until it leaves; what guides people comes by itself. */
export function FirstmileProvider({ children, ...given }: ProviderProps): ReactElement {
  const client = useOneOf(given);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let isOver = false;
    void Promise.all([import("../elements/index.ts"), import("../elements/guide.ts")]).then(([, guide]) => {
      if (!isOver) stop = guide.present(client);
    });
    return () => {
      isOver = true;
      stop?.();
    };
  }, [client]);
  return createElement(Given.Provider, { value: client }, children);
}

/** The client that was given, or else one of our own, which ends with the provider. */
function useOneOf(given: Options | { client: Firstmile }): Firstmile {
  const begin = () => ("client" in given ? given.client : new Firstmile(given));
  const [client, setClient] = useState(begin);
  const ending = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isOurs = !("client" in given);
  useEffect(() => {
    if (!isOurs) return;
    // Strict mode leaves and is back at once; what React hides comes back later, to a client that ended.
    clearTimeout(ending.current);
    if (client.isEnded) setClient(begin);
    else offer(client); // not sooner: what strict mode makes besides is never used
    return () => {
      ending.current = setTimeout(() => {
        void client.flush(true);
        client.end();
      });
    };
  }, [client, isOurs]);
  return client;
}

/** The client of the provider. */
export function useFirstmile(): Firstmile {
  const client = useContext(Given);
  if (!client) throw new Error("There is no <FirstmileProvider> above.");
  return client;
}

/** All that is known, drawn anew at each change. */
export function useMoment(): Moment {
  const client = useFirstmile();
  const read = () => client.moment;
  return useSyncExternalStore((listener) => client.subscribe(listener), read, read);
}

/** The checklist; null while nothing is known or nobody is signed in. */
export function useJourney(): Journey | null {
  return useMoment().state?.journey ?? null;
}

/** A gate; undefined while the server has not said. */
export function useGate(name: string): GateState | undefined {
  return useMoment().state?.gates.find((gate) => gate.key === name);
}

type Listeners = { [Name in EventName]?: (event: CustomEvent<FirstmileEvents[Name]>) => void };
type ElementProps<T> = T & { children?: ReactNode; className?: string; id?: string; on?: Listeners };

type FirstmileElement = HTMLElement & { client: Firstmile | null };

/** An element as a component; `on` listens to its events by their names without `fm:`. */
function component<T extends object>(tag: string): (props: ElementProps<T>) => ReactElement {
  return function Element({ children, className, on, ...attributes }: ElementProps<T>) {
    const client = useFirstmile();
    const drawn = useRef<FirstmileElement | null>(null);
    const ref = (element: FirstmileElement | null) => {
      drawn.current = element;
      if (element) element.client = client;
    };
    useEffect(() => {
      const listening = new AbortController();
      for (const [name, listener] of Object.entries(on ?? {})) {
        drawn.current?.addEventListener(`fm:${name}`, listener as unknown as EventListener, { signal: listening.signal });
      }
      return () => listening.abort();
    });
    // `true` is an attribute to React 18, and to React 19 a property as soon as the element is there;
    // `false` would be the attribute "false" to React 18.
    const written = Object.entries(attributes).filter(([, value]) => value !== false && value != null);
    const plain = Object.fromEntries(written.map(([name, value]) => [kebab(name), value]));
    return createElement(tag, { ...plain, ref, class: className }, children);
  };
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const Checklist = component<{ hideWhenDone?: boolean }>("fm-checklist");
export const Gate = component<{ name: string; unknown?: "open" | "closed"; wait?: number }>("fm-gate");
export const Help = component<{ shortcut?: string; floating?: boolean; step?: string; error?: string }>("fm-help");
export const Tip = component<{ name: string }>("fm-tip");
export const Tour = component<{ name: string }>("fm-tour");
export const Consent = component<{ askedByPage?: boolean }>("fm-consent");

export { Firstmile } from "../core/firstmile.ts";
export { createFirstmile } from "../core/offering.ts";
export type { Options } from "../core/options.ts";
export type { FirstmileEvents } from "../core/events.ts";
export type { Moment } from "../core/store.ts";
export type * from "../core/wire.ts";
