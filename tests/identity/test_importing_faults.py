"""What is wrong in an export is refused or left out, told, and never guessed."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.identity.exports import OWN
from tests.identity.taking_over import dana, imported, written

from firstmile.identity.importing.records import FileBroken
from firstmile.identity.importing.report import Outcome, Report
from firstmile.identity.importing.sources import SOURCES
from firstmile.identity.importing.taking_over import Importer
from firstmile.identity.passwords import Passwords
from firstmile.service import Service


@pytest.mark.parametrize(
    "address",
    ["", "dana", "mıke@example.org", "dana@localhost", "dana@[127.0.0.1]", "\x1b[31m@example.org"],
)
async def test_an_address_we_could_not_write_to_is_refused_and_told(
    service: Service, tmp_path: Path, address: str
) -> None:
    report = await imported(service, "json", written(tmp_path, [OWN | {"email": address}]))

    assert (report.added, report.refused) == (0, 1)
    last = list(report.lines(is_dry=False))[-1]
    assert last.startswith("  record 1: ")
    assert last.endswith("has no mail address that we could write to")
    assert last.isprintable()


async def test_an_address_is_made_plain_before_it_is_compared(
    service: Service, tmp_path: Path
) -> None:
    spellings = ["dana@example.org", "DANA@EXAMPLE.ORG", "ｄａｎａ＠example.org"]
    path = written(tmp_path, [OWN | {"email": one} for one in spellings])

    report = await imported(service, "json", path)

    assert (report.added, report.refused) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"firstName": "Win at https://evil.example"},
        {"firstName": "x" * 200},
        {"firstName": 5},
        {"timeZone": "Europe/Atlantis", "market": "XX", "locale": "../../etc/passwd"},
        {"createdAt": "2999-01-01T00:00:00Z"},
        {"shoeSize": 42},
    ],
)
async def test_a_detail_that_is_wrong_costs_nobody_their_account(
    service: Service, tmp_path: Path, change: dict[str, Any]
) -> None:
    report = await imported(service, "json", written(tmp_path, [OWN | change]))

    row = await dana(service)
    assert report.added == 1
    assert "evil" not in row["first_name"]
    assert row["locale"] in ("en", "fr")
    assert row["created_at"].year < 2999


@pytest.mark.parametrize(
    "change", [{"emailVerified": "perhaps"}, {"disabled": "?"}, {"createdAt": "yesterday"}]
)
async def test_what_cannot_be_understood_is_refused_not_guessed(
    service: Service, tmp_path: Path, change: dict[str, Any]
) -> None:
    report = await imported(service, "json", written(tmp_path, [OWN | change]))

    assert (report.added, report.refused) == (0, 1)


async def test_what_came_before_a_break_is_kept_and_the_break_is_told(
    service: Service, tmp_path: Path
) -> None:
    whole = json.dumps([OWN, OWN | {"email": "bob@example.org"}])
    report = Report()
    importer = Importer(service.works, service.parts.get(Passwords), with_test_domains=False)

    with pytest.raises(FileBroken, match="record 2 cannot be read"):
        await importer.run(SOURCES["json"](written(tmp_path, whole[:-20])), report, is_dry=False)

    assert report.added == 1
    assert await dana(service) is not None


@pytest.mark.parametrize("form", SOURCES)
@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "[null, 1, []]", '{"a": 1}\n{"b": [}\n', "[" * 5000, '[{"email": {}}]'],
)
async def test_rubbish_makes_no_account(
    service: Service, tmp_path: Path, form: str, content: str
) -> None:
    report = Report()
    importer = Importer(service.works, service.parts.get(Passwords), with_test_domains=False)

    with contextlib.suppress(FileBroken):
        await importer.run(SOURCES[form](written(tmp_path, content)), report, is_dry=False)

    assert report.added == 0


def test_each_record_that_was_not_added_is_told_to_whoever_listens() -> None:
    heard: list[Outcome] = []
    report = Report(tell=heard.append)
    for row in range(100):
        report.refuse(Outcome(row, "", "is no JSON"))

    assert len(heard) == 100
    assert list(report.lines(is_dry=False))[-1] == "  and 80 more"
