"""The secret of an app is kept so that only we can read it, for its person alone."""

import base64

import httpx
from pydantic import SecretStr
from tests.cast import Cast
from tests.clock import MovedClock
from tests.conftest import SECRET
from tests.identity.apps import add_app, knock

from firstmile.kernel.database import Connection
from firstmile.kernel.secrets import Vault
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.keys import show_keys


async def test_secrets_and_codes_are_not_in_the_database_as_they_were_shown(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    app = await add_app(await cast.dana(), clock)

    row = await db.fetchrow("SELECT secret_sealed FROM totp_factors")

    assert row is not None
    assert base64.b32decode(app.secret) not in row["secret_sealed"]


async def test_a_sealed_secret_moved_to_another_person_opens_nothing(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock, db: Connection
) -> None:
    """Who can write to the table still cannot sign in with an app of their own."""
    dana, charlie = await cast.dana(), await cast.a_user("Charlie").signed_in()
    await add_app(dana, clock)
    of_charlie = await add_app(charlie, clock)
    await db.execute(
        "UPDATE totp_factors SET secret_sealed = (SELECT secret_sealed FROM totp_factors"
        " WHERE user_id = $1) WHERE user_id = $2",
        charlie.id,
        dana.id,
    )

    answer = await knock(client, code=of_charlie.next_code())

    assert answer.status_code >= 400
    assert "session" not in answer.cookies


async def test_secrets_are_sealed_anew_before_the_old_key_goes(
    cast: Cast, service: Service, clock: MovedClock, db: Connection
) -> None:
    app = await add_app(await cast.dana(), clock)
    await add_app(await cast.a_user("Charlie").signed_in(), clock)
    before = await db.fetch("SELECT secret_sealed FROM totp_factors")
    newer = Settings.model_validate(
        service.settings.model_dump()
        | {"secret_key": SecretStr("n" * 40), "secret_key_previous": SecretStr(SECRET)}
    )

    await show_keys(newer, rotate=True)

    after = await db.fetch("SELECT user_id, secret_sealed FROM totp_factors")
    assert not {row["secret_sealed"] for row in before} & {row["secret_sealed"] for row in after}
    dana = await cast.user("Dana")
    (sealed,) = [row["secret_sealed"] for row in after if row["user_id"] == dana.id]
    alone = Vault(["n" * 40])
    assert base64.b32encode(alone.open(f"totp {dana.id}", sealed)).decode() == app.secret
