"""The parts of a text, as they are kept, sent and shown.

On the wire each is told by its `t`; text has its words in `v`, all else what is in it in `c`.
"""

import msgspec


class Part(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """A part of a text: `{"t": "p", "c": […]}` for a paragraph and what is in it."""


class Text(Part, frozen=True, tag="text"):
    """Words as they are; never markup."""

    v: str


class Break(Part, frozen=True, tag="br"):
    """A new line within a paragraph."""


class Strong(Part, frozen=True, tag="strong"):
    """What matters."""

    c: "tuple[Inline, ...]"


class Emphasis(Part, frozen=True, tag="em"):
    """What is said with a stress."""

    c: "tuple[Inline, ...]"


class Code(Part, frozen=True, tag="code"):
    """A name, a key or a command within a sentence."""

    c: tuple[Text, ...]


class Link(Part, frozen=True, tag="link"):
    """Words that lead somewhere; `href` passed `addresses.is_safe_link`."""

    c: "tuple[Inline, ...]"
    href: str


Inline = Text | Break | Strong | Emphasis | Code | Link


class Paragraph(Part, frozen=True, tag="p"):
    """A paragraph."""

    c: tuple[Inline, ...]


class Heading(Part, frozen=True, tag="h"):
    """A heading; `level` 1 is the highest within the text, whatever stands above it.

    `anchor` is the name of what follows, the same in every language.
    """

    c: tuple[Inline, ...]
    level: int
    anchor: str = ""


class Picture(Part, frozen=True, tag="img"):
    """A picture of our own in a line of its own, with the words for those who do not see it."""

    src: str
    alt: str


class Listing(Part, frozen=True, tag="code"):
    """Lines of a program or a terminal."""

    c: tuple[Text, ...]
    language: str = ""


class Rule(Part, frozen=True, tag="hr"):
    """A line between two thoughts."""


class Item(Part, frozen=True, tag="li"):
    """One thing of a list."""

    c: "tuple[Block, ...]"


class Points(Part, frozen=True, tag="ul"):
    """A list without an order."""

    c: tuple[Item, ...]


class Steps(Part, frozen=True, tag="ol"):
    """A list with an order, counted from `start`."""

    c: tuple[Item, ...]
    start: int = 1


class Quote(Part, frozen=True, tag="quote"):
    """What somebody else said."""

    c: "tuple[Block, ...]"


Block = Paragraph | Heading | Picture | Listing | Rule | Points | Steps | Quote
