"""Texts of authors: what they may hold is shown, and nothing else gets through."""

from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmile.rich_text.addresses import SCHEMES, is_safe_link, is_safe_picture
from firstmile.rich_text.blocks import (
    Block,
    Heading,
    Link,
    Listing,
    Paragraph,
    Picture,
    Steps,
    Text,
)
from firstmile.rich_text.reading import (
    HTML_REFUSED,
    LINK_REFUSED,
    MOST_CHARACTERS,
    PICTURE_REFUSED,
    PICTURE_WITHIN_TEXT,
    PICTURE_WITHOUT_WORDS,
    TOO_DEEP,
    TOO_LONG,
    complaints,
    read,
)
from firstmile.rich_text.showing import html_of, json_of, words_of

TEXT = """# Invite *others*

Send a **link**, or [see how](/help/invite).

1. Open `Members`
2. Say who

> Nobody is charged
"""


def said(source: str) -> set[str]:
    return {complaint.message for complaint in complaints(source)}


def test_a_text_becomes_html() -> None:
    assert html_of(read(TEXT)) == (
        "<h2>Invite <em>others</em></h2>"
        '<p>Send a <strong>link</strong>, or <a href="/help/invite" rel="noopener">see how</a>.</p>'
        '<ol start="1"><li><p>Open <code>Members</code></p></li><li><p>Say who</p></li></ol>'
        "<blockquote><p>Nobody is charged</p></blockquote>"
    )
    assert complaints(TEXT) == []


def test_a_heading_may_name_what_follows_the_same_in_every_language() -> None:
    english, french = read("## How long {#time}\n\nText"), read("## Combien de temps {#time}")
    heading = english[0]

    assert html_of(english, has_anchors=True).startswith('<h3 id="section-time">How long</h3>')
    assert html_of(english) == "<h3>How long</h3><p>Text</p>"
    assert words_of(english) == "How long\nText"
    assert isinstance(heading, Heading)
    assert isinstance(french[0], Heading)
    assert heading.anchor == french[0].anchor == "time"


@pytest.mark.parametrize("odd", ["{#Two Words}", '{#"onclick=x}', "{time}", "{#time} and more"])
def test_what_is_no_name_stays_a_word(odd: str) -> None:
    assert words_of(read(f"## How long {odd}")) == f"How long {odd}"


def test_a_text_becomes_json_and_comes_back() -> None:
    told = json_of(read(TEXT))

    assert told[0] == {
        "t": "h",
        "c": [{"t": "text", "v": "Invite "}, {"t": "em", "c": [{"t": "text", "v": "others"}]}],
        "level": 1,
    }
    assert msgspec.convert(told, tuple[Block, ...]) == read(TEXT)


def test_a_text_has_words_to_search() -> None:
    assert words_of(read(TEXT)).splitlines() == [
        "Invite others",
        "Send a link, or see how.",
        "Open Members",
        "Say who",
        "Nobody is charged",
    ]


def test_html_stays_text() -> None:
    source = "<script>alert(1)</script>\n\nA <b onclick=x>bold</b> word"

    assert "<script" not in html_of(read(source))
    assert "&lt;b onclick=x&gt;" in html_of(read(source))
    assert said(source) == {HTML_REFUSED}


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScript:alert(1)",
        "&#106;avascript:alert(1)",
        "java&#10;script:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//elsewhere.example",
        "https:elsewhere",
        "settings",
    ],
)
def test_a_link_that_may_not_be_leaves_its_words(href: str) -> None:
    source = f"[words](<{href}>)"

    assert read(source) == (Paragraph((Text("words"),)),)
    assert said(source) == {LINK_REFUSED}


@pytest.mark.parametrize("href", ["https://a.example/x", "mailto:a@b.example", "/a?b#c", "#there"])
def test_a_link_leads_where_it_may(href: str) -> None:
    assert read(f"[words]({href})") == (Paragraph((Link((Text("words"),), href=href),)),)


def test_a_picture_is_our_own_and_has_words() -> None:
    assert read("![The *door*](/files/0192/small)") == (Picture("/files/0192/small", "The door"),)
    assert said("![x](https://elsewhere.example/x.png)") == {PICTURE_REFUSED}
    assert said("![](/files/0192)") == {PICTURE_WITHOUT_WORDS}
    assert said("Look: ![x](/files/0192)") == {PICTURE_WITHIN_TEXT}
    assert not is_safe_picture("/files/../console")


def test_what_is_too_much_is_told() -> None:
    assert said("x" * (MOST_CHARACTERS + 1)) == {TOO_LONG}
    assert said("> " * 30 + "deep") == {TOO_DEEP}
    with pytest.raises(ValueError, match="too long"):
        read("x" * (MOST_CHARACTERS + 1))


def test_lists_and_programs_keep_what_they_say() -> None:
    assert read("```sh now\n<ls>\n```") == (Listing((Text("<ls>\n"),), language="sh"),)
    (steps,) = read("3. three\n4. four")
    assert isinstance(steps, Steps)
    assert steps.start == 3


class Tags(HTMLParser):
    """What a browser would find in a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


MARKS = st.sampled_from(
    [*"[]()<>`*_#!\\&;:\"'\n \t-1.", "javascript:", "https://a.b", "/files/x", "&#106;", "<a href="]
)
ALLOWED = {"p", "h2", "h3", "h4", "h5", "img", "pre", "code", "hr", "ul", "ol", "li"} | {
    *("blockquote", "strong", "em", "a", "br")
}


@settings(max_examples=150, deadline=None)
@given(st.lists(MARKS | st.text(max_size=4), max_size=25).map("".join))
def test_whatever_is_written_only_listed_tags_and_addresses_come_out(source: str) -> None:
    tags = Tags()
    tags.feed(html_of(read(source)))
    complaints(source)

    for tag, attributes in tags.found:
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "rel", "src", "alt", "loading", "start"}
        assert "href" not in attributes or is_safe_link(attributes["href"] or "")
        assert "src" not in attributes or is_safe_picture(attributes["src"] or "")


def test_no_scheme_runs_anything_and_no_path_leads_elsewhere() -> None:
    assert not is_safe_link("/\\elsewhere.example")
    assert {"https", "http", "mailto"} == SCHEMES
