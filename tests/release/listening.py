"""A client of Server-Sent Events, as simple as the format allows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Heard:
    """One event with its data, its id and its type."""

    id: str
    type: str
    data: str


@contextmanager
def listening(url: str, **headers: str) -> Iterator[Iterator[Heard]]:
    """The events of a stream as they come; the connection closes at the end of the block."""
    with httpx.stream("GET", url, headers=headers, timeout=10) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[Heard]:
    """Lines put together as the HTML standard says (9.2.6), without what we do not send."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "data" in fields:
                yield Heard(fields.get("id", ""), fields.get("event", "message"), fields["data"])
            fields = {}
