"""Turns a template and its words into a page."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from firstmile.help.reading import is_staff
from firstmile.help.shelf import Shelf
from firstmile.identity import store, store_people
from firstmile.identity.cookies import Cookies
from firstmile.identity.models import User
from firstmile.identity.providers import providers_of
from firstmile.identity.store_people import Seat
from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import Scope, cookies_of, header_of
from firstmile.kernel.languages import LANGUAGES, N_, accepted, best_of, catalogue, said, translate
from firstmile.kernel.refusals import Refusal
from firstmile.kernel.visit import Visit
from firstmile.privacy.consenting import Consents
from firstmile.privacy.notice import Notice
from firstmile.protect.csrf import COOKIE as CSRF_COOKIE
from firstmile.protect.headers import NONCE
from firstmile.settings import Settings
from firstmile.web.assets import Assets
from firstmile.web.embedding import embed
from firstmile.web.moments import day

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "language"
YEAR = 365 * 24 * 3600

# What a page may be asked to say by its address, so that no text of others ever stands on it.
NOTICES = {
    "verified": ("success", N_("Your address is confirmed. Sign in to begin.")),
    "sent": ("success", N_("We sent a new link. It can take a minute to arrive.")),
    "confirm-first": ("info", N_("Confirm your address first. The link is in your mail.")),
    "password-set": ("success", N_("Your password is set. Sign in with it now.")),
    "signed-out": ("info", N_("You are signed out.")),
    "saved": ("success", N_("Your changes are saved.")),
    "guidance-saved": ("success", N_("Saved. Nobody is shown it before it is published.")),
    "guidance-done": ("success", N_("Done. Every open page has it within a second.")),
    "guidance-quiet": ("success", N_("Nothing interrupts anybody until then.")),
    "guidance-loud": ("success", N_("Guidance may interrupt again, within its budget.")),
    "picture-saved": ("success", N_("Your picture is saved.")),
    "picture-removed": ("info", N_("Your picture is removed.")),
    "password-changed": (
        "success",
        N_("Your password is changed. You were signed out everywhere else."),
    ),
    "choice-kept": ("success", N_("Your choice is kept. It holds from now on.")),
    "help-thanks": ("success", N_("Thank you. Whoever writes the article will read it.")),
    "notice-changed": ("info", N_("The notice has changed since you read it. Choose again.")),
    "address-asked": ("success", N_("Now open the link that we sent to your new address.")),
    "address-cancelled": ("info", N_("Your address stays what it is.")),
    "address-changed": ("success", N_("Your new address is confirmed. It counts from now on.")),
    "address-reverted": (
        "success",
        N_("Your address is yours again, and everybody is signed out. Choose a new password."),
    ),
    "deletion-asked": (
        "info",
        N_("Your account will be deleted. To keep it, sign in before the day we wrote to you."),
    ),
    "account-kept": ("success", N_("Your account stays. Good to have you.")),
    "sign-in-expired": ("info", N_("This sign-in took too long. Begin again.")),
    "app-added": (
        "success",
        N_("Your authenticator app is set up. You were signed out everywhere else."),
    ),
    "app-removed": (
        "success",
        N_("The authenticator app is removed. You were signed out everywhere else."),
    ),
    "passkey-added": (
        "success",
        N_("Your passkey is added. You were signed out everywhere else."),
    ),
    "passkey-renamed": ("success", N_("The passkey has its new name.")),
    "passkey-removed": (
        "success",
        N_("The passkey is removed. You were signed out everywhere else."),
    ),
    "passkey-nameless": (
        "error",
        N_("A passkey needs a name of at most 80 characters, without an address in it."),
    ),
    "passkey-invalid": ("error", N_("That passkey could not be added. Try again.")),
    "passkey-exists": ("error", N_("This passkey was added before.")),
    "too-many-passkeys": ("error", N_("You have as many passkeys as we keep. Remove one first.")),
    "passkey-refused": (
        "error",
        N_("That passkey does not fit. Try again, or sign in another way."),
    ),
    "passkey-late": ("error", N_("That took too long. Try again.")),
    "factor-paused": ("error", N_("Too many tries. Wait a while, or use another way.")),
    "codes-saved": ("success", N_("Your recovery codes are ready for the day you need them.")),
    "devices-forgotten": ("success", N_("Every browser is asked for the second step again.")),
    "application-removed": ("success", N_("The application is removed and signed out.")),
    "session-ended": ("success", N_("That session is over.")),
    "sessions-ended": ("success", N_("You are signed out everywhere else.")),
    "unlocked": ("success", N_("Sign-in is open again.")),
    "impersonation-ended": ("info", N_("You are yourself again.")),
    "reset-sent": ("success", N_("The link to set a new password is on its way.")),
    "verification-sent": ("success", N_("The link to confirm the address is on its way.")),
    "their-sessions-ended": ("success", N_("Every session of this person has ended.")),
    "account-locked": ("success", N_("The account is locked, and its sessions have ended.")),
    "error-resolved": ("success", N_("Resolved. Should it come back, it is open again.")),
    "error-ignored": ("info", N_("Ignored. It is counted still, and says no more.")),
    "error-open": ("info", N_("It is open again.")),
    "application-closed": ("success", N_("The application is closed.")),
    "application-opened": ("success", N_("The application is open.")),
    "account-unlocked": ("success", N_("The account is open.")),
    "connect-first": (
        "info",
        N_("This address has an account already. Sign in to it, then connect the two."),
    ),
    "connected": ("success", N_("Connected. You can sign in with it from now on.")),
    "connected-elsewhere": (
        "error",
        N_("That account opens another account here. Disconnect it there first."),
    ),
    "disconnected": ("success", N_("Disconnected. You were signed out everywhere else.")),
    "last-credential": (
        "error",
        N_("This is your only way to sign in. Set a password first."),
    ),
    "provider-cancelled": ("info", N_("You did not finish signing in at the other service.")),
    "provider-refused": (
        "error",
        N_("The other service did not confirm who you are. Begin again."),
    ),
    "provider-unavailable": (
        "error",
        N_("The other service does not answer. Try again in a moment, or sign in another way."),
    ),
    "sign-up-off": (
        "info",
        N_("New accounts cannot be made right now. Whoever has one signs in as always."),
    ),
    "switched-off": ("success", N_("It is off, and every replica has been told.")),
    "switched-on": ("success", N_("It is on again, and every replica has been told.")),
    "flag-published": ("success", N_("Published. Every process has it within a moment.")),
    "flag-proposed": ("info", N_("Proposed. A second person publishes it.")),
    "proposal-declined": ("info", N_("It is turned down, and its author can read why.")),
    "share-unclear": ("error", N_("Say a share from 0 to 100.")),
    "key-unclear": ("error", N_("That is not the key of this flag, so nothing was done.")),
    "experiment-designed": (
        "success",
        N_("The experiment is written down. Start it when the flag is on."),
    ),
    "experiment-started": ("success", N_("It runs. Whoever is shown the flag takes part.")),
    "experiment-stopped": ("success", N_("It is stopped. Who takes part is followed to the end.")),
    "experiment-decided": ("success", N_("It is decided, and the flag serves it to everybody.")),
    "rollout-planned": ("success", N_("The rollout is planned, and goes on by itself from here.")),
    "rollout-stopped": ("success", N_("It stays where it is, and moves no more.")),
    "rollout-back": ("success", N_("The flag is back where it was before the rollout.")),
    "rollout-agreed": ("success", N_("It has your word, and begins in its time.")),
    "schedule-planned": ("success", N_("It is planned, and stands below.")),
    "schedule-cancelled": ("success", N_("It is called off.")),
    "schedule-over": ("info", N_("It was over already.")),
    "steps-applied": ("success", N_("The steps are in force, and everybody is moved along.")),
    "steps-undone": ("success", N_("It is undone: steps and people are as they were before.")),
    "reason-missing": ("error", N_("Say why. Without a reason nothing was done.")),
    "locked-out": ("error", N_("This account is locked. Write to support to open it again.")),
    "confirmed": ("success", N_("Your address is confirmed. Welcome.")),
    "step-done": ("success", N_("Done. On to the next step.")),
    "skipped": ("info", N_("Skipped. You can come back to it from your set-up.")),
    "snoozed": ("info", N_("Put off. We will remind you of it.")),
    "project-created": ("success", N_("Your project is there. Invite those you work with.")),
    "project-restored": ("success", N_("The project is open again.")),
    "joined": ("success", N_("You are part of the project now.")),
    "left": ("info", N_("You left the project.")),
    "role-changed": ("success", N_("The role is changed, everywhere at once.")),
    "member-removed": ("info", N_("They are no longer part of the project.")),
    "ownership-given": ("info", N_("The project has another owner. You are an admin of it now.")),
    "invited": ("success", N_("The invitation is on its way.")),
    "invitation-revoked": ("info", N_("The invitation is taken back. Its link opens nothing.")),
    "key-revoked": ("info", N_("The key is revoked. It opens nothing any more.")),
    "choose-password": (
        "success",
        N_("Your address is confirmed. Choose the password of your account."),
    ),
}


class Pages:
    """Renders templates in the language of the visit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._services = [{"key": one.key, "name": one.name} for one in providers_of(settings)]
        self._assets = Assets()
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    async def page(
        self, visit: Visit, template: str, *, status: int = 200, **words: Any
    ) -> Response[str]:
        """A page for this visit: knows the person, the language, the token of its forms."""
        html, cookies = await self.compose(visit, template, **words)
        return Response(html, status_code=status, media_type=MediaType.HTML, cookies=cookies)

    async def compose(self, visit: Visit, template: str, **words: Any) -> tuple[str, list[Cookie]]:
        """The text of a page for this visit, and the cookies its browser needs."""
        person = await person_of(visit)
        language = language_of(visit.scope, person)
        cookies = visit.part(Cookies)
        token, cookie = _csrf(visit.scope, cookies)
        told = {
            "person": _told(person, language),
            "impersonation": await _seat(visit),
            "consent": await _consent(visit, language),
            "article_of": partial(
                visit.part(Shelf).of_field, language, with_staff=is_staff(await visit.visitor())
            ),
        }
        html = self.render(visit.scope, template, language, csrf_token=token, **told, **words)
        given = [cookie] if cookie else []
        if (asked := query_of(visit.scope).get("lang")) in LANGUAGES:
            given.append(language_cookie(str(asked), cookies))
        return html, given

    def render(self, scope: Scope, template: str, language: str, **words: Any) -> str:
        """The text of a page."""
        query = query_of(scope)
        defaults = {
            "lang": language,
            "languages": _languages(scope["path"], query),
            "csp_nonce": scope.get(NONCE, ""),
            "csrf_token": "",
            "path": scope["path"],
            "person": None,
            "impersonation": None,
            "consent": None,
            "article_of": lambda _: None,
            "development": self._settings.is_development,
            "product": self._settings.product_name,
            "verification_hours": self._settings.verification_hours,
            "reset_minutes": self._settings.reset_minutes,
            "password_min_length": self._settings.password_min_length,
            "remembered_days": self._settings.remembered_days,
            "trusted_device_days": self._settings.trusted_device_days,
            "step_up_minutes": self._settings.step_up_minutes,
            "snooze_days": self._settings.snooze_days,
            "address_change_hours": self._settings.address_change_hours,
            "address_revert_days": self._settings.address_revert_days,
            "deletion_days": self._settings.deletion_days,
            "upload_megabytes": self._settings.upload_max_megabytes,
            "notice": _notice(query.get("notice"), language),
            "services": self._services,
            "form": {},
            "errors": {},
        }
        return self._environments[language].get_template(template).render(defaults | words)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            catalogue(language), newstyle=True
        )
        environment.globals["asset"] = self._assets.url
        environment.globals["asset_css"] = self._assets.styles
        environment.globals["embed"] = embed
        return environment


