"""What is wrong with a condition, each complaint with the place it is about."""

from collections.abc import Iterator

from .comparing import comparison
from .conditions import (
    MOST_DEPTH,
    MOST_NAME,
    MOST_PATTERN,
    MOST_VALUES,
    WITH_ONE_VALUE,
    WITHOUT_VALUES,
    Condition,
    Op,
    Share,
)
from .hashing import FINEST, Hash

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
        condition.share is not None,
        condition.attribute is not None,
    )
    if sum(forms) != 1:
        yield at, "has to be one of allOf, anyOf, noneOf, segment, share or attribute"
    elif condition.attribute is not None:
        yield from _of_comparison(condition, at)
    elif condition.share is not None:
        yield from _of_share(condition.share, f"{at}.share")
    elif _compares(condition):
        yield at, "has op, values, ignoreCase or loose, which are for an attribute"
    for name, parts in (
        ("allOf", condition.all_of),
        ("anyOf", condition.any_of),
        ("noneOf", condition.none_of),
    ):
        for place, part in enumerate(parts or ()):
            yield from complaints(part, f"{at}.{name}.{place}", depth + 1)


def of_percentage(percentage: float, version: Hash, at: str) -> Iterator[Complaint]:
    """What is wrong with a percentage that is hashed so."""
    finest = FINEST.get(version, 1)
    if not 0 <= percentage <= 100 or not _is_whole(percentage * 1000):
        yield at, "has to be 0 to 100, in thousandths at the finest"
    elif not _is_whole(percentage * 1000 / finest):
        yield at, f"has to be in steps of {finest / 1000:g} with {version}"


def _of_share(share: Share, at: str) -> Iterator[Complaint]:
    yield from of_percentage(share.begin, share.hash_version, f"{at}.begin")
    yield from of_percentage(share.end, share.hash_version, f"{at}.end")
    if share.begin > share.end:
        yield f"{at}.begin", "is past its end"
    if share.hash_version is Hash.UNLEASH_VARIANTS:
        yield f"{at}.hashVersion", "is for weights alone"
    yield from of_attribute(share.by, f"{at}.by")


def of_attribute(name: str, at: str) -> Iterator[Complaint]:
    """What is wrong with the name of an attribute."""
    if not name:
        yield at, "is empty"
    elif len(name) > MOST_NAME:
        yield at, f"has more than {MOST_NAME} characters"


def _compares(condition: Condition) -> bool:
    said = condition.values or condition.ignore_case or condition.loose
    return bool(said) or condition.op is not Op.IS


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def _of_comparison(condition: Condition, at: str) -> Iterator[Complaint]:
    op, values = condition.op, condition.values
    if wrong := list(of_attribute(condition.attribute or "", f"{at}.attribute")):
        yield from wrong
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
