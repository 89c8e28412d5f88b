"""Taking people over from another system: what carries, what does not, and that it is told."""

import contextlib
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
from tests.conftest import ROOT

from firstmile.identity.importing import Importer
from firstmile.identity.importing_auth0 import from_auth0
from firstmile.identity.importing_records import FileBroken, Unreadable, csv_records, json_records
from firstmile.identity.importing_report import Outcome, Report
from firstmile.identity.importing_sources import SOURCES
from firstmile.identity.passwords import Passwords
from firstmile.kernel.database import Connection
from firstmile.onboarding import store as onboarding
from firstmile.service import Service

WORD = "what Dana always used"
HASH = bcrypt.hashpw(WORD.encode(), b"$2b$04$A0LtcpwscQvi.JB4JTo3tO").decode()

DJANGO = [
    {"model": "auth.group", "pk": 1, "fields": {"name": "editors", "permissions": []}},
    {
        "model": "auth.user",
        "pk": 7,
        "fields": {
            "password": f"bcrypt${HASH}",
            "last_login": None,
            "is_superuser": False,
            "username": "dana",
            "first_name": "Dana",
            "last_name": "Lopez",
            "email": "Dana@Example.org",
            "is_staff": True,
            "is_active": True,
            "date_joined": "2024-05-01T10:00:00Z",
            "groups": [1],
            "user_permissions": [],
        },
    },
    {
        "model": "auth.user",
        "pk": 8,
        "fields": {"password": "!unusable", "username": "bob@example.org", "is_active": False},
    },
    {
        "model": "account.emailaddress",
        "pk": 1,
        "fields": {"user": 7, "email": "dana@example.org", "verified": True, "primary": True},
    },
    {"model": "socialaccount.socialaccount", "pk": 1, "fields": {"user": 7, "provider": "google"}},
]
SUPABASE = {
    "id": "0b0ff0a0-0000-4000-8000-000000000001",
    "aud": "authenticated",
    "role": "authenticated",
    "email": "dana@example.org",
    "encrypted_password": HASH,
    "email_confirmed_at": "2024-05-01 10:00:00.123456+00",
    "raw_app_meta_data": {"provider": "email", "providers": ["email", "google"]},
    "raw_user_meta_data": {"full_name": "Dana Lopez", "plan": "pro"},
    "is_super_admin": None,
    "created_at": "2024-05-01 10:00:00.123456+00",
    "phone": "33612345678",
    "banned_until": None,
    "deleted_at": None,
    "is_sso_user": False,
    "is_anonymous": False,
}
AUTH0 = {
    "user_id": "auth0|5dea9f9c82dd7c0e76e4ec93",
    "email": "dana@example.org",
    "email_verified": True,
    "given_name": "Dana",
    "family_name": "Lopez",
    "created_at": "2024-05-01T10:00:00.000Z",
    "identities": [
        {"provider": "auth0", "connection": "Username-Password-Authentication"},
        {"provider": "google-oauth2", "connection": "google-oauth2"},
    ],
    "multifactor": ["google-authenticator"],
    "user_metadata": {"plan": "pro"},
}
AUTH0_HASHES = {
    "_id": {"$oid": "5dea9f9c82dd7c0e76e4ec93"},
    "email_verified": False,
    "email": "dana@example.org",
    "passwordHash": HASH,
    "password_set_date": {"$date": "2019-12-06T18:36:12.412Z"},
    "tenant": "acme",
    "connection": "Username-Password-Authentication",
    "_tmp_is_unique": True,
    "identifiers": [{"type": "email", "value": "dana@example.org", "verified": True}],
}
KRATOS = {
    "id": "9f425a8d-7efc-4768-8f23-7647a74fdf13",
    "credentials": {
        "password": {
            "type": "password",
            "identifiers": ["dana@example.org"],
            "config": {"hashed_password": HASH},
        },
        "totp": {"type": "totp", "identifiers": ["9f425a8d"]},
        "oidc": {"type": "oidc", "identifiers": ["google:1"]},
    },
    "schema_id": "default",
    "state": "active",
    "traits": {"email": "dana@example.org", "name": {"first": "Dana", "last": "Lopez"}},
    "verifiable_addresses": [
        {"value": "dana@example.org", "verified": True, "via": "email", "status": "completed"}
    ],
    "metadata_public": {"plan": "pro"},
    "created_at": "2024-05-01T10:00:00.000000Z",
}
OWN = {
    "email": "dana@example.org",
    "emailVerified": True,
    "firstName": "Dana",
    "lastName": "Lopez",
    "passwordHash": HASH,
    "locale": "fr-CA",
    "timeZone": "America/Toronto",
    "market": "CA",
    "createdAt": "2024-05-01T10:00:00Z",
}
CSV = (
    "email,emailVerified,firstName,lastName,passwordHash,createdAt\n"
    f"dana@example.org,true,Dana,Lopez,{HASH},2024-05-01T10:00:00Z\n"
)


