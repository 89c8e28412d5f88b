-- Every change of an environment takes the next number, under the lock of this row, so that
-- changes are committed in the order of their numbers.
CREATE TABLE flag_environments (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,39}$'),
    position integer NOT NULL,
    revision bigint NOT NULL DEFAULT 0,
    four_eyes boolean NOT NULL DEFAULT false
);

INSERT INTO flag_environments (name, position) VALUES ('production', 0), ('staging', 1);

CREATE TABLE flags (
    environment text NOT NULL REFERENCES flag_environments,
    key text NOT NULL,
    revision bigint NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (environment, key)
);

CREATE TABLE flag_segments (
    environment text NOT NULL REFERENCES flag_environments,
    key text NOT NULL,
    revision bigint NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (environment, key)
);

CREATE TABLE flag_revisions (
    environment text NOT NULL REFERENCES flag_environments,
    revision bigint NOT NULL,
    subject text NOT NULL CHECK (subject IN ('flag', 'segment', 'environment')),
    key text NOT NULL,
    before jsonb,
    after jsonb,
    author_id uuid,
    author text NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (environment, revision)
);

CREATE INDEX flag_revisions_of_key ON flag_revisions (environment, subject, key, revision DESC);
