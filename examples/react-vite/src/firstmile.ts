// Who is signed in, by OpenID Connect: Firstmile is the provider.
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";

export const server: string = import.meta.env.VITE_FIRSTMILE;

const people = new UserManager({
  authority: server,
  client_id: import.meta.env.VITE_CLIENT_ID,
  redirect_uri: `${location.origin}/`,
  scope: "openid guide offline_access", // what the person's steps, tips and help need
  // Tokens stay in memory: whoever takes over the page finds nothing kept.
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  stateStore: new WebStorageStateStore({ store: sessionStorage }),
});

export const signIn = () => people.signinRedirect();

/** Takes what Firstmile sent along in the address, if the person just came back from there. */
export async function comeBack(): Promise<void> {
  if (!new URLSearchParams(location.search).has("state")) return;
  await people.signinRedirectCallback().catch(() => null); // not signed in, then
  history.replaceState(null, "", "/");
}

/** The access token, for whatever asks Firstmile in the person's name. */
export const token = async () => (await people.getUser())?.access_token ?? null;