def written(folder: Path, content: Any, *, lines: bool = False) -> Path:
    path = folder / "export"
    if isinstance(content, str):
        path.write_text(content)
    elif lines:
        path.write_text("\n".join(json.dumps(one) for one in content))
    else:
        path.write_text(json.dumps(content))
    return path


async def imported(service: Service, form: str, path: Path, *, is_dry: bool = False) -> Report:
    return await taken(service, SOURCES[form](path), is_dry=is_dry)


async def taken(service: Service, found: Iterable[Any], *, is_dry: bool = False) -> Report:
    report = Report()
    importer = Importer(service.works, service.parts.get(Passwords), with_test_domains=False)
    await importer.run(found, report, is_dry=is_dry)
    return report


async def dana(service: Service) -> Any:
    async with service.database.lease() as db:
        return await db.fetchrow("SELECT * FROM users WHERE email_key = 'dana@example.org'")


EXPORTS = {
    "json": OWN,
    "csv": CSV,
    "django": DJANGO,
    "supabase": [SUPABASE],
    "auth0": [AUTH0 | {"custom_password_hash": {"algorithm": "bcrypt", "hash": {"value": HASH}}}],
    "kratos": [KRATOS],
}


@pytest.mark.parametrize("form", EXPORTS)
async def test_a_person_comes_over_with_address_names_password_and_age(
    service: Service, tmp_path: Path, form: str
) -> None:
    content = EXPORTS[form]
    path = written(tmp_path, content if isinstance(content, list | str) else [content])

    report = await imported(service, form, path)

    row = await dana(service)
    assert (report.refused, report.with_password) == (0, 1)
    assert (row["first_name"], row["last_name"]) == ("Dana", "Lopez")
    assert row["email_verified_at"] is not None
    assert row["created_at"].year == 2024
    assert (await service.parts.get(Passwords).check(WORD, row["password_hash"])).fits
    assert HASH not in row["password_hash"]