async def person_of(visit: Visit) -> User | None:
    """The account of who is signed in."""
    actor = await visit.visitor()
    if actor is None:
        return None
    async with visit.reading() as db:
        return await store.user_by_id(db, actor.user_id)


async def _seat(visit: Visit) -> Seat | None:
    """In whose place staff see this page, and why; every page says it."""
    actor = await visit.visitor()
    if actor is None or actor.impersonator_id is None:
        return None
    async with visit.reading() as db:
        return await store_people.seat(db, actor.session_id)


async def _consent(visit: Visit, language: str) -> Notice | None:
    """The notice to answer; None for who has, for staff at work, and for staff in their place."""
    actor = await visit.visitor()
    if visit.scope["path"].startswith(("/console", "/privacy/")) or (
        actor and actor.impersonator_id
    ):
        return None
    consents = visit.part(Consents)
    return consents.notice(language) if (await consents.standing(visit)).needed else None


def language_of(scope: Scope, person: User | Actor | None = None) -> str:
    """The language asked for now, chosen before, of the profile, or of the browser."""
    chosen = cookies_of(scope).get(LANGUAGE_COOKIE)
    for language in (query_of(scope).get("lang"), chosen, person and person.locale):
        if language in LANGUAGES:
            return str(language)
    return best_of(accepted(header_of(scope, b"accept-language")))


