"""The console's pages about guidance: written, looked at, published, rolled back and explained."""

import re

import pytest
from tests.cast import Cast
from tests.web.test_console import Visitor, at_a_browser

from firstmile.guidance.guide import Guide
from firstmile.kernel.database import Connection
from firstmile.service import Service

PATH = "/console/guidance"
TIP = f"{PATH}/contents/invite-others"
FORM = {
    "key": "invite-others",
    "kind": "tip",
    "delivery": "inline",
    "times": "until_interacted",
    "words.en.title": "Invite others",
    "words.en.body": "It is **free**.",
    "words.fr.title": "Invitez",
    "words.fr.body": "C’est **gratuit**.",
    "when.conditions.0.attribute": "roles",
    "when.conditions.0.op": "is",
    "when.conditions.0.values": "owner",
    "seen": "0",
}


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


async def test_a_tip_is_written_published_rolled_back_and_withdrawn(
    sam: Visitor, db: Connection
) -> None:
    saved = await sam.post(f"{PATH}/new", **FORM)
    first = await sam.post(f"{TIP}/publish/production", seen="1", reason="For owners")
    await sam.post(f"{TIP}/edit", **FORM | {"words.en.title": "Better", "seen": "1"})
    await sam.post(f"{TIP}/publish/production", seen="2", reason="Clearer")
    page = (await sam.get(TIP)).text
    await sam.post(f"{TIP}/roll-back/production", reason="Nobody liked it")
    version = await db.fetchval("SELECT version FROM guidance_published")
    await sam.post(f"{TIP}/withdraw/production", reason="Over")

    assert saved.headers["location"] == f"{TIP}?notice=guidance-saved", saved.text
    assert first.headers["location"] == f"{TIP}?notice=guidance-done", first.text
    assert "<del>Invite others</del>" in page
    assert "C’est <strong>gratuit</strong>." in page
    assert version == 1
    assert await db.fetchval("SELECT count(*) FROM guidance_published") == 0
    assert "invite-others" in (await sam.get(PATH)).text


async def test_what_is_wrong_stands_beside_its_field(sam: Visitor) -> None:
    broken = await sam.post(f"{PATH}/new", **FORM | {"words.en.body": "<b>x</b>"})
    stale = await sam.post(f"{PATH}/new", **FORM)
    again = await sam.post(f"{PATH}/new", **FORM)
    look = await sam.post(f"{PATH}/new", **FORM | {"act": "look", "delivery": "tooltip"})

    assert broken.status_code == 422
    assert 'id="words.en.body-mistake"' in broken.text
    assert stale.status_code == 303
    assert again.status_code == 422
    assert "Somebody else changed it" in again.text
    assert "A tooltip needs something to point at." in look.text


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"delivery": "tooltip"}, "target", "A tooltip needs something to point at."),
        ({"words.en.title": ""}, "words.en.title", "It needs a title in English."),
        ({"words.fr.body": "<i>x</i>"}, "words.fr.body", "Use Markdown."),
        (
            {"when.conditions.1.attribute": "sessions", "when.conditions.1.op": "more"},
            "when",
            "Condition 2: This takes one value, not several.",
        ),
        (
            {"when.conditions.0.op": "less", "when.conditions.0.values": "x"},
            "when",
            "Give a number, without quotes.",
        ),
        ({"when.conditions.0.attribute": ""}, "when", "Say which attribute is compared."),
        (
            {"kind": "tour", "steps.0.key": "No Good", "steps.0.en.title": "One"},
            "steps.0.key",
            "A key has 2 to 64 small letters",
        ),
    ],
)
async def test_a_look_tells_what_is_wrong_where_it_is(
    sam: Visitor, given: dict[str, str], field: str, told: str
) -> None:
    page = await sam.post(f"{PATH}/new", **FORM | given | {"act": "look"})

    mistake = page.text.partition(f'id="{field}-mistake"')[2].partition("</p>")[0]
    assert page.status_code == 200
    assert told in mistake
    assert f'href="#{field}"' in page.text.partition('id="looks"')[2]
    assert "data-error-summary" not in page.text


async def test_what_was_written_stays_when_the_proof_is_over(sam: Visitor, db: Connection) -> None:
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")

    page = await sam.post(f"{PATH}/new", **FORM)

    assert page.status_code == 403
    assert "It is not saved yet" in page.text
    assert 'value="Invite others"' in page.text


async def test_a_form_asks_for_what_its_kind_has(sam: Visitor) -> None:
    tour = (await sam.get(f"{PATH}/new?kind=tour")).text
    gate = (await sam.get(f"{PATH}/new?kind=gate")).text
    other = (await sam.get(f"{PATH}/new?kind=poem")).text

    assert ('id="steps"' in tour, 'id="needs"' in tour, 'id="how"' in tour) == (True, False, True)
    assert ('id="steps"' in gate, 'id="needs"' in gate, 'id="how"' in gate) == (False, True, False)
    assert 'name="kind" value="tip"' in other


async def test_a_row_that_is_added_has_the_keyboard(sam: Visitor) -> None:
    form = FORM | {"kind": "tour", "steps.0.key": "one"}

    page = (await sam.post(f"{PATH}/new", **form | {"act": "add steps"})).text

    assert re.findall(r'name="([^"]+)"[^>]* autofocus', page) == ["steps.1.key"]


async def test_nobody_who_was_interrupted_is_told_as_nobody(sam: Visitor) -> None:
    assert "nobody was interrupted" in (await sam.get(PATH)).text
    assert "Personne n’a été interrompu" in (await sam.get(f"{PATH}?lang=fr")).text


async def test_errors_are_in_the_way_of_publishing(sam: Visitor, db: Connection) -> None:
    await sam.post(f"{PATH}/new", **FORM | {"delivery": "tooltip"})

    page = await sam.get(f"{TIP}/publish/production")
    forced = await sam.post(f"{TIP}/publish/production", seen="1", reason="All the same")

    assert 'name="reason"' not in page.text
    assert forced.status_code == 422
    assert await db.fetchval("SELECT count(*) FROM guidance_published") == 0


async def test_a_preview_opens_for_whoever_has_its_address(sam: Visitor) -> None:
    await sam.post(f"{PATH}/new", **FORM)
    address = re.findall(r'href="(/guidance/preview/[^"]+)"', (await sam.get(TIP)).text)[0]
    sam.client.cookies.clear()

    seen = await sam.client.get(address)
    forged = await sam.client.get(address[:-1] + ("0" if address[-1] != "0" else "1"))

    assert "Invitez" in seen.text
    assert forged.status_code == 404


async def test_why_is_told_to_staff(cast: Cast, sam: Visitor, service: Service) -> None:
    await sam.post(f"{PATH}/new", **FORM)
    await sam.post(f"{TIP}/publish/production", seen="1", reason="For owners")
    await service.parts.get(Guide).load(service.database)
    query = "key=invite-others&person=sam@example.org&route=/home&environment=production"

    page = (await sam.get(f"{PATH}/why?{query}")).text

    assert "Sam Example does not see it on /home" in page
    assert "They are not meant" in page
    assert "they are on /home" in page
    assert "their choice: All tips" in page


async def test_a_step_is_added_to_a_tour_without_script(sam: Visitor) -> None:
    added = await sam.post(f"{PATH}/new", **FORM | {"kind": "tour", "act": "add steps"})
    quiet = await sam.post(f"{PATH}/quiet/production", hours="4", reason="Payments are down")

    assert 'name="steps.0.key"' in added.text
    assert quiet.headers["location"] == f"{PATH}?notice=guidance-quiet", quiet.text
    assert "Payments are down" in (await sam.get(PATH)).text
