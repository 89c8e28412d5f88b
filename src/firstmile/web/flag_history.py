"""Who changed flags, when and why, with people's names."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from firstmile.identity import store_people
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_
from firstmile.release.models import Author, Proposal, Revision, State
from firstmile.web.flag_diff import told_change
from firstmile.web.flag_words import Words
from firstmile.web.moments import told_moment

STATES = {
    State.OPEN: N_("waits for a second person"),
    State.PUBLISHED: N_("published"),
    State.DECLINED: N_("turned down"),
    State.WITHDRAWN: N_("taken back"),
}
PARTS = {
    "command": N_("the command line"),
    "rollout": N_("a rollout"),
    "import": N_("an import"),
    "demo": N_("the demo"),
}


async def told_revisions(
    db: Connection, found: list[Revision], now: datetime, words: Words
) -> list[dict[str, Any]]:
    """Changes as templates know them."""
    names = await _names(db, (side for one in found for side in (one.author, one.approver)))
    return [
        {
            "revision": one.revision,
            "environment": one.environment,
            "subject": str(one.subject),
            "key": one.key,
            "by": said_author(one.author, names, words),
            "with": said_author(one.approver, names, words) if one.approver else None,
            "is_emergency": one.is_emergency,
            "reason": one.reason,
            "lines": told_change(one.before, one.after, words),
            **told_moment(one.changed_at, now, words.language),
        }
        for one in found
    ]


async def told_latest(
    db: Connection, found: list[Revision], now: datetime, words: Words
) -> dict[str, dict[str, Any]]:
    """Who changed each key last, and when."""
    names = await _names(db, (one.author for one in found))
    return {
        one.key: {
            "by": said_author(one.author, names, words),
            **told_moment(one.changed_at, now, words.language),
        }
        for one in found
    }


async def told_proposals(
    db: Connection, found: list[Proposal], now: datetime, words: Words
) -> list[dict[str, Any]]:
    """Proposals as templates know them."""
    names = await _names(
        db, (side for one in found for side in (one.change.author, one.decided_by))
    )
    return [
        {
            "id": str(one.id),
            "environment": one.change.environment,
            "subject": str(one.change.subject),
            "key": one.change.key,
            "href": f"/console/flag-proposals/{one.change.environment}/{one.id}",
            "by": said_author(one.change.author, names, words),
            "reason": one.change.reason,
            "is_open": one.state is State.OPEN,
            "state": words.say(STATES[one.state]),
            "decided_by": said_author(one.decided_by, names, words) if one.decided_by else None,
            "decided_reason": one.decided_reason,
            **told_moment(one.proposed_at, now, words.language),
        }
        for one in found
    ]


def said_author(author: Author, names: dict[Any, str], words: Words) -> str:
    """A person by name, or the part of the service that did it."""
    if author.user_id is not None:
        return names.get(author.user_id) or words.say(N_("staff who left"))
    part = PARTS.get(author.name)
    return words.say(part) if part else author.name


async def _names(db: Connection, authors: Iterable[Author | None]) -> dict[Any, str]:
    ids = {author.user_id for author in authors if author and author.user_id}
    return dict(await store_people.names_of(db, list(ids)))
