"""Reads the accounts of a Django site from `manage.py dumpdata`."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firstmile.identity.importing.records import Record, json_records, text_in
from firstmile.identity.importing.taking_over import Candidate, Found, Left
from firstmile.identity.importing.values import moment, names_in, yes
from firstmile.identity.models import key_of

# What a dump holds beside the accounts, by its model.
KINDS = {
    "socialaccount.socialaccount": "social identities",
    "socialaccount.socialtoken": "social identities",
    "mfa.authenticator": "second factors",
    "otp_totp.totpdevice": "second factors",
    "otp_static.staticdevice": "second factors",
    "auth.group": "groups",
}
ADDRESS = "account.emailaddress"
# Django writes this before what is no hash, so that no password fits.
UNUSABLE = "!"


def from_django(path: Path) -> Iterator[Found]:
    """The accounts of `dumpdata auth.user`, or of a user model of the site's own.

    Django does not know whether an address is confirmed; django-allauth does, and its
    `account.emailaddress` in the same dump is believed.
    """
    confirmed = _confirmed(path)
    for record in json_records(path):
        if not isinstance(record, Record):
            yield record
            continue
        fields = record.inner("fields")
        if "password" in fields:
            yield _candidate(record, fields, confirmed)
        elif record.text("model") != ADDRESS:
            yield Left(KINDS.get(record.text("model"), "records that are no accounts"))


def _confirmed(path: Path) -> dict[str, set[str]]:
    """The keys of the confirmed addresses of each account."""
    found: dict[str, set[str]] = defaultdict(set)
    for record in json_records(path):
        if isinstance(record, Record) and record.text("model") == ADDRESS:
            fields = record.inner("fields")
            if yes(fields.get("verified")):
                found[str(fields.get("user"))].add(key_of(text_in(fields, "email")))
    return found


def _candidate(record: Record, fields: dict[str, Any], confirmed: dict[str, set[str]]) -> Candidate:
    first, last = names_in(fields)
    address = text_in(fields, "email") or text_in(fields, "username")
    hashed = text_in(fields, "password")
    account = str(record.fields.get("pk"))
    return Candidate(
        row=record.row,
        email=address,
        is_verified=key_of(address) in confirmed.get(account, ()),
        first_name=first,
        last_name=last,
        password_hash=None if hashed.startswith(UNUSABLE) else hashed,
        created_at=moment(fields.get("date_joined")),
        is_disabled=yes(fields.get("is_active", True)) is False,
        left=_left(fields, address),
    )


def _left(fields: dict[str, Any], address: str) -> tuple[str, ...]:
    is_staff = yes(fields.get("is_staff")) or yes(fields.get("is_superuser"))
    has_name = text_in(fields, "username") not in ("", address)
    found = {
        "roles and permissions": is_staff or fields.get("user_permissions"),
        "membership in groups": fields.get("groups"),
        "user names": has_name,
    }
    return tuple(kind for kind, is_there in found.items() if is_there)
