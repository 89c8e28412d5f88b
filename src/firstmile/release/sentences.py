"""A sentence of a read-out: a message of the catalogue with what belongs into its places."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from firstmile.kernel.languages import translate
from firstmile.release.conclusions import Conclusion
from firstmile.release.figures import Figure

Facts = Mapping[str, str | Figure]


@dataclass(frozen=True)
class Sentence:
    """A message of the catalogue with what belongs into its places."""

    message: str
    facts: Facts = field(default_factory=dict)

    def told(self, language: str) -> str:
        """In the language."""
        facts = {
            place: fact.told(language) if isinstance(fact, Figure) else fact
            for place, fact in self.facts.items()
        }
        return translate(language, self.message).format(**facts)


def names(conclusion: Conclusion) -> Facts:
    """What readers call the arms and the metric."""
    return {
        "control": conclusion.evidence.control,
        "arm": conclusion.evidence.other,
        "metric": conclusion.question.metric,
    }
