-- Accounts, sessions, mail, onboarding, idempotency.

CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    email_verified_at timestamptz,
    password_hash text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    job_title text,
    locale text NOT NULL,
    time_zone text,
    market text,
    row_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    cookie_hash bytea NOT NULL UNIQUE,
    refresh_salt bytea NOT NULL,
    generation integer NOT NULL DEFAULT 1,
    rotated_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX sessions_of_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE one_time_tokens (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX one_time_tokens_of_user ON one_time_tokens (user_id, purpose) WHERE used_at IS NULL;
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

-- Keyed hash of an address, known or not: the table does not tell who has an account.
CREATE TABLE sign_in_failures (
    subject_hash bytea NOT NULL PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz
);

CREATE TABLE signing_keys (
    kid text NOT NULL PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('next', 'active', 'retiring')),
    public_jwk jsonb NOT NULL,
    private_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    state_since timestamptz NOT NULL
);
CREATE UNIQUE INDEX one_active_signing_key ON signing_keys (state) WHERE state = 'active';
CREATE UNIQUE INDEX one_next_signing_key ON signing_keys (state) WHERE state = 'next';

CREATE TABLE projects (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    billing_name text,
    billing_email text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE memberships (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, project_id)
);
CREATE INDEX memberships_of_project ON memberships (project_id);

CREATE TABLE mails (
    key text NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    user_id uuid REFERENCES users ON DELETE CASCADE,
    recipient text NOT NULL,
    language text NOT NULL,
    facts bytea,
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'refused')),
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX mails_of_user ON mails (user_id);
CREATE INDEX mails_by_age ON mails (created_at) WHERE status <> 'waiting';

CREATE TABLE step_definitions (
    key text NOT NULL,
    version integer NOT NULL,
    position integer NOT NULL,
    definition jsonb NOT NULL,
    active_from timestamptz NOT NULL,
    active_to timestamptz,
    PRIMARY KEY (key, version)
);
CREATE UNIQUE INDEX one_active_version ON step_definitions (key) WHERE active_to IS NULL;

CREATE TABLE gated_routes (
    pattern text NOT NULL PRIMARY KEY,
    position integer NOT NULL,
    needs text[] NOT NULL,
    roles text[] NOT NULL
);

CREATE TABLE journeys (
    user_id uuid NOT NULL PRIMARY KEY,
    roles text[] NOT NULL DEFAULT '{}',
    market text,
    facts text[] NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL,
    activated_at timestamptz
);

CREATE TABLE journey_steps (
    user_id uuid NOT NULL REFERENCES journeys ON DELETE CASCADE,
    step_key text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('todo', 'in_progress', 'done', 'skipped', 'snoozed')),
    row_version integer NOT NULL,
    snoozed_until timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, step_key)
);

CREATE TABLE onboarding_events (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    step_key text,
    facts jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX onboarding_events_by_age ON onboarding_events (at);

CREATE TABLE idempotency_keys (
    key_hash bytea NOT NULL PRIMARY KEY,
    request_hash bytea NOT NULL,
    answer bytea,
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
