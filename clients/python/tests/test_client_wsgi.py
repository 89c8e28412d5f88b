"""What only a WSGI application meets: the letter of PEP 3333."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from firstmile_client import Settings, WSGIOnboardingGate
from firstmile_client.testing import FakeFirstmile

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def inner(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"served"]


@pytest.mark.parametrize(("subject", "status"), [("alice", "200 OK"), ("dana", "409 Conflict")])
def test_both_sides_of_the_gate_keep_to_the_standard(
    fake: FakeFirstmile, settings: Callable[..., Settings], subject: str, status: str
) -> None:
    fake.block("dana", "/billing", "payments")
    gated = WSGIOnboardingGate(validator(inner), fake.base_url, settings=settings())
    environ: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {fake.token(subject)}"}
    setup_testing_defaults(environ)
    environ.update(PATH_INFO="/billing", QUERY_STRING="")
    said: list[str] = []

    def start_response(told: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        said.append(told)

    answer = validator(gated)(environ, start_response)
    body = b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    assert said == [status]
    assert (body == b"served") is (subject == "alice")
