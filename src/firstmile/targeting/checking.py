"""What is wrong with a condition, each complaint with the place it is about."""

from collections.abc import Iterator

from .comparing import comparison
from .conditions import (
    MOST_DEPTH,
    MOST_PATTERN,
    MOST_VALUES,
    WITH_ONE_VALUE,
    WITHOUT_VALUES,
    Condition,
    Op,
)

# Where, as `rules.0.when.allOf.1`, and what.
Complaint = tuple[str, str]


def complaints(condition: Condition, at: str, depth: int = 0) -> Iterator[Complaint]:
    """All that is wrong with a condition and its parts; whether its segments exist is not asked."""
    if depth > MOST_DEPTH:
        yield at, f"goes deeper than {MOST_DEPTH} levels"
        return
    forms = (
        condition.all_of is not None,
        condition.any_of is not None,
        condition.none_of is not None,
        condition.segment is not None,
        condition.attribute is not None,
    )
    if sum(forms) != 1:
        yield at, "has to be one of allOf, anyOf, noneOf, segment or attribute"
    elif condition.attribute is not None:
        yield from _of_comparison(condition, at)
    for name, parts in (
        ("allOf", condition.all_of),
        ("anyOf", condition.any_of),
        ("noneOf", condition.none_of),
    ):
        for place, part in enumerate(parts or ()):
            yield from complaints(part, f"{at}.{name}.{place}", depth + 1)


def _of_comparison(condition: Condition, at: str) -> Iterator[Complaint]:
    op, values = condition.op, condition.values
    if not condition.attribute:
        yield f"{at}.attribute", "is empty"
    elif op in WITHOUT_VALUES:
        if values:
            yield f"{at}.values", f"is not for {op}"
    elif op in WITH_ONE_VALUE and len(values) != 1:
        yield f"{at}.values", f"has to be one value for {op}"
    elif not values:
        yield f"{at}.values", "is empty"
    elif len(values) > MOST_VALUES:
        yield f"{at}.values", f"has more than {MOST_VALUES} values; a segment may hold them"
    elif op is Op.MATCHES and any(len(str(value)) > MOST_PATTERN for value in values):
        yield f"{at}.values", f"has a pattern of more than {MOST_PATTERN} characters"
    else:
        try:
            comparison(condition)
        except ValueError as wrong:
            yield f"{at}.values", str(wrong)
