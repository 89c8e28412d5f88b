"""What to do next, given what may be concluded."""

from collections.abc import Iterator

from firstmile.kernel.languages import N_
from firstmile.release.conclusions import Conclusion, Kind
from firstmile.release.figures import Figure
from firstmile.release.sentences import Sentence, names

LONGEST_DAYS = 365  # a question that takes longer is another question by then

ADVICE = {
    Kind.NO_TRAFFIC: N_("Check that the flag is on and that its rules let people in."),
    Kind.BROKEN_SPLIT: N_(
        "Find out who is missing, by browser, version and country; then start anew."
    ),
    Kind.HARMFUL: N_("Turn {arm} off. To go on all the same is a decision, not a finding."),
    Kind.BETTER: N_("You may stop and keep {arm}. More people would make the range narrower."),
    Kind.WORSE: N_("Stop, and keep {control}."),
    Kind.NOTHING_THAT_MATTERS: N_("You may stop, and keep whichever is simpler."),
}


def next_steps(conclusion: Conclusion) -> Iterator[Sentence]:
    """What to do, the most urgent first."""
    if conclusion.kind is Kind.BROKEN_SPLIT:
        for one in conclusion.evidence.harmed:
            facts = {**names(conclusion), "guardrail": one.guardrail.name}
            yield Sentence(N_("Turn {arm} off until then: {guardrail} may be harmed."), facts)
    if conclusion.kind in ADVICE:
        yield Sentence(ADVICE[conclusion.kind], names(conclusion))
    else:
        yield _waiting(conclusion.missing, conclusion.days)


def _waiting(missing: float | None, days: float | None) -> Sentence:
    if missing is None or days is None:
        return Sentence(N_("Let it run, or stop and say that nothing was found."))
    if days > LONGEST_DAYS:
        message = N_(
            "It would take {count} more people to show a difference that matters: "
            "too many at this pace."
        )
        return Sentence(message, {"count": Figure(missing)})
    message = N_(
        "Let it run: {count} more people, about {days} days, would most likely show "
        "a difference that matters."
    )
    return Sentence(message, {"count": Figure(missing), "days": Figure(days)})
