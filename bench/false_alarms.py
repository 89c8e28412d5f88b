"""`python -m bench.false_alarms`: how often each way of reading an experiment is wrong."""

import argparse
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from firstmile.release.distributions import normal_tail
from firstmile.release.estimates import Effect, difference, fixed_p_value, mean_of
from firstmile.release.guardrails import Guardrail, Verdict, judge
from firstmile.release.moments import Moments
from firstmile.release.sample_ratio import RARE, Split, check, watch
from firstmile.release.sequential import ALPHA, ENOUGH_UNITS, interval

SEED = 20_261_127
LOOKS = 20
FULL, QUICK = 6_000, 400  # experiments; in full a rate of 5 % is known to 0.6 points
KEPT = Path(__file__).parent / "FALSE_ALARMS.md"
HALVES = {"control": 0.5, "other": 0.5}

Draw = Callable[[random.Random, int], Moments]
Alarm = Callable[[Effect], bool]


@dataclass(frozen=True)
class Scene:
    """An experiment to be played: what a unit of either arm does, and how many come by a look."""

    name: str
    units_a_look: int
    control: Draw
    other: Draw


@dataclass(frozen=True)
class Rate:
    """How many of the experiments had an alarm, at any of the looks or at the last."""

    experiments: int
    ever: int
    at_last: int


def one_in(power: int, *, or_one_in: int = 0) -> Draw:
    """A yes of one unit in 2^power; `or_one_in` adds one in 2^that, independently."""

    def draw(chance: random.Random, units: int) -> Moments:
        return Moments.of_proportion(units, _yes(chance, units, power, or_one_in).bit_count())

    return draw


def spending(power: int) -> Draw:
    """One unit in 2^power spends a log-normal amount (σ = 1), the others nothing."""

    def draw(chance: random.Random, units: int) -> Moments:
        buyers = _yes(chance, units, power, 0).bit_count()
        sums = [chance.lognormvariate(0, 1) for _ in range(buyers)]
        return Moments(units, math.fsum(sums), math.fsum(one * one for one in sums))

    return draw


COMMON = Scene("12.5 % say yes", 1_000, one_in(3), one_in(3))
RARE_AND_FEW = Scene("0.8 % say yes", 200, one_in(7), one_in(7))
SPENT = Scene("1 of 8 spends, log-normal", 1_000, spending(3), spending(3))
NOTHING = (COMMON, RARE_AND_FEW, SPENT)
HARM = Scene("13.9 % become 12.5 %", 1_000, one_in(3, or_one_in=6), one_in(3))
SPLIT_UNITS = 1_000  # at each look
FIXED, BAYES = "Welch's test at 5 %", "flat-prior Bayes, 95 % or 5 %"
SEQUENCE, GUARDRAIL = "confidence sequence at 5 %", "guardrail at 5 %"
READERS: Mapping[str, Alarm] = {
    FIXED: lambda found: fixed_p_value(found) < ALPHA,
    BAYES: lambda found: _is_sure(found, ALPHA),
    SEQUENCE: lambda found: found.fewest >= ENOUGH_UNITS and 0 not in interval(found),
    GUARDRAIL: lambda found: judge([Guardrail("", found)])[0].verdict is Verdict.HARMED,
}
CHI_SQUARE, WATCH = "chi-square at 0.1 %", "sequential multinomial test at 0.1 %"


def main() -> None:
    """Play, print, and keep what was played in full."""
    options = argparse.ArgumentParser(prog="python -m bench.false_alarms", description=__doc__)
    options.add_argument("--quick", action="store_true", help="a few seconds; keeps no results")
    options.add_argument("--seed", type=int, default=SEED, help="of all chance in it")
    given = options.parse_args()
    table = report(QUICK if given.quick else FULL, given.seed)
    print(table)
    if not given.quick and given.seed == SEED:
        KEPT.write_text(table)


