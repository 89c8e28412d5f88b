"""Flags that wait for flags: circles, and how long the chains are."""

from collections.abc import Iterator, Mapping

from .flags import Flag


def in_circles(flags: Mapping[str, Flag]) -> Iterator[str]:
    """The flags that wait for themselves, by way of others or not."""
    for key in flags:
        if key in needed_by(flags, key):
            yield key


def needed_by(flags: Mapping[str, Flag], key: str) -> set[str]:
    """Every flag that a flag waits for, by way of others too; itself only in a circle."""
    seen: set[str] = set()
    waiting = [needed.flag for needed in flags[key].prerequisites]
    while waiting:
        one = waiting.pop()
        if one not in seen and one in flags:
            seen.add(one)
            waiting += [needed.flag for needed in flags[one].prerequisites]
    return seen


def longest_chain(flags: Mapping[str, Flag]) -> int:
    """How many flags wait for one another at most; circles are counted as far as they go."""
    depths: dict[str, int] = {}
    for first in flags:
        path = [first]
        while path:
            key = path[-1]
            needed = [one.flag for one in flags[key].prerequisites if one.flag in flags]
            ahead = [one for one in needed if one not in depths and one not in path]
            if ahead and key not in depths:
                path.append(ahead[0])
            else:
                depths[key] = 1 + max((depths.get(one, 0) for one in needed), default=0)
                path.pop()
    return max(depths.values(), default=0)
