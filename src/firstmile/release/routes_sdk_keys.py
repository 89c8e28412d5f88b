"""HTTP of SDK keys: see them, make one, revoke one."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store_sdk_keys
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.routes_flags import author_of
from firstmile.release.schemas_ofrep import NewSdkKeyOut, SdkKeyIn, SdkKeyOut, SdkKeysOut
from firstmile.release.sdk_keys import SdkKeys

Reason = Annotated[str, QueryParameter(max_length=500, description="Why; it is kept for a year")]
NO_REASON = "By the API."
KEYS = "/environments/{environment:str}/sdk-keys"


@get(KEYS, guards=[as_staff(FLAGS_READ)], responses=problems(400, 401, 403, 503))
async def list_sdk_keys(visit: Visiting, environment: FromPath[str]) -> SdkKeysOut:
    """The keys of an environment, newest first; no text can be read again."""
    async with visit.reading() as db:
        keys = await store_sdk_keys.keys_of(db, environment)
    return SdkKeysOut([SdkKeyOut.of(key) for key in keys])


@post(KEYS, guards=[as_staff(FLAGS_CHANGE)], responses=problems(*BODY, 401, 404, 409, 503))
async def post_sdk_key(
    visit: Visiting, environment: FromPath[str], data: JSONBody[SdkKeyIn]
) -> NewSdkKeyOut:
    """Make a key, shown this once; whoever makes one confirms that it is them."""
    author = await author_of(visit)
    key, secret = await visit.part(SdkKeys).make(
        await visit.work(),
        visit.part(Hints),
        author,
        environment=environment,
        kind=data.kind,
        name=data.name,
    )
    return NewSdkKeyOut(SdkKeyOut.of(key), secret)


@delete(
    "/sdk-keys/{key_id:uuid}",
    guards=[as_staff(FLAGS_CHANGE)],
    responses=problems(400, 401, 403, 404, 422, 503),
)
async def delete_sdk_key(
    visit: Visiting, key_id: FromPath[UUID], reason: Reason = NO_REASON
) -> None:
    """Revoke a key: every replica hears of it, and it opens nothing from then on."""
    author = await author_of(visit)
    await visit.part(SdkKeys).revoke(await visit.work(), visit.part(Hints), author, key_id, reason)


router = Router(
    path="/api/v1/admin",
    route_handlers=[list_sdk_keys, post_sdk_key, delete_sdk_key],
    tags=["SDK keys"],
)
