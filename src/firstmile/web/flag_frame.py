"""What every page about flags begins with: its environment, the language, and who may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response

from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Works
from firstmile.release import store, store_proposals
from firstmile.release.models import (
    Environment,
    FlagRow,
    SegmentRow,
    no_such_environment,
    no_such_flag,
    no_such_segment,
)
from firstmile.release.permissions import FLAGS_CHANGE
from firstmile.web.console import console_page
from firstmile.web.flag_words import Words
from firstmile.web.rendering import language_of, person_of


@dataclass(frozen=True)
class Frame:
    """The environment a page is about, and how it is said."""

    visit: Visit
    environment: Environment
    environments: tuple[Environment, ...]
    words: Words
    now: datetime
    may_change: bool

    @property
    def name(self) -> str:
        """The name of the environment."""
        return self.environment.name

    async def page(
        self, template: str, tab: str, *, status: int = 200, **words: Any
    ) -> Response[str]:
        """A page in the frame of flags; `tab` is the part of it, as its address has it."""
        async with self.visit.reading() as db:
            waiting = await store_proposals.count_open(db, self.name)
        frame = {
            "environment": self.name,
            "four_eyes": self.environment.four_eyes,
            "environments": [
                {"name": one.name, "href": f"/console/{tab}/{one.name}"}
                for one in self.environments
            ],
            "tab": tab,
            "waiting": waiting,
            "may_change": self.may_change,
        }
        return await console_page(self.visit, template, status=status, **(frame | words))


async def frame_of(visit: Visit, environment: str) -> Frame:
    """The frame of an environment's pages; raises NotFound for one that is not there."""
    actor = await visit.actor()
    async with visit.reading() as db:
        environments = await store.environments(db)
    by_name: Mapping[str, Environment] = {one.name: one for one in environments}
    if environment not in by_name:
        raise no_such_environment()
    return Frame(
        visit,
        by_name[environment],
        tuple(environments),
        Words(language_of(visit.scope, await person_of(visit))),
        visit.part(Works).clock(),
        actor.staff_role in FLAGS_CHANGE.roles,
    )


async def known_flag(visit: Visit, environment: str, key: str) -> FlagRow:
    """A flag, archived or not; raises NotFound."""
    async with visit.reading() as db:
        row = await store.flag(db, environment, key)
    if row is None:
        raise no_such_flag()
    return row


async def known_segment(visit: Visit, environment: str, key: str) -> SegmentRow:
    """A segment; raises NotFound."""
    async with visit.reading() as db:
        row = await store.segment(db, environment, key)
    if row is None:
        raise no_such_segment()
    return row
