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


async def test_a_step_is_added_to_a_tour_without_script(sam: Visitor) -> None:
    added = await sam.post(f"{PATH}/new", **FORM | {"kind": "tour", "act": "add steps"})
    quiet = await sam.post(f"{PATH}/quiet/production", hours="4", reason="Payments are down")

    assert 'name="steps.0.key"' in added.text
    assert quiet.headers["location"] == f"{PATH}?notice=guidance-quiet", quiet.text
    assert "Payments are down" in (await sam.get(PATH)).text
