"""Reads the accounts of Auth0: bulk exports, the hashes it gives on request, and import files."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firstmile.identity.importing.records import Record, json_records, object_in, text_in
from firstmile.identity.importing.taking_over import Candidate, Found
from firstmile.identity.importing.values import moment, names_in, yes

# Hashes that Auth0 keeps in a text that says all of itself.
WRITTEN_OUT = frozenset({"bcrypt", "argon2", "pbkdf2"})


def from_auth0(path: Path, hashes: Path | None = None) -> Iterator[Found]:
    """The accounts of an export job, of a file of hashes, or of a file made for its import.

    The export job tells no hashes; Auth0 gives them in a file of their own, and `hashes` names
    it: they are put together by the id of the account.
    """
    known = {} if hashes is None else _hashes(hashes)
    for record in json_records(path):
        yield _candidate(record, known) if isinstance(record, Record) else record


def _candidate(record: Record, known: dict[str, str]) -> Candidate:
    fields = record.fields
    first, last = names_in(fields)
    address, is_verified = _address(record)
    hashed = record.text("passwordHash", "password_hash") or _custom(record)
    return Candidate(
        row=record.row,
        email=address,
        is_verified=is_verified,
        first_name=first,
        last_name=last,
        password_hash=hashed or known.get(_account(record)),
        locale=record.text("locale"),
        created_at=moment(fields.get("created_at")),
        is_disabled=bool(yes(fields.get("blocked"))),
        left=_left(record),
    )


def _address(record: Record) -> tuple[str, bool]:
    """The address of an account, and whether it is confirmed: of old or of new form."""
    if address := record.text("email"):
        return address, bool(yes(record.fields.get("email_verified")))
    for one in record.items("identifiers"):
        if isinstance(one, dict) and one.get("type") == "email":
            return text_in(one, "value"), bool(yes(one.get("verified")))
    return "", False


def _hashes(path: Path) -> dict[str, str]:
    """The hash of each account by its id."""
    found = {}
    for record in json_records(path):
        if isinstance(record, Record) and (hashed := record.text("passwordHash")):
            found[_account(record)] = hashed
    return found


def _account(record: Record) -> str:
    """The id of an account in its connection: that after the bar of `auth0|5dea9f9c`."""
    bare = record.text("alt_id") or text_in(record.inner("_id"), "$oid")
    return bare or record.text("user_id").rpartition("|")[2]


def _custom(record: Record) -> str | None:
    """`custom_password_hash` in a text of one of the forms we read; what else it is, by name."""
    custom = record.inner("custom_password_hash")
    algorithm = text_in(custom, "algorithm")
    if not algorithm:
        return None
    value = text_in(object_in(custom, "hash"), "value")
    if algorithm in WRITTEN_OUT and not custom.get("salt"):
        return value
    if algorithm == "scrypt":
        return _scrypt(custom)
    return f"${algorithm}$"


def _scrypt(custom: dict[str, Any]) -> str:
    hashed, salt = (_base64(object_in(custom, name)) for name in ("hash", "salt"))
    costs = (custom.get("cost"), custom.get("blockSize"), custom.get("parallelization"))
    return "$scrypt$ln={},r={},p={}${}${}".format(*costs, salt, hashed)


def _base64(written: dict[str, Any]) -> str:
    value, encoding = text_in(written, "value"), text_in(written, "encoding")
    if encoding == "base64":
        return value
    try:
        raw = bytes.fromhex(value) if encoding == "hex" else value.encode()
    except ValueError:
        return "?"
    return base64.b64encode(raw).decode()


def _left(record: Record) -> tuple[str, ...]:
    fields = record.fields
    providers = {one.get("provider") for one in record.items("identities") if isinstance(one, dict)}
    found = {
        "social identities": providers - {"auth0"},
        "second factors": fields.get("multifactor") or fields.get("mfa_factors"),
        "metadata": fields.get("user_metadata") or fields.get("app_metadata"),
        "phone numbers": fields.get("phone_number"),
        "user names": fields.get("username"),
    }
    return tuple(kind for kind, is_there in found.items() if is_there)
