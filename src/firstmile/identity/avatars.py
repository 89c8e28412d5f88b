"""The picture of a person."""

from firstmile.identity import store, store_account
from firstmile.identity.events import AvatarChanged
from firstmile.identity.models import User
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Actor
from firstmile.kernel.work import Work
from firstmile.protect.files import WHOLE, Files
from firstmile.protect.incoming import Incoming
from firstmile.protect.store_files import Audience, File

FIELD = "file"
SMALL = "small"
# Pixels: as large as a page shows a person on a dense screen, and as the header does.
SIDES = {WHOLE: 512, SMALL: 128}


class Avatars:
    """Takes pictures of people. Whoever is signed in may see them; nobody else."""

    def __init__(self, files: Files, sessions: Sessions) -> None:
        self._files = files
        self._sessions = sessions

    async def take(self, actor: Actor, form: Incoming) -> File:
        """Read a picture from a form and make it harmless, while no transaction is open.

        Raises TooLarge, Invalid and Unavailable.
        """
        sent = await form.file(FIELD)
        return await self._files.picture(actor.user_id, sent, SIDES, audience=Audience.SIGNED_IN)

    async def put(self, work: Work, actor: Actor, picture: File) -> User:
        """The picture is theirs from now on; the one before goes after the commit."""
        # The person first: the row of a file holds theirs, and two that hold it would both wait.
        await store.lock_user(work.db, actor.user_id)
        await self._files.note(work, picture)
        return await self._set(work, actor, picture)

    async def remove(self, work: Work, actor: Actor) -> User:
        """They have none from now on."""
        await store.lock_user(work.db, actor.user_id)
        return await self._set(work, actor, None)

    async def _set(self, work: Work, actor: Actor, picture: File | None) -> User:
        former = await store_account.set_avatar(
            work.db, actor.user_id, picture.id if picture else None, work.now
        )
        if former is not None:
            await self._files.forget(work, actor.user_id, former)
        if former is not None or picture is not None:
            work.announce(AvatarChanged(user_id=actor.user_id))
            await self._sessions.changed(work, actor.user_id)
        return await store.user_by_id(work.db, actor.user_id)
