"""The console's pages of SDK keys: a key is shown once, and ends with a reason."""

import re

import pytest
from tests.cast import Cast
from tests.release.asking import ask
from tests.web.test_console import Visitor, at_a_browser

from firstmile.service import Service

PATH = "/console/sdk-keys"
FORM = {"name": "Shop", "environment": "staging", "kind": "server"}


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


async def made(sam: Visitor, service: Service, **fields: str) -> tuple[str, str]:
    """The text of a new key, and the page that revokes it."""
    page = await sam.post(f"{PATH}/new", **(FORM | fields))
    found = re.search(r'id="secret"><code>([\w-]+)</code>', page.text)
    assert found is not None, page.text
    await service.sdks.keys.load(service.database)
    href = re.search(rf'href="({PATH}/[0-9a-f-]+/revoke)"', (await sam.get(PATH)).text)
    assert href is not None
    return found[1], href[1]


async def test_a_key_is_shown_once_and_opens_its_environment(
    sam: Visitor, service: Service
) -> None:
    key, _ = await made(sam, service)
    before = (await sam.get(PATH)).text
    answer = await ask(sam.client, key)
    await service.gathering.write()
    after = (await sam.get(PATH)).text

    assert answer.json()["metadata"]["flagSetId"] == "staging"
    assert key not in before
    assert "Made by Sam Example" in before
    assert "Never used" in before
    assert "Last used" in after


async def test_a_key_is_revoked_with_a_reason_that_stays(sam: Visitor, service: Service) -> None:
    key, href = await made(sam, service, kind="client")
    unsaid = await sam.post(href, reason=" ")
    done = await sam.post(href, reason="It stood in a log")
    await service.sdks.keys.load(service.database)
    page = (await sam.get(PATH)).text

    assert (unsaid.status_code, 'id="reason-mistake"' in unsaid.text) == (422, True)
    assert done.headers["location"] == f"{PATH}?notice=key-revoked"
    assert (await ask(sam.client, key)).status_code == 401
    assert "It stood in a log" in page
    assert href not in page
    assert (await sam.get(href)).status_code == 404
    assert (await sam.post(href, reason="Once more")).headers["location"] == PATH


@pytest.mark.parametrize(
    ("wrong", "field"), [({"name": " "}, "name"), ({"kind": ""}, "kind"), ({"kind": "x"}, "kind")]
)
async def test_what_is_wrong_is_told_beside_its_field(
    sam: Visitor, wrong: dict[str, str], field: str
) -> None:
    page = await sam.post(f"{PATH}/new", **(FORM | wrong))

    assert page.status_code == 422
    assert f'id="{field}-mistake"' in page.text


async def test_support_sees_keys_and_neither_makes_nor_revokes_any(
    cast: Cast, service: Service
) -> None:
    await cast.sam("operator")
    _, href = await made(await at_a_browser(cast, "Sam"), service)
    cast.client.cookies.clear()
    await cast.a_user("Dana").of_staff("support").signed_in()
    dana = await at_a_browser(cast, "Dana")
    page = await dana.get(PATH)

    assert "Shop" in page.text
    assert f"{PATH}/new" not in page.text
    assert [(await dana.get(path)).status_code for path in (f"{PATH}/new", href)] == [403, 403]
    assert (await dana.post(href, reason="I want to")).status_code == 403


async def test_who_has_not_confirmed_lately_is_asked_first(sam: Visitor, service: Service) -> None:
    async with service.works.begin() as work:
        await work.db.execute("UPDATE sessions SET proved_at = proved_at - interval '1 day'")
    page = await sam.post(f"{PATH}/new", **FORM)

    assert page.headers["location"].startswith("/confirm?next=")
