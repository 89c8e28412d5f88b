-- Changes of address, uploads, and accounts that are to be deleted.

CREATE INDEX users_to_delete ON users (deletion_at) WHERE deletion_at IS NOT NULL;

-- A wish for another address. Its links carry the id and a MAC over it, so no token is kept here.
CREATE TABLE address_changes (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL UNIQUE,
    old_email text NOT NULL,
    new_email text NOT NULL,
    asked_at timestamptz NOT NULL,
    confirm_until timestamptz NOT NULL,
    revert_until timestamptz NOT NULL,
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    reverted_at timestamptz,
    PRIMARY KEY (user_id, id)
);
CREATE UNIQUE INDEX one_open_address_change ON address_changes (user_id)
    WHERE confirmed_at IS NULL AND cancelled_at IS NULL AND reverted_at IS NULL;
CREATE INDEX address_changes_by_age ON address_changes (asked_at);

-- A file that somebody gave us. Its bytes are with the blobs, one blob for each of `variants`.
CREATE TABLE files (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL UNIQUE,
    audience text NOT NULL CHECK (audience IN ('owner', 'signed_in')),
    media_type text NOT NULL,
    name text NOT NULL,
    variants text[] NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);

-- How many files a person has sent within the hour.
CREATE TABLE file_tries (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    tries integer NOT NULL,
    since timestamptz NOT NULL
);
