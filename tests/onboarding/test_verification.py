"""What the customer's server says over HTTP, and what it is asked."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from pydantic import SecretStr
from tests.cast import Cast, Person
from tests.onboarding.journeys import a_step
from tests.release.asking import a_key

from firstmile.kernel.database import Connection
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.signatures import checked, signed
from firstmile.onboarding.verifying import Called, Counted
from firstmile.outside.questions import NotAsked, ask
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.targeting.conditions import Condition

PEOPLE, EVENTS = "/api/v1/onboarding/people", "/api/v1/onboarding/events"
VERDICTS = "/api/v1/onboarding/steps/ship/verdicts"
SECRET, FORMER = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXc=", "former-former-former-former"
REPORTS = a_step("reports", event=Counted("report_made", 2, 3600), by_person=False)
SHIP = a_step("ship", call=Called(), by_person=False)
SEATS = a_step("seats", when=Condition(attribute="plan", values=("pro",)))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    given = {
        "onboarding_secret": SecretStr(SECRET),
        "onboarding_secret_previous": SecretStr(FORMER),
    }
    return settings.model_copy(update=given)


@pytest.fixture
async def dana(cast: Cast, service: Service) -> Person:
    person = await cast.dana()
    await define(service, REPORTS, SHIP, SEATS)
    return person


@pytest.fixture
async def server(service: Service) -> dict[str, str]:
    """The headers of the customer's server."""
    return {"authorization": f"Bearer {await a_key(service)}"}


async def define(service: Service, *steps: Any) -> None:
    async with service.works.begin() as work:
        await apply_definitions(work, Wanted(Definitions(list(steps))))
    await service.catalogue.load(service.database)


async def say(
    dana: Person,
    said: dict[str, Any],
    *,
    secret: str = SECRET,
    message: str = "",
    late: float = 0,
    path: str = VERDICTS,
) -> httpx.Response:
    """A signed verdict on Dana's step."""
    body = msgspec.json.encode({"userId": dana.id, **said})
    at = datetime.now(UTC) - timedelta(minutes=late)
    headers = signed(secret, message or str(uuid4()), at, body)
    kind = {"content-type": "application/json"}
    return await dana.client.post(path, content=body, headers=headers | kind)


async def test_what_a_server_says_of_a_person_decides_which_steps_they_have(
    dana: Person, server: dict[str, str]
) -> None:
    at = f"{PEOPLE}/{dana.id}/attributes"

    assert "seats" not in await dana.steps()
    answer = await dana.client.put(at, json={"attributes": {"plan": "pro"}}, headers=server)
    assert answer.status_code == 204
    assert "seats" in await dana.steps()
    await dana.client.put(at, json={"attributes": {}}, headers=server)
    assert "seats" not in await dana.steps()


@pytest.mark.parametrize(
    ("attributes", "person", "status"),
    [
        ({"plan": {"name": "pro"}}, None, 422),
        ({f"a{number}": 1 for number in range(51)}, None, 422),
        ({"long": "x" * 5000}, None, 422),
        ({"plan": "pro"}, uuid4(), 404),
    ],
)
async def test_attributes_are_plain_few_and_of_somebody(
    dana: Person, server: dict[str, str], attributes: Any, person: Any, status: int
) -> None:
    at = f"{PEOPLE}/{person or dana.id}/attributes"

    answer = await dana.client.put(at, json={"attributes": attributes}, headers=server)

    assert answer.status_code == status


async def test_only_a_server_says_what_people_are_and_did(dana: Person, service: Service) -> None:
    of_a_browser = {"authorization": f"Bearer {await a_key(service, 'client')}"}
    bodies: list[tuple[str, str, Any]] = [
        ("PUT", f"{PEOPLE}/{dana.id}/attributes", {"attributes": {"plan": "pro"}}),
        ("POST", EVENTS, {"events": []}),
        ("POST", VERDICTS, {"userId": str(dana.id), "verdict": "done"}),
    ]

    for method, path, body in bodies:
        mine = await dana.client.request(method, path, json=body, headers=dana.headers)
        public = await dana.client.request(method, path, json=body, headers=of_a_browser)
        assert (mine.status_code, public.status_code) == (401, 403)


