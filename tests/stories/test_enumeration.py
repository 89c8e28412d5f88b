"""Nobody learns from us which addresses have an account: not by words, not by time."""

import gc
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.cast import PASSWORD
from tests.conftest import ROOT
from tests.running import Running, running_service

from firstmile.auditing.accounts import STATES, AuditAccounts
from firstmile.auditing.enumeration import PROBES, Group, Limited, Probe, audit, lasting
from firstmile.auditing.report import as_document, as_text
from firstmile.identity.passwords import Check, Passwords
from firstmile.kernel.database import Connection
from firstmile.service import Service
from firstmile.settings import Settings

SAMPLES = 200


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A hash of 8 ms: at the cheapest cost it would weigh no more than reading a row does."""
    return settings.model_copy(update={"bcrypt_cost": 7})


@pytest.fixture
async def accounts(service: Service) -> AuditAccounts:
    return AuditAccounts(service)


@pytest.fixture
async def groups(accounts: AuditAccounts) -> AsyncIterator[list[Group]]:
    """Addresses without an account, and with one in every state."""
    yield await accounts.add(PASSWORD)
    await accounts.remove()


@pytest.fixture
def calm() -> Iterator[None]:
    """No garbage is searched for while durations are measured."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("probe", PROBES.values(), ids=lambda probe: str(probe.name))
@pytest.mark.usefixtures("calm")
async def test_no_answer_and_no_time_tells_who_has_an_account(
    client: httpx.AsyncClient, groups: list[Group], probe: Probe
) -> None:
    samples = SAMPLES if probe.attempt == 1 else SAMPLES // 4

    result = await audit(client, probe, groups, samples)
    telling = {one.heard.state for one in result.telling}
    if telling:  # by chance, beside other programs? What is so is found again
        again = await audit(client, probe, groups, samples)
        telling &= {one.heard.state for one in again.telling}

    assert telling == set(), "\n".join(as_text("here", [result]))
    assert {one.heard.state for one in result.findings} == set(STATES)


