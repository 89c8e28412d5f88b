// Where a page is: one of an application, by its path, or one of Firstmile itself.
const OWN = "firstmile:";

/** The place of a page of Firstmile itself; an application's page of the same path is another. */
export function ownPlace(): string {
  return OWN + location.pathname;
}

/** Where a link to a place leads: to Firstmile's own pages or to those of this origin, else nowhere. */
export function addressOf(place: string, server: URL): string | null {
  if (!place.startsWith(OWN)) return isOf(location.origin, place) ? place : null;
  const path = place.slice(OWN.length);
  return isOf(server.origin, path) ? new URL(path, server).href : null;
}

function isOf(origin: string, path: string): boolean {
  try {
    return new URL(path, origin).origin === origin;
  } catch {
    return false; // such as `//`, which names no host
  }
}
