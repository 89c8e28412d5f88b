"""Why a step or a route is not open, leaf by leaf, for programs and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from firstmile.kernel.languages import DEFAULT, N_, translate
from firstmile.kernel.refusals import Refusal


class ReasonKind(StrEnum):
    """What a reason is about."""

    STEP = "step"
    ANY = "any"
    ROLE = "role"
    MARKET = "market"
    PLAN = "plan"
    FACT = "fact"


SAID = {
    ReasonKind.STEP: N_("Finish this first: {names}."),
    ReasonKind.ANY: N_("Finish one of these first: {names}."),
    ReasonKind.ROLE: N_("Your role does not allow this."),
    ReasonKind.MARKET: N_("This is not for your market."),
    ReasonKind.PLAN: N_("This is not part of what your account has."),
    ReasonKind.FACT: N_("This step completes by itself once it is really done."),
}


class FixOut(msgspec.Struct, rename="camel", omit_defaults=True):
    """What to do about a reason: a page to open, and the step it belongs to."""

    href: str | None = None
    step: str | None = None


class ReasonOut(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """One reason. `step`, `steps`, `roles`, `markets`, `attributes` or `fact` by its kind."""

    kind: ReasonKind
    message: str
    step: str | None = None
    steps: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    fact: str | None = None
    fix: FixOut | None = None


MEMBERS = {
    ReasonKind.ANY: "steps",
    ReasonKind.ROLE: "roles",
    ReasonKind.MARKET: "markets",
    ReasonKind.PLAN: "attributes",
}


@dataclass(frozen=True)
class Reason:
    """A reason before it is told: what it names, what that is called, and the author's words."""

    kind: ReasonKind
    names: tuple[str, ...]
    titles: tuple[Mapping[str, str], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    href: str | None = None
    step: str | None = None

    def message(self, language: str) -> str:
        """The reason as a sentence."""
        if own := self.words.get(language) or self.words.get(DEFAULT):
            return own
        titles = [title.get(language) or title[DEFAULT] for title in self.titles]
        return translate(language, SAID[self.kind]).replace("{names}", ", ".join(titles))

    def told(self, language: str) -> ReasonOut:
        """The reason as it goes over the wire."""
        is_one = self.kind in (ReasonKind.STEP, ReasonKind.FACT)
        member = self.kind.value if is_one else MEMBERS[self.kind]
        named: Any = self.names[0] if is_one else self.names
        fix = FixOut(self.href, self.step) if self.href or self.step else None
        return ReasonOut(kind=self.kind, message=self.message(language), fix=fix, **{member: named})


class Reasoned(Refusal):
    """A refusal with its reasons, which programs read and people are told in their language."""

    reasons: Sequence[Reason] = ()

    def facts_in(self, language: str) -> dict[str, Any]:
        """The facts, with the reasons in a language."""
        told = [reason.told(language) for reason in self.reasons]
        return {**self.facts, "reasons": told}
