"""A plan for the terminal and for programs."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from itertools import islice
from typing import Any

import msgspec

from firstmile.onboarding.changing.editions import Edition
from firstmile.onboarding.changing.plans import Group, Plan, Sums
from firstmile.onboarding.files.writing import written, written_moves

HEAD = ("people", "role", "market", "steps", "percent", "then")


def table(plan: Plan, *, most: int | None) -> Iterator[str]:
    """The groups something happens to, the largest first; then how many are left out."""
    groups = sorted(
        ((group, people) for group, people in plan.groups.items() if happens_to(group)),
        key=lambda one: -one[1],
    )
    if not groups:
        return
    rows = [HEAD, *(_row(group, people) for group, people in groups[:most])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        yield "  ".join(
            cell.rjust(width) if column == 0 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
    if most is not None and len(groups) > most:
        left = sum(people for _, people in groups[most:])
        yield f"and {len(groups) - most} more groups of {left} people; --all shows them"


def summed(sums: Sums) -> str:
    """All groups in a sentence."""
    told = [
        f"{count} {words}"
        for count, words in (
            (sums.completed, "complete"),
            (sums.activated, "activated"),
            (sums.reopened, "no longer complete"),
            (sums.deactivated, "no longer activated"),
            (sums.blocked, "shut out of a route"),
        )
        if count
    ]
    projects = f", and {counted_projects(sums.projects)}" if sums.projects else ""
    follow = f": {', '.join(told)}" if told else ""
    return f"{sums.moved} of {sums.people} people move{projects}{follow}."


def counted_projects(count: int) -> str:
    """So many projects."""
    return f"{count} {'project' if count == 1 else 'projects'}"


def told_of(edition: Edition, before: Edition | None) -> Iterator[str]:
    """An edition, and the lines by which it differs from the one before."""
    undoes = "" if edition.undoes is None else f", undoes edition {edition.undoes}"
    who = edition.author.user_id or edition.author.name
    yield f"edition {edition.number}  {edition.applied_at:%Y-%m-%d %H:%M} UTC  by {who}{undoes}"
    yield f"  {edition.reason}"
    if edition.sums.people or edition.sums.projects:
        yield f"  {summed(edition.sums)}"
    if edition.moves:
        yield from (f"  {line}" for line in written_moves(edition.moves).splitlines())
    old = written(before.definitions).splitlines() if before is not None else []
    yield from (
        f"  {line}" for line in changed_lines(old, written(edition.definitions).splitlines())
    )


def changed_lines(before: list[str], after: list[str]) -> Iterator[str]:
    """What differs, with the two lines around it, as `diff -u` writes it, without file names."""
    return islice(unified_diff(before, after, n=2, lineterm=""), 2, None)


def as_document(plan: Plan) -> dict[str, Any]:
    """A plan as JSON; groups with every status before and after."""
    return {
        "digest": plan.digest,
        "edition": plan.edition,
        "isNothing": plan.is_nothing,
        "added": plan.added,
        "changed": plan.changed,
        "removed": plan.removed,
        "renamed": plan.renamed,
        "sums": msgspec.to_builtins(plan.sums),
        "groups": [
            _document(group, people)
            for group, people in sorted(plan.groups.items(), key=lambda one: -one[1])
        ],
    }


def happens_to(group: Group) -> bool:
    """Whether anything happens to these people."""
    return bool(group.moved or group.blocked or group.progress[0] != group.progress[1])


def _row(group: Group, people: int) -> tuple[str, ...]:
    moved = [f"{key}: {before or '-'} → {after or '-'}" for key, before, after in group.moved]
    before, after = group.progress
    return (
        str(people),
        ", ".join(group.roles) or "-",
        group.market or "-",
        "; ".join(moved) or "-",
        f"{before} → {after} %" if before != after else f"{after} %",
        ", ".join(consequences(group)) or "-",
    )


def consequences(group: Group) -> Iterable[str]:
    """What follows for these people, in words."""
    words = (
        (group.completed, "complete"),
        (group.activated, "activated"),
        (group.reopened, "no longer complete"),
        (group.deactivated, "no longer activated"),
    )
    yield from (word for is_so, word in words if is_so)
    yield from (f"shut out of {path}" for path in group.blocked)


def _document(group: Group, people: int) -> dict[str, Any]:
    return {
        "people": people,
        "roles": group.roles,
        "market": group.market,
        "from": dict(group.before),
        "to": dict(group.after),
        "progress": {"from": group.progress[0], "to": group.progress[1]},
        "completed": group.completed,
        "reopened": group.reopened,
        "activated": group.activated,
        "deactivated": group.deactivated,
        "blocked": group.blocked,
    }
