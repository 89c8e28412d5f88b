"""Shows a text: as HTML for our own pages, as the JSON of the wire, and as plain words."""

from collections.abc import Iterator
from typing import Any

import msgspec
from markupsafe import Markup, escape

from firstmile.rich_text.blocks import (
    Block,
    Break,
    Code,
    Emphasis,
    Heading,
    Inline,
    Item,
    Link,
    Listing,
    Paragraph,
    Part,
    Picture,
    Points,
    Quote,
    Rule,
    Steps,
    Strong,
    Text,
)

LOWEST = 6  # of the headings of HTML
SECTION = "section-"  # so that no author's anchor is the `id` of something of ours


def html_of(blocks: tuple[Block, ...], *, top: int = 2, has_anchors: bool = False) -> Markup:
    """A text as HTML; its highest headings are of level `top`.

    Only what the blocks may hold comes out, and every word and address is escaped. A page that
    shows one text alone may have its anchors, as the `id` SECTION and their name.
    """
    return Markup("").join(
        _heading(block, top) if has_anchors and isinstance(block, Heading) else _block(block, top)
        for block in blocks
    )


def line_of(paragraph: Paragraph) -> Markup:
    """A paragraph as HTML that may stand within a sentence."""
    return _inlines(paragraph.c)


def json_of(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    """A text as the JSON that components show."""
    found: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(blocks))
    return found


def words_of(blocks: tuple[Block, ...]) -> str:
    """A text without its form, a line for each paragraph: for searching and for summaries."""
    lines = "\n".join("".join(_words(block)) for block in blocks).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def _block(block: Block, top: int) -> Markup:
    match block:
        case Heading(c, level):
            return _in(f"h{_level(level, top)}", _inlines(c))
        case Points(c):
            return _in("ul", _items(c, top))
        case Steps(c, start):
            return Markup('<ol start="{}">{}</ol>').format(start, _items(c, top))
        case Quote(c):
            return _in("blockquote", html_of(c, top=top))
        case _:
            return _flat(block)


def _heading(one: Heading, top: int) -> Markup:
    if not one.anchor:
        return _block(one, top)
    level = _level(one.level, top)
    return Markup('<h{} id="{}{}">{}</h{}>').format(
        level, SECTION, one.anchor, _inlines(one.c), level
    )


def _level(level: int, top: int) -> int:
    return min(level + top - 1, LOWEST)


def _flat(block: Paragraph | Picture | Listing | Rule) -> Markup:
    """A block that holds no other."""
    match block:
        case Paragraph(c):
            return _in("p", _inlines(c))
        case Picture(src, alt):
            return Markup('<img src="{}" alt="{}" loading="lazy">').format(src, alt)
        case Listing(c):
            return _in("pre", _in("code", _inlines(c)))
        case Rule():
            return Markup("<hr>")


def _items(items: tuple[Item, ...], top: int) -> Markup:
    return Markup("").join(_in("li", html_of(item.c, top=top)) for item in items)


def _inlines(parts: tuple[Inline, ...] | tuple[Text, ...]) -> Markup:
    return Markup("").join(map(_inline, parts))


def _inline(part: Inline) -> Markup:
    match part:
        case Text(v):
            return escape(v)
        case Break():
            return Markup("<br>")
        case Strong(c):
            return _in("strong", _inlines(c))
        case Emphasis(c):
            return _in("em", _inlines(c))
        case Code(c):
            return _in("code", _inlines(c))
        case Link(c, href):
            return Markup('<a href="{}" rel="noopener">{}</a>').format(href, _inlines(c))


def _in(tag: str, within: Markup) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(within)  # noqa: S704  tags are ours


def _words(part: Part) -> Iterator[str]:
    match part:
        case Text(v):
            yield v
        case Picture(_, alt):
            yield alt
        case Break() | Rule():
            yield " "
        case _:
            is_of_blocks = isinstance(part, Points | Steps | Quote | Item)
            for within in getattr(part, "c", ()):
                yield from _words(within)
                yield "\n" if is_of_blocks else ""
