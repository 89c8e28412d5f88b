"""Limits as sentences: what is read, what is refused, and what a process does alone."""

import pytest
from pydantic import ValidationError

from firstmile.kernel.access import UNLIMITED
from firstmile.protect.limit_settings import LimitSettings
from firstmile.protect.limits import (
    AT_THE_DOOR,
    KINDS,
    declared,
    limit,
    limit_only,
    policies,
    rate_of,
)
from firstmile.protect.networks import network_of
from firstmile.protect.window import Rate

MINUTE = 60_000


@pytest.mark.parametrize(
    ("sentence", "limit", "window_ms"),
    [
        ("100 per minute", 100, MINUTE),
        ("5 per 15 minutes", 5, 15 * MINUTE),
        ("10 per hour", 10, 60 * MINUTE),
        ("3 per day", 3, 24 * 60 * MINUTE),
        ("1 per 2 seconds", 1, 2000),
        ("  20 Per Minute ", 20, MINUTE),
    ],
)
def test_a_limit_is_a_sentence(sentence: str, limit: int, window_ms: int) -> None:
    assert rate_of(sentence, is_exact=False) == Rate.counted(limit, window_ms)
    assert rate_of(sentence, is_exact=True) == Rate.exact(limit, window_ms)


@pytest.mark.parametrize(
    "sentence",
    ["", "100", "many per minute", "0 per minute", "5 per 0 minutes", "-5 per minute",
     "5 per fortnight", "5 per minute and more", "5.5 per minute", "٥ per minute"],
)  # fmt: skip
def test_anything_else_is_refused_at_the_start(sentence: str) -> None:
    with pytest.raises(ValidationError, match="write it like"):
        LimitSettings(limit_sign_in=sentence)


def test_a_limit_that_nobody_declared_cannot_be_watched() -> None:
    with pytest.raises(ValidationError, match="no limit called sign-in"):
        LimitSettings(limits_watched=("sign-in",))


def test_every_limit_has_a_setting_with_a_default() -> None:
    assert LimitSettings().limit_sentences.keys() == KINDS.keys()


def test_a_log_of_very_many_moments_becomes_a_counter() -> None:
    assert rate_of("1000 per minute", is_exact=True) == Rate.counted(1000, MINUTE)


def test_the_limits_of_the_product_are_those_that_were_asked_for() -> None:
    told = LimitSettings().limit_sentences

    assert told["default"] == "100 per minute"
    assert told["steps"] == "20 per minute"
    assert told["uploads"] == "10 per hour"
    guessed = ("sign_in", "sign_up", "mail", "reset", "verification", "codes")
    assert {told[name] for name in guessed} == {"5 per 15 minutes"}


def test_whoever_knocks_with_an_address_is_counted_at_the_door_too() -> None:
    assert [one.name for one in declared(limit("sign_in", by="email"))] == [
        "sign_in",
        "doors",
        "default",
    ]
    assert [one.name for one in declared(limit("steps"))] == ["steps", "default"]
    assert [one.name for one in declared(limit_only("gate"))] == ["gate"]
    assert [one.name for one in declared(AT_THE_DOOR)] == ["doors", "default"]
    assert [one.name for one in declared({})] == ["default"]
    assert declared(UNLIMITED) == ()


def test_a_route_cannot_declare_what_there_is_not() -> None:
    with pytest.raises(ValueError, match="no limit called sign-in"):
        limit("sign-in")
    with pytest.raises(ValueError, match="phone"):
        limit("sign_in", by="phone")


@pytest.mark.parametrize(
    ("processes", "sign_in", "uploads", "default"),
    [(1, 2, 10, 100), (2, 2, 5, 100), (20, 1, 1, 100)],
)
def test_alone_a_process_gives_its_share_of_what_may_be_guessed_at(
    processes: int, sign_in: int, uploads: int, default: int
) -> None:
    held = policies(LimitSettings().limit_sentences, watched=[], processes=processes)

    assert held["sign_in"].share.limit == sign_in
    assert held["uploads"].share.limit == uploads
    assert held["default"].share.limit == default


def test_one_limit_or_all_may_be_only_watched() -> None:
    sentences = LimitSettings().limit_sentences
    some = policies(sentences, watched=["gate"], processes=1)
    everything = policies(sentences, watched=["all"], processes=1)

    assert [name for name, one in some.items() if one.is_watched_only] == ["gate"]
    assert all(one.is_watched_only for one in everything.values())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("_hidden", "unknown"),
        ("192.0.2.7, 192.0.2.8", "unknown"),
    ],
)
def test_a_network_is_what_one_person_has_to_send_from(address: str, network: str) -> None:
    assert network_of(address) == network
