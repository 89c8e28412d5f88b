"""The pages of a project's API keys."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath

from firstmile.identity import store_api_keys
from firstmile.identity.api_keys import ApiKeys
from firstmile.identity.guards import in_project, standing
from firstmile.identity.permissions import KEYS_CHANGE, KEYS_READ
from firstmile.identity.project_models import ApiKey
from firstmile.kernel.refusals import NotFound, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import ago, day
from firstmile.web.project_frame import ONE, Page, again, path_of, project_page, told_in
from firstmile.web.rendering import person_of

KEYS, NEW = "project_keys.html", "project_key_new.html"
LIVES = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}
SCOPE = "scope."


@get(f"{ONE}/keys", guards=[in_project(KEYS_READ)])
async def keys_page(visit: Visiting) -> Page:
    """The keys, what each may do, and when it was last used."""
    return await project_page(visit, KEYS, keys=await _keys(visit))


@get(f"{ONE}/keys/new", guards=[in_project(KEYS_CHANGE)])
async def new_page(visit: Visiting) -> Page:
    """The form that makes a key."""
    unconfirmed = await confirm_first(visit, path_of(standing(visit), "/keys/new"))
    return unconfirmed or await project_page(visit, NEW, scopes=_scopes(visit), form={"life": "90"})


@post(f"{ONE}/keys/new", guards=[in_project(KEYS_CHANGE)])
async def make(visit: Visiting, request: AnyRequest) -> Page:
    """Make it, and show it this once."""
    here, form = standing(visit), await fields_of(request)
    if unconfirmed := await confirm_first(visit, path_of(here, "/keys/new")):
        return unconfirmed
    actor = await fresh_actor(visit)
    try:
        key, secret = await visit.part(ApiKeys).create(
            await visit.work(),
            actor,
            here.project.id,
            name=form.get("name", ""),
            scopes=[name.removeprefix(SCOPE) for name in form if name.startswith(SCOPE)],
            expires_at=_end_of(visit, form.get("life", "")),
        )
    except Refusal as refusal:
        return await again(visit, NEW, refusal, scopes=_scopes(visit), form=form)
    return await project_page(visit, "project_key_made.html", key=key, secret=secret)


@get(f"{ONE}/keys/{{key_id:uuid}}/revoke", guards=[in_project(KEYS_CHANGE)])
async def revoke_page(visit: Visiting, key_id: FromPath[UUID]) -> Page:
    """What revoking a key means, before it is done."""
    keys = await _keys(visit)
    key = next((one for one in keys if one["id"] == str(key_id)), None)
    if key is None:
        return see(path_of(standing(visit), "/keys"))
    return await project_page(visit, "project_key_revoke.html", key=key)


@post(f"{ONE}/keys/{{key_id:uuid}}/revoke", guards=[in_project(KEYS_CHANGE)])
async def revoke(visit: Visiting, key_id: FromPath[UUID]) -> Page:
    """Close a key for good."""
    here = standing(visit)
    try:
        await visit.part(ApiKeys).revoke(await visit.work(), here.member, here.project.id, key_id)
    except NotFound:
        return see(path_of(here, "/keys"))
    return see(path_of(here, "/keys?notice=key-revoked"))


async def _keys(visit: Visit) -> list[dict[str, Any]]:
    person = await person_of(visit)
    language, zone = told_in(visit, person), person.time_zone if person else None
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        keys = await store_api_keys.keys_of(db, standing(visit).project.id, now)
    return [_told(key, now, language, zone) for key in keys]


def _told(key: ApiKey, now: datetime, language: str, zone: str | None) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "label": key.label,
        "scopes": key.scopes,
        "creator": key.creator_name,
        "created": day(key.created_at, language, zone),
        "expires": day(key.expires_at, language, zone) if key.expires_at else None,
        "used": ago(key.last_used_at, now, language) if key.last_used_at else None,
    }


def _scopes(visit: Visit) -> list[dict[str, str]]:
    """What a key may be allowed, in words."""
    return [
        {"field": f"{SCOPE}{one.name}", "name": one.name, "what": one.what}
        for one in visit.part(ApiKeys).scopes
    ]


def _end_of(visit: Visit, life: str) -> datetime | None:
    return visit.part(Works).clock() + LIVES[life] if life in LIVES else None


router = Router(
    path="/",
    route_handlers=[keys_page, new_page, make, revoke_page, revoke],
    include_in_schema=False,
)
