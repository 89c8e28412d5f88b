"""The console's pages about flags: seen, tried, changed after a look, undone, and asked of two."""

import html
import re
from typing import Any

import httpx
import msgspec
import pytest
from tests.cast import Cast
from tests.web.test_console import Visitor, at_a_browser

from firstmile.kernel.database import Connection
from firstmile.service import Service

FLAGS = "/console/flags/production"
CHECKOUT = f"{FLAGS}/new-checkout"
WHY = "Ready for it"


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


async def another(cast: Cast, name: str = "Oona", role: str = "operator") -> Visitor:
    cast.client.cookies.clear()
    await cast.a_user(name).registered()
    await cast.make_staff(name, role)
    return await at_a_browser(cast, name)


def shown(page: httpx.Response, path: str = CHECKOUT, **given: str) -> dict[str, str]:
    """What the form of a page that shows a change would send."""
    assert f'action="{path}/publish"' in page.text, page.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return {name: html.unescape(fields[name]) for name in ("document", "seen")} | given


async def made(sam: Visitor, key: str = "new-checkout", **given: str) -> None:
    form = {"key": key, "type": "boolean", "kind": "release"} | given
    page = await sam.post("/console/new-flag/production", **form)
    path = f"{FLAGS}/{key}"
    answer = await sam.post(f"{path}/publish", **shown(page, path), reason=WHY)
    assert answer.headers["location"] == f"{path}?notice=flag-published", answer.text


async def published(sam: Visitor, query: str) -> httpx.Response:
    page = await sam.get(f"{CHECKOUT}/preview?{query}")
    return await sam.post(f"{CHECKOUT}/publish", **shown(page), reason=WHY)


async def flag_in(db: Connection, key: str = "new-checkout") -> dict[str, Any]:
    text = await db.fetchval("SELECT document::text FROM flags WHERE key = $1", key)
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


async def ask_for_two(db: Connection) -> None:
    await db.execute("UPDATE flag_environments SET four_eyes = true WHERE name = 'production'")


async def test_support_reads_and_changes_nothing(cast: Cast, sam: Visitor) -> None:
    await made(sam)
    uma = await another(cast, "Uma", "support")

    page = await uma.get(CHECKOUT)
    assert page.status_code == 200
    assert f"{CHECKOUT}/edit" not in page.text
    assert (await uma.get(f"{CHECKOUT}/preview?enabled=on")).status_code == 403
    assert (await uma.post(f"{CHECKOUT}/publish")).status_code == 403


async def test_a_flag_is_made_switched_on_rolled_out_and_undone(
    sam: Visitor, db: Connection
) -> None:
    await made(sam, description="The checkout on one page")
    begun = await flag_in(db)
    await published(sam, "enabled=on")
    await published(sam, "rolloutPercentage=25")
    page = (await sam.get(CHECKOUT)).text
    rolled_out = await flag_in(db)
    undo = await sam.get("/console/flag-history/production/3/undo")
    answer = await sam.post(f"{CHECKOUT}/publish", **shown(undo), reason="Too early")

    assert "enabled" not in begun
    assert "On for 25\N{NO-BREAK SPACE}%." in page
    assert rolled_out["serve"]["rolloutPercentage"] == 25
    assert answer.headers["location"] == f"{CHECKOUT}?notice=flag-published"
    assert (await flag_in(db))["serve"]["rolloutPercentage"] == 0
    history = (await sam.get("/console/flag-history/production?key=new-checkout")).text
    assert "Too early" in history
    assert "Sam" in history


async def test_nothing_changes_without_a_reason(sam: Visitor, db: Connection) -> None:
    await made(sam)
    page = await sam.get(f"{CHECKOUT}/preview?enabled=on")
    answer = await sam.post(f"{CHECKOUT}/publish", **shown(page), reason=" ")

    assert answer.status_code == 422
    assert 'id="reason-mistake"' in answer.text
    assert "enabled" not in await flag_in(db)


async def test_who_was_slower_sees_what_the_other_changed(
    sam: Visitor, cast: Cast, db: Connection
) -> None:
    await made(sam)
    page = await sam.get(f"{CHECKOUT}/preview?enabled=on")
    oona = await another(cast)
    await published(oona, "rolloutPercentage=5")
    sam = await at_a_browser(cast, "Sam")
    answer = await sam.post(f"{CHECKOUT}/publish", **shown(page), reason=WHY)
    again = await sam.post(f"{CHECKOUT}/publish", **shown(answer), reason=WHY)

    assert answer.status_code == 409
    assert re.search(r"Oona \w+ changed it meanwhile\.", answer.text)
    assert f'value="{WHY}"' in answer.text
    assert again.headers["location"] == f"{CHECKOUT}?notice=flag-published"


