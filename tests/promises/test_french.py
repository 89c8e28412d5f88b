"""French is set as French is: its signs never begin a line, and its apostrophe is round."""

import re
from collections.abc import Iterator

import pytest
import yaml
from babel.messages.pofile import read_po
from tests.promises.source import ROOT

from firstmile.demo.guidance import CONTENTS
from firstmile.help.files import read_library
from firstmile.kernel.languages import CATALOGUES

# What is no French, though it stands among it.
CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S*|mailto:|%\(\w+\)[a-z]")
END = r"""(?=[\s)*_"'’.,<\]}]|$)"""
MISTAKES = {
    "a space that breaks before a sign": re.compile(rf"[ \u202f\t](?:[:;?!»]|%{{1,2}}){END}"),
    "no space before a sign": re.compile(rf"[\w)…](?:[;?!»:]|%{{1,2}}){END}"),
    "a space that breaks after «": re.compile(r"«[^\xa0]"),
    "no French quotation marks": re.compile(r"[“”]|(?<!\w)\"\w"),
    "a straight apostrophe": re.compile(r"(?<=\w)'(?=\w)"),
    "a space that breaks within a number": re.compile(r"\d[ \u202f]\d{3}(?!\d)"),
}


def of_the_catalogue() -> Iterator[str]:
    with (CATALOGUES / "fr/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file, locale="fr"):
            forms = [message.string] if isinstance(message.string, str) else message.string or []
            yield from forms if message.id else ()


def of_the_help() -> Iterator[str]:
    library = read_library()
    for article in library.articles:
        text = article.content.texts["fr"]
        yield from (text.title, text.summary, text.body)
    yield from (one.title("fr") for one in library.categories.values())
    yield from (word for group in library.synonyms["fr"] for word in group)


def of_the_embeds() -> Iterator[str]:
    for path in (ROOT / "frontend/embed/src").rglob("*-words.ts"):
        french = path.read_text().partition("\n  fr: {")[2]
        yield from re.findall(r'"([^"]+)"', french)


def of_the_demo() -> Iterator[str]:
    for content in CONTENTS:
        for words in (content.words, *(step.words for step in content.steps)):
            said = words["fr"]
            yield from (said.title, said.body, said.action)
    for step in yaml.safe_load((ROOT / "steps/first-mile.yaml").read_text())["steps"]:
        yield from (step["title"]["fr"], step["description"]["fr"])


WHERE = {
    "catalogue": of_the_catalogue,
    "help": of_the_help,
    "embeds": of_the_embeds,
    "demo": of_the_demo,
}


def mistakes(text: str) -> list[str]:
    bare = CODE.sub("x", text)
    return [name for name, pattern in MISTAKES.items() if pattern.search(bare)]


@pytest.mark.parametrize("where", WHERE)
def test_french_is_set_as_french(where: str) -> None:
    found = list(WHERE[where]())

    assert len(found) > 5
    assert {text: said for text in found if (said := mistakes(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "Prêt ?",
        "Prêt\u202f?",
        "Prêt?",
        "Étapes : une",
        "25 % de tous",
        "« Mot\xa0»",
        "«\xa0Mot »",
        "l'aide",
        "“Mot”",
        "10 000 personnes",
    ],
)
def test_what_is_not_set_so_is_seen(text: str) -> None:
    assert mistakes(text)


@pytest.mark.parametrize(
    "text",
    ["Prêt\xa0?", "à 14:03", "«\xa0Mot\xa0»\xa0: non", "`a ? b : c`", "de 10\xa0000 à 25\xa0%"],
)
def test_what_is_set_so_is_left_alone(text: str) -> None:
    assert not mistakes(text)
