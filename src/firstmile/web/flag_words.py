"""Flags, conditions and shares in the words of a page."""

from typing import Any, Literal

import msgspec
from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from firstmile.kernel.languages import N_, translate
from firstmile.targeting.conditions import Condition, Op, Scalar
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import ANYWHERE, Flag, Kind, Rule, Serve, Type

KINDS = {
    Kind.RELEASE: N_("Release"),
    Kind.EXPERIMENT: N_("Experiment"),
    Kind.OPERATIONAL: N_("Operational"),
    Kind.PERMISSION: N_("Permission"),
}
TYPES = {
    Type.BOOLEAN: N_("On or off"),
    Type.STRING: N_("Text"),
    Type.NUMBER: N_("Number"),
    Type.OBJECT: N_("JSON"),
}
OPS = {
    Op.IS: N_("is"),
    Op.IS_NOT: N_("is not"),
    Op.CONTAINS: N_("contains"),
    Op.STARTS_WITH: N_("begins with"),
    Op.ENDS_WITH: N_("ends with"),
    Op.MATCHES: N_("fits the pattern"),
    Op.LESS: N_("is less than"),
    Op.LESS_OR_EQUAL: N_("is at most"),
    Op.MORE: N_("is more than"),
    Op.MORE_OR_EQUAL: N_("is at least"),
    Op.BEFORE: N_("is before"),
    Op.AFTER: N_("is after"),
    Op.VERSION_IS: N_("is the version"),
    Op.VERSION_LESS: N_("is older than version"),
    Op.VERSION_LESS_OR_EQUAL: N_("is at most version"),
    Op.VERSION_MORE: N_("is newer than version"),
    Op.VERSION_MORE_OR_EQUAL: N_("is at least version"),
    Op.VERSION_SAME_MAJOR: N_("has the same major version as"),
    Op.VERSION_SAME_MINOR: N_("has the same minor version as"),
    Op.WITHIN: N_("is within the network"),
    Op.PRESENT: N_("is known"),
    Op.ABSENT: N_("is not known"),
}
Style = Literal["standard", "or"]
MOST_LISTED = 6  # values in a sentence