async def test_where_two_are_asked_for_a_change_waits_for_the_other(
    sam: Visitor, cast: Cast, db: Connection
) -> None:
    await made(sam)
    await ask_for_two(db)
    answer = await published(sam, "enabled=on")
    waiting = (await sam.get("/console/flag-proposals/production")).text
    (href,) = set(re.findall(r'href="(/console/flag-proposals/production/[\w-]+)"', waiting))
    own = await sam.post(f"{href}/approve")
    before = await flag_in(db)
    oona = await another(cast)
    await oona.post(f"{href}/approve")

    assert answer.headers["location"] == f"{CHECKOUT}?notice=flag-proposed"
    assert own.status_code == 403
    assert "enabled" not in before
    assert (await flag_in(db))["enabled"] is True
    assert "looked at by Oona" in (await oona.get(CHECKOUT)).text


async def test_in_an_emergency_one_person_switches_off(sam: Visitor, db: Connection) -> None:
    await made(sam)
    await published(sam, "enabled=on")
    await ask_for_two(db)
    answer = await published(sam, "enabled=off")

    assert answer.headers["location"] == f"{CHECKOUT}?notice=flag-published"
    assert "Emergency, by one person" in (await sam.get(CHECKOUT)).text


async def test_one_archives_by_its_key_and_takes_it_back(sam: Visitor, db: Connection) -> None:
    await made(sam)
    wrong = await sam.get(f"{CHECKOUT}/preview?archive=new-chekout")
    await published(sam, "archive=new-checkout")
    archived = await db.fetchval("SELECT archived_at IS NOT NULL FROM flags")
    listed = (await sam.get(f"{FLAGS}?archived=1")).text
    await published(sam, "restore=1")

    assert wrong.headers["location"] == f"{CHECKOUT}?notice=key-unclear"
    assert archived
    assert "new-checkout" in listed
    assert await db.fetchval("SELECT archived_at FROM flags") is None


async def test_a_copy_elsewhere_is_switched_off(sam: Visitor, db: Connection) -> None:
    await made(sam)
    await published(sam, "enabled=on")
    there = "/console/flags/staging/new-checkout"
    page = await sam.get(f"{CHECKOUT}/preview?copy=staging")
    answer = await sam.post(f"{there}/publish", **shown(page, there), reason=WHY)

    assert answer.headers["location"] == f"{there}?notice=flag-published"
    rows = await db.fetch("SELECT environment, document ->> 'enabled' FROM flags ORDER BY 1")
    assert [tuple(row) for row in rows] == [("production", "true"), ("staging", None)]


async def test_the_form_adds_and_moves_rules_without_script(sam: Visitor, db: Connection) -> None:
    await made(sam)
    form = form_of(await sam.get(f"{CHECKOUT}/edit"))
    form = form_of(await sam.post(f"{CHECKOUT}/edit", **form, act="add rules"))
    form |= {
        "rules.0.conditions.0.attribute": "plan",
        "rules.0.conditions.0.values": 'team, "25", 25',
        "rules.0.variant": "on",
    }
    form = form_of(await sam.post(f"{CHECKOUT}/edit", **form, act="add rules"))
    form |= {"rules.1.conditions.0.attribute": "seats", "rules.1.conditions.0.op": "more"}
    form |= {"rules.1.conditions.0.values": "50", "rules.1.variant": "on"}
    form |= {"rules.1.percentage": "12.5"}
    form = form_of(await sam.post(f"{CHECKOUT}/edit", **form, act="up rules.1"))
    page = await sam.post(f"{CHECKOUT}/edit", **form)
    await sam.post(f"{CHECKOUT}/publish", **shown(page), reason=WHY)

    first, second = (await flag_in(db))["rules"]
    assert first["when"] == {"attribute": "seats", "op": "more", "values": [50]}
    assert first["serve"] == {"variant": "on", "rolloutPercentage": 12.5}
    assert second["when"]["values"] == ["team", "25", 25]
    again = form_of(await sam.get(f"{CHECKOUT}/edit"))
    assert again["rules.1.conditions.0.values"] == 'team, "25", 25'


