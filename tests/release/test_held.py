"""What each flag holds to while nobody can say whether it changed."""

import gc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firstmile.release.catalogue import Flags, compiled
from firstmile.targeting.flags import Flag
from firstmile.targeting.snapshots import Contents

DANA = {"targetingKey": "dana"}


def flags_of(folder: Path, *flags: dict[str, Any], environ: dict[str, str], stale: bool) -> Flags:
    """Flags that know only what was kept in the folder."""
    made = tuple(msgspec.convert({"enabled": True, **flag}, Flag) for flag in flags)
    (folder / "production.json").write_bytes(msgspec.json.encode(Contents(flags=made)))
    known = Flags(environment="production", folder=folder, is_stale=lambda: stale, environ=environ)
    known.restore()
    return known


@pytest.mark.parametrize(
    ("on_unknown", "enabled", "expected"),
    [
        ("last", True, True),
        ("last", False, False),
        ("off", True, False),
        ("on", False, True),
        ("code_default", True, None),
    ],
)
def test_a_flag_holds_to_what_it_says(
    tmp_path: Path, on_unknown: str, enabled: bool, expected: bool | None
) -> None:
    flag = {"key": "sale", "onUnknown": on_unknown, "enabled": enabled}
    known = flags_of(tmp_path, flag, environ={}, stale=True)
    outcome = known.evaluate("sale", DANA)

    assert (outcome.value, outcome.reason) == (expected, "STALE")
    assert known.evaluate_all(DANA) == [outcome]
    fresh = flags_of(tmp_path, flag, environ={}, stale=False).evaluate("sale", DANA)
    assert (fresh.value, fresh.reason != "STALE") == (enabled, True)


def test_who_cannot_be_told_apart_is_not_made_up_while_stale(tmp_path: Path) -> None:
    flag = {"key": "sale", "serve": {"variant": "on", "rolloutPercentage": 50}}
    known = flags_of(tmp_path, flag, environ={}, stale=True)

    assert known.evaluate("sale", {}).error == "TARGETING_KEY_MISSING"


@pytest.mark.parametrize(
    ("told", "expected"),
    [("on", True), ("0", False), ("12.5", 12.5), ('{"a":1}', {"a": 1}), ("x", "x")],
)
def test_a_flag_that_is_not_known_is_asked_of_the_environment(
    tmp_path: Path, told: str, expected: Any
) -> None:
    known = flags_of(tmp_path, environ={"FLAG_NEW_CHECKOUT": told}, stale=True)
    outcome = known.evaluate("new-checkout", DANA)

    assert (outcome.value, outcome.reason) == (expected, "CACHED")
    assert known.evaluate("other", DANA).error == "FLAG_NOT_FOUND"


def test_what_was_kept_and_is_broken_is_passed_by(tmp_path: Path) -> None:
    (tmp_path / "staging.json").write_text("{")

    known = flags_of(tmp_path, {"key": "sale"}, environ={}, stale=False)
    assert known.evaluate("sale", DANA).value is True


def test_a_snapshot_is_made_with_the_collector_at_rest_and_awake_again() -> None:
    compiled(Contents())
    assert gc.isenabled()
