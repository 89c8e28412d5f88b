"""The JSON of what an embed asks first: all that a person may be shown on a page, in one answer."""

from typing import Any

import msgspec

from firstmile.guidance.guide import PreferencesOut, ResumeOut
from firstmile.onboarding.schemas import JourneyOut
from firstmile.protect.switches import Area, Switches


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class OffOut(Wire):
    """Which parts of the product are switched off right now."""

    onboarding: bool
    guidance: bool
    gating: bool

    @classmethod
    def of(cls, switches: Switches) -> "OffOut":
        """As it is in this process."""
        return cls(
            onboarding=switches.is_off(Area.ONBOARDING),
            guidance=switches.is_off(Area.GUIDANCE),
            gating=switches.is_off(Area.GATING),
        )


class ConsentOut(Wire):
    """What was agreed to; `choices` is null for who was not asked yet, `needed` has them asked."""

    version: str
    choices: list[str] | None
    gpc: bool
    needed: bool


class StateOut(Wire):
    """All of it. `known` says that somebody is signed in; `journey` is null for a visitor."""

    language: str
    known: bool
    off: OffOut
    journey: JourneyOut | None
    gates: list[dict[str, Any]]
    content: list[dict[str, Any]]
    resume: ResumeOut | None
    preferences: PreferencesOut
    consent: ConsentOut
    stream: str
