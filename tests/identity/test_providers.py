"""The providers that are set up, and the settings that set them up."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from firstmile.identity.providers import Provider, Trust, providers_of
from firstmile.identity.social_settings import OidcProvider, SocialSettings
from firstmile.kernel.refusals import NotFound
from firstmile.settings import SettingsRefused, load_settings

ROOT = Path(__file__).parents[2]
GIVEN = {
    "GOOGLE_CLIENT_ID": "g",
    "GOOGLE_CLIENT_SECRET": "gs",
    "APPLE_CLIENT_ID": "a",
    "APPLE_TEAM_ID": "team",
    "APPLE_KEY_ID": "key",
    "APPLE_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----",
    "MICROSOFT_CLIENT_ID": "m",
    "MICROSOFT_CLIENT_SECRET": "ms",
    "GITHUB_CLIENT_ID": "h",
    "GITHUB_CLIENT_SECRET": "hs",
}
ACME: dict[str, Any] = {
    "key": "acme",
    "name": "Acme",
    "issuer": "https://id.acme.example",
    "client_id": "firstmile",
    "client_secret": "s",
}


@pytest.fixture(autouse=True)
def development(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIRSTMILE_ENV", "development")
    monkeypatch.setenv("FIRSTMILE_HOME", str(tmp_path))


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


def listed(monkeypatch: pytest.MonkeyPatch, *providers: Any) -> list[Provider]:
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps(providers))
    return list(providers_of(load_settings()))


def test_there_are_none_unless_they_are_set_up() -> None:
    assert list(providers_of(load_settings())) == []


@pytest.mark.usefixtures("everything")
def test_presets_stand_before_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [provider.key for provider in listed(monkeypatch, ACME)]

    assert keys == ["google", "apple", "microsoft", "github", "acme"]


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("name", [name for name in GIVEN if not name.endswith("CLIENT_ID")])
def test_a_preset_is_whole_or_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(SettingsRefused, match=name):
        load_settings()


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "providers").write_text(json.dumps([ACME]))
    (tmp_path / "key").write_text("-----BEGIN\nline\n-----END\n")
    monkeypatch.setenv("OIDC_PROVIDERS_FILE", str(tmp_path / "providers"))
    monkeypatch.setenv("APPLE_PRIVATE_KEY_FILE", str(tmp_path / "key"))

    settings = load_settings()

    assert settings.oidc_providers[0].client_secret == SecretStr("s")
    assert settings.apple_private_key == SecretStr("-----BEGIN\nline\n-----END")


@pytest.mark.usefixtures("everything")
def test_no_secret_is_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps([{**ACME, "client_secret": "hidden!"}]))

    told = str(load_settings().model_dump())

    assert "acme" in told
    assert "hidden!" not in told
    assert "BEGIN PRIVATE" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.acme.example"},
        {"issuer": "https://id.acme.example?x=1"},
        {"issuer": "https://id.acme.example#x"},
        {"issuer": "https://a:b@id.acme.example"},
        {"issuer": "id.acme.example"},
        {"issuer": "javascript:alert(1)"},
        {"key": "google"},
        {"key": "Acme"},
        {"key": "../acme"},
        {"key": ""},
        {"name": ""},
        {"client_id": ""},
        {"scopes": ["email"]},
    ],
    ids=str,
)
def test_what_would_not_be_safe_is_refused(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsRefused) as refused:
        listed(monkeypatch, {**ACME, **wrong, "client_secret": "hidden!"})

    assert "OIDC_PROVIDERS" in str(refused.value)
    assert "hidden!" not in str(refused.value)


def test_the_example_of_the_how_to_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "how-to" / "social-sign-in.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)

    (provider,) = listed(monkeypatch, *json.loads(example))

    assert (provider.key, provider.trust) == ("acme", Trust.WHEN_SAID)
    for field in OidcProvider.model_fields:
        assert f"`{field}`" in text
    for name in GIVEN:
        assert name in text


def test_two_providers_have_two_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsRefused, match="OIDC_PROVIDERS"):
        listed(monkeypatch, ACME, {**ACME, "name": "Other"})


def test_an_address_is_trusted_only_where_the_operator_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusted = {**ACME, "key": "own", "trusts_email": True}

    found = {one.key: one.trust for one in listed(monkeypatch, ACME, trusted)}

    assert found == {"acme": Trust.NEVER, "own": Trust.WHEN_SAID}


@pytest.mark.usefixtures("everything")
def test_an_unknown_provider_is_not_found() -> None:
    with pytest.raises(NotFound):
        providers_of(load_settings()).of("yahoo")


class TestMicrosoft:
    def provider(self, tenant: str) -> Provider:
        settings = SocialSettings(
            microsoft_client_id="m",
            microsoft_client_secret=SecretStr("s"),
            microsoft_tenant=tenant,
        )
        return providers_of(settings).of("microsoft")

    @pytest.mark.parametrize("tenant", ["common", "organizations"])
    def test_of_many_tenants_names_a_pattern(self, tenant: str) -> None:
        provider = self.provider(tenant)

        assert provider.issuer == f"https://login.microsoftonline.com/{tenant}/v2.0"
        assert provider.named == "https://login.microsoftonline.com/{tenantid}/v2.0"
        assert provider.issuer_of({}) is None

    def test_of_one_tenant_names_itself(self) -> None:
        provider = self.provider("11111111-2222-3333-4444-555555555555")

        assert provider.named == provider.issuer
        assert provider.issuer_of({"tid": "anything"}) == provider.issuer

    @pytest.mark.parametrize("tenant", ["contoso.onmicrosoft.com", "", "../common", "COMMON"])
    def test_of_a_tenant_by_another_name_is_refused(
        self, tenant: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MICROSOFT_TENANT", tenant or "?")

        with pytest.raises(SettingsRefused, match="MICROSOFT_TENANT"):
            load_settings()
