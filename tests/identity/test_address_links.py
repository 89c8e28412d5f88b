"""The links of a change of address open that one thing, for a while."""

import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.changing_address import NEW, OLD, ask, confirm, link, revert

from firstmile.identity.address_changes import CONFIRM, REVERT
from firstmile.kernel.database import Connection
from firstmile.service import Service


class TestLinks:
    @pytest.mark.parametrize("token", ["", "x", "é", "=" * 64, "A" * 64, "A" * 900, "\0"])
    async def test_any_other_text_opens_nothing(self, cast: Cast, token: str) -> None:
        assert (await confirm(cast, token)).status_code == 400
        assert (await revert(cast, token)).status_code == 400

    async def test_a_link_for_one_thing_does_not_do_the_other(self, cast: Cast) -> None:
        dana = await cast.dana()
        await ask(dana)
        to_confirm = await link(cast, NEW, "confirm-email")
        to_revert = await link(cast, OLD, "revert-email")

        assert (await confirm(cast, to_revert)).status_code == 400
        assert (await revert(cast, to_confirm)).status_code == 400

    async def test_the_database_holds_nothing_that_is_a_link(
        self, cast: Cast, db: Connection, service: Service
    ) -> None:
        dana = await cast.dana()
        await ask(dana)
        change = await db.fetchrow("SELECT * FROM address_changes")
        assert change is not None

        for purpose in (CONFIRM, REVERT):
            mac = service.vault.digest(purpose, change["id"].bytes)
            assert mac.hex() not in str(change)
            assert not any(value == mac for value in change.values())

    async def test_old_changes_are_forgotten_and_open_ones_are_not(
        self, cast: Cast, service: Service, clock: MovedClock, db: Connection
    ) -> None:
        dana = await cast.dana()
        await ask(dana, "first@example.org")
        clock.pass_by(days=7, minutes=1)
        dana = await cast.sign_in("Dana")
        await ask(dana)

        async with service.works.begin() as work:
            removed = await service.clean_up(work)

        assert removed["address_changes"] == 1
        kept = await db.fetch("SELECT new_email FROM address_changes")
        assert [row["new_email"] for row in kept] == [NEW]