def language_cookie(language: str, cookies: Cookies) -> Cookie:
    """Remembers a choice of language."""
    return Cookie(
        LANGUAGE_COOKIE,
        value=language,
        max_age=YEAR,
        path="/",
        secure=cookies.over_tls,
        httponly=True,
        samesite="lax",
    )


def mistakes(refusal: Refusal, language: str) -> dict[str, str]:
    """A refusal as messages beside the fields of a form; `form` when it is about all of it."""
    if isinstance(refusal.details, list):
        found: dict[str, list[str]] = {}
        for one in refusal.details:
            found.setdefault(one["field"], []).append(said(language, one))
        return {field: " ".join(messages) for field, messages in found.items()}
    return {"form": translate(language, refusal.message)}


def query_of(scope: Scope) -> dict[str, str]:
    """The query of the address; of a repeated name the first."""
    parsed = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return {name: values[0] for name, values in parsed.items()}


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by lower-case name."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _csrf(scope: Scope, cookies: Cookies) -> tuple[str, Cookie | None]:
    """The token for the page's forms, and its cookie when the browser needs a new one."""
    given = cookies_of(scope)
    session = given.get(cookies.session_name, "")
    token = given.get(CSRF_COOKIE, "")
    if token and cookies.csrf.fits(token, session):
        return token, None
    cookie = cookies.visitor(session)
    return str(cookie.value), cookie


def _languages(path: str, query: Mapping[str, str]) -> list[dict[str, str]]:
    path = "/" + path.lstrip("/\\")
    others = {name: value for name, value in query.items() if name not in ("lang", "notice")}
    return [
        {"code": code, "name": name, "href": f"{path}?{urlencode({**others, 'lang': code})}"}
        for code, name in LANGUAGES.items()
    ]


def _notice(name: str | None, language: str) -> dict[str, str] | None:
    if name not in NOTICES:
        return None
    kind, text = NOTICES[name]
    return {"kind": kind, "text": translate(language, text)}


def _told(person: User | None, language: str) -> dict[str, Any] | None:
    if person is None:
        return None
    leaves = person.deletion_at
    return {
        "id": str(person.id),
        "email": person.email,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "initials": (person.first_name[:1] + person.last_name[:1]).upper(),
        "avatarUrl": person.avatar_url,
        "leavesOn": day(leaves, language, person.time_zone) if leaves else None,
        "emailVerified": person.is_verified,
        "staffRole": person.staff_role,
    }
