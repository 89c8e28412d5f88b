"""The figures an experiment may be judged by: moments of the first mile, and use after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from firstmile.kernel.languages import DEFAULT, N_, translate
from firstmile.kernel.refusals import Invalid
from firstmile.release.estimates import Scale

Titles = Callable[[], Mapping[str, Mapping[str, str]]]

STEP = "step:"
REGISTERED, VERIFIED, ACTIVATED, LEAVING = "registered", "verified", "activated", "leaving"


class Measure(StrEnum):
    """What is counted of one unit within the window after its first exposure."""

    REACHED = "reached"  # 1 when the moment came, else 0
    DAYS_UNTIL = "days_until"  # days until the moment came; the whole window when it did not
    DAYS_OF_USE = "days_of_use"  # days with a sign-in, the day of the exposure not among them


@dataclass(frozen=True)
class Metric:
    """One figure: which moment it is about, how it is counted and which way is better.

    `name` is a message that reads well in a sentence, such as "activation".
    """

    key: str
    name: str
    moment: str
    measure: Measure = Measure.REACHED
    higher_is_better: bool = True

    @property
    def scale(self) -> Scale:
        """A share of people, or a number of days."""
        return Scale.SHARE if self.measure is Measure.REACHED else Scale.NUMBER


FIXED = {
    metric.key: metric
    for metric in (
        Metric(REGISTERED, N_("registration"), REGISTERED),
        Metric(VERIFIED, N_("confirmation of the address"), VERIFIED),
        Metric(ACTIVATED, N_("activation"), ACTIVATED),
        Metric(
            "days-to-activation",
            N_("days until activation"),
            ACTIVATED,
            Measure.DAYS_UNTIL,
            higher_is_better=False,
        ),
        Metric("days-of-use", N_("days of use"), "", Measure.DAYS_OF_USE),
        Metric(LEAVING, N_("account deletion"), LEAVING, higher_is_better=False),
    )
}


class Funnel:
    """The catalogue: the fixed figures, and one for each step there is at this moment."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles

    def metrics(self) -> list[Metric]:
        """All of them, the steps in the order they are walked."""
        return [*FIXED.values(), *(of_step(key) for key in self._titles())]

    def checked(self, key: str, field: str) -> str:
        """The key of a figure there is; raises Invalid for any other."""
        if key not in FIXED and key.removeprefix(STEP) not in self._titles():
            raise Invalid.field(field, N_("Choose a figure from the list."))
        return key

    def told(self, key: str, language: str) -> str:
        """What readers call it; a step that is gone goes by its key."""
        metric = metric_of(key)
        if key in FIXED:
            return translate(language, metric.name)
        step = key.removeprefix(STEP)
        titles = self._titles().get(step, {})
        title = titles.get(language) or titles.get(DEFAULT) or step
        return translate(language, metric.name).format(step=title)


def metric_of(key: str) -> Metric:
    """The figure of this key, whether or not its step still exists."""
    return FIXED.get(key) or of_step(key.removeprefix(STEP))


def of_step(step: str) -> Metric:
    """The share of people who finish a step."""
    return Metric(f"{STEP}{step}", N_("the step “{step}”"), f"{STEP}{step}")