async def test_the_person_signs_in_with_the_password_they_had(
    service: Service, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    await imported(service, "kratos", written(tmp_path, [KRATOS]))

    answer = await client.post(
        "/api/v1/auth/login", json={"email": "dana@example.org", "password": WORD}
    )

    assert answer.status_code == 200
    assert (await dana(service))["password_hash"].startswith("bcrypt-hmac-sha256:")


async def test_who_comes_over_begins_the_journey_and_nobody_is_mailed(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    await imported(service, "json", written(tmp_path, [OWN]))

    user_id = (await dana(service))["id"]
    async with service.works.begin() as work:
        traveller = await onboarding.lock_traveller(work.db, user_id)
    assert traveller is not None
    assert {"email_verified", "profile_completed"} <= set(traveller.facts)
    assert traveller.market == "CA"
    assert await db.fetchval("SELECT count(*) FROM mails") == 0
    assert await db.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE '%mail%'") == 0


async def test_an_address_that_was_not_verified_is_not_verified_here(
    service: Service, tmp_path: Path
) -> None:
    report = await imported(service, "json", written(tmp_path, [OWN | {"emailVerified": False}]))

    assert report.unverified == 1
    assert (await dana(service))["email_verified_at"] is None


async def test_a_dry_run_says_the_same_and_writes_nothing(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    path = written(tmp_path, [KRATOS, KRATOS, {"traits": {}}, 5])

    dry = await imported(service, "kratos", path, is_dry=True)
    counts = [await db.fetchval(f"SELECT count(*) FROM {t}") for t in ("users", "journeys")]
    real = await imported(service, "kratos", path)

    assert counts == [0, 0]
    assert list(dry.lines(is_dry=False)) == list(real.lines(is_dry=False))
    assert (real.added, real.refused) == (1, 3)
    assert next(dry.lines(is_dry=True)) == "Dry run: nothing was written."


async def test_importing_again_changes_nothing(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    path = written(tmp_path, [OWN, OWN | {"email": "bob@example.org"}])
    await imported(service, "json", path)
    before = await db.fetch("SELECT * FROM users ORDER BY id")

    again = await imported(service, "json", path)

    assert (again.added, again.skipped, again.refused) == (0, 2, 0)
    assert await db.fetch("SELECT * FROM users ORDER BY id") == before


async def test_an_account_of_ours_is_never_touched(service: Service, tmp_path: Path) -> None:
    await imported(service, "json", written(tmp_path, [OWN | {"emailVerified": False}]))
    before = await dana(service)

    other = OWN | {"email": "DANA@example.org", "firstName": "Mallory", "passwordHash": None}
    report = await imported(service, "json", written(tmp_path, [other]))

    assert report.skipped == 1
    assert await dana(service) == before


@pytest.mark.parametrize(
    ("form", "left"),
    [
        (
            "django",
            {
                "groups": 1,
                "membership in groups": 1,
                "roles and permissions": 1,
                "social identities": 1,
                "user names": 1,
            },
        ),
        ("supabase", {"social identities": 1, "phone numbers": 1, "metadata": 1}),
        ("auth0", {"social identities": 1, "second factors": 1, "metadata": 1}),
        ("kratos", {"social identities": 1, "second factors": 1, "metadata": 1}),
    ],
)
async def test_what_does_not_carry_is_counted_by_its_kind(
    service: Service, tmp_path: Path, form: str, left: dict[str, int]
) -> None:
    report = await imported(service, form, written(tmp_path, EXPORTS[form]), is_dry=True)

    assert report.left == left
    told = list(report.lines(is_dry=True))
    assert "Not carried over:" in told
    assert all(any(kind in line for line in told) for kind in left)


@pytest.mark.parametrize(
    ("hashed", "reason"),
    [
        (HASH.replace("$04$", "$15$"), "bcrypt of cost 15"),
        ("md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "a hash of the kind md5"),
        (None, "the export has none"),
    ],
)
async def test_who_has_no_usable_hash_comes_without_a_password_and_it_is_told(
    service: Service, tmp_path: Path, hashed: str | None, reason: str
) -> None:
    report = await imported(service, "json", written(tmp_path, [OWN | {"passwordHash": hashed}]))

    assert report.no_password == {reason: 1}
    assert (await dana(service))["password_hash"] == "none"
    assert any(reason in line for line in report.lines(is_dry=False))


async def test_who_was_shut_out_there_is_locked_here(service: Service, tmp_path: Path) -> None:
    banned = SUPABASE | {"banned_until": "2999-01-01 00:00:00+00"}

    report = await imported(service, "supabase", written(tmp_path, [banned]))

    assert report.disabled == 1
    assert (await dana(service))["locked_at"] is not None


async def test_a_ban_that_is_over_locks_nobody(service: Service, tmp_path: Path) -> None:
    banned = SUPABASE | {"banned_until": "2020-01-01 00:00:00+00"}

    await imported(service, "supabase", written(tmp_path, [banned]))

    assert (await dana(service))["locked_at"] is None


async def test_supabase_as_csv_says_the_same_as_json(service: Service, tmp_path: Path) -> None:
    cells = {
        name: json.dumps(value) if isinstance(value, dict) else str(value or "")
        for name, value in SUPABASE.items()
    }
    quoted = ['"{}"'.format(cell.replace('"', '""')) for cell in cells.values()]
    path = written(tmp_path, ",".join(cells) + "\n" + ",".join(quoted) + "\n")

    report = await imported(service, "supabase", path)

    assert report.left == {"social identities": 1, "phone numbers": 1, "metadata": 1}
    assert (await dana(service))["last_name"] == "Lopez"


async def test_deleted_and_anonymous_accounts_of_supabase_stay_there(
    service: Service, tmp_path: Path
) -> None:
    gone = SUPABASE | {"deleted_at": "2024-06-01 00:00:00+00"}
    nobody = SUPABASE | {"email": None, "is_anonymous": True}

    report = await imported(service, "supabase", written(tmp_path, [gone, nobody]))

    assert (report.added, report.refused) == (0, 0)
    assert report.left == {"deleted accounts": 1, "anonymous accounts": 1}


async def test_the_hashes_that_auth0_gives_apart_are_put_to_their_accounts(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "hashes").write_text(json.dumps(AUTH0_HASHES))
    path = written(tmp_path, [AUTH0, AUTH0 | {"user_id": "auth0|x", "email": "b@example.org"}])

    report = await taken(service, from_auth0(path, tmp_path / "hashes"))

    assert (report.with_password, report.no_password) == (1, {"the export has none": 1})
    assert (await dana(service))["email_verified_at"] is not None


async def test_a_file_of_hashes_alone_is_an_export_too(service: Service, tmp_path: Path) -> None:
    old = {name: value for name, value in AUTH0_HASHES.items() if name != "email"}

    report = await imported(service, "auth0", written(tmp_path, [old], lines=True))

    assert (report.added, report.with_password, report.unverified) == (1, 1, 0)


async def test_scrypt_as_auth0_takes_it_fits(service: Service, tmp_path: Path) -> None:
    made = hashlib.scrypt(WORD.encode(), salt=b"salty salt", n=1024, r=8, p=1, dklen=32)
    custom = {
        "algorithm": "scrypt",
        "hash": {"value": made.hex(), "encoding": "hex"},
        "salt": {"value": "salty salt", "encoding": "utf8"},
        "keylen": 32,
        "cost": 1024,
        "blockSize": 8,
        "parallelization": 1,
    }

    await imported(service, "auth0", written(tmp_path, [AUTH0 | {"custom_password_hash": custom}]))

    kept = (await dana(service))["password_hash"]
    assert (await service.parts.get(Passwords).check(WORD, kept)).fits


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


async def test_more_than_a_batch_comes_over(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    people = [OWN | {"email": f"dana{n}@example.org"} for n in range(450)]

    report = await imported(service, "json", written(tmp_path, people, lines=True))

    assert report.added == 450
    assert await db.fetchval("SELECT count(*) FROM journeys") == 450


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


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a": 1}\n{broken\n\n{"b": 2}\n')

    rows = list(json_records(path))

    assert [isinstance(row, Unreadable) for row in rows] == [False, True, False]
    assert rows[1] == Unreadable(2, "is no JSON")


def test_a_record_larger_than_a_megabyte_is_not_read_into_memory(tmp_path: Path) -> None:
    path = written(tmp_path, '[{"a": "' + "x" * 3_000_000)

    with pytest.raises(FileBroken, match="record 1"):
        list(json_records(path))


def test_an_array_is_read_wherever_its_pieces_end(tmp_path: Path) -> None:
    values = [{"n": n, "text": "é" * (n % 700)} for n in range(400)]
    path = written(tmp_path, json.dumps(values, indent=1, ensure_ascii=False))

    rows = [row.fields for row in json_records(path) if not isinstance(row, Unreadable)]

    assert rows == values


def test_a_row_of_csv_with_another_number_of_cells_is_told(tmp_path: Path) -> None:
    rows = list(csv_records(written(tmp_path, "a,b\n1,2\n1\n1,2,3\n")))

    assert [isinstance(row, Unreadable) for row in rows] == [False, True, True]


def test_each_record_that_was_not_added_is_told_to_whoever_listens() -> None:
    heard: list[Outcome] = []
    report = Report(tell=heard.append)
    for row in range(100):
        report.refuse(Outcome(row, "", "is no JSON"))

    assert len(heard) == 100
    assert list(report.lines(is_dry=False))[-1] == "  and 80 more"


async def test_the_example_of_the_how_to_is_taken_over_whole(
    service: Service, tmp_path: Path
) -> None:
    text = (ROOT / "docs/how-to/import-users.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)

    report = await imported(service, "json", written(tmp_path, example))

    assert (report.added, report.with_password, report.left) == (1, 1, {})
    assert (await dana(service))["market"] == "CA"
