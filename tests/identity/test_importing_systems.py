"""What each system says in its own way, and what of it stays there."""

import hashlib
import json
from pathlib import Path

import pytest
from tests.identity.exports import AUTH0, AUTH0_HASHES, EXPORTS, HASH, OWN, SUPABASE, WORD
from tests.identity.taking_over import dana, imported, taken, written

from firstmile.identity.importing.auth0 import from_auth0
from firstmile.identity.passwords import Passwords
from firstmile.service import Service


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
