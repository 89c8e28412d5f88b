"""What may be read now, as a snapshot in memory: titles, places and synonyms, without the texts."""

from collections import defaultdict
from collections.abc import Sequence

from firstmile.help import store, store_search
from firstmile.help.fields import FieldHelp, fields_of
from firstmile.help.models import Category
from firstmile.help.places import Place, nearness
from firstmile.help.store_search import Hit, Published
from firstmile.help.words import NO_SYNONYMS, Question, Synonyms, question, synonyms_of
from firstmile.kernel.database import Connection, Database

TOPIC = "help"
MOST_HERE = 5  # articles offered for a place; more is a list nobody reads


class Shelf:
    """What every request reads and nothing waits for; replaced when a hint says so."""

    def __init__(self) -> None:
        self.categories: dict[str, Category] = {}
        self.revision = 0
        self._by_slug: dict[str, dict[str, Published]] = {}
        self._by_field: dict[str, dict[str, FieldHelp]] = {}
        self._synonyms: dict[str, Synonyms] = {}

    async def load(self, database: Database) -> None:
        """Read what is published."""
        async with database.lease() as db:
            found = await store_search.published(db)
            same = await store_search.synonyms(db)
            self.categories = await store.categories(db)
        by_slug: dict[str, dict[str, Published]] = defaultdict(dict)
        by_field: dict[str, dict[str, FieldHelp]] = defaultdict(dict)
        groups: dict[str, list[Sequence[str]]] = defaultdict(list)
        for one in found:
            by_slug[one.language][one.slug] = one
            by_field[one.language] |= fields_of(one)
        for row in same:
            groups[row.language].append(row.words)
        self._by_slug, self._by_field = by_slug, by_field
        self._synonyms = {
            language: synonyms_of(same, language) for language, same in groups.items()
        }
        self.revision += 1

    def all(self, language: str, *, with_staff: bool) -> list[Published]:
        """Everything there is to read, by title."""
        found = self._by_slug.get(language, {}).values()
        return [one for one in found if with_staff or not one.is_for_staff]

    def titled(self, language: str, slug: str, *, with_staff: bool) -> Published | None:
        """An article by its address, without its text."""
        one = self._by_slug.get(language, {}).get(slug)
        return one if one and (with_staff or not one.is_for_staff) else None

    def of_field(self, language: str, field: str, *, with_staff: bool) -> FieldHelp | None:
        """What helps with a field of a form, such as `sign-up.password`."""
        one = self._by_field.get(language, {}).get(field)
        return one if one and (with_staff or not one.article.is_for_staff) else None

    def here(self, language: str, place: Place, *, with_staff: bool) -> list[Published]:
        """The articles that belong to a place, the closest first."""
        near = [
            (nearness(one.contexts, place), one)
            for one in self.all(language, with_staff=with_staff)
        ]
        found = sorted((-close, one.title, one.slug) for close, one in near if close)
        return [self._by_slug[language][slug] for _, _, slug in found[:MOST_HERE]]

    def question(self, text: str, language: str) -> Question:
        """What somebody asks for, widened by what means the same."""
        return question(text, language, self._synonyms.get(language, NO_SYNONYMS))


async def answers(
    db: Connection, shelf: Shelf, text: str, language: str, *, with_staff: bool
) -> tuple[Question, list[Hit]]:
    """What somebody asks for, and the articles that answer it, the best first."""
    asked = shelf.question(text, language)
    if not asked.sayings:
        return asked, []
    found = await store_search.search(
        db, language, asked.sayings, asked.text, with_staff=with_staff
    )
    return asked, found
