-- Accounts at other identity providers, each found by who issued it and whom it is of: never by
-- its address. Nothing a provider gave us to act in its person's name is kept.

CREATE TABLE connected_accounts (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    provider text NOT NULL,
    label text NOT NULL,
    connected_at timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (user_id, id),
    UNIQUE (issuer, subject)
);
