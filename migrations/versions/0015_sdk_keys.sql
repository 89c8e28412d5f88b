-- What an application or a browser asks for flags with. One that is revoked is deleted.
CREATE TABLE sdk_keys (
    id uuid PRIMARY KEY,
    environment text NOT NULL REFERENCES flag_environments,
    kind text NOT NULL CHECK (kind IN ('server', 'client')),
    name text NOT NULL,
    label text NOT NULL,
    secret_hash bytea NOT NULL UNIQUE,
    creator_id uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);

CREATE INDEX sdk_keys_of_environment ON sdk_keys (environment, created_at DESC);
