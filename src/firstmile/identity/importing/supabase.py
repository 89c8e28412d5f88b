"""Reads the accounts of Supabase: the rows of `auth.users`, as JSON or CSV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firstmile.identity.importing.records import Record, csv_records, is_json, json_records
from firstmile.identity.importing.taking_over import Candidate, Found, Left
from firstmile.identity.importing.values import moment, names_in, yes

# What Supabase itself writes into the metadata of a person.
ORDINARY = frozenset(
    {
        "sub",
        "email",
        "email_verified",
        "phone_verified",
        "first_name",
        "last_name",
        "given_name",
        "family_name",
        "full_name",
        "name",
        "locale",
    }
)


def from_supabase(path: Path) -> Iterator[Found]:
    """The accounts of `SELECT * FROM auth.users`, exported as JSON or CSV."""
    records = json_records(path) if is_json(path) else csv_records(path)
    for record in records:
        if not isinstance(record, Record):
            yield record
        elif record.fields.get("deleted_at"):
            yield Left("deleted accounts")
        elif yes(record.fields.get("is_anonymous")):
            yield Left("anonymous accounts")
        else:
            yield _candidate(record)


def _candidate(record: Record) -> Candidate:
    fields = record.fields
    told = record.inner("raw_user_meta_data")
    first, last = names_in(told)
    locale = told.get("locale")
    return Candidate(
        row=record.row,
        email=record.text("email"),
        is_verified=bool(record.text("email_confirmed_at", "confirmed_at")),
        first_name=first,
        last_name=last,
        password_hash=record.text("encrypted_password") or None,
        locale=locale if isinstance(locale, str) else "",
        created_at=moment(fields.get("created_at")),
        disabled_until=moment(fields.get("banned_until")),
        left=_left(record, told),
    )


def _left(record: Record, told: dict[str, Any]) -> tuple[str, ...]:
    ours = record.inner("raw_app_meta_data")
    providers = ours.get("providers")
    social = set(providers if isinstance(providers, list) else ()) - {"email", "phone"}
    is_staff = yes(record.fields.get("is_super_admin"))
    found = {
        "social identities": social or yes(record.fields.get("is_sso_user")),
        "roles and permissions": is_staff,
        "phone numbers": record.text("phone"),
        "metadata": set(told) - ORDINARY or set(ours) - {"provider", "providers"},
    }
    return tuple(kind for kind, is_there in found.items() if is_there)
