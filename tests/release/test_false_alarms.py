"""Looked at twenty times, a test for one look cries out over nothing; ours seldom does."""

from bench.false_alarms import (
    BAYES,
    COMMON,
    FIXED,
    GUARDRAIL,
    HARM,
    SEED,
    SEQUENCE,
    play,
    report,
)

EXPERIMENTS = 400
ALLOWED = 0.05 * EXPERIMENTS


def test_where_there_is_nothing_ours_keep_to_five_percent_and_others_do_not() -> None:
    found = play(COMMON, EXPERIMENTS, SEED)

    assert found[SEQUENCE].ever <= ALLOWED
    assert found[GUARDRAIL].ever <= ALLOWED
    assert found[FIXED].ever > 3 * ALLOWED
    assert found[BAYES].ever > 6 * ALLOWED


def test_what_is_there_is_found() -> None:
    found = play(HARM, EXPERIMENTS, SEED)

    assert found[SEQUENCE].ever > 0.4 * EXPERIMENTS
    assert found[GUARDRAIL].ever > found[SEQUENCE].ever


def test_the_same_seed_gives_the_same_figures() -> None:
    assert report(20, 1) == report(20, 1)
    assert report(20, 1) != report(20, 2)
