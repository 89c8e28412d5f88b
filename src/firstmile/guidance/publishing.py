"""How contents change: drafts, publishing, rolling back; every act stands in the ledger."""

from dataclasses import dataclass

import msgspec

from firstmile.guidance import store
from firstmile.guidance.events import GuidancePublished
from firstmile.guidance.guide import TOPIC
from firstmile.guidance.lint import Finding, Level, Surroundings, findings
from firstmile.guidance.models import (
    Act,
    Author,
    Content,
    Draft,
    Edition,
    Entry,
    no_such_content,
    nothing_before,
)
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Stale
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints

MOST_REASON = 500  # characters


@dataclass(frozen=True)
class Wish:
    """Who wants something for a content in an environment, and why."""

    environment: str
    key: str
    author: Author
    reason: str


async def save(
    work: Work, content: Content, author: Author, seen: int, around: Surroundings
) -> Draft:
    """Write a draft. Raises Invalid for what is broken, Stale when somebody else wrote since."""
    broken = [one for one in findings(content, around) if one.level is Level.BROKEN]
    if broken:
        raise refused(broken)
    if not await store.save_draft(work.db, content, seen, author, work.now):
        now = await store.draft(work.db, content.key)
        raise Stale(N_("Somebody else changed it since you looked."), details=_told(now))
    return await known_draft(work, content.key)


async def archive(work: Work, key: str) -> None:
    """Put a content away; Conflict while it is published somewhere."""
    draft = await store.lock_draft(work.db, key)
    if draft is None:
        raise no_such_content()
    if (await store.published(work.db)).get(key):
        raise Conflict(N_("It is published. Withdraw it first."), error="still_published")
    await store.archive_draft(work.db, key, work.now)


async def publish(
    work: Work, hints: Hints, wish: Wish, *, seen: int, around: Surroundings, override: str = ""
) -> Edition:
    """Put the draft that was `seen` into force, as an edition that never changes.

    Raises Stale when the draft is another by now, and Invalid for errors; those that may be
    overridden pass with a reason in `override`. The same again changes nothing.
    """
    reason = _reason(wish.reason)
    draft = await store.lock_draft(work.db, wish.key)
    if draft is None:
        raise no_such_content()
    if draft.row_version != seen:
        raise Stale(N_("Somebody else changed it since you looked."), details=_told(draft))
    errors = [one for one in findings(draft.content, around) if one.level is not Level.WARNING]
    if [one for one in errors if not (one.may_be_overridden and override.strip())]:
        raise refused(errors)
    edition = await _edition_of(work, draft, wish.author)
    before = await store.published_version(work.db, wish.environment, wish.key)
    if before != edition.version:
        used = override.strip() if errors else ""
        await _enter(
            work,
            hints,
            wish,
            Act.PUBLISHED,
            edition.version,
            before=before,
            reason=reason,
            override=used,
        )
    return edition


async def roll_back(work: Work, hints: Hints, wish: Wish, *, version: int | None = None) -> Edition:
    """Put what was in force before back, or the edition of this number.

    Raises Conflict when nothing was, and NotFound for an edition that is not there.
    """
    reason = _reason(wish.reason)
    if await store.lock_draft(work.db, wish.key) is None:
        raise no_such_content()
    latest = await store.ledger(work.db, key=wish.key, environment=wish.environment, most=1)
    wanted = version if version is not None else (latest[0].before if latest else None)
    if wanted is None:
        raise nothing_before()
    edition = await store.edition(work.db, wish.key, wanted)
    if edition is None:
        raise NotFound(N_("There is no such version."))
    before = await store.published_version(work.db, wish.environment, wish.key)
    if before != wanted:
        await _enter(work, hints, wish, Act.ROLLED_BACK, wanted, before=before, reason=reason)
    return edition


async def withdraw(work: Work, hints: Hints, wish: Wish) -> None:
    """Publish nothing under a key in an environment; what is withdrawn already stays so."""
    reason = _reason(wish.reason)
    if await store.lock_draft(work.db, wish.key) is None:
        raise no_such_content()
    before = await store.published_version(work.db, wish.environment, wish.key)
    if before is not None:
        await _enter(work, hints, wish, Act.WITHDRAWN, None, before=before, reason=reason)


async def known_draft(work: Work, key: str) -> Draft:
    """The draft of a content; NotFound when there is none."""
    draft = await store.draft(work.db, key)
    if draft is None:
        raise no_such_content()
    return draft


def refused(found: list[Finding]) -> Invalid:
    """The answer for a content that cannot be saved, or published."""
    return Invalid(
        N_("Some of this needs another look."),
        details=[
            {"field": one.at, "message": one.message, "code": one.code, "about": one.about}
            for one in found
        ],
    )


async def _edition_of(work: Work, draft: Draft, author: Author) -> Edition:
    """The edition that says what the draft says: the last one, or a new one."""
    known = await store.editions(work.db, draft.content.key)
    if known and known[0].content == draft.content:
        return known[0]
    version = known[0].version + 1 if known else 1
    edition = Edition(draft.content, version, author.name, work.now)
    await store.add_edition(work.db, edition, author)
    return edition


async def _enter(
    work: Work,
    hints: Hints,
    wish: Wish,
    act: Act,
    version: int | None,
    *,
    before: int | None,
    reason: str,
    override: str = "",
) -> None:
    """Do it, write it down, and tell every process."""
    if version is None:
        await store.withdraw(work.db, wish.environment, wish.key)
    else:
        await store.put_in_force(work.db, wish.environment, wish.key, version)
    entry = Entry(
        0,
        wish.environment,
        wish.key,
        act,
        version,
        before,
        wish.author.name,
        wish.author.user_id,
        reason,
        work.now,
        override,
    )
    await store.add_entry(work.db, entry)
    work.announce(_event(entry))
    await hints.tell_with(work, TOPIC, wish.environment)


def _event(entry: Entry) -> GuidancePublished:
    return GuidancePublished(
        environment=entry.environment,
        key=entry.key,
        act=entry.act,
        version=entry.version,
        author_id=entry.author_id,
        author=entry.author,
        reason=entry.reason,
    )


def _reason(reason: str) -> str:
    clean = reason.strip()
    if not clean:
        raise Invalid.field("reason", N_("Say why. It stands in the history."))
    if len(clean) > MOST_REASON:
        raise Invalid.field("reason", N_("Say it in 500 characters."))
    return clean


def _told(draft: Draft | None) -> dict[str, object] | None:
    if draft is None:
        return None
    return {"rowVersion": draft.row_version, "content": msgspec.to_builtins(draft.content)}
