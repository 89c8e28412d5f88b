"""The JSON of why a step or a route is open to somebody."""

from datetime import datetime
from typing import Any

from firstmile.kernel.languages import translate
from firstmile.kernel.refusals import Refusal
from firstmile.onboarding.explaining.decisions import Explanation, Finding
from firstmile.onboarding.models import Journey, StepBlockedNow
from firstmile.onboarding.reasons import FixOut
from firstmile.onboarding.schemas import StepOut, Wire
from firstmile.targeting.conditions import Condition


class FindingOut(Wire, omit_defaults=True):
    """Something that is asked: `asked` of it, `has` the person, and whether it holds.

    `all`, `any`, `none` and `route` are brackets around `parts`; `role`, `market`, `attribute`,
    `share`, `step`, `project` and `not_for_them` are leaves. `name` is the path, step, attribute or
    project; `fix`
    says what to do about a leaf that does not hold.
    """

    what: str
    holds: bool
    name: str = ""
    asked: tuple[Any, ...] = ()
    has: tuple[Any, ...] = ()
    condition: Condition | None = None
    message: str | None = None
    fix: FixOut | None = None
    parts: "tuple[FindingOut, ...]" = ()

    @classmethod
    def of(cls, finding: Finding, language: str) -> "FindingOut":
        """A finding in a language."""
        told = finding.reason.told(language) if finding.reason and not finding.holds else None
        return cls(
            what=str(finding.what),
            holds=finding.holds,
            name=finding.name,
            asked=tuple(finding.asked),
            has=tuple(finding.has),
            condition=finding.when if not finding.parts else None,
            message=told.message if told else None,
            fix=told.fix if told else None,
            parts=tuple(cls.of(part, language) for part in finding.parts),
        )


class ExplanationOut(Wire):
    """The decision at a moment, and all it came from.

    `error` and `message` are those of the refusal; `off` says that everybody passes because
    gating or onboarding is switched off. `paths` are the readings of a route, each of which must
    be free; `step` is the step as the person sees it, null when it is not for them.
    """

    allowed: bool
    off: bool
    at: datetime
    error: str | None
    message: str | None
    blocked_by: list[str]
    next_step: str | None
    paths: list[str]
    step: StepOut | None
    finding: FindingOut

    @classmethod
    def of(cls, explanation: Explanation, journey: Journey, language: str) -> "ExplanationOut":
        """An explanation in a language."""
        refusal, step = explanation.refusal, explanation.step
        is_mine = step is not None and journey.traveller.may_take(step)
        blocked = refusal if isinstance(refusal, StepBlockedNow) else None
        error = refusal.error if refusal else None
        return cls(
            allowed=explanation.is_open,
            off=explanation.is_off,
            at=journey.now,
            error=error,
            message=_told(refusal, language),
            blocked_by=blocked.blocked_by if blocked else [],
            next_step=blocked.next_step if blocked else None,
            paths=list(explanation.paths),
            step=StepOut.of(journey, step, language) if step is not None and is_mine else None,
            finding=FindingOut.of(explanation.finding, language),
        )


def _told(refusal: Refusal | None, language: str) -> str | None:
    return None if refusal is None else translate(language, refusal.message)
