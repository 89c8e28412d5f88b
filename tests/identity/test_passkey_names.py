"""What a passkey is called: by its keeper, by its device, or as its person likes."""

from uuid import UUID

import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.keyholder import PASSKEYS, Holder, dana, holder, told

__all__ = ["dana", "holder"]


async def test_a_passkey_is_called_by_its_keeper_and_numbered(
    dana: Holder, clock: MovedClock
) -> None:
    dana.device.aaguid = UUID("08987058-cadc-4b81-b6e1-30de50dcbe96")
    await dana.add()
    clock.pass_by(minutes=1)
    options = await dana.options()
    options["publicKey"]["excludeCredentials"] = []
    await dana.add(options)

    assert [one["name"] for one in await dana.listed()] == ["Windows Hello", "Windows Hello 2"]


async def test_a_passkey_of_an_unknown_keeper_is_called_by_its_device(dana: Holder) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    dana.client.headers["user-agent"] = firefox
    await dana.add()

    assert [one["name"] for one in await dana.listed()] == ["Firefox on Linux"]


async def test_a_passkey_may_be_named_and_renamed(dana: Holder) -> None:
    await dana.add(name=" Grey  key ")
    (passkey,) = await dana.listed()
    assert passkey["name"] == "Grey key"
    assert passkey["backedUp"] is False
    assert passkey["lastUsedAt"] is None

    renamed = await dana.person.patch(f"{PASSKEYS}/{passkey['id']}", {"name": "Blue key"})

    assert renamed.json()["name"] == "Blue key"
    assert [one["name"] for one in await dana.listed()] == ["Blue key"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "see http://evil.example", "\x00"])
async def test_a_name_without_sense_is_refused(holder: Holder, name: str) -> None:
    (passkey,) = await holder.listed()

    answer = await holder.person.patch(f"{PASSKEYS}/{passkey['id']}", {"name": name})

    assert told(answer) == (422, "invalid")


async def test_a_strangers_passkey_is_not_there(holder: Holder, cast: Cast) -> None:
    charlie = await cast.a_user("Charlie").signed_in()
    (passkey,) = await holder.listed()
    path = f"{PASSKEYS}/{passkey['id']}"

    assert (await charlie.patch(path, {"name": "Mine"})).status_code == 404
    assert (await charlie.client.delete(path, headers=charlie.headers)).status_code == 404
    assert (await charlie.patch(f"{PASSKEYS}/é!", {"name": "Mine"})).status_code == 404
    assert await holder.listed() == [passkey]
