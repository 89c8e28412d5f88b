"""How help is used, counted in memory and written now and then; about nobody."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from uuid import UUID

from firstmile.help import store_figures
from firstmile.help.store_figures import Asked
from firstmile.help.words import Question
from firstmile.kernel.work import Work

MOST_SEARCHES = 2000  # different ones between two writings; whoever asks for more makes them up
SHORTEST = 3  # letters; less is a word that is being typed
MOST_WORDS = 80  # characters that are kept of a search
NUMBER = re.compile(r"\d{5,}")  # of a telephone, a card, an order: of a person, not of help
KEPT = timedelta(days=90)  # searches, and what people wrote
VOTES_KEPT = timedelta(days=365)


@dataclass
class _Counts:
    asked: int = 0
    empty: int = 0
    clicked: int = 0


class Figures:
    """Counts of this process since they were last written."""

    def __init__(self) -> None:
        self._opened: dict[UUID, int] = defaultdict(int)
        self._searches: dict[tuple[str, str], _Counts] = {}
        self._clicks: dict[UUID, int] = defaultdict(int)

    def note_opening(self, article_id: UUID) -> None:
        """Somebody opened an article."""
        self._opened[article_id] += 1

    def note_search(self, language: str, text: str, *, found: int) -> None:
        """Somebody searched for these words; `text` is normalised already."""
        if not is_kept(text):
            return
        counts = self._searches.get((language, text))
        if counts is None:
            if len(self._searches) >= MOST_SEARCHES:
                return
            counts = self._searches[language, text] = _Counts()
        counts.asked += 1
        counts.empty += not found

    def note_click(self, search_id: UUID) -> None:
        """Somebody opened what a search found."""
        if len(self._clicks) < MOST_SEARCHES:
            self._clicks[search_id] += 1

    async def write(self, work: Work) -> None:
        """Add what was counted to the tables."""
        opened, self._opened = self._opened, defaultdict(int)
        searches, self._searches = self._searches, {}
        clicks, self._clicks = self._clicks, defaultdict(int)
        if opened:
            await store_figures.add_openings(work.db, work.now.date(), sorted(opened.items()))
        asked = [
            Asked(search_id(language, text), language, text, counts.asked, counts.empty)
            for (language, text), counts in searches.items()
            if not _is_half_typed(language, text, searches)
        ]
        if asked:
            await store_figures.add_searches(
                work.db, work.now, sorted(asked, key=lambda one: one.id)
            )
        if clicks:
            await store_figures.add_clicks(work.db, work.now.date(), sorted(clicks.items()))


def search_id(language: str, text: str) -> UUID:
    """The same for the same words in every process, so that a click can name its search."""
    return UUID(bytes=blake2b(f"{language}|{text}".encode(), digest_size=16).digest())


def is_kept(text: str) -> bool:
    """Whether a search is counted: long enough to mean something, and not about a person."""
    return SHORTEST <= len(text) <= MOST_WORDS and NUMBER.search(text) is None


def counted_text(asked: Question, typed: str) -> str:
    """What is counted of a search; nothing of one that holds an address."""
    return "" if "@" in typed else asked.text


def _is_half_typed(language: str, text: str, searches: dict[tuple[str, str], _Counts]) -> bool:
    """Whether somebody was on the way to a longer question of the same moments."""
    return any(
        other != text and spoken == language and other.startswith(text)
        for spoken, other in searches
    )
