"""Every message is said in every language we speak."""

import ast
import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from tests.promises.source import PACKAGE, trees

from firstmile.kernel.languages import CATALOGUES, DEFAULT, LANGUAGES
from firstmile.kernel.problems import STATUS

OTHERS = sorted(set(LANGUAGES) - {DEFAULT})
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


@cache
def said() -> frozenset[str | tuple[str, ...]]:
    """Every message of the pages, the mails and the refusals."""
    with (CATALOGUES / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        str(PACKAGE), methods, options, keywords={**DEFAULT_KEYWORDS, "N_": None}
    )
    return frozenset(message for _, _, message, _, _ in found if message)


def catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: object) -> list[str]:
    """A message in its one form or its several."""
    return [str(one) for one in text] if isinstance(text, list | tuple) else [str(text)]


def test_there_is_something_to_say() -> None:
    assert len(said()) > 100
    assert "This step changed since you loaded it." in said()


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    known = {message.id: message for message in messages(language)}
    missing = {str(one) for one in said() if one not in known or not all(forms(known[one].string))}

    assert missing == set()


def test_every_reason_of_a_refusal_is_marked_for_translation() -> None:
    """A sentence without `N_` reaches a French person in English, and no catalogue misses it."""
    names = {kind.__name__ for kind in STATUS} | {"respond", "document"}
    bare = [
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).partition(".")[0] in names
        for one in [*node.args, *(word.value for word in node.keywords if word.arg == "message")]
        if isinstance(one, ast.Constant) and " " in str(one.value)
    ]

    assert bare == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_guessed(language: str) -> None:
    assert [message.id for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_kept_that_nobody_says(language: str) -> None:
    assert {str(message.id) for message in messages(language) if message.id not in said()} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_place_is_filled_in_every_language(language: str) -> None:
    """A lost placeholder is a lost name; a new one fails where the page is made."""
    differing = [
        message.id
        for message in messages(language)
        for form in forms(message.string)
        if form and {*PLACEHOLDER.findall(form)} != {*PLACEHOLDER.findall(forms(message.id)[-1])}
    ]

    assert differing == []
