"""Shares: which variant a unit is served, as limits that are compared with its place."""

from bisect import bisect_right
from collections.abc import Callable

from .comparing import Predicate
from .conditions import Share
from .contexts import TARGETING_KEY, Context, reader, unit_of
from .flags import WHOLE, ErrorCode, Flag, Reason, Serve
from .hashing import Position, bound
from .outcomes import Outcome, failed, served

Step = Callable[[Context], Outcome | None]


def share_of(percentage: float) -> int:
    """A percentage as thousandths of a percent; of 0 to 100 000."""
    return round(percentage * WHOLE / 100)


def place_at(part: int, whole: int, places: int) -> int:
    """The first of so many places that lies at a part of the whole, or after it."""
    return -(-part * places // whole)


def slices(serve: Serve, share: int) -> list[tuple[str, int, int, int]]:
    """Each variant with its slice of the units: from, to (excluded), and of how many.

    A variant's slice begins where the weights before it end and grows with the share, so that a
    unit that is served keeps its variant while the percentage grows.
    """
    if not serve.weights:
        return [(serve.variant or "", 0, share, WHOLE)]
    begin, found = 0, []
    whole = sum(one.weight for one in serve.weights) * WHOLE
    for one in serve.weights:
        found.append((one.variant, begin, begin + one.weight * share, whole))
        begin += one.weight * WHOLE
    return found


def salt_of(serve: Serve, flag_key: str) -> str:
    """What is hashed with the unit: the key of the flag when it is not said."""
    return flag_key if serve.salt is None else serve.salt


def places(serve: Serve, flag_key: str) -> tuple[Position, list[tuple[str, int, int]]]:
    """Where a unit falls, and each variant with its first place and the one past its last."""
    weight = sum(one.weight for one in serve.weights) if serve.weights else 1
    position, scale = bound(serve.hash_version, salt_of(serve, flag_key), weight)
    return position, [
        (variant, place_at(start, whole, scale), place_at(end, whole, scale))
        for variant, start, end, whole in slices(serve, share_of(serve.rollout_percentage))
        if end > start
    ]


def limits_of(share: Share) -> tuple[Position, int, int]:
    """Where a unit falls, the first place of a share and the one past its last."""
    position, scale = bound(share.hash_version, share.salt, 1)
    begin, end = share_of(share.begin), share_of(share.end)
    return position, place_at(begin, WHOLE, scale), place_at(end, WHOLE, scale)


def compiled_share(share: Share) -> Predicate:
    """Whether a unit falls into a share; whoever cannot be told apart does not."""
    read, (position, begin, end) = reader(share.by), limits_of(share)

    def holds(context: Context) -> bool:
        unit = unit_of(read(context))
        return unit is not None and begin <= position(unit) < end

    return holds


def step_of(flag: Flag, serve: Serve, rule: str | None, plain: Reason) -> Step | None:
    """The function that serves a unit, or passes it on by None; None when it serves nobody.

    `plain` is the reason when nothing had to be hashed.
    """
    share = share_of(serve.rollout_percentage)
    if share == 0:
        return None
    if serve.variant is not None and share >= WHOLE:
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
