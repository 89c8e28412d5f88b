"""Flags, segments and conditions as functions of a context.

What can be decided beforehand is: an evaluation compares, hashes at most once a share, and
returns an outcome that was made with the flag.
"""

from collections.abc import Callable, Iterator, Mapping

from .comparing import Predicate, comparison
from .conditions import Condition
from .contexts import TARGETING_KEY, Context
from .flags import ANYWHERE, Flag, Reason, Segment
from .outcomes import Outcome, served
from .sharing import Step, step_of

Evaluate = Callable[[Context], Outcome]
Resolve = Callable[[str], Evaluate | None]
Segments = Mapping[str, Predicate]


class SegmentMissing(ValueError):
    """A condition names a segment that does not exist."""


def compiled_condition(condition: Condition, segments: Segments) -> Predicate:
    """What a condition says of a context.

    Raises SegmentMissing, and ValueError for values that mean nothing; `checking.complaints`
    tells both beforehand.
    """
    if condition.segment is not None:
        if condition.segment not in segments:
            raise SegmentMissing(f"there is no segment {condition.segment!r}")
        return segments[condition.segment]
    if condition.attribute is not None:
        return comparison(condition)
    parts = tuple(compiled_condition(part, segments) for part in condition.parts)
    if condition.all_of is not None:
        return lambda context: all(part(context) for part in parts)
    if condition.any_of is not None:
        return lambda context: any(part(context) for part in parts)
    return lambda context: not any(part(context) for part in parts)


def compiled_segment(segment: Segment, segments: Segments) -> Predicate:
    """Who belongs to a segment: who is left out never does, who is listed always."""
    included, excluded = frozenset(segment.included), frozenset(segment.excluded)
    when = None if segment.when is None else compiled_condition(segment.when, segments)

    def belongs(context: Context) -> bool:
        unit = context.get(TARGETING_KEY)
        if isinstance(unit, str):
            if unit in excluded:
                return False
            if unit in included:
                return True
        return when is not None and when(context)

    return belongs


def compiled_flag(flag: Flag, segments: Segments, resolve: Resolve) -> Evaluate:
    """What a flag comes to for a context; `resolve` finds the flags it waits for.

    Raises as `compiled_condition` does, and KeyError for a variant that is not there.
    """
    if not flag.enabled:
        disabled = served(flag, flag.off_variant, Reason.DISABLED)
        return lambda _: disabled
    steps = tuple(_steps(flag, segments, resolve))
    others = _has_a_choice(flag)
    last = served(flag, flag.off_variant, Reason.SPLIT if not others else Reason.DEFAULT)
    if len(steps) == 1:
        only = steps[0]
        return lambda context: only(context) or last

    def evaluate(context: Context) -> Outcome:
        for step in steps:
            outcome = step(context)
            if outcome is not None:
                return outcome
        return last

    return evaluate


def _has_a_choice(flag: Flag) -> bool:
    is_everywhere = ANYWHERE in flag.markets
    return bool(flag.rules or flag.prerequisites or flag.user_whitelist or not is_everywhere)


def _steps(flag: Flag, segments: Segments, resolve: Resolve) -> Iterator[Step]:
    """In the order they are asked: prerequisites, whitelist, markets, rules, the rest."""
    off = served(flag, flag.off_variant, Reason.DEFAULT)
    for needed in flag.prerequisites:
        yield _prerequisite(needed.flag, frozenset(needed.variants), off, resolve)
    if flag.user_whitelist:
        yield _whitelist(flag)
    if ANYWHERE not in flag.markets:
        yield _markets(frozenset(flag.markets), off)
    for place, rule in enumerate(flag.rules):
        serve = step_of(flag, rule.serve, rule.id or str(place), Reason.TARGETING_MATCH)
        if serve is not None:
            yield _rule(compiled_condition(rule.when, segments), serve)
    plain = Reason.DEFAULT if _has_a_choice(flag) else Reason.STATIC
    if (rest := step_of(flag, flag.serve, None, plain)) is not None:
        yield rest


def _prerequisite(key: str, variants: frozenset[str], off: Outcome, resolve: Resolve) -> Step:
    def step(context: Context) -> Outcome | None:
        evaluate = resolve(key)
        return None if evaluate is not None and evaluate(context).variant in variants else off

    return step


def _whitelist(flag: Flag) -> Step:
    listed, on = (
        frozenset(flag.user_whitelist),
        served(flag, flag.on_variant, Reason.TARGETING_MATCH, "whitelist"),
    )
    return lambda context: on if context.get(TARGETING_KEY) in listed else None


def _markets(markets: frozenset[str], off: Outcome) -> Step:
    return lambda context: None if context.get("market") in markets else off


def _rule(holds: Predicate, serve: Step) -> Step:
    return lambda context: serve(context) if holds(context) else None
