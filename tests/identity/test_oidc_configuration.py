"""What a provider says of itself: kept, asked for again, and never believed in another's place."""

from dataclasses import replace
from typing import Any

import pytest
from tests.identity.hostile_provider import (
    KEY,
    OTHER_KEY,
)
from tests.identity.test_oidc_away import CONFIGURATION, out_of_order
from tests.identity.test_oidc_client import Relying, hostile, relying
from tests.identity.test_oidc_forgeries import by_an_unknown_key

from firstmile.identity.providers import Trust
from firstmile.kernel.refusals import Unavailable

__all__ = ["hostile", "relying"]

SHORT = {"n": "x" * 171}  # 1024 bits


class TestTheConfiguration:
    @pytest.mark.asvs("10.5.3")
    @pytest.mark.parametrize(
        "named", ["https://other.example", None, "", ["{issuer}"], "{issuer}/", "{ISSUER}"], ids=str
    )
    async def test_must_name_the_very_issuer(self, named: Any, relying: Relying) -> None:
        issuer = relying.hostile.issuer
        if isinstance(named, str):
            named = named.replace("{issuer}", issuer).replace("{ISSUER}", issuer.upper())
        relying.hostile.metadata = {"issuer": named}

        with pytest.raises(Unavailable):
            await relying.departs()

    @pytest.mark.parametrize(
        "address",
        [
            "http://other.example/auth",
            "javascript:alert(1)",
            "data:text/html,hello",
            "https://dana:secret@other.example/auth",
            "https://",
            "//other.example/auth",
            "http://[",
            None,
            ["https://other.example"],
        ],
        ids=str,
    )
    async def test_sends_nobody_to_an_unsafe_address(self, address: Any, relying: Relying) -> None:
        relying.hostile.metadata = {"authorization_endpoint": address}

        with pytest.raises(Unavailable):
            await relying.departs()

    @pytest.mark.parametrize(
        "published",
        [[], ["one"], [{"kty": "oct", "k": "AAAA"}], [{}], [{"kty": "RSA", **SHORT, "e": "AQAB"}]],
        ids=["none", "text", "secret", "nothing", "short"],
    )
    async def test_without_a_key_of_use_signs_nobody_in(
        self, published: list[Any], relying: Relying
    ) -> None:
        relying.hostile.published = published

        with pytest.raises(Unavailable):
            await relying.sign_in()

    async def test_may_hold_keys_that_nobody_understands(self, relying: Relying) -> None:
        relying.hostile.published += [{"kty": "new"}, {"kty": "RSA", "n": "?", "e": "?"}, 7]

        assert (await relying.sign_in()).subject == "dana"

    async def test_with_a_wrong_key_verifies_nothing(self, relying: Relying) -> None:
        relying.hostile.published = [OTHER_KEY.as_dict(private=False)]

        assert (await relying.refusal())[0] == "BadSignatureError"

    async def test_is_asked_for_once(self, relying: Relying) -> None:
        for _ in range(3):
            await relying.sign_in()

        assert relying.hostile.asked.count(CONFIGURATION) == 1
        assert relying.hostile.asked.count("/jwks") == 1

    async def test_is_not_asked_for_again_by_tokens_with_keys_that_are_made_up(
        self, relying: Relying
    ) -> None:
        await relying.sign_in()
        relying.hostile.signs = by_an_unknown_key

        for _ in range(5):
            await relying.refusal()

        assert relying.hostile.asked.count("/jwks") == 1

    async def test_that_fails_is_left_alone_for_a_moment(self, relying: Relying) -> None:
        relying.hostile.answering[CONFIGURATION] = out_of_order

        for _ in range(5):
            with pytest.raises(Unavailable):
                await relying.departs()

        assert relying.hostile.asked.count(CONFIGURATION) == 1


class TestManyTenants:
    """Microsoft's common configuration: one set of keys, and an issuer for each tenant."""

    TENANT = "11111111-2222-3333-4444-555555555555"

    @pytest.fixture
    def common(self, relying: Relying) -> Relying:
        pattern = "https://login.example/{tenantid}/v2.0"
        relying.hostile.metadata = {
            "issuer": pattern,
            "authorization_response_iss_parameter_supported": False,
        }
        relying.hostile.claims = {"iss": self.issuer(self.TENANT), "tid": self.TENANT}
        relying.provider = replace(relying.provider, issuer_pattern=pattern, trust=Trust.NEVER)
        return relying

    def issuer(self, tenant: str) -> str:
        return f"https://login.example/{tenant}/v2.0"

    async def test_make_an_identity_of_the_tenant_that_issued_it(self, common: Relying) -> None:
        identity = await common.sign_in(iss=None)

        assert identity.issuer == self.issuer(self.TENANT)

    async def test_do_not_speak_for_each_other(self, common: Relying) -> None:
        other = self.TENANT.replace("1", "9")
        common.hostile.claims = {"iss": self.issuer(other), "tid": self.TENANT}

        assert await common.refusal(iss=None) == ("InvalidClaimError", "iss")

    @pytest.mark.parametrize("tenant", ["../common", "", None, 7, "common", f"{TENANT}/x"], ids=str)
    async def test_have_an_id_and_no_other_name(self, tenant: Any, common: Relying) -> None:
        common.hostile.claims = {"iss": self.issuer(str(tenant)), "tid": tenant}

        assert (await common.refusal(iss=None))[0] in ("ValueError", "InvalidClaimError")

    async def test_are_not_signed_for_by_a_key_of_another(self, common: Relying) -> None:
        own = {**KEY.as_dict(private=False), "issuer": self.issuer(self.TENANT.replace("1", "9"))}
        common.hostile.published = [own]

        assert (await common.refusal(iss=None))[0] == "ValueError"

    @pytest.mark.asvs("6.8.2")
    async def test_have_addresses_that_prove_nothing(self, common: Relying) -> None:
        """Any administrator may write any address into their directory (nOAuth, 2023)."""
        common.hostile.claims |= {"email": "victim@example.org", "xms_edov": True}

        identity = await common.sign_in(iss=None)

        assert (identity.email, identity.is_email_confirmed) == ("victim@example.org", False)
