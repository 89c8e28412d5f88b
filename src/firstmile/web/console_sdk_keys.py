"""The console's pages of SDK keys: which there are, one more, and the end of one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_people
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid, NotFound, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.release import store, store_sdk_keys
from firstmile.release.catalogue import Flags
from firstmile.release.models import Author, KeyKind, SdkKey
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.sdk_keys import PREFIXES, SdkKeys, no_such_key
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import ago, day
from firstmile.web.rendering import language_of, mistakes, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/sdk-keys"
ONE = f"{PATH}/{{key_id:uuid}}/revoke"
CHANGE = [as_staff(FLAGS_CHANGE)]
REVOKED = 10
HOLDERS = {KeyKind.SERVER: N_("Server"), KeyKind.CLIENT: N_("Browser")}
SEEN = {
    KeyKind.SERVER: N_("It sees every flag with its rules. The key is a secret."),
    KeyKind.CLIENT: N_("Or an app: it sees public flags alone. The key is no secret."),
}


@get(PATH, guards=[as_staff(FLAGS_READ)])
async def keys_page(visit: Visiting) -> Page:
    """The keys by environment, when each was used last, and those that were revoked."""
    actor = await visit.actor()
    async with visit.reading() as db:
        environments = [one.name for one in await store.environments(db)]
        keys = {name: await store_sdk_keys.keys_of(db, name) for name in environments}
        revoked = await store_sdk_keys.revoked(db, REVOKED)
        every = [*revoked, *(key for found in keys.values() for key in found)]
        words = await _words(visit, db, every)
    return await console_page(
        visit,
        "console_sdk_keys.html",
        environments=[
            {"name": name, "keys": [words.told(key) for key in found]}
            for name, found in keys.items()
        ],
        revoked=[words.told(key) for key in revoked],
        may_change=actor.staff_role in FLAGS_CHANGE.roles,
    )


@get(f"{PATH}/new", guards=CHANGE)
async def new_page(visit: Visiting) -> Page:
    """The form that makes a key, for the environment the page before was about."""
    asked = query_of(visit.scope).get("environment") or visit.part(Flags).environment
    if first := await confirm_first(visit, f"{PATH}/new"):
        return first
    return await _form(visit, form={"environment": asked, "kind": str(KeyKind.SERVER)})


@post(f"{PATH}/new", guards=CHANGE)
async def make(visit: Visiting, request: AnyRequest) -> Page:
    """Make it, and show it this once."""
    form = await fields_of(request)
    if first := await confirm_first(visit, f"{PATH}/new"):
        return first
    try:
        if form.get("kind") not in set(KeyKind):
            raise Invalid.field("kind", N_("Say who will hold it."))
        key, secret = await visit.part(SdkKeys).make(
            await visit.work(),
            visit.part(Hints),
            await _author(visit),
            environment=form.get("environment", ""),
            kind=KeyKind(form["kind"]),
            name=form.get("name", ""),
        )
    except Refusal as refusal:
        errors = mistakes(refusal, await _language(visit))
        return await _form(visit, status=status_of(refusal), form=form, errors=errors)
    told = {"name": key.name, "environment": key.environment, "is_secret": not key.sees_public_only}
    return await console_page(visit, "console_sdk_key_made.html", key=told, secret=secret)


@get(ONE, guards=CHANGE)
async def revoke_page(visit: Visiting, key_id: FromPath[UUID]) -> Page:
    """What revoking a key means, before it is done."""
    if first := await confirm_first(visit, f"{PATH}/{key_id}/revoke"):
        return first
    return await _revoking(visit, key_id)


@post(ONE, guards=CHANGE)
async def revoke(visit: Visiting, key_id: FromPath[UUID], request: AnyRequest) -> Page:
    """Let it open nothing from now on."""
    form = await fields_of(request)
    if first := await confirm_first(visit, f"{PATH}/{key_id}/revoke"):
        return first
    author, reason = await _author(visit), form.get("reason", "")
    try:
        await visit.part(SdkKeys).revoke(
            await visit.work(), visit.part(Hints), author, key_id, reason
        )
    except Invalid as refusal:
        errors = mistakes(refusal, await _language(visit))
        return await _revoking(visit, key_id, status=status_of(refusal), form=form, errors=errors)
    except NotFound:  # somebody else was faster
        return see(PATH)
    return see(f"{PATH}?notice=key-revoked")


async def _form(visit: Visit, *, status: int = 200, **words: Any) -> Page:
    language = await _language(visit)
    async with visit.reading() as db:
        environments = [one.name for one in await store.environments(db)]
    return await console_page(
        visit,
        "console_sdk_key_new.html",
        status=status,
        environments=[{"code": name, "name": name} for name in environments],
        kinds=[
            {
                "code": str(kind),
                "name": translate(language, HOLDERS[kind]),
                "what": translate(language, SEEN[kind]),
            }
            for kind in KeyKind
        ],
        **words,
    )


async def _revoking(visit: Visit, key_id: UUID, *, status: int = 200, **words: Any) -> Page:
    async with visit.reading() as db:
        key = await store_sdk_keys.key(db, key_id)
        if key is None:
            raise no_such_key()
        told = (await _words(visit, db, [key])).told(key)
    return await console_page(
        visit, "console_sdk_key_revoke.html", status=status, key=told, **words
    )


async def _author(visit: Visit) -> Author:
    return Author("staff", (await fresh_actor(visit)).user_id)


async def _language(visit: Visit) -> str:
    return language_of(visit.scope, await person_of(visit))


async def _words(visit: Visit, db: Connection, keys: Iterable[SdkKey]) -> "_Words":
    people = {one for key in keys for one in (key.creator_id, key.revoker_id)}
    names = await store_people.names_of(db, [one for one in people if one is not None])
    return _Words(await _language(visit), names, visit.part(Works).clock())


class _Words:
    """Keys in the words of a page."""

    def __init__(self, language: str, names: dict[UUID, str], now: datetime) -> None:
        self._language = language
        self._names = names
        self._now = now

    def told(self, key: SdkKey) -> dict[str, Any]:
        """A key; of its text what may be shown."""
        return {
            "href": f"{PATH}/{key.id}/revoke",
            "name": key.name,
            "environment": key.environment,
            "text": f"{PREFIXES[key.kind]}_{key.label}_…",
            "holder": translate(self._language, HOLDERS[key.kind]),
            "is_secret": not key.sees_public_only,
            "made_by": self._name(key.creator_id),
            "made": day(key.created_at, self._language, None),
            "used": ago(key.last_used_at, self._now, self._language) if key.last_used_at else None,
            "revoked": ago(key.revoked_at, self._now, self._language) if key.revoked_at else None,
            "revoked_by": self._name(key.revoker_id),
            "reason": key.revoke_reason,
        }

    def _name(self, user_id: UUID | None) -> str | None:
        return None if user_id is None else self._names.get(user_id)


router = Router(
    path="/",
    route_handlers=[keys_page, new_page, make, revoke_page, revoke],
    include_in_schema=False,
)
