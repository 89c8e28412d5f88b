-- What was proved at a sign-in, on which device; second factors; and what people are told of it.

ALTER TABLE users
    ADD COLUMN epoch integer NOT NULL DEFAULT 1,
    ADD COLUMN factors_epoch integer NOT NULL DEFAULT 1,
    ADD COLUMN staff_role text CHECK (staff_role IN ('support', 'operator', 'admin')),
    ADD COLUMN locked_at timestamptz,
    ADD COLUMN lock_reason text,
    ADD COLUMN deletion_at timestamptz,
    ADD COLUMN avatar_id uuid;

ALTER TABLE sessions
    ADD COLUMN idle_seconds integer NOT NULL DEFAULT 1800,
    ADD COLUMN is_remembered boolean NOT NULL DEFAULT false,
    ADD COLUMN proofs jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN proved_at timestamptz,
    ADD COLUMN device_id uuid,
    ADD COLUMN device_name text NOT NULL DEFAULT '',
    ADD COLUMN network text NOT NULL DEFAULT '',
    ADD COLUMN impersonator_id uuid REFERENCES users ON DELETE CASCADE,
    ADD COLUMN impersonation_reason text;
CREATE INDEX sessions_by_impersonator ON sessions (impersonator_id)
    WHERE impersonator_id IS NOT NULL;

-- Wrong passwords in a row; at 100 the address is closed until its person opens it by mail.
ALTER TABLE sign_in_failures ADD COLUMN total integer NOT NULL DEFAULT 1;

-- Staff look for people by the beginning of their names or address.
CREATE INDEX users_by_name ON users (lower(first_name || ' ' || last_name) text_pattern_ops);
CREATE INDEX users_by_last_name ON users (lower(last_name) text_pattern_ops);
CREATE INDEX users_by_email_prefix ON users (email_key text_pattern_ops);

-- A browser that somebody signed in with. It is trusted with the second factor until
-- `trusted_until`, unless a factor has changed since (`trusted_epoch`).
CREATE TABLE devices (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    trusted_until timestamptz,
    trusted_epoch integer,
    first_used_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    UNIQUE (user_id, secret_hash)
);

-- Values that are good for one use and kept nowhere else: codes of a time step, challenges.
CREATE TABLE spent_values (
    value_hash bytea NOT NULL PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX spent_values_by_expiry ON spent_values (expires_at);

CREATE TABLE totp_factors (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secret_sealed bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz
);

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE passkeys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id bytea NOT NULL UNIQUE,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text[] NOT NULL DEFAULT '{}',
    aaguid uuid,
    name text NOT NULL,
    is_backed_up boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (user_id, id)
);

-- What happened to an account, for its person and for those who help them.
CREATE TABLE account_events (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL,
    facts jsonb NOT NULL,
    staff_id uuid,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX account_events_by_age ON account_events (at);

-- Hints between replicas as rows, so that a hint whose notification is lost is still found.
-- A row is seen in the order of its transaction: whoever reads asks for every transaction that
-- had not ended when they last looked.
CREATE TABLE hints (
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic text NOT NULL,
    word text NOT NULL,
    told_at timestamptz NOT NULL
);
CREATE INDEX hints_by_transaction ON hints (transaction_id);
