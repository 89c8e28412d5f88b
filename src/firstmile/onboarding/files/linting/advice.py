"""One thing to say of steps: its code, and its words in every language."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_decimal

from firstmile.kernel.languages import DEFAULT, translate

# What `firstmile steps lint` says in brackets; the first is a mistake, the others are warnings.
CODES = {
    "when_nobody": "Nobody can meet the `when:` of a step or route, in its `markets:`.",
    "when_everybody": "Everybody meets it, so it could be left out.",
    "when_apart": "It never holds for whoever has a step that is waited for, so nobody waits.",
    "roles_apart": "The same for `roles:` and `markets:`.",
    "attribute_unknown": "It asks for an attribute that nobody has, or whose name looks mistyped.",
    "translation_missing": "A text is missing in a language.",
    "without_project": "A step of a project waits for none that gives people a project.",
    "long_row": "There are more than five required steps in a row.",
    "slowing": "The later half of the steps weighs at least twice as much as the earlier.",
}


@dataclass(frozen=True)
class Advice:
    """What is allowed and perhaps unwise; `message` takes `facts` where it says `%(name)s`."""

    code: str
    message: str
    facts: Mapping[str, str | int | float]

    def told(self, language: str = DEFAULT) -> str:
        """In a language."""
        facts = {
            name: format_decimal(fact, "0.0", language) if isinstance(fact, float) else fact
            for name, fact in self.facts.items()
        }
        return translate(language, self.message) % facts

    def __str__(self) -> str:
        return f"{self.told()} [{self.code}]"
