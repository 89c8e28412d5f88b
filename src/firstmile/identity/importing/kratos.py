"""Reads the accounts of Ory Kratos: its identities as the admin API lists them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firstmile.identity.importing.records import Record, json_records, object_in, text_in
from firstmile.identity.importing.taking_over import Candidate, Found
from firstmile.identity.importing.values import moment, names_in, yes
from firstmile.identity.models import key_of

SECOND_FACTORS = ("totp", "lookup_secret", "webauthn", "passkey")
ORDINARY = frozenset(
    {"email", "name", "first_name", "last_name", "firstname", "lastname", "locale", "username"}
)


def from_kratos(path: Path) -> Iterator[Found]:
    """The identities of `GET /admin/identities?include_credential=password`, as a JSON array."""
    for record in json_records(path):
        yield _candidate(record) if isinstance(record, Record) else record


def _candidate(record: Record) -> Candidate:
    traits, credentials = record.inner("traits"), record.inner("credentials")
    name = traits.get("name")
    first, last = names_in(name if isinstance(name, dict) else traits)
    password = object_in(credentials, "password")
    address = _address(record, traits, password)
    return Candidate(
        row=record.row,
        email=address,
        is_verified=_is_confirmed(record, address),
        first_name=first,
        last_name=last,
        password_hash=text_in(object_in(password, "config"), "hashed_password") or None,
        locale=text_in(traits, "locale"),
        created_at=moment(record.fields.get("created_at")),
        is_disabled=record.text("state") == "inactive",
        left=_left(record, traits, credentials),
    )


def _address(record: Record, traits: dict[str, Any], password: dict[str, Any]) -> str:
    """The trait of that name, else what the person signs in with, else what could be verified."""
    if address := text_in(traits, "email"):
        return address
    identifiers = password.get("identifiers")
    signs_in_with = identifiers if isinstance(identifiers, list) else []
    verifiable = [
        text_in(one, "value")
        for one in record.items("verifiable_addresses")
        if isinstance(one, dict) and one.get("via") == "email"
    ]
    found = [one for one in (*signs_in_with, *verifiable) if isinstance(one, str) and "@" in one]
    return found[0] if found else ""


def _is_confirmed(record: Record, address: str) -> bool:
    return any(
        isinstance(one, dict)
        and yes(one.get("verified")) is True
        and key_of(text_in(one, "value")) == key_of(address)
        for one in record.items("verifiable_addresses")
    )


def _left(record: Record, traits: dict[str, Any], credentials: dict[str, Any]) -> tuple[str, ...]:
    fields = record.fields
    found = {
        "social identities": credentials.get("oidc") or credentials.get("saml"),
        "second factors": any(credentials.get(kind) for kind in SECOND_FACTORS),
        "metadata": fields.get("metadata_public") or fields.get("metadata_admin"),
        "membership in organisations": fields.get("organization_id"),
        "traits of their own": set(traits) - ORDINARY,
    }
    return tuple(kind for kind, is_there in found.items() if is_there)
