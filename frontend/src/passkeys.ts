// Passkeys: the browser makes and uses them; the form they stand in sends what it said.

interface Offer {
  challengeToken: string;
  publicKey: Record<string, unknown>;
}

interface Described {
  id: string;
  type: string;
}

const RENEWED_AFTER = 4 * 60_000; // a challenge lives for five minutes
const STEP_UP_REQUIRED = "step_up_required";

/** What a person should read. */
class Told extends Error {}

let autofill: AbortController | undefined;

/** Reveals the forms that use a passkey, and offers passkeys where an address is typed. */
export function offerPasskeys(): void {
  for (const words of document.querySelectorAll<HTMLElement>("[data-passkey-missing]")) {
    words.hidden = true;
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void answer(form);
    });
    // The back button brings the page as it was left: with the button still disabled.
    window.addEventListener("pageshow", () => enable(form, true));
    if ("autofill" in form.dataset) void offerInAutofill(form);
  }
  tellKnown();
}

async function answer(form: HTMLFormElement): Promise<void> {
  autofill?.abort(); // a browser asks one thing at a time
  say(form, "");
  enable(form, false);
  try {
    const offer = await ask(form);
    send(form, offer, await (isNew(form) ? create(offer) : get(offer)));
  } catch (failure) {
    say(form, wordsFor(form, failure));
    enable(form, true);
    form.querySelector("button")?.focus();
    if ("autofill" in form.dataset) void offerInAutofill(form);
  }
}

async function offerInAutofill(form: HTMLFormElement): Promise<void> {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const mine = (autofill = new AbortController());
  const renewal = setTimeout(() => renew(form, mine), RENEWED_AFTER);
  try {
    const offer = await ask(form);
    send(form, offer, await get(offer, { mediation: "conditional", signal: mine.signal }));
  } catch {
    // Nobody asked for this: the button and the password are still there.
  } finally {
    clearTimeout(renewal);
  }
}

/** Begins again with a new challenge, once somebody looks. */
function renew(form: HTMLFormElement, old: AbortController): void {
  if (old.signal.aborted) return;
  if (document.hidden) {
    document.addEventListener("visibilitychange", () => renew(form, old), { once: true });
    return;
  }
  old.abort();
  void offerInAutofill(form);
}

async function ask(form: HTMLFormElement): Promise<Offer> {
  const answered = await fetch(form.dataset["options"] ?? "", {
    method: "POST",
    headers: {
      "accept-language": document.documentElement.lang,
      "content-type": "application/json",
      "x-csrf-token": form.querySelector<HTMLInputElement>("[name=csrf]")?.value ?? "",
    },
    body: "{}",
  });
  const said = (await answered.json()) as Offer & { error?: string; message?: string };
  if (answered.ok) return said;
  if (said.error === STEP_UP_REQUIRED && form.dataset["confirm"]) {
    location.assign(form.dataset["confirm"]);
  }
  throw new Told(said.message);
}

async function create(offer: Offer): Promise<PublicKeyCredential> {
  return made(await navigator.credentials.create({ publicKey: creationOptions(offer) }));
}

async function get(
  offer: Offer,
  how: Omit<CredentialRequestOptions, "publicKey"> = {},
): Promise<PublicKeyCredential> {
  return made(await navigator.credentials.get({ ...how, publicKey: requestOptions(offer) }));
}

function made(credential: Credential | null): PublicKeyCredential {
  if (credential instanceof PublicKeyCredential) return credential;
  throw new DOMException("No passkey was given.", "NotAllowedError");
}

function send(form: HTMLFormElement, offer: Offer, credential: PublicKeyCredential): void {
  set(form, "challengeToken", offer.challengeToken);
  set(form, "credential", JSON.stringify(written(credential)));
  for (const name of (form.dataset["with"] ?? "").split(" ")) {
    const box = document.querySelector<HTMLInputElement>(`input[type=checkbox][name="${name}"]`);
    if (box?.checked) set(form, name, box.value);
  }
  form.submit();
}

function set(form: HTMLFormElement, name: string, value: string): void {
  const known = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  const input = known ?? form.appendChild(document.createElement("input"));
  input.type = "hidden";
  input.name = name;
  input.value = value;
}

function enable(form: HTMLFormElement, isEnabled: boolean): void {
  for (const button of form.querySelectorAll("button")) button.disabled = !isEnabled;
}

function isNew(form: HTMLFormElement): boolean {
  return form.dataset["passkey"] === "create";
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector<HTMLElement>("[data-passkey-says]");
  if (!place) return;
  place.textContent = words;
}

function wordsFor(form: HTMLFormElement, failure: unknown): string {
  if (failure instanceof Told) return failure.message;
  const name = failure instanceof DOMException ? failure.name : "";
  const words: Record<string, string | undefined> = {
    NotAllowedError: form.dataset["stopped"],
    AbortError: form.dataset["stopped"],
    InvalidStateError: form.dataset["known"],
    SecurityError: form.dataset["elsewhere"],
  };
  return words[name] ?? form.dataset["failed"] ?? "";
}

// The W3C's own JSON (WebAuthn Level 3, 5.1.8 to 5.1.10), by hand where a browser lacks it.

function creationOptions({ publicKey }: Offer): PublicKeyCredentialCreationOptions {
  const given = publicKey as unknown as PublicKeyCredentialCreationOptionsJSON;
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(given);
  }
  return {
    ...(publicKey as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(given.challenge),
    user: { ...given.user, id: bytes(given.user.id) },
    excludeCredentials: described(given.excludeCredentials),
  };
}

function requestOptions({ publicKey }: Offer): PublicKeyCredentialRequestOptions {
  const given = publicKey as unknown as PublicKeyCredentialRequestOptionsJSON;
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(given);
  }
  return {
    ...(publicKey as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(given.challenge),
    allowCredentials: described(given.allowCredentials),
  };
}

function written(credential: PublicKeyCredential): unknown {
  if ("toJSON" in credential) return credential.toJSON();
  const { id, rawId, type, response } = credential as PublicKeyCredential;
  const parts: Record<string, unknown> = { clientDataJSON: text(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    parts["attestationObject"] = text(response.attestationObject);
    parts["transports"] = response.getTransports?.() ?? [];
  } else if (response instanceof AuthenticatorAssertionResponse) {
    parts["authenticatorData"] = text(response.authenticatorData);
    parts["signature"] = text(response.signature);
    parts["userHandle"] = response.userHandle ? text(response.userHandle) : undefined;
  }
  return { id, rawId: text(rawId), type, response: parts };
}

function described(keys: readonly Described[] = []): PublicKeyCredentialDescriptor[] {
  return keys.map((key) => ({ ...key, type: "public-key", id: bytes(key.id) }));
}

function bytes(encoded: string): Uint8Array<ArrayBuffer> {
  const plain = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Tells the password manager which passkeys we still know, so that it offers no others. */
function tellKnown(): void {
  const list = document.querySelector<HTMLElement>("[data-known-passkeys]");
  if (!list) return;
  const known = JSON.parse(list.dataset["knownPasskeys"] ?? "null") as AllAcceptedCredentialsOptions;
  // A manager that cannot hear it changes nothing for the person.
  void PublicKeyCredential.signalAllAcceptedCredentials?.(known).catch(() => undefined);
}
