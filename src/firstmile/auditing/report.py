"""What an audit found, as text for people and as JSON for programs."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from firstmile.auditing.enumeration import Finding, Heard, Result

WIDTHS = (14, 10, 11, 13, 9, 8)
HEADS = ("state", "status", "median", "difference", "effect", "p")


def as_text(url: str, results: Sequence[Result]) -> Iterable[str]:
    """The lines of the report."""
    yield f"Which addresses have an account at {url}?"
    for result in results:
        probe, reference = result.probe, result.reference
        again = ", the second of two in a row" if probe.attempt > 1 else ""
        yield ""
        yield f"POST {probe.path}{again} ({len(reference.seconds)} answers to each)"
        yield f"  {_line(HEADS).rstrip()}"
        yield f"  {_line((reference.state, _statuses(reference), _median(reference))).rstrip()}"
        yield from (f"  {_of(finding)}" for finding in result.findings)
    yield ""
    yield _verdict(results)


def as_document(url: str, results: Sequence[Result]) -> dict[str, Any]:
    """The report for programs; `differences` is 0 when nothing tells."""
    return {
        "url": url,
        "differences": sum(len(result.telling) for result in results),
        "probes": [
            {
                "name": result.probe.name,
                "path": result.probe.path,
                "attempt": result.probe.attempt,
                "samples": len(result.reference.seconds),
                "states": [_state(result.reference), *map(_finding, result.findings)],
            }
            for result in results
        ],
    }


def _verdict(results: Sequence[Result]) -> str:
    told = [
        f"{finding.heard.state} ({result.probe.name})"
        for result in results
        for finding in result.telling
    ]
    if not told:
        return "Nothing tells which addresses have an account: not the answers, not their time."
    return f"Told from an unknown address: {', '.join(told)}."


def _of(finding: Finding) -> str:
    heard, found = finding.heard, finding.comparison
    cells = (
        heard.state,
        _statuses(heard),
        _median(heard),
        f"{found.median_difference * 1000:+.2f} ms",
        f"{found.effect:+.3f}",
        f"{found.chance:.3f}",
    )
    signs = [*finding.aspects, *(["time"] if found.is_notable else [])]
    return f"{_line(cells)}{'TELLS by ' + ', '.join(signs) if signs else 'alike'}"


def _line(cells: Sequence[str]) -> str:
    """Cells in columns; what follows them stands behind the last."""
    return "".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=False))


def _statuses(heard: Heard) -> str:
    return "/".join(str(status) for status in sorted({one.status for one in heard.said}))


def _median(heard: Heard) -> str:
    return f"{statistics.median(heard.seconds) * 1000:.2f} ms"


def _state(heard: Heard) -> dict[str, Any]:
    deciles = statistics.quantiles(heard.seconds, n=10)
    return {
        "state": heard.state,
        "statuses": sorted({one.status for one in heard.said}),
        "medianMs": round(statistics.median(heard.seconds) * 1000, 3),
        "decilesMs": [round(value * 1000, 3) for value in deciles],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    found = finding.comparison
    return _state(finding.heard) | {
        "differenceMs": round(found.median_difference * 1000, 3),
        "effect": round(found.effect, 4),
        "p": round(found.chance, 6),
        "aspects": list(finding.aspects),
        "tells": finding.tells,
    }
