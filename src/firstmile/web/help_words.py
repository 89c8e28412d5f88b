"""Help in the words of a page: states, doubts, reasons, and what differs."""

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from firstmile.help.diffs import Change, Difference, Line
from firstmile.help.models import Content, Doubt, Reason, State, Text, Use
from firstmile.help.overview import Standing
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.rich_text.blocks import Heading
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import html_of
from firstmile.web.flag_words import Words

PATH = "/console/help"
AROUND = 1  # unchanged lines that are shown beside one that changed
STATES = {
    State.DRAFT: N_("Draft"),
    State.PUBLISHED: N_("Published"),
    State.ARCHIVED: N_("Archived"),
}
DOUBTS = {
    Doubt.PLACE_GONE: N_("a step it is about is gone"),
    Doubt.UNHELPFUL: N_("too few find it helpful"),
    Doubt.NEWER_SHIPPED: N_("Firstmile brought a newer text"),
    Doubt.TRANSLATION_MISSING: N_("a translation is missing"),
    Doubt.TRANSLATION_BEHIND: N_("a translation is behind"),
    Doubt.OLD: N_("nobody looked at it for nine months"),
}
REASONS = {
    Reason.UNCLEAR: N_("It is hard to follow"),
    Reason.WRONG: N_("It is not right"),
    Reason.INCOMPLETE: N_("Something is missing"),
    Reason.OTHER_QUESTION: N_("I had another question"),
}
PARTS = {
    "title": N_("Title"),
    "summary": N_("Summary"),
    "body": N_("Text"),
    "category": N_("Category"),
    "contexts": N_("Places"),
    "related": N_("See also"),
    "audience": N_("For whom"),
}
SIGNS = {Change.SAME: " ", Change.ADDED: "+", Change.REMOVED: "-"}


class HelpWords(Words):
    """Says help in one language."""

    def standing(self, one: Standing) -> dict[str, Any]:
        """An article in a list, and at the head of its page."""
        article, content = one.article, one.content
        return {
            "slug": article.slug,
            "href": f"{PATH}/articles/{article.slug}",
            "title": content.in_language(self.language)[1].title,
            "state": str(article.state),
            "state_words": self.say(STATES[article.state]),
            "has_draft": article.has_draft,
            "published": article.published,
            "head": article.head,
            "languages": [LANGUAGES[code] for code in LANGUAGES if code in content.texts],
            "places": list(content.contexts),
            "is_for_staff": content.is_for_staff,
            "opened": one.use.opened,
            "helpful": self.helpful(one.use),
            "doubts": [self.say(DOUBTS[doubt]) for doubt in one.doubts],
        }

    def helpful(self, use: Use) -> str:
        """How many it helped; with few votes in numbers, because a share would say too much."""
        votes = use.helpful + use.unhelpful
        if not votes:
            return ""
        if use.ratio is None:
            return self.say(N_("helped %(some)s of %(all)s"), some=use.helpful, all=votes)
        share = round(100 * use.ratio)
        return self.say(N_("helped %(share)s %% of %(all)s"), share=share, all=votes)

    def looks(self, content: Content) -> list[dict[str, Any]]:
        """An article as readers of each language would see it."""
        return [self._look(code, text) for code, text in sorted(content.texts.items())]

    def _look(self, code: str, text: Text) -> dict[str, Any]:
        return {
            "code": code,
            "language": LANGUAGES.get(code, code),
            "title": text.title,
            "summary": text.summary,
            "body": shown(text.body, top=4),
        }

    def difference(self, one: Difference) -> dict[str, Any]:
        """A part that differs, with its lines."""
        language, _, name = one.part.rpartition(".")
        part = self.say(PARTS[name])
        return {
            "part": f"{part} · {LANGUAGES.get(language, language)}" if language else part,
            "lines": list(_lines(one.lines)),
        }


def shown(body: str, *, top: int, has_anchors: bool = False) -> Markup:
    """The text of an article; the highest heading in it is of level `top`, however it is written.

    Authors begin with `##`, because the title is the first; a level left out confuses who hears.
    """
    blocks = read(body)
    highest = min((one.level for one in blocks if isinstance(one, Heading)), default=1)
    return html_of(blocks, top=top + 1 - highest, has_anchors=has_anchors)


def _lines(lines: Sequence[Line]) -> Iterator[dict[str, str]]:
    """What changed with what stands beside it; an ellipsis for the rest."""
    changed = [at for at, line in enumerate(lines) if line.change is not Change.SAME]
    near = {at + step for at in changed for step in range(-AROUND, AROUND + 1) if at + step >= 0}
    skipped = False
    for at, line in enumerate(lines):
        if at in near:
            skipped = False
            sign = SIGNS[line.change]
            yield {"sign": sign.strip(), "text": f"{sign} {line.text}"}
        elif not skipped:
            skipped = True
            yield {"sign": "", "text": "  …"}
