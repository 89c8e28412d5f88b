"""Reads accounts from JSON or CSV in the format of our own."""

from collections.abc import Iterator
from pathlib import Path

from firstmile.identity.importing.records import Record, Unreadable, csv_records, json_records
from firstmile.identity.importing.taking_over import Candidate, Found
from firstmile.identity.importing.values import moment, yes

FIELDS = frozenset(
    {
        "email",
        "emailVerified",
        "firstName",
        "lastName",
        "passwordHash",
        "locale",
        "timeZone",
        "market",
        "createdAt",
        "disabled",
    }
)


def from_json(path: Path) -> Iterator[Found]:
    """The accounts of a JSON array, or of a file with a JSON object a line."""
    return map(_found, json_records(path))


def from_csv(path: Path) -> Iterator[Found]:
    """The accounts of a CSV file whose first line names the columns."""
    return map(_found, csv_records(path))


def _found(record: Record | Unreadable) -> Found:
    if isinstance(record, Unreadable):
        return record
    fields = record.fields
    for name in ("emailVerified", "disabled"):
        if yes(fields.get(name)) is None:
            return Unreadable(record.row, f"has neither yes nor no in {name}")
    if fields.get("createdAt") and moment(fields["createdAt"]) is None:
        return Unreadable(record.row, "has no moment of ISO 8601 in createdAt")
    return Candidate(
        row=record.row,
        email=record.text("email"),
        is_verified=bool(yes(fields.get("emailVerified"))),
        first_name=record.text("firstName"),
        last_name=record.text("lastName"),
        password_hash=record.text("passwordHash") or None,
        locale=record.text("locale"),
        time_zone=record.text("timeZone"),
        market=record.text("market"),
        created_at=moment(fields.get("createdAt")),
        is_disabled=bool(yes(fields.get("disabled"))),
        left=("fields we do not know",) if set(fields) - FIELDS else (),
    )
