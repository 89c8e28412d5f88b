"""The values of exports: moments, yes and no, names, however they are written."""

from datetime import UTC, datetime
from typing import Any

from firstmile.identity.importing.records import text_in

YES = frozenset({"true", "t", "1", "yes", "y"})
NO = frozenset({"false", "f", "0", "no", "n", ""})


def moment(value: Any) -> datetime | None:
    """A moment in ISO 8601, also in an object of MongoDB; without a zone it is UTC."""
    if isinstance(value, dict):
        value = value.get("$date")
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def yes(value: Any) -> bool | None:
    """Whether it is a yes or a no; None for what is neither."""
    if isinstance(value, bool) or value is None:
        return bool(value)
    word = str(value).strip().lower()
    return True if word in YES else False if word in NO else None


def names_in(fields: dict[str, Any]) -> tuple[str, str]:
    """First and last name, under any of the names that systems have for them."""
    first = text_in(fields, "first_name", "firstName", "firstname", "given_name", "first")
    last = text_in(fields, "last_name", "lastName", "lastname", "family_name", "last")
    if first or last:
        return first, last
    whole = text_in(fields, "full_name", "name", "display_name")
    first, _, last = whole.strip().partition(" ")
    return ("", "") if "@" in whole else (first, last.strip())
