"""How long it takes to find what somebody is shown, among fifty contents: memory alone.

Run: `python -m bench.guidance`.
"""

from datetime import UTC, datetime
from statistics import quantiles
from time import perf_counter

from firstmile.guidance.attention import Numbers, Situation, decide
from firstmile.guidance.models import Content, Kind, Wording
from firstmile.guidance.shelf import shelved
from firstmile.targeting.conditions import Condition, Op

CONTENTS, TIMES = 50, 5_000
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PERSON = {
    "targetingKey": "alice",
    "roles": ["owner"],
    "market": "CA",
    "locale": "fr",
    "stepsDone": ["verify-email", "complete-profile"],
    "daysSinceSignUp": 3,
}


def content(number: int) -> Content:
    """One of four comparisons and two routes, of which every fifth fits."""
    markets = ("CA", "FR") if number % 5 == 0 else ("US",)
    when = Condition(
        all_of=(
            Condition(attribute="roles", values=("owner", "admin")),
            Condition(attribute="daysSinceSignUp", op=Op.LESS, values=(14,)),
            Condition(any_of=(Condition(attribute="market", values=markets),)),
            Condition(none_of=(Condition(attribute="stepsDone", values=("create-project",)),)),
        )
    )
    words = {"en": Wording("Invite others", "It is **free**."), "fr": Wording("Invitez", "*Oui*")}
    routes = ("/projects/*", "!/projects/:id/keys")
    return Content(f"tip-{number}", Kind.TIP, words, routes=routes, when=when)


def milliseconds() -> list[float]:
    """The time of each question: the rules, the attention budget, and the texts in a language."""
    shelf = shelved("production", 1, [(content(number), 1) for number in range(CONTENTS)], {})
    taken = []
    for _ in range(TIMES):
        began = perf_counter()
        for piece in shelf.fitting(PERSON, "/projects/7", NOW):
            situation = Situation(now=NOW, frequency=piece.content.frequency)
            if decide(situation, Numbers()).reason is None:
                piece.said("fr")
        taken.append((perf_counter() - began) * 1000)
    return taken


def main() -> None:
    """Print the median and the 95th and 99th percentile."""
    cuts = quantiles(milliseconds(), n=100)
    print(f"{CONTENTS} contents, {TIMES} questions")
    print(f"p50 {cuts[49]:.3f} ms · p95 {cuts[94]:.3f} ms · p99 {cuts[98]:.3f} ms")


if __name__ == "__main__":
    main()
