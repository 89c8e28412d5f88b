"""HTTP of one's own account: its picture, its address, its password, and its end."""

from litestar import Response, Router, delete, get, post, put
from litestar.params import JSONBody

from firstmile.identity import store, store_account
from firstmile.identity.address_changes import AddressChanges
from firstmile.identity.avatars import Avatars
from firstmile.identity.cookies import Cookies
from firstmile.identity.deletion import Deletions
from firstmile.identity.entering import browser, proof, session_cookies
from firstmile.identity.models import User
from firstmile.identity.password_changes import PasswordChanges
from firstmile.identity.policy import Method
from firstmile.identity.routes_session import tokens_of
from firstmile.identity.schemas import AddressIn, Me, SignedInOut, TokenIn, UserOut
from firstmile.identity.schemas_account import (
    AddressOut,
    DeletionOut,
    PasswordChangeIn,
    Reverted,
)
from firstmile.identity.sessions import Issued
from firstmile.kernel.access import Actor
from firstmile.kernel.openapi import BODY, TakesFile, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor, own_actor
from firstmile.protect.incoming import incoming
from firstmile.protect.limits import limit

# Who reads their own body, by method and path.
UPLOADS = frozenset({"PUT /api/v1/profile/avatar"})


async def take_avatar(visit: Visit) -> User:
    """Read, draw anew, keep, then write; used by the API and by the profile page."""
    actor = await own_actor(visit)
    avatars = visit.part(Avatars)
    picture = await avatars.take(actor, incoming(visit.scope))
    return await avatars.put(await visit.work(), actor, picture)


async def take_password(visit: Visit, actor: Actor, new: str, current: str | None) -> Issued:
    """Check, prove, hash, then write; used by the API and by the page.

    Without the present password, `actor` is one who has shown a credential lately.
    """
    changes, works = visit.part(PasswordChanges), visit.part(Works)
    async with visit.reading() as db:
        user = await store.user_by_id(db, actor.user_id)
    changes.check(user, new)
    if current is not None:
        await changes.prove(works, user, current, device_secret=browser(visit).secret)
    password_hash = await changes.hashed(new)
    shown = proof(visit, Method.PASSWORD)
    return await changes.change(await visit.work(), actor, password_hash, shown)


async def told_address(visit: Visit, actor: Actor) -> AddressOut:
    """One's address as it is now."""
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        user = await store.user_by_id(db, actor.user_id)
        change = await store_account.open_change(db, actor.user_id, now)
    return AddressOut.of(user, change)


@put(
    "/profile/avatar",
    operation_class=TakesFile,
    responses=problems(*BODY, 401, 429, 503),
    opt=limit("uploads"),
)
async def put_avatar(visit: Visiting) -> Me:
    """Take a picture of oneself from the field `file` of a form: PNG, JPEG, WebP or GIF.

    It is drawn anew as a square, and nothing else of the file is kept.
    """
    user = await take_avatar(visit)
    return Me(user=UserOut.of(user, sorted((await visit.actor()).roles)))


@delete("/profile/avatar", responses=problems(401, 403, 503))
async def delete_avatar(visit: Visiting) -> None:
    """Have no picture."""
    actor = await own_actor(visit)
    await visit.part(Avatars).remove(await visit.work(), actor)


@get("/auth/email", responses=problems(401, 503))
async def get_address(visit: Visiting) -> AddressOut:
    """One's own address, and the one that waits to be confirmed."""
    return await told_address(visit, await visit.actor())


@post("/auth/email", status_code=202, responses=problems(*BODY, 401, 429, 503), opt=limit("mail"))
async def post_address(visit: Visiting, data: JSONBody[AddressIn]) -> AddressOut:
    """Ask for another address, with a credential shown lately.

    The answer is the same whether or not the address has an account.
    """
    actor = await fresh_actor(visit)
    await visit.part(AddressChanges).ask(await visit.work(), actor.user_id, data.email)
    return await told_address(visit, actor)


@delete("/auth/email", responses=problems(401, 403, 503))
async def delete_address(visit: Visiting) -> None:
    """Leave one's address as it is after all."""
    actor = await own_actor(visit)
    await visit.part(AddressChanges).cancel(await visit.work(), actor.user_id)


@post(
    "/auth/confirm-email",
    status_code=204,
    responses=problems(*BODY, 409, 503),
    opt=limit("verification", by="token"),
)
async def confirm_address(visit: Visiting, data: JSONBody[TokenIn]) -> None:
    """Confirm the new address with the token from its mail, once."""
    await visit.part(AddressChanges).confirm(await visit.work(), data.token)


@post(
    "/auth/revert-email",
    status_code=200,
    responses=problems(*BODY, 409, 503),
    opt=limit("verification", by="token"),
)
async def revert_address(visit: Visiting, data: JSONBody[TokenIn]) -> Reverted:
    """Take the change back with the token from the mail to the former address, once.

    Every session ends and no password fits any more; the answer holds a token that sets one.
    """
    token = await visit.part(AddressChanges).revert(await visit.work(), data.token)
    return Reverted(password_token=token)


@post("/auth/password", status_code=200, responses=problems(*BODY, 401, 503), opt=limit("codes"))
async def post_password(visit: Visiting, data: JSONBody[PasswordChangeIn]) -> Response[SignedInOut]:
    """Choose another password; every other session ends, and this one goes on with new tokens."""
    is_proved = data.current_password is not None
    actor = await (own_actor(visit) if is_proved else fresh_actor(visit))
    issued = await take_password(visit, actor, data.new_password, data.current_password)
    return Response(tokens_of(issued), cookies=session_cookies(visit, issued))


@post("/auth/account/deletion", status_code=202, responses=problems(401, 403, 409, 503))
async def post_deletion(visit: Visiting) -> Response[DeletionOut]:
    """Have one's account deleted after a time of grace; every session ends now."""
    actor = await fresh_actor(visit)
    deletion_at = await visit.part(Deletions).ask(await visit.work(), actor.user_id)
    return Response(
        DeletionOut(deletion_at=deletion_at), status_code=202, cookies=visit.part(Cookies).end()
    )


@delete("/auth/account/deletion", responses=problems(401, 403, 503))
async def delete_deletion(visit: Visiting) -> None:
    """Keep one's account after all."""
    actor = await own_actor(visit)
    await visit.part(Deletions).keep(await visit.work(), actor.user_id)


router = Router(
    path="/api/v1",
    route_handlers=[
        put_avatar,
        delete_avatar,
        get_address,
        post_address,
        delete_address,
        confirm_address,
        revert_address,
        post_password,
        post_deletion,
        delete_deletion,
    ],
    tags=["Own account"],
)
