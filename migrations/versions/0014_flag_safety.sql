-- Who looked at a change before it was published, and whether it was one that could not wait.
ALTER TABLE flag_revisions
    ADD COLUMN approver_id uuid,
    ADD COLUMN approver text,
    ADD COLUMN is_emergency boolean NOT NULL DEFAULT false;

CREATE TABLE flag_proposals (
    id uuid PRIMARY KEY,
    environment text NOT NULL REFERENCES flag_environments,
    subject text NOT NULL CHECK (subject IN ('flag', 'segment', 'environment')),
    key text NOT NULL,
    after jsonb,
    seen bigint NOT NULL,
    author_id uuid,
    author text NOT NULL,
    reason text NOT NULL,
    proposed_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'published', 'declined', 'withdrawn')),
    decider_id uuid,
    decider text,
    decider_reason text NOT NULL DEFAULT '',
    decided_at timestamptz,
    CHECK ((state = 'open') = (decided_at IS NULL)),
    -- Four eyes are of two people.
    CHECK (state <> 'published' OR decider_id IS DISTINCT FROM author_id)
);

CREATE INDEX flag_proposals_of_environment ON flag_proposals (environment, id DESC);

-- What each flag served on a day; '' is the application's own default.
CREATE TABLE flag_servings (
    environment text NOT NULL REFERENCES flag_environments,
    flag text NOT NULL,
    variant text NOT NULL,
    day date NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (environment, flag, variant, day)
);

CREATE INDEX flag_servings_of_day ON flag_servings (day);

-- Keys that were asked for and are no flags.
CREATE TABLE flag_strangers (
    environment text NOT NULL REFERENCES flag_environments,
    key text NOT NULL,
    count bigint NOT NULL,
    first_asked_at timestamptz NOT NULL,
    last_asked_at timestamptz NOT NULL,
    PRIMARY KEY (environment, key)
);
