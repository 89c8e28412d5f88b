"""Every page has an article about it, in every language, and every article's places exist."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from babel.messages.pofile import read_po
from litestar.routes import HTTPRoute
from tests.conftest import ROOT

from firstmile.help.fields import fields_of
from firstmile.help.files import Shipped, read_library
from firstmile.help.places import Place, fits, nearness
from firstmile.help.store_search import Published
from firstmile.kernel.languages import CATALOGUES, DEFAULT, LANGUAGES
from firstmile.main import described
from firstmile.onboarding.files.definitions import read_definitions

LIBRARY = read_library()
SOMETHING = "something"
# Pages nobody stands on and wonders.
WITHOUT = {
    "/dev/mail": "for developers",
    "/files/": "a picture",
    "/embed/": "files",
    "/oauth/resume": "passes on at once",
    "/static": "files",
    "/help": "is help itself",
}
MOST_BESIDE_A_FIELD = 450  # characters; more is an article, and that is a click away
STEPS = {step.key for step in read_definitions(ROOT / "steps").steps}
REFERENCE = (ROOT / "docs" / "reference" / "errors.md").read_text()
CODES = set(re.findall(r"^\| `(\w+)` \|", REFERENCE, re.MULTILINE))


def pages() -> Iterator[str]:
    for route in described().routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith(("/api", "/.well-known")):
            for handler in route.route_handlers:
                is_page = handler.fn.__module__.startswith("firstmile.web.")
                if "GET" in handler.http_methods and is_page:
                    yield re.sub(r"{\w+}", SOMETHING, route.path_format)


PAGES = sorted(one for one in set(pages()) if not one.startswith(tuple(WITHOUT)))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_an_article(page: str) -> None:
    place = Place(route=f"firstmile:{page}")

    assert [one.slug for one in LIBRARY.articles if nearness(one.content.contexts, place)]


@pytest.mark.parametrize("article", LIBRARY.articles, ids=lambda one: one.slug)
def test_every_article_is_whole(article: Shipped) -> None:
    content = article.content
    slugs = {one.slug for one in LIBRARY.articles}
    links = {
        link
        for text in content.texts.values()
        for link in re.findall(r"\]\(/help/([a-z0-9-]+)\)", text.body)
    }

    assert set(content.texts) == set(LANGUAGES)
    assert set(content.related) | links <= slugs
    assert article.slug not in content.related


@pytest.mark.parametrize("page", PAGES)
def test_no_article_about_our_pages_is_offered_on_those_of_others(page: str) -> None:
    place = Place(route=page)

    assert not [one.slug for one in LIBRARY.articles if nearness(one.content.contexts, place)]


def is_there(context: str) -> bool:
    kind, _, rest = context.partition(":")
    if kind == "firstmile":
        return any(fits(rest, page) for page in [*PAGES, "/help/something"])
    return {"step": rest in STEPS, "error": rest in CODES, "field": True}.get(kind, False)


@pytest.mark.parametrize("article", LIBRARY.articles, ids=lambda one: one.slug)
def test_every_place_of_an_article_exists(article: Shipped) -> None:
    assert [one for one in article.content.contexts if not is_there(one)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_beside_a_field_tells_what_helps_with_it(language: str) -> None:
    templates = (ROOT / "src/firstmile/web/templates").glob("*.html")
    asked = {
        key for one in templates for key in re.findall(r'"([a-z-]+\.[a-z]+)"[,)]', one.read_text())
    }
    told = {
        field: said
        for article in LIBRARY.articles
        for field, said in fields_of(as_published(article, language)).items()
    }

    assert {"sign-up.password", "help.contexts"} <= asked <= set(told)
    assert {key for key in asked if not told[key].anchor} == set()
    assert {key for key in asked if len(told[key].text) > MOST_BESIDE_A_FIELD} == set()


def as_published(article: Shipped, language: str) -> Published:
    content, text = article.content, article.content.texts[language]
    return Published(
        uuid4(),
        language,
        language,
        1,
        article.slug,
        content.category,
        text.title,
        text.summary,
        text.body,
        content.contexts,
        content.related,
        content.is_for_staff,
        datetime.now(UTC),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_article_tells_to_press_is_written_so_on_its_page(language: str) -> None:
    """Bold with a capital is a name of the pages; a step may also end in an ellipsis there."""
    written = {bare(one) for one in names(language)}
    named = {
        (article.slug, name)
        for article in LIBRARY.articles
        for name in re.findall(r"\*\*([^*]+)\*\*", article.content.texts[language].body)
        if name[0].isupper()
    }

    assert named
    assert {one for one in named if bare(one[1]) not in written} == set()


def names(language: str) -> Iterator[str]:
    """Every message of the pages in a language."""
    with (CATALOGUES / "fr/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file, locale="fr"):
            said = message.id if language == DEFAULT else message.string
            yield from map(str, said if isinstance(said, list | tuple) else [said])


def bare(name: str) -> str:
    return name.rstrip("…: \xa0")


def test_every_link_of_an_article_leads_to_a_page() -> None:
    links = {
        link
        for article in LIBRARY.articles
        for text in article.content.texts.values()
        for link in re.findall(r"\]\((/[^)]*)\)", text.body)
        if not link.startswith("/help/")
    }

    assert links
    assert {link for link in links if link not in PAGES} == set()
