"""The JSON of the kill switch."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from firstmile.protect.switches import WHILE_OFF, Area, Off, Switches
from firstmile.release.store_replicas import Seen
from firstmile.release.store_switches import State, Use


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class SwitchedOut(Wire):
    """Whether an area is off; `off` counts one that is off with all others."""

    area: str
    off: bool


class SwitchesOut(Wire):
    """What this replica goes by, and the revision it is in."""

    revision: int
    areas: list[SwitchedOut]

    @classmethod
    def of(cls, switches: Switches) -> "SwitchesOut":
        """What is in memory."""
        areas = [SwitchedOut(area=area, off=switches.is_off(area)) for area in Area]
        return cls(revision=switches.revision, areas=areas)


class AreaOut(Wire):
    """An area as those who run this see it; the rest is there while it is off by itself."""

    area: str
    while_off: str
    off: bool
    since: datetime | None = None
    reason: str | None = None
    staff_id: UUID | None = None

    @classmethod
    def of(cls, area: Area, off: Off | None) -> "AreaOut":
        """An area that is off, or on."""
        said = cls(area=area, while_off=WHILE_OFF[area], off=off is not None)
        if off is not None:
            said.since, said.reason, said.staff_id = off.since, off.reason, off.staff_id
        return said


class UseOut(Wire):
    """One time that an area was off. Without a `staffId` it was the command."""

    area: str
    reason: str
    began_at: datetime
    staff_id: UUID | None
    ended_at: datetime | None
    end_reason: str | None
    ended_by: UUID | None

    @classmethod
    def of(cls, use: Use) -> "UseOut":
        """A use of the switch."""
        return cls(
            area=use.area,
            reason=use.reason,
            began_at=use.began_at,
            staff_id=use.began_by,
            ended_at=use.ended_at,
            end_reason=use.end_reason,
            ended_by=use.ended_by,
        )


class ReplicaOut(Wire):
    """A process that runs, the revision it is in, and its delays in milliseconds."""

    id: UUID
    role: str
    version: str
    wire: str
    started_at: datetime
    seen_at: datetime
    revision: int
    delay_ms: float | None
    p50_ms: float | None
    p99_ms: float | None

    @classmethod
    def of(cls, seen: Seen) -> "ReplicaOut":
        """A process as it reported itself."""
        return cls(
            **{name: getattr(seen, name) for name in cls.__struct_fields__},
        )


class KillSwitchOut(Wire):
    """Every area, the latest uses, and how far the present revision has come."""

    revision: int
    changed_at: datetime
    areas: list[AreaOut]
    uses: list[UseOut]
    replicas: list[ReplicaOut]

    @classmethod
    def of(cls, state: State, uses: list[Use], replicas: list[Seen]) -> "KillSwitchOut":
        """All that is known of the switch."""
        off = {one.area: one for one in state.off}
        return cls(
            revision=state.revision,
            changed_at=state.changed_at,
            areas=[AreaOut.of(area, off.get(area)) for area in Area],
            uses=[UseOut.of(use) for use in uses],
            replicas=[ReplicaOut.of(one) for one in replicas],
        )


class ReasonIn(Wire):
    """Why, in a sentence that is kept and shown to whoever looks."""

    reason: Annotated[str, msgspec.Meta(max_length=1000)]
