"""Reports of browsers: what is kept of them, and what is not listened to."""

import contextlib
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.observe.test_errors import listed

from firstmile.protect.reports import MOST, PATH, REPORT, REPORTS, sightings_in
from firstmile.service import Service

OURS = "http://localhost:8000"


def by_firefox(**given: Any) -> bytes:
    said = {
        "document-uri": f"{OURS}/reset-password?token=a-secret",
        "effective-directive": "script-src-elem",
        "violated-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js?who=dana",
        "source-file": f"{OURS}/static/assets/app.js?x",
        "line-number": 7,
        "script-sample": "dana@example.org",
        "disposition": "enforce",
    }
    return json.dumps({"csp-report": said | given}).encode()


def by_chromium(count: int = 1, **given: Any) -> bytes:
    body = {
        "documentURL": f"{OURS}/reset-password?token=a-secret",
        "effectiveDirective": "script-src-elem",
        "blockedURL": "https://evil.example/x.js?who=dana",
        "sourceFile": f"{OURS}/static/assets/app.js?x",
        "lineNumber": 7,
        "sample": "dana@example.org",
        "disposition": "enforce",
    }
    report = {
        "type": "csp-violation",
        "age": 1,
        "url": OURS,
        "user_agent": "x",
        "body": body | given,
    }
    return json.dumps([report] * count).encode()


def test_both_ways_of_reporting_tell_the_same_and_nothing_of_a_person() -> None:
    (old,) = sightings_in(REPORT, by_firefox(), OURS)
    (new,) = sightings_in(REPORTS, by_chromium(), OURS)

    assert old.group == new.group
    assert old.title == "script-src-elem: https://evil.example"
    assert old.place == "/reset-password (/static/assets/app.js:7)"
    for told in (str(old), str(new)):
        assert "secret" not in told
        assert "dana" not in told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("blockedURL", "inline", "script-src-elem: inline"),
        ("blockedURL", "data:text/javascript,x", "script-src-elem: data"),
        ("blockedURL", "trusted-types-sink", "script-src-elem: trusted-types-sink"),
        ("blockedURL", None, "script-src-elem: something"),
        ("blockedURL", "https://[", "script-src-elem: https"),
    ],
)
def test_what_was_blocked_is_told_in_short(name: str, value: Any, told: str) -> None:
    (one,) = sightings_in(REPORTS, by_chromium(**{name: value}), OURS)

    assert one.title == told


def test_an_id_in_a_path_makes_no_group_of_its_own() -> None:
    pages = [f"{OURS}/projects/0192f0c1-7a5e-7000-8000-00000000000{n}/keys" for n in (1, 2)]

    found = {sightings_in(REPORTS, by_chromium(documentURL=page), OURS)[0] for page in pages}

    assert {one.group for one in found} == {next(iter(found)).group}


@pytest.mark.parametrize(
    "given",
    [
        {"documentURL": "https://evil.example/"},
        {"documentURL": "about:blank"},
        {"documentURL": 7},
        {"sourceFile": "moz-extension://0192f0c1/content.js"},
        {"blockedURL": "chrome-extension"},
        {"effectiveDirective": "<script>"},
        {"effectiveDirective": None},
    ],
)
def test_what_is_not_about_our_pages_is_not_kept(given: dict[str, Any]) -> None:
    assert sightings_in(REPORTS, by_chromium(**given), OURS) == []


def test_of_many_reports_the_first_are_read() -> None:
    assert len(sightings_in(REPORTS, by_chromium(count=100), OURS)) == MOST


@given(
    st.sampled_from([REPORT, REPORTS]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text() | st.just("csp-report"), x),
    ),
)
def test_whatever_is_sent_is_read_or_refused(kind: str, sent: Any) -> None:
    with contextlib.suppress(ValueError):
        sightings_in(kind, json.dumps(sent).encode(), OURS)


async def test_a_browser_reports_from_anywhere_without_a_token(
    service: Service, client: httpx.AsyncClient
) -> None:
    foreign = {"origin": "null", "sec-fetch-site": "cross-site"}
    answers = [
        await client.post(PATH, content=by_firefox(), headers={"content-type": REPORT, **foreign}),
        await client.post(PATH, content=by_chromium(3), headers={"content-type": REPORTS}),
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert await listed(service) == [("script-src-elem: https://evil.example", 4)]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", by_firefox(), 400),
        (REPORT, b"{", 400),
        (REPORT, b"[]", 400),
        (REPORTS, b"{}", 400),
        (REPORTS, b"\xff", 400),
        (REPORTS, b"[" * 40 + b"]" * 40, 400),
        (REPORT, b" " * 20_000, 413),
        (REPORTS, b" " * 70_000, 413),
    ],
)
async def test_what_is_no_report_is_refused(
    service: Service, client: httpx.AsyncClient, kind: str, body: bytes, status: int
) -> None:
    answer = await client.post(PATH, content=body, headers={"content-type": kind})

    assert answer.status_code == status
    assert answer.json()["error"] in ("invalid_report", "body_too_large", "body_too_deep")
    assert await listed(service) == []


async def test_every_page_says_where_to_report(client: httpx.AsyncClient) -> None:
    page = await client.get("/sign-in")

    assert page.headers["reporting-endpoints"] == f'csp="{PATH}"'
    policy = page.headers["content-security-policy"]
    assert policy.endswith(f"report-uri {PATH}; report-to csp")
