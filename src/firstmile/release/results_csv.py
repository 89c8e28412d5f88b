"""What an experiment shows as a table for spreadsheets (RFC 4180)."""

import csv
import io
import math

from firstmile.release.results import Results

COLUMNS = (
    "experiment", "at", "metric", "variant", "conclusion", "control_people", "control_level",
    "variant_people", "variant_level", "difference", "low", "high", "p_value", "adjusted",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(found: Results) -> str:
    """One line for each goal and variant; what is not known stays empty."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for one in found.findings:
        shown, evidence = one.conclusion, one.conclusion.evidence
        figures = (
            evidence.control_level.units,
            evidence.control_level.mean,
            evidence.other_level.units,
            evidence.other_level.mean,
            evidence.effect.size,
            shown.range.low,
            shown.range.high,
            shown.p_value,
        )
        texts = (found.experiment.design.name, found.at.isoformat(), one.metric.key, one.arm)
        writer.writerow(
            [
                *(_text(text) for text in texts),
                str(shown.kind),
                *(figure if math.isfinite(figure) else "" for figure in figures),
                "yes" if evidence.is_adjusted else "no",
            ]
        )
    return table.getvalue()


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
