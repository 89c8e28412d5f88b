"""What people are told of their second factors."""

import msgspec
import pytest
from tests.cast import Cast, text_of

from firstmile.identity.events import (
    PasskeyAdded,
    PasskeyRemoved,
    RecoveryCodesMade,
    TotpAdded,
    TotpRemoved,
)
from firstmile.identity.factor_mails import FactorChanged
from firstmile.kernel.ids import UserId

SAID = {
    TotpAdded: "An authenticator app was added",
    TotpRemoved: "The authenticator app was removed",
    PasskeyAdded: "The passkey “Grey key” was added",
    PasskeyRemoved: "The passkey “Grey key” was removed",
    RecoveryCodesMade: "New recovery codes were made",
}


def event(kind: type[FactorChanged], user_id: UserId) -> FactorChanged:
    given = {"user_id": user_id, "name": "Grey key", "with_factor": False}
    taken = {name: given[name] for name in kind.__struct_fields__}
    return msgspec.convert(taken, kind)


@pytest.mark.parametrize(("kind", "said"), SAID.items())
@pytest.mark.asvs("6.3.7")
async def test_every_change_is_told_in_words_of_its_own(
    cast: Cast, kind: type[FactorChanged], said: str
) -> None:
    dana = await cast.dana()

    async with cast.service.works.begin() as work:
        work.announce(event(kind, dana.id))

    (mail,) = [one for one in await cast.mails(dana.email) if "two-step" in str(one["Subject"])]
    assert said in text_of(mail)
    assert "/account/security" in text_of(mail)
    assert "/forgot-password" in text_of(mail)


async def test_codes_that_came_with_a_factor_need_no_mail_of_their_own(cast: Cast) -> None:
    dana = await cast.dana()
    before = len(await cast.mails(dana.email))

    async with cast.service.works.begin() as work:
        work.announce(RecoveryCodesMade(user_id=dana.id, with_factor=True))

    assert len(await cast.mails(dana.email)) == before
