"""Signed messages that were heard: each is about one step, in its very words, and counts once."""

from hashlib import sha256

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.work import Works
from firstmile.onboarding.verification import store_heard


class MessageUsed(Conflict):
    """The id of a message was used for another step, or with another body."""

    error = "message_used"

    def __init__(self) -> None:
        super().__init__(N_("This message was about something else. Give each an id of its own."))


async def bind_message(works: Works, message_id: str, key: str, body: bytes) -> None:
    """Note that a message is about a step; raises MessageUsed where it is about another.

    The signature holds no address, so the same message could be sent to every step. It is noted
    in a transaction of its own: whatever comes of the verdict, it stays about this step.
    """
    about = sha256(key.encode() + b"\0" + body).digest()
    async with works.begin() as work:
        bound = await store_heard.bind(work.db, message_id, about, work.now)
    if bound != about:
        raise MessageUsed
