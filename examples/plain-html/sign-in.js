// Signs people in with Firstmile: OpenID Connect, authorization code with PKCE, no library.
const FIRSTMILE = "http://localhost:8000";
const CLIENT_ID = "the client_id of the registration";
const HERE = location.origin + location.pathname;
const SCOPE = "openid guide offline_access"; // what the person's steps, tips and help need

let tokens = null; // in memory alone: whoever takes over the page finds nothing kept

/** Goes to Firstmile and comes back with a code; without `prompt` people may have to sign in. */
async function goToSignIn(prompt) {
  const [state, verifier] = [randomText(), randomText()];
  sessionStorage.setItem("harbour:sign-in", JSON.stringify({ state, verifier }));
  const asked = new URLSearchParams({
    client_id: CLIENT_ID,
    redirect_uri: HERE,
    response_type: "code",
    scope: SCOPE,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
    ...(prompt && { prompt }),
  });
  location.assign(`${FIRSTMILE}/oauth/authorize?${asked}`);
}

/** Takes what Firstmile sent along in the address: a code for tokens, or that nobody is signed in. */
async function comeBack(answer) {
  const { state, verifier } = JSON.parse(sessionStorage.getItem("harbour:sign-in") ?? "{}");
  sessionStorage.removeItem("harbour:sign-in");
  history.replaceState(null, "", HERE);
  if (!state || answer.get("state") !== state || answer.get("iss") !== FIRSTMILE) return;
  if (!answer.has("code")) return sessionStorage.removeItem("harbour:signed-in");
  await take({
    grant_type: "authorization_code",
    code: answer.get("code"),
    redirect_uri: HERE,
    code_verifier: verifier,
  });
}

async function take(grant) {
  const body = new URLSearchParams({ client_id: CLIENT_ID, ...grant });
  const answer = await fetch(`${FIRSTMILE}/oauth/token`, { method: "POST", body });
  tokens = answer.ok ? await answer.json() : null;
  if (!tokens) return;
  tokens.ends = Date.now() + (tokens.expires_in - 30) * 1000; // half a minute for the way
  sessionStorage.setItem("harbour:signed-in", "yes"); // so that a reload comes back by itself
}

/** The access token, a new one when it has ended; several who ask at once wait for one answer. */
let refreshing = null;
async function token() {
  if (tokens && Date.now() > tokens.ends) {
    refreshing ??= take({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
    await refreshing.finally(() => (refreshing = null));
  }
  return tokens?.access_token ?? null;
}

function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier) {
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const answer = new URLSearchParams(location.search);
if (answer.has("state")) await comeBack(answer);
else if (sessionStorage.getItem("harbour:signed-in")) await goToSignIn("none");

const button = document.querySelector("#sign-in");
button.hidden = tokens !== null;
button.addEventListener("click", () => goToSignIn());
if (tokens) (window.firstmileQueue ??= []).push((firstmile) => firstmile.identify(token));
