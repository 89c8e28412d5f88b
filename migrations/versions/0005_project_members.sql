-- Invitations, API keys, and projects that are to be deleted.

ALTER TABLE projects ADD COLUMN deletion_at timestamptz;
CREATE INDEX projects_to_delete ON projects (deletion_at) WHERE deletion_at IS NOT NULL;

-- Who was asked to join a project. Accepted and revoked ones stay for a while, to be told apart.
CREATE TABLE invitations (
    id uuid NOT NULL PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    email text NOT NULL,
    email_key text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    token_hash bytea NOT NULL UNIQUE,
    inviter_id uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    times_sent integer NOT NULL DEFAULT 1,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepter_id uuid REFERENCES users ON DELETE SET NULL,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX invitations_open ON invitations (project_id, email_key)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

CREATE TABLE api_keys (
    id uuid NOT NULL PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    label text NOT NULL UNIQUE,
    secret_hash bytea NOT NULL UNIQUE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    creator_id uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_of_project ON api_keys (project_id);