class Words:
    """Says flags in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, message: str, **parts: object) -> str:
        """A message with its parts."""
        text = translate(self.language, message)
        return text % parts if parts else text

    def percent(self, share: float) -> str:
        """A share of a hundred."""
        return f"{format_decimal(share, locale=self.language)}\N{NO-BREAK SPACE}%"

    def listed(self, items: list[str], *, style: Style = "standard") -> str:
        """Several things in a row; of many the first and how many more."""
        if len(items) > MOST_LISTED:
            more = len(items) - MOST_LISTED + 1
            items = [*items[: MOST_LISTED - 1], self.say(N_("%(count)s more"), count=more)]
        return str(format_list(items, style=style, locale=self.language))

    def market(self, code: str) -> str:
        """A market by the name of its country."""
        return str(Locale.parse(self.language).territories.get(code, code))

    def variant(self, flag: Flag, name: str | None) -> str:
        """A variant: on or off where that is all there is, else its name."""
        if name is None:
            return self.say(N_("the application's default"))
        if flag.type is Type.BOOLEAN and isinstance(flag.variants.get(name), bool):
            return self.say(N_("on") if flag.variants[name] else N_("off"))
        return self.say(N_("“%(name)s”"), name=name)

    def sentence(self, flag: Flag) -> str:
        """Whom a flag serves, in one sentence."""
        off = self.variant(flag, flag.off_variant)
        if not flag.enabled:
            return self._begun(self.say(N_("%(what)s for everybody"), what=off))
        parts = []
        if flag.user_whitelist:
            on, count = self.variant(flag, flag.on_variant), len(flag.user_whitelist)
            parts.append(
                self.say(N_("%(what)s for those listed (%(count)s)"), what=on, count=count)
            )
        parts += [self.rule(flag, rule) for rule in flag.rules]
        parts.append(self._rest(flag, flag.serve, is_alone=not parts))
        said = self.say(N_("; ")).join(parts)
        if ANYWHERE not in flag.markets:
            said = self.say(
                N_("%(markets)s only: %(said)s"),
                markets=self.listed([self.market(one) for one in flag.markets]),
                said=said,
            )
        for needed in flag.prerequisites:
            variants = self.listed(list(needed.variants), style="or")
            needs = self.say(
                N_("needs %(flag)s to be %(variants)s"), flag=needed.flag, variants=variants
            )
            said = self.say(N_("; ")).join((said, needs))
        return self._begun(said)

    def rule(self, flag: Flag, rule: Rule) -> str:
        """What a rule serves, and to whom."""
        what, who = self.served(flag, rule.serve), self.who(rule.when)
        share = rule.serve.rollout_percentage
        if share >= 100:
            return self.say(N_("%(what)s for everybody %(who)s"), what=what, who=who)
        return self.say(
            N_("%(what)s for %(share)s of those %(who)s"),
            what=what,
            share=self.percent(share),
            who=who,
        )

    def served(self, flag: Flag, serve: Serve) -> str:
        """A variant, or several by weight."""
        if not serve.weights:
            return self.variant(flag, serve.variant)
        whole = sum(one.weight for one in serve.weights) or 1
        shares = [
            f"{self.variant(flag, one.variant)} {self.percent(round(100 * one.weight / whole, 1))}"
            for one in serve.weights
        ]
        return self.listed(shares)

    def who(self, condition: Condition) -> str:
        """Those who meet a condition, to follow “everybody”."""
        is_market = condition.attribute == "market" and condition.op is Op.IS
        if is_market and all(isinstance(value, str) for value in condition.values):
            names = [self.market(str(value)) for value in condition.values]
            return self.say(N_("in %(markets)s"), markets=self.listed(names))
        if condition.segment is not None:
            return self.say(N_("in the segment %(segment)s"), segment=condition.segment)
        return self.say(N_("whose %(condition)s"), condition=self.condition(condition))

    def condition(self, condition: Condition, *, is_inner: bool = False) -> str:
        """A condition as a clause."""
        if condition.segment is not None:
            return self.say(N_("segment is %(segment)s"), segment=condition.segment)
        if condition.attribute is not None:
            return self._comparison(condition)
        if condition.share is not None:
            share = self.percent(condition.share.end - condition.share.begin)
            return self.say(N_("place is among %(share)s by lot"), share=share)
        parts = [self.condition(part, is_inner=True) for part in condition.parts]
        if condition.none_of is not None:
            return self.say(N_("none of these holds: %(parts)s"), parts=self.listed(parts))
        style: Style = "standard" if condition.all_of is not None else "or"
        said = self.listed(parts, style=style)
        return f"({said})" if is_inner and len(parts) > 1 else said

    def value(self, value: Any) -> str:
        """A value as JSON, short."""
        text = msgspec.json.encode(value).decode()
        return text if len(text) <= 120 else f"{text[:117]}…"

    def _comparison(self, condition: Condition) -> str:
        name = self.attribute(condition.attribute or "")
        values = [self._scalar(value) for value in condition.values]
        said = f"{name} {self.say(OPS[condition.op])}"
        return f"{said} {self.listed(values, style='or')}" if values else said

    def attribute(self, name: str) -> str:
        """An attribute by its name; the targeting key by what it stands for."""
        return self.say(N_("id")) if name == TARGETING_KEY else name

    def _scalar(self, value: Scalar) -> str:
        return value if isinstance(value, str) else self.value(value)

    def _rest(self, flag: Flag, serve: Serve, *, is_alone: bool) -> str:
        what, share = self.served(flag, serve), serve.rollout_percentage
        if share <= 0:
            off = self.variant(flag, flag.off_variant)
            everybody = N_("%(what)s for everybody") if is_alone else N_("%(what)s for the others")
            return self.say(everybody, what=off)
        if share >= 100:
            everybody = N_("%(what)s for everybody") if is_alone else N_("%(what)s for the others")
            return self.say(everybody, what=what)
        some = (
            N_("%(what)s for %(share)s") if is_alone else N_("%(what)s for %(share)s of the others")
        )
        return self.say(some, what=what, share=self.percent(share))

    def _begun(self, said: str) -> str:
        return f"{said[:1].upper()}{said[1:]}."