async def test_events_complete_a_step_once_they_are_enough_and_each_counts_once(
    dana: Person, server: dict[str, str]
) -> None:
    async def send(*events: tuple[str, float]) -> Any:
        now, stranger = datetime.now(UTC), str(uuid4())
        batch = [
            {
                "id": key,
                "userId": str(dana.id),
                "name": "report_made",
                "at": (now - timedelta(minutes=ago)).isoformat(),
            }
            for key, ago in events
        ]
        batch.append({"id": "x", "userId": stranger, "name": "report_made"})
        answer = await dana.client.post(EVENTS, json={"events": batch}, headers=server)
        assert answer.json() == {"unknown": [stranger], "refused": []}
        return (await dana.steps())["reports"]["status"]

    assert await send(("one", 200)) == "todo"
    assert await send(("one", 0), ("two", 90)) == "todo"
    assert await send(("three", 40)) == "done"


async def test_of_a_step_that_was_opened_again_only_what_happened_since_counts(
    dana: Person, server: dict[str, str]
) -> None:
    async def report(*keys: str) -> str:
        of_dana = {"userId": str(dana.id), "name": "report_made"}
        batch = [{**of_dana, "id": key} for key in keys]
        answer = await dana.client.post(EVENTS, json={"events": batch}, headers=server)
        assert answer.status_code == 200
        return str((await dana.steps())["reports"]["status"])

    async def open_again() -> None:
        said = {"verdict": "reopened", "reason": "They were empty."}
        await say(dana, said, path=VERDICTS.replace("/ship/", "/reports/"))

    async def begin() -> str:
        seen = (await dana.steps())["reports"]["rowVersion"]
        begun = {"status": "in_progress", "rowVersion": seen}
        answer = await dana.patch("/api/v1/onboarding/steps/reports", begun)
        return str(answer.json()["step"]["verification"]["reason"])

    assert await report("one", "two") == "done"
    await open_again()
    assert await begin() == "They were empty."
    assert await report("three") == "in_progress"
    assert await report("four") == "done"

    await open_again()
    assert await report("five") == "todo"
    assert await begin() == "They were empty."
    assert await report("six") == "done"


async def test_our_own_events_are_counted_as_well(cast: Cast, service: Service) -> None:
    invited = a_step("ask", event=Counted("step_snoozed"), by_person=False)
    dana = await cast.dana()
    await define(service, SEATS, invited, a_step("other"))

    await dana.post("/api/v1/onboarding/snooze", {"key": "other"})

    assert (await dana.steps())["ask"]["status"] == "done"


async def test_a_step_goes_from_pending_by_failed_to_done_and_is_opened_again(
    dana: Person, db: Connection
) -> None:
    errors = [{"code": "no_label", "message": "There is no label on it."}]

    asked = (await dana.settle("ship", "done")).json()["step"]
    failed = (await say(dana, {"verdict": "failed", "errors": errors})).json()["step"]
    done = (await say(dana, {"verdict": "done"})).json()["step"]
    again = (await say(dana, {"verdict": "reopened", "reason": "It came back."})).json()["step"]

    told = [(one["status"], one["verification"]) for one in (asked, failed, done, again)]
    nothing: dict[str, Any] = {"by": "call", "state": None, "errors": [], "reason": ""}
    assert told == [
        ("in_progress", nothing | {"state": "pending"}),
        ("in_progress", nothing | {"state": "failed", "errors": errors}),
        ("done", nothing),
        ("todo", nothing | {"state": "reopened", "reason": "It came back."}),
    ]
    assert (await dana.steps())["ship"] == again
    kinds = await db.fetch("SELECT kind FROM onboarding_events WHERE step_key = 'ship' ORDER BY id")
    assert [row["kind"] for row in kinds] == [
        "verification_asked",
        "verification_failed",
        "step_settled",
        "step_reopened",
    ]


