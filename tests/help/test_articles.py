"""Articles: written as drafts, published as versions, never lost; what ships yields to people."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.help.conftest import LIBRARY, shipped

from firstmile.help.files import Library
from firstmile.help.models import Text
from firstmile.help.shelf import Shelf
from firstmile.kernel.database import Connection
from firstmile.service import Service

ADMIN = "/api/v1/admin/help"
FIELDS = ("file", "name", "size", "other")
CONTENT: dict[str, Any] = {
    "category": "begin",
    "texts": {
        "en": {
            "title": "Import a list",
            "summary": "Bring yours along.",
            "body": "Open **Lists**.",
        },
        "fr": {"title": "Importer une liste", "summary": "La vôtre.", "body": "Ouvrez-la."},
    },
    "contexts": ["route:/lists/*", "error:list_unreadable"],
}


@pytest.fixture
async def sam(cast: Cast, shelf: Shelf) -> Person:
    return await cast.sam("operator")


async def put(person: Person, path: str, body: Any) -> httpx.Response:
    return await person.client.put(path, json=body, headers=person.headers)


async def written(
    sam: Person, slug: str = "import-a-list", content: dict[str, Any] = CONTENT
) -> dict[str, Any]:
    answer = await sam.post(f"{ADMIN}/articles", {"slug": slug, "content": content})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def published(sam: Person, article: dict[str, Any], version: int) -> dict[str, Any]:
    body = {"version": version, "rowVersion": article["rowVersion"]}
    answer = await sam.post(f"{ADMIN}/articles/{article['id']}/publish", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def other(body: str) -> dict[str, Any]:
    texts = CONTENT["texts"]
    return {**CONTENT, "texts": {**texts, "en": {**texts["en"], "body": body}}}


async def reading(service: Service, client: httpx.AsyncClient, slug: str, **query: str) -> Any:
    await service.parts.get(Shelf).load(service.database)
    return await client.get(f"/api/v1/help/articles/{slug}", params=query)


async def test_a_draft_is_read_by_nobody_until_it_is_published(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    article = await written(sam)
    before = await reading(service, client, "import-a-list")
    await published(sam, article, 1)
    after = await reading(service, client, "import-a-list", lang="fr")

    assert before.status_code == 404
    assert before.json()["error"] == "article_not_found"
    told = after.json()
    assert (told["title"], told["language"], told["version"]) == ("Importer une liste", "fr", 1)
    assert told["body"] == [{"t": "p", "c": [{"t": "text", "v": "Ouvrez-la."}]}]
    again = await client.get(
        "/api/v1/help/articles/import-a-list?lang=fr",
        headers={"if-none-match": after.headers["etag"]},
    )
    assert again.status_code == 304


async def test_versions_stay_are_compared_and_come_back(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    article = await published(sam, await written(sam), 1)
    path = f"{ADMIN}/articles/{article['id']}"
    saved = await put(
        sam, path, {"content": other("Open **Files**."), "rowVersion": article["rowVersion"]}
    )
    unread = await reading(service, client, "import-a-list", lang="en")
    article = await published(sam, saved.json(), 2)
    difference = (await sam.get(f"{path}/differences?before=1&after=2")).json()["differences"]
    back = await published(sam, article, 1)
    rolled_back = await reading(service, client, "import-a-list", lang="en")

    assert saved.json()["hasDraft"]
    assert unread.json()["version"] == 1
    assert [one["part"] for one in difference] == ["en.body"]
    assert [(line["change"], line["text"]) for line in difference[0]["lines"]] == [
        ("removed", "Open **Lists**."),
        ("added", "Open **Files**."),
    ]
    assert (back["published"], rolled_back.json()["version"]) == (1, 1)
    assert [one["number"] for one in (await sam.get(path)).json()["versions"]] == [2, 1]


async def test_of_two_who_edit_at_once_the_second_is_told(sam: Person) -> None:
    article = await written(sam)
    path = f"{ADMIN}/articles/{article['id']}"

    first = await put(sam, path, {"content": other("One."), "rowVersion": 1})
    second = await put(sam, path, {"content": other("Two."), "rowVersion": 1})

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (409, "stale")
    assert second.json()["details"]["head"] == 2


async def test_archived_it_is_gone_for_readers_and_comes_back_as_a_draft(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    article = await published(sam, await written(sam), 1)
    path = f"{ADMIN}/articles/{article['id']}"
    seen = {"rowVersion": article["rowVersion"]}

    archived = (await sam.post(f"{path}/archive", seen)).json()
    gone = await reading(service, client, "import-a-list")
    found = await client.get("/api/v1/help/search?q=import")
    restored = await sam.post(f"{path}/restore", {"rowVersion": archived["rowVersion"]})

    assert archived["state"] == "archived"
    assert gone.status_code == 404
    assert "import-a-list" not in [one["slug"] for one in found.json()["results"]]
    assert restored.json()["state"] == "draft"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": "nowhere"}, "category"),
        ({"contexts": ["page:/profile"]}, "contexts"),
        ({"texts": {}}, "texts.en.title"),
        ({"texts": {"en": {"title": "T", "summary": "S", "body": "[x](javascript:alert(1))"}}},
         "texts.en.body"),
        ({"texts": {"en": {"title": "T", "summary": "S", "body": "<script>"}}}, "texts.en.body"),
    ],
)  # fmt: skip
async def test_what_does_not_hold_is_refused_by_its_field(
    sam: Person, change: dict[str, Any], field: str
) -> None:
    answer = await sam.post(
        f"{ADMIN}/articles", {"slug": "a-new-one", "content": {**CONTENT, **change}}
    )

    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["details"]]


async def test_support_writes_and_operators_publish(cast: Cast, sam: Person) -> None:
    await cast.make_staff("Sam", "support")
    support = await cast.sign_in("Sam")
    dana = await cast.dana()
    article = await written(support)
    path = f"{ADMIN}/articles/{article['id']}"

    refused = await support.post(f"{path}/publish", {"version": 1, "rowVersion": 1})
    stranger = await dana.get(f"{ADMIN}/articles")

    assert (refused.status_code, refused.json()["error"]) == (403, "permission_required")
    assert stranger.status_code == 403


async def test_a_place_has_its_articles_the_closest_first(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    answer = await client.get(
        "/api/v1/help/context",
        params={"route": "/projects/7/keys/new", "error": "too_many_keys", "lang": "fr"},
    )
    of_staff = await client.get("/api/v1/help/context?route=firstmile:/console/flags/production")

    articles = answer.json()["articles"]
    assert articles[0] == {
        "slug": "api-keys",
        "title": "Créer une clé API",
        "summary": articles[0]["summary"],
    }
    assert of_staff.json() == {"articles": []}


async def test_what_is_about_our_home_page_is_not_offered_at_that_of_an_application(
    client: httpx.AsyncClient, sam: Person, service: Service
) -> None:
    ours = await client.get("/api/v1/help/context?route=firstmile:/&lang=en")
    before = await client.get("/api/v1/help/context?route=/&lang=en")
    await published(sam, await written(sam, content=CONTENT | {"contexts": ["route:/"]}), 1)
    await service.parts.get(Shelf).load(service.database)
    after = await client.get("/api/v1/help/context?route=/&lang=en")

    assert [one["slug"] for one in ours.json()["articles"]] == ["create-an-account"]
    assert before.json() == {"articles": []}
    assert [one["slug"] for one in after.json()["articles"]] == ["import-a-list"]


async def test_a_field_is_helped_by_its_section_or_else_by_the_summary(
    sam: Person, service: Service, shelf: Shelf
) -> None:
    content = other("First.\n\n## Which *file* {#file}\n\nOne of **rows**.\n\nMore.")
    fields = ["field:list.file#file", "field:list.name#gone", "field:list.size"]
    await published(sam, await written(sam, content=content | {"contexts": fields}), 1)
    await shelf.load(service.database)

    told = {one: shelf.of_field("en", f"list.{one}", with_staff=False) for one in FIELDS}
    french = shelf.of_field("fr", "list.file", with_staff=False)

    assert {one: said and (said.title, said.text, said.href) for one, said in told.items()} == {
        "file": (
            "Which file",
            "One of <strong>rows</strong>.",
            "/help/import-a-list#section-file",
        ),
        "name": ("Import a list", "Bring yours along.", "/help/import-a-list"),
        "size": ("Import a list", "Bring yours along.", "/help/import-a-list"),
        "other": None,
    }
    assert french is not None
    assert french.text == "La vôtre."


async def test_what_people_do_is_counted_and_nobody_is_named(
    client: httpx.AsyncClient, sam: Person, service: Service, db: Connection
) -> None:
    dana_says = {"helpful": False, "reason": "unclear", "comment": "  Where is the button?  "}
    for query in ("refu", "refund", "refund dana@example.org", "refund 4111111111111111"):
        await client.get("/api/v1/help/search", params={"q": query, "lang": "en"})
    found = (await client.get("/api/v1/help/search?q=passkey&lang=en")).json()
    click = {"search": found["id"], "slug": found["results"][0]["slug"]}
    clicked = await client.post("/api/v1/help/clicks", json=click)
    await client.get("/api/v1/help/articles/passkeys")
    said = await client.post("/api/v1/help/articles/passkeys/feedback", json=dana_says)
    await service.gathering.write()

    searches = (await sam.get(f"{ADMIN}/searches")).json()
    listed = (await sam.get(f"{ADMIN}/articles")).json()["items"]
    passkeys = next(one for one in listed if one["article"]["slug"] == "passkeys")
    feedback = await sam.get(f"{ADMIN}/articles/{passkeys['article']['id']}/feedback")

    assert (clicked.status_code, said.status_code) == (204, 204)
    assert [one["words"] for one in searches["unanswered"]] == ["refund"]
    frequent = {one["words"]: one["clicked"] for one in searches["frequent"]}
    assert frequent == {"refund": 0, "passkey": 1}
    assert (passkeys["opened"], passkeys["unhelpful"]) == (1, 1)
    assert feedback.json()["items"][0]["comment"] == "Where is the button?"
    columns = await db.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name IN "
        "('help_feedback', 'help_searches', 'help_openings')"
    )
    assert not {row["column_name"] for row in columns} & {"user_id", "session_id", "visitor", "ip"}


async def test_a_search_that_was_settled_comes_back_when_it_fails_again(
    client: httpx.AsyncClient, sam: Person, service: Service
) -> None:
    async def unanswered() -> list[str]:
        await service.gathering.write()
        told = (await sam.get(f"{ADMIN}/searches")).json()["unanswered"]
        return [one["id"] for one in told]

    await client.get("/api/v1/help/search?q=refund&lang=en")
    (waiting,) = await unanswered()
    await sam.post(f"{ADMIN}/searches/{waiting}/settle")
    settled = await unanswered()
    await client.get("/api/v1/help/search?q=refund&lang=en")

    assert settled == []
    assert await unanswered() == [waiting]


def changed(text: str) -> Library:
    """What ships, with another text of one article."""
    first, *rest = LIBRARY.articles
    english = replace(first.content.texts["en"], body=text)
    content = replace(first.content, texts={**first.content.texts, "en": english})
    return replace(LIBRARY, articles=(replace(first, content=content, digest=text), *rest))


async def test_what_ships_anew_replaces_what_nobody_touched(
    service: Service, client: httpx.AsyncClient, shelf: Shelf
) -> None:
    slug = LIBRARY.articles[0].slug
    await shipped(service, LIBRARY)
    same = (await client.get(f"/api/v1/help/articles/{slug}")).json()["version"]

    await shipped(service, changed("Newer."))

    told = (await client.get(f"/api/v1/help/articles/{slug}")).json()
    assert same == 1
    assert (told["version"], told["body"][0]["c"][0]["v"]) == (2, "Newer.")


async def test_what_people_here_wrote_is_never_overwritten(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    slug = LIBRARY.articles[0].slug
    listed = (await sam.get(f"{ADMIN}/articles")).json()["items"]
    article = next(one["article"] for one in listed if one["article"]["slug"] == slug)
    path = f"{ADMIN}/articles/{article['id']}"
    saved = await put(sam, path, {"content": other("Ours."), "rowVersion": article["rowVersion"]})
    await published(sam, saved.json(), 2)

    await shipped(service, changed("Newer."))

    told = (await client.get(f"/api/v1/help/articles/{slug}")).json()
    whole = (await sam.get(path)).json()
    assert told["body"][0]["c"][0]["v"] == "Ours."
    assert whole["article"]["hasOffer"]
    assert whole["versions"][0]["isShipped"]
    taken = await sam.post(
        f"{path}/take-up", {"version": 3, "rowVersion": whole["article"]["rowVersion"]}
    )
    assert (taken.json()["head"], taken.json()["published"]) == (4, 2)
    assert Text(**whole["versions"][0]["content"]["texts"]["en"]).body == "Newer."
