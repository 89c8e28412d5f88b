"""What happened to an account, in words."""

import pkgutil
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
import pytest

from firstmile import identity
from firstmile.identity.store_activity import Happening
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.languages import LANGUAGES
from firstmile.web.activity import WORDS, said, told_activity, told_to_staff

KINDS = [
    kind
    for module in pkgutil.iter_modules(identity.__path__)
    if module.name.startswith("events")
    for kind in vars(import_module(f"{identity.__name__}.{module.name}")).values()
    if isinstance(kind, type) and issubclass(kind, PersonalEvent) and kind is not PersonalEvent
]
EXAMPLES = {
    str: "a word",
    int: 3,
    bool: True,
    UUID: UUID(int=1),
    datetime: datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    list[str]: ["password", "totp"],
}


def example(kind: type[PersonalEvent]) -> PersonalEvent:
    given: dict[str, Any] = {
        field.name: EXAMPLES.get(field.type, "a word") for field in msgspec.structs.fields(kind)
    }
    return kind(**given)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_event_of_an_account_has_words(kind: type[PersonalEvent], language: str) -> None:
    told = said(kind.kind(), msgspec.to_builtins(example(kind)), language)

    assert kind.kind() in WORDS
    assert told
    assert "%(" not in told


def test_no_words_are_left_of_events_that_are_gone() -> None:
    assert set(WORDS) == {kind.kind() for kind in KINDS}


def test_a_sign_in_is_told_with_its_browser_and_its_network() -> None:
    facts = {"device_name": "Firefox on Linux", "network": "203.0.113.0/24", "methods": []}

    known = said("signed_in", {**facts, "is_new_device": False}, "en")
    new = said("signed_in", {**facts, "is_new_device": True}, "en")
    bare = said("signed_in", {"device_name": "", "network": "", "methods": []}, "en")

    assert known == "Signed in: Firefox on Linux, 203.0.113.0/24"
    assert new == "Signed in from a new browser: Firefox on Linux, 203.0.113.0/24"
    assert bare == "Signed in: Unknown program"


def test_what_is_told_to_a_person_leaves_out_what_they_do_not_look_for() -> None:
    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    kinds = ["password_changed", "signed_out_everywhere", "roles_changed"]
    happenings = [Happening(UUID(int=1), kind, {}, None, at) for kind in kinds]

    to_person = told_activity(happenings, at, "en", None)
    to_staff = told_to_staff(happenings, at, "en", None, {})

    assert [one["what"] for one in to_person] == ["Password changed"]
    assert [one["what"] for one in to_staff] == ["Password changed", "Roles in projects changed"]


def test_why_an_account_was_locked_is_told_to_staff_alone() -> None:
    facts = {"reason": "Payments from a stolen card"}

    assert "stolen" not in said("account_locked", facts, "en")
    assert "stolen" in said("account_locked", facts, "en", to_staff=True)


def test_a_kind_without_words_is_named_and_breaks_nothing() -> None:
    assert said("moon_phase_changed", {}, "en") == "Moon phase changed"