def report(experiments: int, seed: int) -> str:
    """All of it as Markdown."""
    method = (
        f"{experiments:,} experiments of {LOOKS} looks, assigned by a fair coin; seed {seed}. In "
        "brackets where the rate is with 95 % confidence (Wilson). "
        "`python -m bench.false_alarms` gives the same figures."
    )
    parts = ["# How often a reading is wrong", method]
    for scene in NOTHING:
        parts += [f"## Nothing to find: {_title(scene)}", _table(play(scene, experiments, seed))]
    parts += [
        f"## A sound split, {SPLIT_UNITS:,} new units at each look",
        _table(play_splits(experiments, seed)),
        f"## Something to find: {_title(HARM)}",
        _table(play(HARM, experiments, seed), word="found"),
    ]
    return "\n\n".join(parts) + "\n"


def play(scene: Scene, experiments: int, seed: int) -> dict[str, Rate]:
    """The rate of alarms of each reader; the same for the same seed."""
    chance = random.Random(f"{seed} {scene.name}")
    alarms: dict[str, list[list[bool]]] = {name: [] for name in READERS}
    for _ in range(experiments):
        looks = list(_effects(scene, chance))
        for name, is_alarm in READERS.items():
            alarms[name].append([is_alarm(found) for found in looks])
    return {name: _rate(found) for name, found in alarms.items()}


def play_splits(experiments: int, seed: int) -> dict[str, Rate]:
    """The rate at which a fair coin is called broken."""
    chance = random.Random(f"{seed} splits")
    alarms: dict[str, list[list[bool]]] = {CHI_SQUARE: [], WATCH: []}
    for _ in range(experiments):
        looks = list(_counts(SPLIT_UNITS, chance))
        alarms[CHI_SQUARE].append([check(one, HALVES).p_value < RARE for one in looks])
        alarms[WATCH].append([watch(one, HALVES).split is Split.BROKEN for one in looks])
    return {name: _rate(found) for name, found in alarms.items()}


def _effects(scene: Scene, chance: random.Random) -> Iterator[Effect]:
    control = other = Moments()
    for counts in _counts(scene.units_a_look, chance):
        others = counts["other"] - other.units
        control += scene.control(chance, scene.units_a_look - others)
        other += scene.other(chance, others)
        yield difference(mean_of(control), mean_of(other))


def _counts(units_a_look: int, chance: random.Random) -> Iterator[dict[str, int]]:
    other = 0
    for look in range(1, LOOKS + 1):
        other += chance.getrandbits(units_a_look).bit_count()
        yield {"control": look * units_a_look - other, "other": other}


def _yes(chance: random.Random, units: int, power: int, or_one_in: int) -> int:
    """A bit for each unit: 1 where all of `power` fair coins fell so, or all of the others."""
    both = 0
    for coins in filter(None, (power, or_one_in)):
        bits = -1
        for _ in range(coins):
            bits &= chance.getrandbits(units)
        both |= bits
    return both


def _is_sure(found: Effect, alpha: float) -> bool:
    """Whether a flat prior gives either arm more than 1 - alpha of being the better one."""
    return normal_tail(abs(found.size) / found.error) < alpha


def _rate(alarms: list[list[bool]]) -> Rate:
    return Rate(len(alarms), sum(map(any, alarms)), sum(looks[-1] for looks in alarms))


def _title(scene: Scene) -> str:
    return f"{scene.name}, {scene.units_a_look:,} new units at each look"


def _table(rates: Mapping[str, Rate], word: str = "alarms") -> str:
    lines = [f"| reading | {word}, at any of {LOOKS} looks | at the last alone |", "|---|--:|--:|"]
    for name, rate in rates.items():
        ever, last = _share(rate.ever, rate.experiments), _share(rate.at_last, rate.experiments)
        lines.append(f"| {name} | **{ever[0]}** {ever[1]} | {last[0]} {last[1]} |")
    return "\n".join(lines)


def _share(count: int, of: int) -> tuple[str, str]:
    """A share in percent, and Wilson's interval around it."""
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = max(0.0, middle - reach), middle + reach
    return f"{share:.2%}".replace("%", " %"), f"({low * 100:.2f} to {high * 100:.2f})"


if __name__ == "__main__":
    main()
