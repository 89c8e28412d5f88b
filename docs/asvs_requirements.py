# ruff: noqa: INP001
"""The requirements we claim, in our words, with the default that meets each."""

from typing import NamedTuple


class Asked(NamedTuple):
    """What a requirement asks, and what we do by default."""

    what: str
    ours: str


REQUIREMENTS = {
    "2.4.1": Asked(
        "Functions that cost others something are limited",
        "Five invitations a day to an address, a hundred open ones, fifty keys a project",
    ),
    "5.2.1": Asked(
        "Files no larger than the application can bear",
        "`UPLOAD_MAX_MEGABYTES` 10, counted while reading",
    ),
    "5.2.2": Asked(
        "A file is what its type says", "Type by content and by decoder; pictures written anew"
    ),
    "5.2.6": Asked(
        "Pictures of no more pixels than allowed", "12 megapixels, read before decoding"
    ),
    "5.3.2": Asked("No path is made of what somebody sent", "Files are kept under ids of ours"),
    "5.4.1": Asked(
        "A name in the address or the form decides nothing",
        "Found by id; the name is for saving, and told in `Content-Disposition`",
    ),
    "5.4.2": Asked("Names of files are made harmless", "Signs, folders and endings; RFC 6266"),
    "6.1.1": Asked(
        "Limits on guessing that cannot be used to lock others out",
        "5 failures pause an address for 15 minutes; a browser known to it counts by itself",
    ),
    "6.2.1": Asked("Passwords of 8 characters or more", "`PASSWORD_MIN_LENGTH` 8"),
    "6.2.2": Asked("People can change their password", "On their account page and by the API"),
    "6.2.3": Asked(
        "A change asks for the present password",
        "Or for a credential shown within `STEP_UP_MINUTES`",
    ),
    "6.2.4": Asked("The most common passwords are refused", "A shipped list, and zxcvbn score 3"),
    "6.2.5": Asked("No rules of composition", "None"),
    "6.2.8": Asked(
        "A password is checked as it was typed, whole",
        "Hashed by HMAC-SHA-256 before bcrypt, so every byte counts",
    ),
    "6.2.9": Asked("Passwords of 64 characters or more", "128"),
    "6.2.11": Asked(
        "Words of the context are not passwords", "Name, address and product count as guessed"
    ),
    "6.2.12": Asked(
        "Passwords from breaches are refused",
        "An offline filter; `firstmile passwords build-filter` for a larger one",
    ),
    "6.3.1": Asked(
        "Guessing and stuffing are held back", "Counted by keyed hash of the address, known or not"
    ),
    "6.3.3": Asked("More than one factor", "Authenticator app, passkeys, recovery codes"),
    "6.3.4": Asked("All ways in have the same strength", "One function issues sessions"),
    "6.3.5": Asked(
        "People hear of suspicious tries", "Mail on a pause, a new browser, a reused token"
    ),
    "6.3.7": Asked("People hear of changes to their credentials", "Mail on each"),
    "6.3.8": Asked(
        "Nobody learns whether an account exists",
        "Same answer, same work; `firstmile audit enumeration`",
    ),
    "6.4.1": Asked(
        "Codes that begin something are random and short-lived",
        "256 bits, single use; 24 h, 60 min for a reset",
    ),
    "6.4.3": Asked("A reset does not go around the second factor", "It opens no session"),
    "6.4.6": Asked(
        "Staff may start a reset, and never choose a password", "They can send the link"
    ),
    "6.5.1": Asked("Codes are good for one use", "Guarded writes; 16 at once, one wins"),
    "6.5.2": Asked(
        "Recovery codes of less than 112 bits are hashed slowly", "120 bits, keyed hash"
    ),
    "6.5.3": Asked("Codes and seeds come from a secure generator", "The system's"),
    "6.5.5": Asked(
        "Codes live shortly",
        "Time codes 30 s with one step either way; a sign-in waits `SECOND_FACTOR_MINUTES` 10",
    ),
    "6.5.6": Asked("A factor can be withdrawn", "By its person and by staff"),
    "6.7.2": Asked("Challenges of 64 bits or more, used once", "256 bits, 5 minutes"),
    "6.8.1": Asked("One provider cannot speak for another", "Found by issuer and subject only"),
    "6.8.2": Asked(
        "Signatures of assertions are always checked",
        "Allow-list of algorithms, keys of that issuer",
    ),
    "7.1.1": Asked(
        "Rest and life of a session are written down",
        "`SESSION_IDLE_SECONDS` 1800, `SESSION_SECONDS` 43200, `REMEMBERED_DAYS` 30",
    ),
    "7.2.1": Asked(
        "Sessions are checked by the service", "In PostgreSQL, remembered for a minute at most"
    ),
    "7.2.3": Asked("Session tokens are random", "256 bits"),
    "7.2.4": Asked("A new token at every sign-in, and the old one ends", "Also at step-up"),
    "7.3.1": Asked("A session that rests ends", "30 minutes"),
    "7.3.2": Asked("A session ends", "12 hours; 30 days when it was to be remembered"),
    "7.4.1": Asked(
        "A session that was ended opens nothing",
        "On every replica; milliseconds, a second when a push is lost",
    ),
    "7.4.2": Asked("Locked accounts have no sessions", "They end with the lock"),
    "7.4.3": Asked("A change of factors ends the other sessions", "Always"),
    "7.4.5": Asked("Staff can end sessions", "In the console and by the API"),
    "7.5.1": Asked("Sensitive changes ask for a credential again", "`STEP_UP_MINUTES` 10"),
    "7.5.2": Asked("People see and end their sessions", "Page and API"),
    "8.1.1": Asked(
        "The rules of access are written down",
        "`firstmile permissions`, read from the routes themselves",
    ),
    "8.2.1": Asked(
        "Functions are for those with the permission",
        "Declared beside each route; `firstmile permissions`",
    ),
    "8.2.2": Asked(
        "Data is for those it belongs to", "Through the membership; a stranger's project is 404"
    ),
    "8.3.2": Asked(
        "A right that is taken away is gone at once",
        "Roles are read where they are asked for; tokens that name old ones are void",
    ),
    "8.4.1": Asked(
        "Nobody reaches into another tenant", "Every role, stranger and key is tried at every right"
    ),
    "9.1.1": Asked("Tokens are checked by their signature", "ES256"),
    "9.1.2": Asked("Only algorithms on a list", "ES256"),
    "9.1.3": Asked(
        "Keys come from a trusted place only", "Our own table; `jku`, `x5u` and `jwk` are not read"
    ),
    "9.2.1": Asked("Tokens have a time, and it is checked", "`ACCESS_TOKEN_SECONDS` 3600"),
    "9.2.2": Asked("A token is of the kind that is wanted", "`typ` is checked"),
    "9.2.3": Asked("A token is for whom it was made", "`aud` is checked"),
    "10.4.1": Asked("Redirects are compared whole", "Registered by staff"),
    "10.4.2": Asked("A code is good for one use, and a second ends what it gave", "Both"),
    "10.4.3": Asked("Codes live shortly", "60 seconds"),
    "10.4.5": Asked("Refresh tokens cannot be replayed", "Rotated; reuse ends the family"),
    "10.4.6": Asked("PKCE", "S256, always"),
    "10.4.8": Asked("Refresh tokens end", "Absolutely"),
    "10.4.9": Asked("People can withdraw what an application was given", "On their account page"),
    "10.4.10": Asked("Confidential clients prove themselves", "By a secret kept as a keyed hash"),
    "10.5.1": Asked("A nonce against replayed identity tokens", "Always"),
    "10.5.2": Asked("People are known by `sub`", "With the issuer"),
    "10.5.3": Asked("An issuer is the one that was configured", "Discovery and RFC 9207"),
    "10.5.4": Asked("An identity token is for us", "`aud` and `azp`"),
    "10.7.1": Asked(
        "People are asked before an application learns of them", "Except for one's own applications"
    ),
    "10.7.2": Asked("They are told what it learns", "With the values"),
    "10.7.3": Asked("They can look and take it back", "On their account page"),
    "11.4.2": Asked(
        "Passwords are kept by a slow function at present costs",
        "bcrypt of cost 12, argon2id by setting; older hashes are renewed at sign-in",
    ),
    "15.4.2": Asked(
        "A check and what depends on it are one step",
        "Under a lock or by a guarded statement; sixteen at once, one wins",
    ),
    "16.2.5": Asked("Logs hold no credentials", "Taken out by field and by form; none is written"),
    "NIST 63B-4 3.1.1.2": Asked(
        "Passwords of any characters, 64 and more long, held against a list, with reasons",
        "8 to 128 of any kind, zxcvbn score 3, an offline list, every reason told",
    ),
    "NIST 63B-4 3.2.2": Asked(
        "At most 100 failures in a row", "Then only a mail opens the address"
    ),
    "3.5.1": Asked(
        "Changes cannot be forged by another site",
        "Token in cookie and form, Origin and Fetch Metadata",
    ),
    "6.5.4": Asked("Recovery codes of 20 bits or more", "120"),
    "10.1.2": Asked(
        "What comes back from a provider belongs to a way that began here",
        "State and nonce are bound to the browser, and used once",
    ),
    "10.2.1": Asked("A callback cannot be forged", "State, and PKCE"),
    "10.2.2": Asked(
        "One provider's answer is not taken for another's", "Issuer compared; RFC 9207"
    ),
    "10.3.1": Asked(
        "A token opens only what it was made for", "Tokens of applications open nothing of the API"
    ),
    "10.4.4": Asked("Only the grants that are needed", "Authorization code and refresh"),
    "10.4.11": Asked("Only the scopes that were given", "A refresh may ask for less"),
    "10.6.2": Asked(
        "Nobody is signed out by a link of somebody else", "Without a hint the person is asked"
    ),
    "12.3.2": Asked("Certificates of services we call are checked", "Always"),
    "15.3.2": Asked("Calls to others follow no redirect", "None"),
    "NIST 63B-4 3.1.2.2": Asked("Each recovery code is taken once", "By a guarded write"),
    "NIST 63B-4 3.1.4.2": Asked("A time code is taken once", "And none before it"),
    "NIST 63B-4 3.2.5": Asked(
        "A passkey opens nothing at another address", "Origin and relying party are checked"
    ),
    "NIST 63B-4 3.2.7": Asked("An answer of a passkey is taken once", "Challenges are spent"),
    "NIST 63B-4 3.2.8": Asked("The person means it", "Presence is checked"),
}
