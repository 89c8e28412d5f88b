"""Flags, segments and conditions as functions of a context.

What can be decided beforehand is: an evaluation compares, hashes at most once a share, and
returns an outcome that was made with the flag.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from .comparing import Predicate, comparison
from .conditions import Condition
from .contexts import TARGETING_KEY, Context, unit_of
from .flags import ANYWHERE, Flag, Reason, Rule, Segment, Serve
from .outcomes import Outcome, served
from .sharing import Step, compiled_share, step_of

Evaluate = Callable[[Context], Outcome]
Resolve = Callable[[str], Evaluate | None]
Segments = Mapping[str, Predicate]


class SegmentMissing(ValueError):
    """A condition names a segment that does not exist."""


class Stage(NamedTuple):
    """One of the questions of a flag, which decides, or passes on by None.

    `at` is its place in the flag's document: `prerequisites.0`, `userWhitelist`, `markets`,
    `rules.0`, `serve` or `offVariant`.
    """

    at: str
    ask: Step
    rule: Rule | None = None
    serve: Serve | None = None


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
    if condition.share is not None:
        return compiled_share(condition.share)
    parts = tuple([compiled_condition(part, segments) for part in condition.parts])
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
        unit = unit_of(context.get(TARGETING_KEY))
        if unit in excluded:
            return False
        return unit in included or (when is not None and when(context))

    return belongs


def compiled_flag(flag: Flag, segments: Segments, resolve: Resolve) -> Evaluate:
    """What a flag comes to for a context; `resolve` finds the flags it waits for.

    Raises as `compiled_condition` does, and KeyError for a variant that is not there.
    """
    last = last_of(flag)
    if not flag.enabled:
        return lambda _: last
    steps = tuple([stage.ask for stage in stages(flag, segments, resolve)])
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


def stages(flag: Flag, segments: Segments, resolve: Resolve) -> Iterator[Stage]:
    """What an enabled flag asks in its order; a rule that serves nobody is not asked."""
    off = served(flag, flag.off_variant, Reason.DEFAULT)
    for place, needed in enumerate(flag.prerequisites):
        step = _prerequisite(needed.flag, frozenset(needed.variants), off, resolve)
        yield Stage(f"prerequisites.{place}", step)
    if flag.user_whitelist:
        yield Stage("userWhitelist", _whitelist(flag))
    if ANYWHERE not in flag.markets:
        yield Stage("markets", _markets(frozenset(flag.markets), off))
    for place, rule in enumerate(flag.rules):
        serve = step_of(flag, rule.serve, rule.id or str(place), Reason.TARGETING_MATCH)
        if serve is not None:
            step = _rule(compiled_condition(rule.when, segments), serve)
            yield Stage(f"rules.{place}", step, rule, rule.serve)
    plain = Reason.DEFAULT if _has_a_choice(flag) else Reason.STATIC
    if (rest := step_of(flag, flag.serve, None, plain)) is not None:
        yield Stage("serve", rest, None, flag.serve)


def last_of(flag: Flag) -> Outcome:
    """What a flag comes to when no stage decided, and always when it is not enabled."""
    if not flag.enabled:
        return served(flag, flag.off_variant, Reason.DISABLED)
    return served(flag, flag.off_variant, Reason.DEFAULT if _has_a_choice(flag) else Reason.SPLIT)


def _has_a_choice(flag: Flag) -> bool:
    is_everywhere = ANYWHERE in flag.markets
    return bool(flag.rules or flag.prerequisites or flag.user_whitelist or not is_everywhere)


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
    return lambda context: on if unit_of(context.get(TARGETING_KEY)) in listed else None


def _markets(markets: frozenset[str], off: Outcome) -> Step:
    def step(context: Context) -> Outcome | None:
        market = context.get("market")
        return None if isinstance(market, str) and market in markets else off

    return step


def _rule(holds: Predicate, serve: Step) -> Step:
    return lambda context: serve(context) if holds(context) else None
