"""Shares: which variant a unit is served, as limits that are compared with its place."""

from bisect import bisect_right
from collections.abc import Callable

from .contexts import TARGETING_KEY, Context, reader, unit_of
from .flags import WHOLE, ErrorCode, Flag, Reason, Serve, Weight
from .hashing import Position, bound
from .outcomes import Outcome, failed, served

Step = Callable[[Context], Outcome | None]


def share_of(percentage: float) -> int:
    """A percentage as thousandths of a percent; of 0 to 100 000."""
    return round(percentage * WHOLE / 100)


def slices(serve: Serve) -> list[tuple[str, int, int, int]]:
    """Each variant with its slice of the units: from, to (excluded), and of how many.

    A variant's slice begins where the weights before it end and grows with the percentage, so
    that a unit that is served keeps its variant while the percentage grows.
    """
    weights = serve.weights or (Weight(serve.variant or "", 1),)
    share, begin, found = share_of(serve.rollout_percentage), 0, []
    whole = sum(one.weight for one in weights) * WHOLE
    for one in weights:
        found.append((one.variant, begin, begin + one.weight * share, whole))
        begin += one.weight * WHOLE
    return found


def places(serve: Serve, flag_key: str) -> tuple[Position, list[tuple[str, int, int]]]:
    """Where a unit falls, and each variant with its first place and the one past its last."""
    salt = flag_key if serve.salt is None else serve.salt
    position, scale = bound(serve.hash_version, salt, sum(one.weight for one in serve.weights))
    return position, [
        (variant, -(-start * scale // whole), -(-end * scale // whole))
        for variant, start, end, whole in slices(serve)
        if end > start
    ]


def step_of(flag: Flag, serve: Serve, rule: str | None, plain: Reason) -> Step | None:
    """The function that serves a unit, or passes it on by None; None when it serves nobody.

    `plain` is the reason when nothing had to be hashed.
    """
    if share_of(serve.rollout_percentage) == 0:
        return None
    if serve.variant is not None and share_of(serve.rollout_percentage) >= WHOLE:
        outcome = served(flag, serve.variant, plain, rule)
        return lambda _: outcome
    position, limits = places(serve, flag.key)
    outcomes = [served(flag, variant, Reason.SPLIT, rule) for variant, _, _ in limits]
    if not limits:
        return None
    if len(limits) == 1 and limits[0][1] == 0:
        return _one(serve.by, position, limits[0][2], outcomes[0], _missing(flag, serve.by))
    starts = [start for _, start, _ in limits]
    ends = [end for _, _, end in limits]
    return _several(serve.by, position, (starts, ends), outcomes, _missing(flag, serve.by))


def _missing(flag: Flag, by: str) -> Outcome | None:
    """Without a targeting key nobody can be told apart; without another attribute one passes on."""
    if by != TARGETING_KEY:
        return None
    return failed(flag.key, ErrorCode.TARGETING_KEY_MISSING, "The context has no targetingKey.")


def _one(
    by: str, position: Position, limit: int, outcome: Outcome, missing: Outcome | None
) -> Step:
    read = reader(by)

    def step(context: Context) -> Outcome | None:
        unit = read(context)
        if unit.__class__ is not str or not unit:
            unit = unit_of(unit)
            if unit is None:
                return missing
        return outcome if position(unit) < limit else None

    return step


def _several(
    by: str,
    position: Position,
    limits: tuple[list[int], list[int]],
    outcomes: list[Outcome],
    missing: Outcome | None,
) -> Step:
    read, (starts, ends) = reader(by), limits

    def step(context: Context) -> Outcome | None:
        unit = unit_of(read(context))
        if unit is None:
            return missing
        place = position(unit)
        at = bisect_right(starts, place) - 1
        return outcomes[at] if at >= 0 and place < ends[at] else None

    return step
