"""The JSON of editions of the steps, and of plans to change them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from firstmile.onboarding.changing.editions import Edition
from firstmile.onboarding.changing.plan_words import as_document
from firstmile.onboarding.changing.plans import Plan, Sums
from firstmile.onboarding.files.writing import written, written_moves

Steps = Annotated[str, msgspec.Meta(max_length=200_000)]
Moves = Annotated[str, msgspec.Meta(max_length=20_000)]


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class WantedIn(Wire, kw_only=True):
    """Steps as YAML, and the moves that lead to them, as the file of a migration."""

    steps: Steps
    moves: Moves = ""


class ApplyIn(WantedIn, kw_only=True):
    """The same with a reason; `plan` is the digest of the plan that was looked at."""

    reason: str
    plan: str


class UndoIn(Wire, kw_only=True):
    """Why an edition is undone; `plan` is the digest of the plan that was looked at."""

    reason: str
    plan: str


class GroupOut(Wire, kw_only=True):
    """People of the same roles and market who go from the same statuses to the same."""

    people: int
    roles: list[str]
    market: str | None
    from_: dict[str, str] = msgspec.field(name="from")
    to: dict[str, str]
    progress: dict[str, int]
    completed: bool
    reopened: bool
    activated: bool
    deactivated: bool
    blocked: list[str]


class PlanOut(Wire, kw_only=True):
    """What a change would do; `undoes` is the edition it would take back.

    `renamed` has the new keys of steps by those they had. The groups name steps by the new ones.
    """

    digest: str
    edition: int
    is_nothing: bool
    added: list[str]
    changed: list[str]
    removed: list[str]
    renamed: dict[str, str]
    sums: Sums
    groups: list[GroupOut]
    undoes: int | None = None

    @classmethod
    def of(cls, plan: Plan, undoes: int | None = None) -> "PlanOut":
        """A plan with its groups, the largest first."""
        document: dict[str, Any] = as_document(plan) | {"undoes": undoes}
        return msgspec.convert(document, cls)


class EditionOut(Wire, kw_only=True):
    """What was put into force, by whom, when and why. Steps and moves as YAML."""

    number: int
    applied_at: datetime
    author: str
    author_id: UUID | None
    reason: str
    sums: Sums
    undoes: int | None
    steps: str
    moves: str

    @classmethod
    def of(cls, edition: Edition) -> "EditionOut":
        """As it is kept."""
        return cls(
            number=edition.number,
            applied_at=edition.applied_at,
            author=edition.author.name,
            author_id=edition.author.user_id,
            reason=edition.reason,
            sums=edition.sums,
            undoes=edition.undoes,
            steps=written(edition.definitions),
            moves=written_moves(edition.moves) if edition.moves else "",
        )


class EditionsOut(Wire, kw_only=True):
    """Every edition, the newest first."""

    items: list[EditionOut]


class ExportOut(Wire, kw_only=True):
    """What is in force: the steps as YAML, and every migration made by now, by its name."""

    edition: int
    steps: str
    migrations: dict[str, str]
