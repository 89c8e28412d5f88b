"""Reads Markdown: the subset of CommonMark that a text may use."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from firstmile.kernel.languages import N_
from firstmile.rich_text.addresses import is_safe_link, is_safe_picture
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
    Picture,
    Points,
    Quote,
    Rule,
    Steps,
    Strong,
    Text,
)

MOST_CHARACTERS = 50_000
MOST_NESTING = 20  # levels, two for each list; what is deeper is left out
MOST_LEVEL = 4  # of headings; lower ones are shown as the lowest
ANCHOR = re.compile(r"\s*\{#([a-z0-9-]{1,80})\}$")  # `## Heading {#name}`, as in Pandoc
HTML_REFUSED = N_("HTML is shown as the letters it is made of. Use Markdown.")
LINK_REFUSED = N_("A link leads to https://, http://, mailto: or a path such as /settings.")
PICTURE_REFUSED = N_("A picture is one of our own: /files/… or /static/….")
PICTURE_WITHOUT_WORDS = N_("A picture needs words for those who do not see it: ![words](…).")
PICTURE_WITHIN_TEXT = N_("A picture stands in a paragraph of its own.")
TOO_DEEP = N_("Lists and quotes go too deep here, and the innermost would be left out.")
TOO_LONG = N_("The text has more than 50,000 characters.")


class Complaint(NamedTuple):
    """What an author should know of a text: the line, counted from 1, and the message."""

    line: int
    message: str


def read(source: str) -> tuple[Block, ...]:
    """A text as blocks. What is not allowed is left out, and its words stay.

    Raises ValueError for more than MOST_CHARACTERS, which `complaints` tells beforehand.
    """
    if len(source) > MOST_CHARACTERS:
        raise ValueError("the text is too long")
    return tuple(_blocks(_tree(source).children))


def complaints(source: str) -> list[Complaint]:
    """All that would be left out of a text, or shown otherwise than its author meant."""
    if len(source) > MOST_CHARACTERS:
        return [Complaint(1, TOO_LONG)]
    return list(dict.fromkeys(_wrong(_tree(source, html=True, nesting=3 * MOST_NESTING), 1)))


def _tree(source: str, *, html: bool = False, nesting: int = MOST_NESTING) -> SyntaxTreeNode:
    """The syntax tree; links are judged by us, so that none is dropped unseen."""
    parser = MarkdownIt("commonmark", {"html": html, "maxNesting": nesting})
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return SyntaxTreeNode(parser.parse(source))


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Block]:
    for node in nodes:
        match node.type:
            case "paragraph":
                yield from _paragraph(node)
            case "heading":
                yield _heading(node)
            case "bullet_list":
                yield Points(_items(node))
            case "ordered_list":
                yield Steps(_items(node), start=int(node.attrs.get("start", 1)))
            case "blockquote":
                yield Quote(tuple(_blocks(node.children)))
            case "fence" | "code_block":
                yield Listing((Text(node.content),), language=node.info.split(" ")[0])
            case "hr":
                yield Rule()


def _heading(node: SyntaxTreeNode) -> Heading:
    line, level = _line(node), min(int(node.tag[1:]), MOST_LEVEL)
    last = line[-1] if line else None
    if isinstance(last, Text) and (named := ANCHOR.search(last.v)):
        words = last.v[: named.start()]
        line = (*line[:-1], Text(words)) if words else line[:-1]
        return Heading(line, level=level, anchor=named[1])
    return Heading(line, level=level)


def _items(node: SyntaxTreeNode) -> tuple[Item, ...]:
    return tuple(Item(tuple(_blocks(one.children))) for one in node.children)


def _line(node: SyntaxTreeNode) -> tuple[Inline, ...]:
    """What is in a paragraph or a heading, which the parser keeps in one node."""
    return tuple(_inlines(node.children[0].children)) if node.children else ()


def _paragraph(node: SyntaxTreeNode) -> Iterator[Block]:
    within = node.children[0].children if node.children else []
    if len(within) == 1 and within[0].type == "image" and _is_shown(within[0]):
        yield Picture(str(within[0].attrs["src"]), alt=_words(within[0]))
    elif line := _line(node):
        yield Paragraph(line)


def _is_shown(image: SyntaxTreeNode) -> bool:
    return is_safe_picture(str(image.attrs.get("src", ""))) and bool(_words(image))


def _inlines(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Inline]:
    for node in nodes:
        match node.type:
            case "strong":
                yield Strong(tuple(_inlines(node.children)))
            case "em":
                yield Emphasis(tuple(_inlines(node.children)))
            case "link":
                yield from _link(node)
            case _:
                yield from _leaf(node)


def _leaf(node: SyntaxTreeNode) -> Iterator[Inline]:
    match node.type:
        case "text" | "image":
            if words := node.content if node.type == "text" else _words(node):
                yield Text(words)
        case "softbreak":
            yield Text(" ")
        case "hardbreak":
            yield Break()
        case "code_inline":
            yield Code((Text(node.content),))


def _link(node: SyntaxTreeNode) -> Iterator[Inline]:
    href = str(node.attrs.get("href", ""))
    within = tuple(_inlines(node.children))
    if is_safe_link(href) and within:
        yield Link(within, href=href)
    else:
        yield from within


def _words(node: SyntaxTreeNode) -> str:
    """The words of a node and of all within it, without their form."""
    if node.type in ("text", "code_inline"):
        return node.content
    return "".join(map(_words, node.children)).strip()


def _wrong(node: SyntaxTreeNode, line: int) -> Iterator[Complaint]:
    if not node.is_root and node.map:
        line = node.map[0] + 1
    match node.type:
        case "html_block" | "html_inline":
            yield Complaint(line, HTML_REFUSED)
        case "link" if not is_safe_link(str(node.attrs.get("href", ""))):
            yield Complaint(line, LINK_REFUSED)
        case "image":
            yield from (Complaint(line, message) for message in _wrong_with_picture(node))
        case "blockquote" | "list_item" if node.level >= MOST_NESTING - 1:
            yield Complaint(line, TOO_DEEP)
    for child in node.children:
        yield from _wrong(child, line)


def _wrong_with_picture(node: SyntaxTreeNode) -> Iterator[str]:
    if not is_safe_picture(str(node.attrs.get("src", ""))):
        yield PICTURE_REFUSED
    if not _words(node):
        yield PICTURE_WITHOUT_WORDS
    above = node.parent
    if above and (len(above.children) > 1 or not above.parent or above.parent.type != "paragraph"):
        yield PICTURE_WITHIN_TEXT
