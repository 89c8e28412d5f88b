"""What a rollout says: a code with its facts, told in the language of whoever reads it."""

from collections.abc import Mapping, Sequence

import msgspec
from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from firstmile.kernel.languages import N_, translate
from firstmile.release.figures import Figure, Form

Fact = float | str | list[str]
POINTS = ("harm", "least", "margin")  # shares, told as points of a hundred

MESSAGES = {
    "waits_for_start": N_("It waits for its start."),
    "waits_for_second": N_("It waits for a second person to agree."),
    "holds": N_("It holds {percentage} as planned."),
    "finishes": N_("The last stage has had its time."),
    "waits_for_visitors": N_("It waits for {count} on each side before it goes on: {watches}."),
    "should_be_looked_at": N_("A day has passed: somebody should look."),
    "harmed_errors": N_(
        "More requests fail with it: {harm} points more"
        " (at least {least} is proved, {margin} is allowed)."
    ),
    "harmed_slow": N_(
        "More answers are slow with it: {harm} points more"
        " (at least {least} is proved, {margin} is allowed)."
    ),
    "harmed_completion": N_(
        "Fewer people complete onboarding with it: {harm} points fewer"
        " (at least {least} is proved, {margin} is allowed)."
    ),
    "archived": N_("The flag was archived."),
    "changed_by_hand": N_("Somebody changed the flag by hand."),
    "refused": N_("The flag cannot be changed as it is: {text}"),
    "went_as_planned": N_("It was done as planned."),
    "was_so_already": N_("It was so already."),
    "person": "{text}",  # in the words of whoever stopped it
}
WATCHES = {
    "errors": N_("errors"),
    "slow": N_("slow answers"),
    "completion": N_("completed onboarding"),
}


class Saying(msgspec.Struct, frozen=True):
    """A code of `MESSAGES` with what belongs into its places."""

    code: str
    facts: Mapping[str, Fact] = {}

    def told(self, language: str) -> str:
        """In the language."""
        facts = {place: _written(place, fact, language) for place, fact in self.facts.items()}
        return translate(language, MESSAGES[self.code]).format(**facts)


Says = tuple[Saying, ...]


def told(says: Sequence[Saying], language: str = "en") -> str:
    """All of it in a row; in English for the history, which has one language."""
    return " ".join(one.told(language) for one in says)


def in_words_of(reason: str) -> Says:
    """What a person gave as a reason."""
    return (Saying("person", {"text": reason}),)


def percent(share: float, language: str) -> str:
    """A percentage with as many digits as it has: `5 %`, `0.5 %`."""
    pattern = str(Locale.parse(language).percent_formats[None].pattern)
    return pattern.replace("#,##0", format_decimal(share, locale=language))


def _written(place: str, fact: Fact, language: str) -> str:
    if isinstance(fact, list):
        names = [translate(language, WATCHES[one]) for one in fact]
        return str(format_list(names, locale=language))
    if isinstance(fact, str):
        return fact
    if place == "percentage":
        return percent(fact, language)
    return Figure(fact, Form.POINTS, 2).told(language) if place in POINTS else f"{fact:g}"
