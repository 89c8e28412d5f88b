"""What people say about themselves."""

from typing import Any

from firstmile.identity import store
from firstmile.identity.events import MarketChosen, ProfileCompleted
from firstmile.identity.models import Complaints, User
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.work import Work

JOB_TITLE_LENGTH = 80


def checked_profile(given: dict[str, Any]) -> dict[str, Any]:
    """The given fields in their normal form; raises Invalid with all that is wrong.

    Fields are first_name, last_name, job_title, time_zone, locale and market; None means
    "leave it as it is". An empty job title removes it.
    """
    complaints = Complaints()
    changes = {field: value for field, value in given.items() if value is not None}
    for field, missing in (
        ("first_name", N_("Tell us your first name.")),
        ("last_name", N_("Tell us your last name.")),
    ):
        if field in changes:
            changes[field] = complaints.name(_wire(field), changes[field], missing=missing)
    if changes.get("job_title", "").strip():
        changes["job_title"] = complaints.text(
            "jobTitle", changes["job_title"], most=JOB_TITLE_LENGTH, missing=""
        )
    elif "job_title" in changes:
        changes["job_title"] = ""
    for field, check in (
        ("time_zone", complaints.time_zone),
        ("market", complaints.market),
        ("locale", complaints.locale),
    ):
        if field in changes:
            check(_wire(field), changes[field])
    complaints.raise_any()
    return changes


async def change_profile(
    work: Work, sessions: Sessions, actor: Actor, changes: dict[str, Any]
) -> User:
    """Change one's own profile with fields that `checked_profile` gave."""
    user = await store.set_profile(work.db, actor.user_id, changes, work.now)
    if user.has_complete_profile:
        work.announce(ProfileCompleted(user_id=user.id))
    if "market" in changes and user.market is not None:
        work.announce(MarketChosen(user_id=user.id, market=user.market))
    await sessions.changed(work, user.id)
    return user


def _wire(field: str) -> str:
    head, *rest = field.split("_")
    return head + "".join(word.capitalize() for word in rest)
