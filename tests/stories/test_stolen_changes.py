"""Who steals the database while an account is being changed holds no link of its mails."""

import httpx
from tests.cast import Cast
from tests.pictures import a_picture
from tests.stories.loot import Loot
from tests.stories.test_stolen_database import (
    DANA,
    TOKEN,
    Story,
    WatchedDoor,
    client,
    door,
    loot,
    service,
)

from firstmile.service import Service

__all__ = ["client", "door", "loot", "service"]

NEW = "new@example.org"
PASSWORD, SECOND = "a first password of hers 5", "a second password of hers 6"


async def test_no_link_of_a_change_is_in_the_database(
    cast: Cast, service: Service, client: httpx.AsyncClient, door: WatchedDoor, loot: Loot
) -> None:
    story = Story(cast, door, loot)
    loot.dumps.clear()
    loot.note("first password", PASSWORD)
    loot.note("second password", SECOND)
    names = {"firstName": "Dana", "lastName": "Lopez"}
    await story.post(
        "registering", "/auth/register", {"email": DANA, "password": PASSWORD, **names}
    )
    await story.post("verifying", "/auth/verify-email", {"token": await story.token("registering")})
    access, _ = await story.sign_in("signing in", PASSWORD)
    bearer = f"Bearer {access}"

    body = {"newPassword": SECOND, "currentPassword": PASSWORD}
    told = (await story.post("the password", "/auth/password", body, authorization=bearer)).json()
    bearer = f"Bearer {told['accessToken']}"
    await story.post("the address", "/auth/email", {"email": NEW}, authorization=bearer)
    await cast.work_off()
    to_confirm, to_revert = (_note_link(door, loot, to) for to in (NEW, DANA))
    client.cookies.clear()
    files = {"file": ("me.png", a_picture(), "image/png")}
    await client.put("/api/v1/profile/avatar", files=files, headers={"authorization": bearer})
    loot.dump("while both links are open")
    await story.post("confirming", "/auth/confirm-email", {"token": to_confirm})
    taken_back = await story.post("taking back", "/auth/revert-email", {"token": to_revert})
    loot.note("the token that sets a password", taken_back.json()["passwordToken"])
    await cast.work_off()
    loot.dump("at the end")

    assert len(loot.values) >= 16
    assert loot.found() == []


def _note_link(door: WatchedDoor, loot: Loot, to: str) -> str:
    """The token of the newest mail to an address."""
    for mail in reversed(door.seen):
        if mail.to == to and (found := TOKEN.search(mail.text)):
            loot.note(f"the link to {to}", found[1])
            return found[1]
    raise AssertionError(f"no link to {to}")
