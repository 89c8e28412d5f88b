"""`python -m bench.help`: how long a search of the help takes among 1,000 articles."""

import argparse
import asyncio
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench.report import machine
from bench.stage import DURABLE, settings_for
from firstmile.help.excerpts import excerpt
from firstmile.help.files import read_library
from firstmile.help.models import Article, Content, Text, Version
from firstmile.help.publishing import put_into_force
from firstmile.help.shelf import Shelf, answers
from firstmile.help.shipping import ship
from firstmile.help.store import add_article, categories
from firstmile.kernel.ids import new_id
from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import temporary_cluster
from firstmile.service import Service
from firstmile.settings import Settings

ARTICLES = 1000
KEPT = Path(__file__).parent / "HELP.md"
SHARES = (0.5, 0.95, 0.99, 1.0)
EACH_WORDS = 220  # of an article that is made up; those that ship have 180 in the mean
SEED = 7


def main() -> None:
    """Fill the shelves, ask, print the table, and keep it."""
    options = argparse.ArgumentParser(prog="python -m bench.help", description=__doc__)
    options.add_argument("--rounds", type=int, default=20, help="how often each question is asked")
    options.add_argument("--quick", action="store_true", help="2 rounds; keeps no results")
    given = options.parse_args()
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        database = Path(folder) / "database"
        with temporary_cluster(database, parameters=DURABLE) as cluster:
            migrate(cluster.url)
            rounds = 2 if given.quick else given.rounds
            found = asyncio.run(measured(settings_for(cluster.url, Path(folder)), rounds))
    table = report(found, others)
    print(table)
    if not given.quick:
        KEPT.write_text(table)


async def measured(settings: Settings, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each search, by what was done to the words of its question."""
    service = Service(settings)
    await service.database.open()
    await fill(service)
    shelf = service.parts.get(Shelf)
    await shelf.load(service.database)
    chance, found = random.Random(SEED), {}
    async with service.database.lease() as db:
        await db.execute("VACUUM ANALYZE")
        for kind, questions in asked(chance).items():
            times = []
            for number in range(rounds + 1):
                for language, text in questions:
                    began = perf_counter()
                    _, hits = await answers(db, shelf, text, language, with_staff=True)
                    for hit in hits:
                        excerpt(hit.text, hit.stems)
                    if number:  # the first round fills the caches
                        times.append((perf_counter() - began) * 1000)
            found[kind] = times
    await service.database.close()
    return found


def asked(chance: random.Random) -> dict[str, list[tuple[str, str]]]:
    """Questions of one to four words out of the titles that ship, and the same mishandled."""
    questions = []
    for article in read_library().articles:
        for language, text in article.content.texts.items():
            words = [word for word in text.title.split() if word.isalnum()]
            questions.append((language, " ".join(words[: chance.randint(1, 4)]) + " "))
    return {
        "as it is": questions,
        "a letter wrong": [(one, mistyped(chance, text)) for one, text in questions],
        "half written": [(one, text.strip()[:-2]) for one, text in questions],
    }


def mistyped(chance: random.Random, text: str) -> str:
    """The longest word with a letter less."""
    longest = max(text.split(), key=len, default="")
    at = chance.randrange(max(1, len(longest)))
    return text.replace(longest, longest[:at] + longest[at + 1 :], 1)


async def fill(service: Service) -> None:
    """What ships, and others made of the same words in another order."""
    library, chance = read_library(), random.Random(SEED)
    words = {
        language: " ".join(one.content.texts[language].body for one in library.articles).split()
        for language in ("en", "fr")
    }
    async with service.works.begin() as work:
        await ship(work, library)
        key = next(iter(await categories(work.db)))
        for number in range(ARTICLES - len(library.articles)):
            article = Article(new_id(), f"made-up-{number}", 1, None, None, 1, work.now, work.now)
            await add_article(work.db, article)
            texts = {language: made_up(chance, said) for language, said in words.items()}
            version = Version(1, Content(key, texts), "", None, False, work.now)
            await put_into_force(work.db, article, version, work.now)


def made_up(chance: random.Random, words: list[str]) -> Text:
    """A text of real words, with one of its own."""
    own = f"word{chance.randrange(10_000)}"
    body = " ".join([own, *chance.choices(words, k=EACH_WORDS)])
    return Text(" ".join(chance.choices(words, k=5)), " ".join(chance.choices(words, k=14)), body)


def report(found: dict[str, list[float]], others: float) -> str:
    """The table of milliseconds, with what it was measured on."""
    return "\n".join(_lines(found, others)) + "\n"


def _lines(found: dict[str, list[float]], others: float) -> Iterator[str]:
    yield "# Searching the help"
    yield ""
    yield machine(others)
    yield ""
    yield (
        f"{ARTICLES:,} published articles in two languages, one after the other on one connection: "
        "the words made comparable, the one statement, and the excerpts of all results. The "
        "questions are beginnings of the titles that ship. In milliseconds."
    )
    yield ""
    yield "| the words | searches | p50 | p95 | p99 | longest |"
    yield "|---|--:|--:|--:|--:|--:|"
    for kind, times in found.items():
        ranked = sorted(times)
        told = [f"{ranked[min(len(ranked) - 1, int(len(ranked) * one))]:.1f}" for one in SHARES]
        yield f"| {kind} | {len(times)} | {' | '.join(told)} |"


if __name__ == "__main__":
    main()
