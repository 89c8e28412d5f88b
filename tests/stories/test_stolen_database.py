"""Who steals the database holds nothing that opens anything."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import pyotp
import pytest
from tests.cast import PASSWORD, Cast
from tests.release.asking import a_key
from tests.stories.loot import Loot

from firstmile.main import create_app
from firstmile.outside.mail import Message
from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.service import Service
from firstmile.settings import Settings

DANA = "dana@example.org"
TOKEN = re.compile(r"token=([\w.~%-]+)")


class WatchedDoor:
    """Takes every mail; the database is dumped while it still waits for ours."""

    def __init__(self, loot: Loot) -> None:
        self._loot = loot
        self.seen: list[Message] = []

    async def send(self, message: Message) -> None:
        self.seen.append(message)
        self._loot.dump(f"while the mail {message.subject!r} waits")


@pytest.fixture
def door(loot: Loot) -> WatchedDoor:
    return WatchedDoor(loot)


@pytest.fixture
async def service(settings: Settings, door: WatchedDoor) -> AsyncIterator[Service]:
    """Every part, open, with a dump at every mail."""
    service = Service(settings, door=door)
    await service.open()
    yield service
    await service.close()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(service.settings, service))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


@pytest.fixture
def loot(cluster: EmbeddedPostgres, database_url: str) -> Loot:
    return Loot(cluster, database_url)


class Story:
    """Dana's way through the API, noting all she is given and all she types."""

    def __init__(self, cast: Cast, door: WatchedDoor, loot: Loot) -> None:
        self.cast, self.client, self.door, self.loot = cast, cast.client, door, loot

    async def post(self, what: str, path: str, body: object, **headers: str) -> httpx.Response:
        self.client.cookies.clear()
        key = f"key-{uuid4()}"
        self.loot.note(f"Idempotency-Key of {what}", key)
        given = {"idempotency-key": key, **headers}
        answer = await self.client.post(f"/api/v1{path}", json=body, headers=given)
        self.loot.note_answer(what, answer)
        return answer

    async def token(self, what: str) -> str:
        """Run the jobs, and read the mail."""
        before = len(self.loot.dumps)
        await self.cast.work_off()
        assert len(self.loot.dumps) > before
        links = [found for mail in self.door.seen if (found := TOKEN.search(mail.text))]
        found = links[-1]
        self.loot.note(f"token of {what}", found[1])
        return found[1]

    async def sign_in(self, what: str, password: str) -> tuple[str, str]:
        body = {"email": DANA, "password": password}
        told = (await self.post(what, "/auth/login", body)).json()
        return told["accessToken"], told["refreshToken"]


async def test_a_stolen_database_holds_nothing_that_was_given_out(
    cast: Cast, service: Service, door: WatchedDoor, loot: Loot
) -> None:
    story = Story(cast, door, loot)
    loot.dumps.clear()
    first, second = f"first password {uuid4()}", f"second password {uuid4()}"
    loot.note("first password", first)
    loot.note("second password", second)
    names = {"firstName": "Dana", "lastName": "Lopez"}

    await story.post("registering", "/auth/register", {"email": DANA, "password": first, **names})
    loot.dump("while the registration waits")
    token = await story.token("registering")
    await story.post("verifying", "/auth/verify-email", {"token": token})
    access, refresh = await story.sign_in("signing in", first)
    told = await story.post("refreshing", "/auth/refresh", {"refreshToken": refresh})
    bearer = f"Bearer {access}"
    await _in_a_project(story, bearer)
    await story.post("forgetting", "/auth/forgot-password", {"email": DANA})
    token = await story.token("forgetting")
    await story.post("resetting", "/auth/reset-password", {"token": token, "password": second})
    for _ in range(5):
        guess = {"email": DANA, "password": "a wrong guess"}
        await story.client.post("/api/v1/auth/login", json=guess)
    token = await story.token("guessing")
    await story.post("unlocking", "/auth/unlock", {"token": token})
    await story.sign_in("signing in again", second)
    await _by_the_page(story, second)
    await cast.work_off()
    loot.dump("at the end")

    assert told.json()["refreshToken"] != refresh
    assert len(loot.values) >= 24
    assert all(DANA in dump for when, dump in loot.dumps.items() if "registration" not in when)
    assert loot.found() == []


async def _in_a_project(story: Story, bearer: str) -> None:
    answer = await story.post("a project", "/projects", {"name": "Harbour"}, authorization=bearer)
    path = f"/projects/{answer.json()['id']}"
    body = {"email": "zoe@example.org", "role": "viewer"}
    await story.post("inviting", f"{path}/invitations", body, authorization=bearer)
    await story.token("inviting")
    key = {"name": "Robot", "scopes": ["project.read"]}
    made = await story.post("a key", f"{path}/keys", key, authorization=bearer)
    secret = made.json()["secret"]
    story.loot.note("API key", secret)
    story.loot.note("the secret in an API key", secret[13:56])


