"""`firstmile clean-up`: what it deletes, what it keeps, and what it says."""

import psycopg
from tests.cli.test_root import environment, values
from tests.commands import run, said

__all__ = ["environment"]


def test_clean_up_deletes_what_is_over_and_says_how_much(environment: dict[str, str]) -> None:
    _make_old_and_new(environment["DATABASE_URL"])

    first, second = (said(run(environment, "clean-up")) for _ in range(2))

    counts = dict(line.split(": ") for line in first.splitlines())
    assert counts == {
        "accounts": "1",
        "address_changes": "1",
        "tokens": "1",
        "sessions": "2",
        "failures": "1",
        "spent_values": "1",
        "devices": "1",
        "hints": "1",
        "replicas": "1",
        "limit_refusals": "1",
        **dict.fromkeys(
            (
                "errors",
                "counted_events",
                "project_events",
                "heard_messages",
                "flag_proposals",
                "flag_usage",
                "guidance",
                "sdk_keys",
                "help",
                "exposures",
                "consents",
                "step_refusals",
                "projects",
                "invitations",
                "api_keys",
                "application_grants",
                "step_moves",
                "journey_history",
                "project_history",
                "embeds",
            ),
            "0",
        ),
        "rollout_people": "1",
        "measures": "1",
        "idempotency_keys": "1",
        "onboarding_events": "1",
        "account_events": "1",
        "mails": "1",
        "job_log": "1",
    }
    assert {line.split(": ")[1] for line in second.splitlines()} == {"0"}
    left = {
        table: values(environment["DATABASE_URL"], f"SELECT count(*) FROM {table}")[0]
        for table in TABLES
    }
    # A mail that waits is kept however old it is, and each clean-up queues a sweep of files.
    assert left == dict.fromkeys(TABLES, 1) | {"mails": 2, "pgqueuer_log": 3}


TABLES = (
    "users",
    "address_changes",
    "one_time_tokens",
    "sessions",
    "sign_in_failures",
    "spent_values",
    "devices",
    "replicas",
    "limit_refusals",
    "limit_tallies",
    "flag_rollout_people",
    "flag_measures_taken",
    "idempotency_keys",
    "onboarding_events",
    "account_events",
    "mails",
    "pgqueuer_log",
)
OLD_AND_NEW = """
INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, locale,
    created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'd@example.org', 'd@example.org', 'x', 'D', 'L',
    'en', now(), now());
INSERT INTO one_time_tokens (id, user_id, purpose, token_hash, created_at, expires_at)
SELECT gen_random_uuid(), u.id, 'verify_email', age::text::bytea, now(), now() - age
FROM users u, (VALUES (interval '1 minute'), (interval '-1 minute')) AS ages (age);
INSERT INTO sessions (id, user_id, cookie_hash, refresh_salt, rotated_at, created_at,
    last_used_at, expires_at, ended_at)
SELECT gen_random_uuid(), u.id, n::text::bytea, 'salt', now(), now(), now(), now() - age, ended
FROM users u, (VALUES
    (1, interval '1 minute', NULL),
    (2, interval '-1 hour', now() - interval '25 hours'),
    (3, interval '-1 hour', now() - interval '23 hours')) AS ages (n, age, ended);
INSERT INTO sign_in_failures (subject_hash, failures, last_at)
VALUES ('old', 3, now() - interval '31 days'), ('new', 3, now() - interval '29 days');
INSERT INTO spent_values (value_hash, expires_at)
VALUES ('old', now() - interval '1 minute'), ('new', now() + interval '1 minute');
INSERT INTO devices (user_id, id, secret_hash, name, first_used_at, last_used_at)
SELECT u.id, gen_random_uuid(), n::text::bytea, 'Firefox', now() - age, now() - age
FROM users u, (VALUES (1, interval '401 days'), (2, interval '399 days')) AS ages (n, age);
INSERT INTO replicas (id, role, version, wire, started_at, seen_at, revision, applied_at)
SELECT gen_random_uuid(), 'web', '1', 'redis', moment, moment, 0, moment
FROM (VALUES (now() - interval '25 hours'), (now() - interval '23 hours')) AS seen (moment);
INSERT INTO limit_refusals (piece, limit_name, caller, is_watched, route, times, last_at, until)
SELECT moment, 'sign_in', 'network:192.0.2.1', false, '/sign-in', 1, moment, moment
FROM (VALUES (now() - interval '121 minutes'), (now() - interval '119 minutes')) AS at (moment);
INSERT INTO limit_tallies (piece, limit_name, near, refused, watched)
SELECT moment, 'sign_in', 0, 1, 0
FROM (VALUES (now() - interval '121 minutes'), (now() - interval '119 minutes')) AS at (moment);
INSERT INTO flag_rollouts (id, environment, key, stages, guards, state, stage, from_percentage,
    was_enabled, starts_at, revision, says, author, reason, created_at, ended_at)
SELECT gen_random_uuid(), 'production', days::text, '[]', '[]', 'finished', 0, 0, true, now(), 1,
    '[]', 'staff', 'x', now(), now() - days * interval '1 day'
FROM (VALUES (31), (29)) AS ended (days);
INSERT INTO flag_rollout_people (user_id, rollout_id, stage, is_new, began_at)
SELECT u.id, r.id, 0, true, now() FROM users u, flag_rollouts r;
INSERT INTO flag_measures_taken (digest, taken_at)
VALUES ('old', now() - interval '2 days'), ('new', now());
INSERT INTO hints (topic, word, told_at)
VALUES ('keys', 'old', now() - interval '61 minutes'), ('keys', 'new', now());
INSERT INTO idempotency_keys (key_hash, request_hash, created_at)
VALUES ('old', 'x', now() - interval '25 hours'), ('new', 'x', now() - interval '23 hours');
INSERT INTO onboarding_events (user_id, id, kind, facts, at)
SELECT u.id, gen_random_uuid(), 'activated', '{}', now() - age
FROM users u, (VALUES (interval '366 days'), (interval '364 days')) AS ages (age);
INSERT INTO account_events (user_id, id, kind, facts, at)
SELECT u.id, gen_random_uuid(), 'signed_in', '{}', now() - age
FROM users u, (VALUES (interval '366 days'), (interval '364 days')) AS ages (age);
INSERT INTO mails (key, kind, recipient, language, status, created_at)
VALUES ('old', 'welcome', 'd@example.org', 'en', 'sent', now() - interval '91 days'),
    ('new', 'welcome', 'd@example.org', 'en', 'sent', now() - interval '89 days'),
    ('waits', 'welcome', 'd@example.org', 'en', 'waiting', now() - interval '91 days');
INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)
VALUES (now() - interval '15 days', 1, 'successful', 0, 'send_mail'),
    (now() - interval '13 days', 2, 'successful', 0, 'send_mail');
INSERT INTO address_changes (user_id, id, old_email, new_email, asked_at, confirm_until,
    revert_until, confirmed_at)
SELECT u.id, gen_random_uuid(), 'd@example.org', 'n@example.org', now() - interval '8 days',
    now() - interval '7 days', now() - age, now() - interval '8 days'
FROM users u, (VALUES (interval '1 minute'), (interval '-1 minute')) AS ages (age);
INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, locale,
    created_at, updated_at, deletion_at)
VALUES ('00000000-0000-7000-8000-000000000002', 'g@example.org', 'g@example.org', 'x', 'G', 'L',
    'en', now(), now(), now() - interval '1 minute');
"""


def _make_old_and_new(url: str) -> None:
    """In each table one row that is over and one that is not; two kinds of session are over."""
    with psycopg.connect(url) as connection:
        connection.execute(OLD_AND_NEW)
