"""What the verbs about guidance do once their words are read."""

from collections.abc import Sequence

from firstmile.guidance import store
from firstmile.guidance.files import Planned, planned, written
from firstmile.guidance.lint import Finding, Surroundings, findings
from firstmile.guidance.models import Author, Content
from firstmile.guidance.publishing import Wish, publish, save, withdraw
from firstmile.guidance.registry import Registry
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.work import Work
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.opening import opened

CLI = Author("cli")


async def export(settings: Settings, environment: str | None) -> str:
    """What is in force in an environment, as a file."""
    async with opened(settings) as service, service.database.lease() as db:
        return written(one for one, _ in await store.in_force(db, _named(service, environment)))


async def lint(
    settings: Settings, contents: Sequence[Content], environment: str | None
) -> list[tuple[str, Finding]]:
    """All there is to say of contents in an environment, by the key of each."""
    async with opened(settings) as service:
        around = await _around(service, _named(service, environment))
        return [(one.key, finding) for one in contents for finding in findings(one, around)]


async def plan(
    settings: Settings, contents: Sequence[Content], environment: str | None, *, prune: bool
) -> Planned:
    """What applying would do; changes nothing."""
    async with opened(settings) as service, service.works.begin() as work:
        return await _planned(work, contents, _named(service, environment), prune=prune)


async def apply(
    settings: Settings,
    contents: Sequence[Content],
    environment: str | None,
    *,
    seen: Planned,
    prune: bool,
    reason: str,
    override: str,
) -> None:
    """Publish what a file says that is not in force, through the door of the console, or nothing.

    To `prune` is to withdraw what it does not hold; drafts and versions of that stay.

    Raises Conflict when the plan is another by now, or somebody has a draft that would be lost.
    """
    async with opened(settings) as service:
        name = _named(service, environment)
        around = await _around(service, name)
        async with service.works.begin() as work:
            found = await _planned(work, contents, name, prune=prune)
            if found != seen:
                raise Conflict(N_("Something was published since. Look at the plan again."))
            for content in found.to_publish:
                row_version = await _write(work, content, around)
                wish = Wish(name, content.key, CLI, reason)
                await publish(
                    work,
                    service.hints,
                    wish,
                    seen=row_version,
                    around=around,
                    override=override,
                )
            for key in found.withdrawn:
                await withdraw(work, service.hints, Wish(name, key, CLI, reason))


async def _write(work: Work, content: Content, around: Surroundings) -> int:
    """Make it the draft; the row version it has then."""
    draft = await store.lock_draft(work.db, content.key)
    if draft is None:
        return (await save(work, content, CLI, 0, around)).row_version
    if draft.content == content:
        return draft.row_version
    editions = await store.editions(work.db, content.key)
    if all(draft.content != one.content for one in editions):
        raise Conflict(
            N_("Somebody is writing this in the console. Publish or undo that draft first."),
            details={"key": content.key, "author": draft.author},
        )
    return (await save(work, content, CLI, draft.row_version, around)).row_version


async def _planned(
    work: Work, contents: Sequence[Content], environment: str, *, prune: bool
) -> Planned:
    in_force = await store.in_force(work.db, environment)
    return planned(contents, {one.key: one for one, _ in in_force}, prune=prune)


async def _around(service: Service, environment: str) -> Surroundings:
    await service.catalogue.load(service.database)
    await service.releasing.flags.load(service.database)
    return service.parts.get(Registry).around(environment, service.works.clock())


def _named(service: Service, environment: str | None) -> str:
    return environment or service.releasing.flags.environment