@pytest.mark.usefixtures("calm")
async def test_the_audit_notices_when_the_decoy_is_not_hashed(
    client: httpx.AsyncClient,
    groups: list[Group],
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = service.parts.get(Passwords)
    check = passwords.check

    async def check_without_decoy(password: str, kept: str | None) -> Check:
        return Check(fits=False) if kept is None else await check(password, kept)

    monkeypatch.setattr(passwords, "check", check_without_decoy)

    result = await audit(client, PROBES["login"], groups, 40)

    assert {one.heard.state for one in result.telling} == set(STATES)
    assert {one.aspects for one in result.telling} == {()}
    assert as_document("here", [result])["differences"] == len(STATES)


async def test_the_audit_notices_an_answer_that_differs(groups: list[Group]) -> None:
    """Of a service that greets its own people with a cookie and a field of the body."""
    unknown, known = groups[:2]
    address = known.address(0)

    async def answer(request: httpx.Request) -> httpx.Response:
        is_known = json.loads(request.content)["email"] == address
        return httpx.Response(
            202,
            headers={"set-cookie": "hello=1"} if is_known else {},
            json={"status": "sent", "more": 1} if is_known else {"status": "sent"},
        )

    async with httpx.AsyncClient(
        base_url="http://there", transport=httpx.MockTransport(answer)
    ) as client:
        result = await audit(
            client,
            PROBES["forgot"],
            [Group("unknown", unknown.address), Group("known", known.address)],
            20,
        )

    (finding,) = result.telling
    assert {"headers", "cookies", "keys", "length", "body"} == set(finding.aspects)


@pytest.mark.parametrize("name", ["login", "forgot", "resend", "register"])
async def test_every_address_uses_up_its_limit_alike(
    client: httpx.AsyncClient, groups: list[Group], name: str
) -> None:
    """The audit leaves out what is left of a limit, so this holds it against each address."""
    probe = PROBES[name]
    left = {}
    for group in groups:
        address = group.address(0)
        assert group.prepare is not None
        await group.prepare(address)
        answers = [await client.post(probe.path, json=probe.about(address)) for _ in range(3)]
        left[group.state] = [_left_of_first(answer) for answer in answers]

    assert left == {state: [999_999, 999_998, 999_997] for state in ("unknown", *STATES)}


async def test_the_audit_tells_a_limit_from_an_answer(groups: list[Group]) -> None:
    """Of a service that has a limit for every address, one behind a proxy, and one that leaks."""
    unknown, known = groups[:2]
    address = known.address(0)
    own = {"error": "rate_limited", "limit": "sign_in", "allowed": "5 per 15 minutes"}

    async def look(refused: set[bool], body: dict[str, str]) -> list[str]:
        async def answer(request: httpx.Request) -> httpx.Response:
            is_known = json.loads(request.content)["email"] == address
            headers = {"retry-after": "9"}
            return httpx.Response(429 if is_known in refused else 401, headers=headers, json=body)

        there = httpx.MockTransport(answer)
        two = [Group("unknown", unknown.address), Group("known", known.address)]
        async with httpx.AsyncClient(base_url="http://there", transport=there) as client:
            result = await audit(client, PROBES["login"], two, 20)
        return [aspect for finding in result.telling for aspect in finding.aspects]

    with pytest.raises(Limited, match=r"LIMIT_SIGN_IN \(5 per 15 minutes\) is reached.*9 seconds"):
        await look({True}, own)
    with pytest.raises(Limited, match="A limit in front of it is reached"):
        await look({True, False}, {})
    assert await look({True}, {}) == ["status"]


@pytest.mark.parametrize("path", ["/sign-up", "/sign-in", "/forgot-password"])
async def test_the_pages_say_the_same_to_everybody(
    client: httpx.AsyncClient, groups: list[Group], path: str
) -> None:
    said = set()
    for group in groups:
        address = group.address(0)
        assert group.prepare is not None
        await group.prepare(address)
        client.cookies.clear()
        csrf = (await client.get(path)).cookies["csrf-token"]
        form = {"email": address, "password": "not their password", "csrf": csrf}
        names = {"firstName": "Dana", "lastName": "Lopez"}
        answer = await client.post(path, data=form | names)
        nonce = answer.headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
        own = [address, address.encode().hex(), csrf, answer.headers["x-correlation-id"], nonce]
        headers = [
            f"{name}: {value if name == 'set-cookie' else lasting(name, value)}"
            for name, value in answer.headers.multi_items()
        ]
        said.add(_without(own, "\n".join([str(answer.status_code), *headers, answer.text])))

    assert len(said) == 1


@pytest.mark.asvs("6.3.8")
async def test_only_who_knows_the_password_learns_the_state_of_an_account(
    client: httpx.AsyncClient, groups: list[Group]
) -> None:
    told = {}
    for group in groups:
        address = group.address(0)
        assert group.prepare is not None
        await group.prepare(address)
        client.cookies.clear()
        body = {"email": address, "password": PASSWORD}
        told[group.state] = (await client.post("/api/v1/auth/login", json=body)).json().get("error")

    assert told == {
        "unknown": "invalid_credentials",
        "known": None,
        "unverified": "email_not_verified",
        "paused": "invalid_credentials",
        "locked": "account_locked",
        "passwordless": "invalid_credentials",
        "two-factor": "second_factor_required",
    }


async def test_the_accounts_of_an_audit_are_gone_after_it(
    client: httpx.AsyncClient, accounts: AuditAccounts, db: Connection
) -> None:
    groups = await accounts.add(PASSWORD)
    await audit(client, PROBES["register"], groups, 20)
    made = await db.fetchval("SELECT count(*) FROM users")

    removed = await accounts.remove()

    assert made == removed > 20
    assert await db.fetchval("SELECT count(*) FROM users") == 0


@pytest.fixture
def audited(settings: Settings) -> Iterator[Running]:
    with running_service(settings) as service:
        yield service


def run_audit(service: Running, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "firstmile", "audit", "enumeration", *words],
        env=service.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_command_audits_a_running_service(audited: Running) -> None:
    words = ["--prepare", "--samples", "40", "--probe", "login", "--probe", "register-again"]

    told = run_audit(audited, audited.base_url, *words, "--json")

    assert told.returncode == 0, told.stdout + told.stderr
    report = json.loads(told.stdout)
    assert report["differences"] == 0
    assert [probe["name"] for probe in report["probes"]] == ["login", "register-again"]
    for probe in report["probes"]:
        assert [one["state"] for one in probe["states"]] == ["unknown", *STATES]
        assert {tuple(one["statuses"]) for one in probe["states"]} in ({(401,)}, {(202,)})


def test_the_command_asks_about_accounts_of_ones_own(audited: Running) -> None:
    words = ["--address", "known", "known@example.org", "--samples", "20", "--probe", "forgot"]

    told = run_audit(audited, audited.base_url, *words)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "Nothing tells which addresses have an account" in told.stdout
    assert "known" in told.stdout


def test_the_command_says_which_limit_is_in_its_way(settings: Settings) -> None:
    words = ["--address", "known", "known@example.org", "--samples", "20", "--probe", "login"]
    limited = settings.model_copy(update={"limit_sign_in": "3 per 15 minutes"})

    with running_service(limited) as service:
        told = run_audit(service, service.base_url, *words)

    assert told.returncode == 2, told.stdout + told.stderr
    assert "LIMIT_SIGN_IN (3 per 15 minutes) is reached" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_command_says_what_it_needs(audited: Running) -> None:
    neither = run_audit(audited, audited.base_url)
    nowhere = run_audit(
        audited, "http://127.0.0.1:1", "--address", "known", "a@example.org", "--samples", "20"
    )

    assert (neither.returncode, nowhere.returncode) == (2, 2)
    assert "--prepare" in neither.stderr
    assert "does not answer" in nowhere.stderr
    assert "Traceback" not in neither.stderr + nowhere.stderr


def _left_of_first(answer: httpx.Response) -> int:
    """What is left of the limit that counts the address."""
    return int(answer.headers["ratelimit"].partition(";r=")[2].partition(";")[0])


def _without(own: list[str], text: str) -> str:
    for value in own:
        if value:
            text = text.replace(value, "*")
    return text
