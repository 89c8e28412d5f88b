"""What readers do: open an article, search, and say whether it helped."""

from firstmile.help import store_figures, store_search
from firstmile.help.counting import Figures, counted_text
from firstmile.help.models import Reason, no_such_article
from firstmile.help.shelf import Shelf, answers
from firstmile.help.store_figures import Feedback
from firstmile.help.store_search import Hit, Published
from firstmile.help.words import Question
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import new_id
from firstmile.kernel.visit import Visit


def is_staff(actor: Actor | None) -> bool:
    """Whether somebody reads what is for staff: not while they see what another sees."""
    return actor is not None and actor.staff_role is not None and actor.impersonator_id is None


async def open_article(visit: Visit, language: str, slug: str) -> Published:
    """An article with its text, counted as opened; NotFound when this reader has none such."""
    actor = await visit.visitor()
    known = visit.part(Shelf).titled(language, slug, with_staff=is_staff(actor))
    if known is None:
        raise no_such_article()
    async with visit.reading() as db:
        one = await store_search.published_one(db, language, slug)
    if one is None:
        raise no_such_article()
    visit.part(Figures).note_opening(one.article_id)
    return one


async def search(
    visit: Visit, language: str, text: str, *, is_typing: bool
) -> tuple[Question, list[Hit]]:
    """What answers a question; one that is still being typed is not counted."""
    actor = await visit.visitor()
    async with visit.reading() as db:
        asked, found = await answers(
            db, visit.part(Shelf), text, language, with_staff=is_staff(actor)
        )
    if not is_typing:
        visit.part(Figures).note_search(language, counted_text(asked, text), found=len(found))
    return asked, found


async def say(
    visit: Visit,
    language: str,
    slug: str,
    *,
    is_helpful: bool,
    reason: Reason | None,
    comment: str | None,
) -> None:
    """Keep whether an article helped; not who says so. NotFound when there is none such."""
    actor = await visit.visitor()
    known = visit.part(Shelf).titled(language, slug, with_staff=is_staff(actor))
    if known is None:
        raise no_such_article()
    work = await visit.work()
    said = (comment or "").strip() or None
    one = Feedback(new_id(), known.number, known.language, is_helpful, reason, said, work.now)
    await store_figures.add_feedback(work.db, known.article_id, one)
