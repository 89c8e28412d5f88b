// Where the person is, in pages that change without loading: by event, never by looking again and again.

interface NavigationLike extends EventTarget {}

/** Calls back after each change of address, also of pages that never load anew; returns how to stop. */
export function watchRoutes(changed: () => void): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const navigation = (window as { navigation?: NavigationLike }).navigation;
  if (navigation) {
    navigation.addEventListener("currententrychange", changed, { signal });
  } else {
    const restore = (["pushState", "replaceState"] as const).map((verb) => patched(verb, changed));
    window.addEventListener("popstate", changed, { signal });
    window.addEventListener("hashchange", changed, { signal });
    signal.addEventListener("abort", () => restore.forEach((one) => one()));
  }
  return () => stopping.abort();
}

function patched(verb: "pushState" | "replaceState", changed: () => void): () => void {
  const original = history[verb];
  const mine: typeof original = function (this: History, ...given) {
    original.apply(this, given);
    changed();
  };
  history[verb] = mine;
  return () => {
    // Somebody may have patched it after us: then theirs stays, and ours is silent.
    if (history[verb] === mine) history[verb] = original;
  };
}
