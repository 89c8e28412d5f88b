"""What the charts of the page are drawn from: figures, and the words that stand in them."""

from typing import Any

from firstmile.onboarding.insights.figures import Lasting
from firstmile.web.insights.gathering import DAY, HOUR, MINUTE, Figures
from firstmile.web.insights.telling import Words

TICKS = (MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 4 * DAY, 16 * DAY, 64 * DAY)


def charts_of(figures: Figures, words: Words, unit: str) -> dict[str, Any]:
    """One entry for each chart; a chart without one is not drawn."""
    return {
        "funnel": [
            {
                "title": told["title"],
                "share": one.share,
                "label": f"{told['share']} · {one.done}/{one.meant}",
            }
            for one in figures.steps
            for told in [words.step(one)]
        ],
        "durations": _durations(figures, words),
        "completions": _completions(figures, words, unit),
        "blocked": [
            {"title": words.title(one.step), "times": one.blocked}
            for one in sorted(figures.steps, key=lambda step: -step.blocked)
            if one.blocked
        ],
        "comparison": [
            {"title": row["title"], "shares": row["shares"], "told": row["told"]}
            for row in (words.comparison(figures) or {"rows": []})["rows"]
            if row["shares"]
        ],
    }


def met(lasting: list[Lasting]) -> list[Lasting]:
    """The ranges from the first that anybody is in to the last."""
    places = [place for place, one in enumerate(lasting) if one.people]
    return lasting[places[0] : places[-1] + 1] if places else []


def _durations(figures: Figures, words: Words) -> dict[str, Any] | None:
    bars = met(list(figures.lasting))
    if not bars:
        return None
    low, high = bars[0].least, bars[-1].most
    whole = figures.whole
    shares = ((50, whole.seconds_p50), (75, whole.seconds_p75), (90, whole.seconds_p90))
    return {
        "bars": [{"least": one.least, "most": one.most, "people": one.people} for one in bars],
        "ticks": [{"at": at, "label": words.length(at)} for at in TICKS if low <= at <= high],
        "marks": [
            {"at": min(max(at, low), high), "label": f"p{share}: {words.lasted(at)}"}
            for share, at in shares
            if at is not None
        ],
    }


def _completions(figures: Figures, words: Words, unit: str) -> list[dict[str, Any]]:
    began = {one.first: one.people for one in figures.groups}
    return [
        {
            "first": first.isoformat(),
            "name": words.period(first, unit),
            "began": began.get(first, 0),
            "activated": figures.activations.get(first, 0),
        }
        for first in sorted(began.keys() | figures.activations.keys())
    ]