async def test_a_message_counts_once_and_with_either_secret(dana: Person) -> None:
    assert (await say(dana, {"verdict": "done"}, secret=FORMER, message="m1")).status_code == 200
    await say(dana, {"verdict": "reopened"}, message="m2")

    repeated = await say(dana, {"verdict": "done"}, secret=FORMER, message="m1")

    assert (repeated.status_code, repeated.json()["step"]["status"]) == (200, "todo")


async def test_a_message_stays_about_its_step_also_when_it_was_refused(
    dana: Person, service: Service
) -> None:
    await define(service, SEATS, SHIP, a_step("profile", fact="profile_completed", by_person=False))
    other = VERDICTS.replace("ship", "profile")

    refused = await say(dana, {"verdict": "reopened"}, message="m1", path=other)
    elsewhere = await say(dana, {"verdict": "reopened"}, message="m1")
    again = await say(dana, {"verdict": "reopened"}, message="m1", path=other)

    assert refused.json()["error"] == again.json()["error"] == "not_by_call"
    assert (elsewhere.status_code, elsewhere.json()["error"]) == (409, "message_used")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"secret": "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA=="}, "signature_invalid"),
        ({"late": 6}, "signature_expired"),
    ],
)
async def test_a_verdict_that_is_not_ours_to_hear_is_turned_away(
    dana: Person, given: dict[str, Any], error: str
) -> None:
    answer = await say(dana, {"verdict": "done"}, **given)

    assert (answer.status_code, answer.json()["error"]) == (401, error)
    assert (await dana.steps())["ship"]["status"] == "todo"


@contextmanager
def listening(status: int, said: Any) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A server of the customer's that gives one answer; its address, and what it was asked."""
    heard: list[tuple[dict[str, str], bytes]] = []

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = msgspec.json.encode(said)
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/verify", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "said", "after"),
    [
        (200, {"verdict": "done"}, ("done", None)),
        (200, {"verdict": "failed", "errors": []}, ("in_progress", "failed")),
        (200, "OK", ("in_progress", "pending")),
        (410, {}, ("in_progress", "failed")),
    ],
)
async def test_a_server_is_asked_by_a_signed_question_and_its_answer_is_taken(
    dana: Person, cast: Cast, service: Service, status: int, said: Any, after: Any
) -> None:
    service.settings.onboarding_callback_private = True
    with listening(status, said) as (url, heard):
        service.settings.onboarding_callback_url = url
        await dana.settle("ship", "done")
        await cast.work_off()

    [(headers, body)] = heard
    assert checked([SECRET], headers, body, datetime.now(UTC)).startswith(str(dana.id))
    assert msgspec.json.decode(body) == {
        "type": "step.verify",
        "userId": str(dana.id),
        "step": "ship",
    }
    step = (await dana.steps())["ship"]
    assert (step["status"], step["verification"]["state"]) == after


async def test_a_private_address_is_never_asked(dana: Person, cast: Cast, service: Service) -> None:
    with listening(200, {"verdict": "done"}) as (url, heard):
        service.settings.onboarding_callback_url = url.replace("http:", "https:")
        await dana.settle("ship", "done")
        await cast.work_off()

    assert heard == []
    assert (await dana.steps())["ship"]["verification"]["errors"] == [
        {"code": "not_verified", "message": "This could not be verified."}
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[64:ff9b:1::a00:1]/",
        "https://[::ffff:0:10.0.0.1]/",
        "https://[::10.0.0.1]/",
        "https://[fec0::1]/",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://localhost/",
        "http://93.184.216.34/",
        "https://93.184.216.34:99999/",
        "https://[93.184.216.34/",
        f"https://{'a' * 64}.example/",
    ],
)
async def test_no_address_of_our_own_network_is_asked_and_none_that_is_no_address(url: str) -> None:
    with pytest.raises(NotAsked):
        await ask(url, b"{}", {})