async def _by_the_page(story: Story, password: str) -> None:
    story.client.cookies.clear()
    page = await story.client.get("/sign-in")
    story.loot.note_answer("the sign-in page", page)
    form = {"email": DANA, "password": password, "csrf": page.cookies["csrf-token"]}
    story.loot.note_answer("the form", await story.client.post("/sign-in", data=form))


async def test_a_stolen_database_holds_no_second_factor(
    cast: Cast, door: WatchedDoor, loot: Loot
) -> None:
    story = Story(cast, door, loot)
    names = {"firstName": "Dana", "lastName": "Lopez"}
    given = {"email": DANA, "password": PASSWORD}
    await story.post("registering", "/auth/register", {**given, **names})
    await story.post("verifying", "/auth/verify-email", {"token": await story.token("registering")})
    access, _ = await story.sign_in("signing in", PASSWORD)
    bearer = f"Bearer {access}"

    begun = await story.post("an app", "/auth/factors/totp", None, authorization=bearer)
    secret, now = begun.json()["secret"], datetime.now(UTC)
    loot.note("secret of the app", secret)
    loot.note("bytes of that secret", base64.b64encode(base64.b32decode(secret)).decode())
    code = {"code": pyotp.TOTP(secret).at(now)}
    confirmed = await story.post("it", "/auth/factors/totp/confirm", code, authorization=bearer)
    for number, one in enumerate(confirmed.json()["recoveryCodes"]):
        loot.note(f"recovery code {number}", one)
        loot.note(f"letters of recovery code {number}", one.replace("-", ""))
    cast.client.cookies.clear()
    waiting = (await cast.client.post("/api/v1/auth/login", json=given)).json()["signInToken"]
    loot.note("sign-in that waits", waiting)
    loot.dump("while a sign-in waits")
    later = pyotp.TOTP(secret).at(now + timedelta(seconds=30))
    shown = {"signInToken": waiting, "code": later, "trustDevice": True}
    finished = await story.post("finishing", "/auth/login/second-factor", shown)
    loot.note("cookie of a trusted browser", finished.cookies["device"])
    await cast.work_off()
    loot.dump("at the end")

    assert len(loot.values) > 40
    assert loot.found() == []


async def test_a_stolen_database_holds_no_sdk_key(service: Service, loot: Loot) -> None:
    key = await a_key(service)
    loot.note("SDK key", key)
    loot.note("the secret in an SDK key", key[13:56])

    loot.dump("at once")

    assert key[4:12] in loot.dumps["at once"]  # its label, which may be shown
    assert loot.found() == []


async def test_the_keys_and_the_secret_are_not_in_the_database(
    service: Service, cast: Cast, loot: Loot
) -> None:
    assert service.keys._active is not None
    loot.note("private signing key", str(service.keys._active.as_dict(private=True)["d"]))
    for secret in service.settings.secrets:
        loot.note("secret key", secret)

    loot.dump("at once")

    assert '"kid"' in loot.dumps["at once"]
    assert loot.found() == []


@pytest.mark.parametrize(
    "kept",
    [
        "$1",
        "'{\"link\": \"https://x/?token=' || $1 || '\"}'",
        "encode(convert_to($1, 'UTF8'), 'hex')",
        "encode(convert_to($1, 'UTF8'), 'base64')",
        "encode(convert_to('x' || $1, 'UTF8'), 'base64')",
        "encode(convert_to('xy' || $1, 'UTF8'), 'base64')",
    ],
)
async def test_the_search_finds_a_value_however_it_is_kept(
    loot: Loot, db: "asyncpg.Connection[asyncpg.Record]", kept: str
) -> None:
    loot.note("a token", "s3cr3t-T0ken_of-somebody-0123456789abcdefgh")
    loot.dump("without it")
    assert loot.found() == []

    await db.execute("CREATE TABLE careless (word text, raw bytea)")
    await db.execute(
        f"INSERT INTO careless SELECT {kept}".replace("$1", "'" + loot.values["a token"] + "'")
    )
    loot.dump("with it as text")
    as_text = loot.found()
    loot.dumps.clear()
    await db.execute("UPDATE careless SET raw = convert_to(word, 'UTF8'), word = NULL")
    loot.dump("with it as bytes")

    assert as_text != []
    assert loot.found() != []


async def test_the_search_finds_the_bytes_behind_a_token(
    loot: Loot, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    token = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    loot.note("a token", token)
    await db.execute("CREATE TABLE careless AS SELECT $1::bytea AS raw", bytes(range(32)))

    loot.dump("with its bytes")

    assert any("its bytes" in found for found in loot.found())
