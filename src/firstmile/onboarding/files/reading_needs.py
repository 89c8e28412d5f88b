"""Reads what a step or a route waits for, and says what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from firstmile.onboarding.files.fields import FIX, NEED, complaints
from firstmile.onboarding.files.lined_yaml import Lined
from firstmile.onboarding.requirements import Fix, Need

Wrong = Callable[[int, str], None]

HREF = re.compile(r"(/(?![/\\])|https?://)[\x21-\x7e]*")


def check_href(where: Lined, wrong: Wrong) -> None:
    """Say when a link leads nowhere that a page of ours may lead to."""
    href = where.get("href", "/")
    if isinstance(href, str) and not HREF.fullmatch(href):
        wrong(where.line_of("href"), "href is a path, or an http or https address")


def read_needs(where: Lined, name: str, wrong: Wrong) -> tuple[tuple[str, ...], tuple[Need, ...]]:
    """The keys that are all needed, and the groups of which any step is enough."""
    values = where.get(name)
    if not isinstance(values, list):
        return (), ()
    plain = tuple(value for value in values if isinstance(value, str))
    groups = [value for value in values if isinstance(value, Lined)]
    if len(plain) + len(groups) < len(values):
        wrong(where.line_of(name), f"{name} is a list of keys, and of `any:` with keys")
    return plain, tuple(need for group in groups for need in _group(group, wrong))


def _group(group: Lined, wrong: Wrong) -> Iterator[Need]:
    found = list(complaints(group, NEED))
    keys, reason, fix = group.get("any"), group.get("reason"), group.get("fix")
    if isinstance(keys, list) and not _are_words(keys):
        found.append((group.line_of("any"), "any is a list of one step or more"))
    if isinstance(reason, Lined) and not (_are_words(reason.values()) and reason.get("en")):
        found.append((reason.line, "reason is a text by language, with 'en'"))
    if isinstance(fix, Lined):
        found += complaints(fix, FIX)
        check_href(fix, lambda line, message: found.append((line, message)))
        if fix.get("step") is not None and isinstance(keys, list) and fix["step"] not in keys:
            found.append((fix.line_of("step"), "the step of a fix is one of `any:`"))
    for line, message in found:
        wrong(line, message)
    if not found:
        href = dict(fix or {})
        yield Need(tuple(keys or ()), dict(reason or {}), Fix(**href) if href else None)


def _are_words(values: Iterable[Any]) -> bool:
    given = list(values)
    return bool(given) and all(isinstance(value, str) and value.strip() for value in given)
