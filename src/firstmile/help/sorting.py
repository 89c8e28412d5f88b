"""What authors do with categories and synonyms."""

from collections.abc import Iterable
from uuid import UUID

from firstmile.help import store, store_search
from firstmile.help.models import KEY, MOST_KEY, Category
from firstmile.help.shelf import TOPIC
from firstmile.help.store_search import SynonymRow
from firstmile.help.words import words_of
from firstmile.kernel.ids import new_id
from firstmile.kernel.languages import DEFAULT, LANGUAGES, N_
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints

MOST_SYNONYMS = 20  # in a group
LONGEST_PHRASE = 4  # words


async def put_category(work: Work, hints: Hints, one: Category) -> Category:
    """Make a category, or call it otherwise; Invalid for a key or a name that does not hold."""
    if not KEY.fullmatch(one.key) or len(one.key) > MOST_KEY:
        raise Invalid.field("key", N_("Write small letters and digits with hyphens between them."))
    titles = {key: said.strip() for key, said in one.titles.items() if key in LANGUAGES}
    if not titles.get(DEFAULT):
        raise Invalid.field("titles", N_("Give it a name in English at least."))
    kept = Category(one.key, {key: said for key, said in titles.items() if said}, one.position)
    await store.put_category(work.db, kept)
    await hints.tell_with(work, TOPIC, one.key)
    return kept


async def put_synonyms(
    work: Work, hints: Hints, language: str, words: Iterable[str], synonym_id: UUID | None = None
) -> SynonymRow:
    """Keep words that mean the same; Invalid when they are no two short phrases of a language."""
    kept = list({tuple(words_of(word)): word.strip() for word in words if words_of(word)}.values())
    is_short = all(len(words_of(word)) <= LONGEST_PHRASE for word in kept)
    if language not in LANGUAGES:
        raise Invalid.field("language", N_("We do not speak this language."))
    if not 2 <= len(kept) <= MOST_SYNONYMS or not is_short:
        raise Invalid.field("words", N_("Write two to twenty words or short phrases."))
    row = SynonymRow(synonym_id or new_id(), language, kept, is_shipped=False)
    await store_search.put_synonyms(work.db, row)
    await hints.tell_with(work, TOPIC, str(row.id))
    return row


async def forget_synonyms(work: Work, hints: Hints, synonym_id: UUID) -> None:
    """Take words apart that meant the same; NotFound when there are none of this id."""
    if not await store_search.forget_synonyms(work.db, synonym_id):
        raise NotFound(N_("There are no such synonyms."), error="synonyms_not_found")
    await hints.tell_with(work, TOPIC, str(synonym_id))