async def test_what_is_wrong_stands_beside_its_field(sam: Visitor) -> None:
    await made(sam)
    form = form_of(await sam.get(f"{CHECKOUT}/edit"))
    page = await sam.post(f"{CHECKOUT}/edit", **(form | {"rolloutPercentage": "140"}))
    json = await sam.post(f"{CHECKOUT}/json", document='{"key": "new-checkout", "colour": 1}')
    other = await sam.post(f"{CHECKOUT}/json", document='{"key": "x", "onVariant": "blue"}')

    assert page.status_code == 422
    assert 'id="rolloutPercentage-mistake"' in page.text
    assert json.status_code == 422
    assert "colour" in json.text
    assert "A flag keeps its key." in other.text


async def test_a_flag_is_tried_before_anybody_gets_it(sam: Visitor, service: Service) -> None:
    await made(sam)
    await published(sam, "enabled=on")
    await published(sam, "rolloutPercentage=100")
    await service.releasing.flags.load(service.database)
    page = (await sam.get(f"{CHECKOUT}?unit=dana&attributes=market+%3D+CA")).text

    assert "It is the same for everybody." in page
    assert service.releasing.flags.recent.contexts("production") == []


async def test_a_segment_is_made_named_and_kept_while_it_is(sam: Visitor, db: Connection) -> None:
    at = "/console/segments/production/big-teams"
    form = form_of(await sam.get("/console/new-segment/production"))
    form |= {"key": "big-teams", "when.conditions.0.attribute": "seats"}
    form |= {"when.conditions.0.op": "more", "when.conditions.0.values": "50"}
    page = await sam.post("/console/new-segment/production", **form)
    await sam.post(f"{at}/publish", **shown(page, at), reason=WHY)
    await made(sam)
    flag = form_of(
        await sam.post(
            f"{CHECKOUT}/edit", **form_of(await sam.get(f"{CHECKOUT}/edit")), act="add rules"
        )
    )
    flag |= {"rules.0.conditions.0.op": "segment", "rules.0.conditions.0.values": "big-teams"}
    page = await sam.post(f"{CHECKOUT}/edit", **(flag | {"rules.0.variant": "on"}))
    await sam.post(f"{CHECKOUT}/publish", **shown(page), reason=WHY)
    gone = await sam.get(f"{at}/delete")
    answer = await sam.post(f"{at}/publish", **shown(gone, at), reason=WHY)

    assert "seats is more than 50" in (await sam.get(at)).text
    assert answer.status_code == 409
    assert "new-checkout" in answer.text
    assert await db.fetchval("SELECT count(*) FROM flag_segments") == 1


async def test_a_credential_is_asked_for_first(sam: Visitor, cast: Cast, db: Connection) -> None:
    await made(sam)
    page = await sam.get(f"{CHECKOUT}/preview?enabled=on")
    sam = await at_a_browser(cast, "Sam")
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")

    answer = await sam.post(f"{CHECKOUT}/publish", **shown(page), reason=WHY)
    look = await sam.get(f"{CHECKOUT}/preview?enabled=on")

    assert answer.headers["location"].startswith("/confirm?next=")
    assert look.headers["location"].endswith("preview%3Fenabled%3Don")
    assert (await sam.get(CHECKOUT)).status_code == 200


async def test_the_list_is_filtered_and_says_it_in_french(sam: Visitor) -> None:
    await made(sam)
    await made(sam, "exports", description="Whether anybody may export")
    page = (await sam.get(f"{FLAGS}?filter=export&lang=fr")).text

    assert f'href="{FLAGS}/exports"' in page
    assert f'href="{CHECKOUT}"' not in page
    assert "Désactivé pour tout le monde." in page


def form_of(page: httpx.Response) -> dict[str, str]:
    """The fields of a page's long form, as a browser without script would send them."""
    assert page.status_code == 200, page.text
    text = page.text[page.text.index('<form class="flag-form"') :]
    found: dict[str, str] = {}
    for tag, attributes, rest in re.findall(
        r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select|/form)\b|$)",
        text,
        re.DOTALL,
    ):
        name = re.search(r'name="([^"]+)"', attributes)
        if name is None or name[1] in ("csrf", "act"):
            continue
        if 'type="checkbox"' in attributes:
            found |= {name[1]: "on"} if " checked" in attributes else {}
        elif tag == "input":
            value = re.search(r'value="([^"]*)"', attributes)
            found[name[1]] = html.unescape(value[1]) if value else ""
        elif tag == "textarea":
            found[name[1]] = html.unescape(rest.partition("</textarea>")[0])
        else:
            options = re.findall(r'<option value="([^"]*)"( selected)?', rest)
            chosen = [value for value, is_chosen in options if is_chosen]
            found[name[1]] = (chosen or [value for value, _ in options] or [""])[0]
    return found
