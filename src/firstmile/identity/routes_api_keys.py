"""HTTP of API keys: see them, make one, revoke one."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_api_keys
from firstmile.identity.api_keys import ApiKeys
from firstmile.identity.guards import in_project, standing
from firstmile.identity.permissions import KEYS_CHANGE, KEYS_READ
from firstmile.identity.schemas_projects import KeyIn, KeyOut, KeysOut, NewKeyOut
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor

KEYS = "/projects/{project_id:uuid}/keys"
SEEN = problems(400, 401, 403, 404, 409, 503)


@get(KEYS, guards=[in_project(KEYS_READ, by_key=True)], responses=SEEN)
async def list_keys(visit: Visiting, project_id: FromPath[UUID]) -> KeysOut:
    """The keys that open something, newest first; no secret can be read again."""
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        keys = await store_api_keys.keys_of(db, project_id, now)
    return KeysOut(items=[KeyOut.of(key) for key in keys])


@post(KEYS, guards=[in_project(KEYS_CHANGE)], responses=problems(*BODY, 401, 404, 409, 503))
async def post_key(visit: Visiting, project_id: FromPath[UUID], data: JSONBody[KeyIn]) -> NewKeyOut:
    """Make a key, shown this once; whoever makes one confirms that it is them."""
    actor = await fresh_actor(visit)
    key, secret = await visit.part(ApiKeys).create(
        await visit.work(),
        actor,
        project_id,
        name=data.name,
        scopes=data.scopes,
        expires_at=data.expires_at,
    )
    return NewKeyOut(key=KeyOut.of(key), secret=secret)


@delete(KEYS + "/{key_id:uuid}", guards=[in_project(KEYS_CHANGE)], responses=SEEN)
async def delete_key(visit: Visiting, project_id: FromPath[UUID], key_id: FromPath[UUID]) -> None:
    """Revoke a key; on every replica it opens nothing from this moment on."""
    actor = standing(visit).member
    await visit.part(ApiKeys).revoke(await visit.work(), actor, project_id, key_id)


router = Router(path="/api/v1", route_handlers=[list_keys, post_key, delete_key], tags=["API keys"])
