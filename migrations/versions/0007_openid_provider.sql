-- Applications that sign their users in with us: who they are, what people allow them, and what
-- each sign-in gave them.

-- A `web` application keeps a secret on its server; one in a browser or on a device has none.
CREATE TABLE clients (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('web', 'browser', 'native')),
    is_first_party boolean NOT NULL,
    home_url text,
    redirect_uris text[] NOT NULL,
    logout_uris text[] NOT NULL,
    origins text[] NOT NULL,
    scopes text[] NOT NULL,
    backchannel_uri text,
    secret_hash bytea,
    former_secret_hash bytea,
    former_secret_until timestamptz,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CHECK ((kind = 'web') = (secret_hash IS NOT NULL))
);

CREATE TABLE client_consents (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id uuid NOT NULL REFERENCES clients ON DELETE CASCADE,
    scopes text[] NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX client_consents_of_client ON client_consents (client_id);

-- One sign-in to an application, from its code to its last refresh token. Both are the id, a
-- generation and a MAC with `salt`, so nothing here is a credential.
CREATE TABLE client_grants (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL UNIQUE,
    client_id uuid NOT NULL REFERENCES clients ON DELETE CASCADE,
    session_id uuid NOT NULL,
    scopes text[] NOT NULL,
    redirect_uri text NOT NULL,
    challenge text NOT NULL,
    nonce text,
    auth_time timestamptz NOT NULL,
    acr text NOT NULL,
    amr text[] NOT NULL,
    salt bytea NOT NULL,
    generation integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    redeemed_at timestamptz,
    rotated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX client_grants_of_session ON client_grants (session_id) WHERE ended_at IS NULL;
CREATE INDEX client_grants_of_client ON client_grants (client_id);
CREATE INDEX client_grants_by_expiry ON client_grants (expires_at);
