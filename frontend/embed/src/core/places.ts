// Where a page is: one of an application, by its path, or one of Firstmile itself.
const OWN = "firstmile:";

/** The place of a page of Firstmile itself; an application's page of the same path is another. */
export function ownPlace(): string {
  return OWN + location.pathname;
}

/** Where a link to a place leads. */
export function addressOf(place: string, server: URL): string {
  if (!place.startsWith(OWN)) return place;
  return new URL(place.slice(OWN.length).replace(/^\/+/, "/"), server).href;
}
