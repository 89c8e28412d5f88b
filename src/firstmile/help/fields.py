"""What helps with a field of a form: a section of an article, or else its summary."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from firstmile.help.store_search import Published
from firstmile.rich_text.blocks import Block, Heading, Paragraph
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import SECTION, line_of, words_of

KIND = "field:"


@dataclass(frozen=True)
class FieldHelp:
    """A few words about a field as safe HTML, with the article they are of."""

    article: Published
    title: str
    text: Markup
    anchor: str = ""

    @property
    def href(self) -> str:
        """Where more of it is said."""
        page = f"/help/{self.article.slug}"
        return f"{page}#{SECTION}{self.anchor}" if self.anchor else page


def fields_of(article: Published) -> dict[str, FieldHelp]:
    """What an article says about fields, by field such as `sign-up.password`.

    The place `field:sign-up.password#strong` names the section below `## Some heading {#strong}`.
    """
    named = [one.removeprefix(KIND) for one in article.contexts if one.startswith(KIND)]
    blocks = read(article.body) if named else ()
    found = {}
    for one in named:
        field, _, anchor = one.partition("#")
        found[field] = _of_section(article, blocks, anchor) or FieldHelp(
            article, article.title, escape(article.summary)
        )
    return found


def _of_section(article: Published, blocks: Sequence[Block], anchor: str) -> FieldHelp | None:
    """The first paragraph below the heading of this anchor; None when there is none."""
    below = iter(blocks)
    for heading in below:
        if anchor and isinstance(heading, Heading) and heading.anchor == anchor:
            first = next(below, None)
            if isinstance(first, Paragraph):
                return FieldHelp(article, words_of((heading,)), line_of(first), anchor)
    return None
