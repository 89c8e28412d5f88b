"""The JSON of rollouts."""

from datetime import datetime
from uuid import UUID

import msgspec

from firstmile.release.guardrails import Judgement
from firstmile.release.rollouts import Guard, Rollout, Stage, Tally
from firstmile.release.sayings import told


class RolloutIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The stages of a flag's rollout, what guards them, and from when on; at once when not said."""

    stages: tuple[Stage, ...]
    reason: str
    guards: tuple[Guard, ...] = ()
    starts_at: datetime | None = None
    seen: int | None = None


class RolloutStopIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Why a rollout is stopped, and whether its flag goes back to where it was."""

    reason: str
    back: bool = False


class GuardOut(msgspec.Struct, rename="camel"):
    """What is known of a guard: the harm is above `least` and below `most`, as shares."""

    name: str
    verdict: str
    harm: float | None
    least: float | None
    most: float | None
    margin: float

    @classmethod
    def of(cls, judged: Judgement) -> "GuardOut":
        """As it was judged; null where nothing is known yet."""
        effect = judged.guardrail.harm
        return cls(
            judged.guardrail.name,
            judged.verdict,
            _finite(effect.size if effect.is_known else None),
            _finite(judged.least),
            _finite(judged.most),
            judged.guardrail.margin,
        )


class TallyOut(msgspec.Struct, rename="camel"):
    """What was counted in a stage, of those served the new or of the others."""

    stage: int
    is_new: bool
    requests: int
    errors: int
    slow: int
    people: int
    completed: int

    @classmethod
    def of(cls, tally: Tally) -> "TallyOut":
        """As it was counted."""
        return cls(*(getattr(tally, name) for name in cls.__struct_fields__))


class RolloutOut(msgspec.Struct, rename="camel"):
    """A rollout, where it is and what it says."""

    id: UUID
    environment: str
    key: str
    state: str
    stages: tuple[Stage, ...]
    guards: tuple[Guard, ...]
    stage: int
    percentage: float
    from_percentage: float
    says: str
    reason: str
    author: str
    author_id: UUID | None
    needs_second: bool
    second_id: UUID | None
    starts_at: datetime
    stage_began_at: datetime | None
    next_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Rollout) -> "RolloutOut":
        """As it is kept."""
        return cls(
            id=one.id,
            environment=one.environment,
            key=one.key,
            state=one.state,
            stages=one.stages,
            guards=one.guards,
            stage=one.at,
            percentage=one.percentage,
            from_percentage=one.share_before,
            says=told(one.says),
            reason=one.reason,
            author=one.author.name,
            author_id=one.author.user_id,
            needs_second=one.needs_second,
            second_id=one.second.user_id if one.second else None,
            starts_at=one.starts_at,
            stage_began_at=one.stage_began_at,
            next_at=one.next_at,
            ended_at=one.ended_at,
        )


class RolloutsOut(msgspec.Struct, rename="camel"):
    """Rollouts, the newest first."""

    items: list[RolloutOut]


class RolloutEvidenceOut(msgspec.Struct, rename="camel"):
    """A rollout with what was counted and what is known of its guards."""

    rollout: RolloutOut
    tallies: list[TallyOut]
    judgements: list[GuardOut]


def _finite(value: float | None) -> float | None:
    is_told = value is not None and abs(value) != float("inf")
    return value if is_told else None
