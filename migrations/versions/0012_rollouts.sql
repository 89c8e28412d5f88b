-- `stage` is -1 before the first one; `revision` is the last of the flag that the rollout knows of.
CREATE TABLE flag_rollouts (
    id uuid PRIMARY KEY,
    environment text NOT NULL REFERENCES flag_environments,
    key text NOT NULL,
    stages jsonb NOT NULL,
    guards jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'running', 'finished', 'returned', 'stopped')),
    stage integer NOT NULL,
    from_percentage double precision NOT NULL,
    was_enabled boolean NOT NULL,
    starts_at timestamptz NOT NULL,
    stage_began_at timestamptz,
    revision bigint NOT NULL,
    says text NOT NULL,
    author_id uuid,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE UNIQUE INDEX flag_rollouts_under_way ON flag_rollouts (environment, key)
WHERE ended_at IS NULL;

CREATE INDEX flag_rollouts_of_flag ON flag_rollouts (environment, key, created_at DESC);

-- Requests in a stage, by those served the new and by the others.
CREATE TABLE flag_rollout_counts (
    rollout_id uuid NOT NULL REFERENCES flag_rollouts ON DELETE CASCADE,
    stage integer NOT NULL,
    is_new boolean NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    slow bigint NOT NULL,
    PRIMARY KEY (rollout_id, stage, is_new)
);

-- Who began onboarding while the rollout was under way, what they were served when they were
-- first seen, and when they came to activation.
-- The person is looked for at the end: a registration that is undone was never there.
CREATE TABLE flag_rollout_people (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    rollout_id uuid NOT NULL REFERENCES flag_rollouts ON DELETE CASCADE,
    stage integer NOT NULL,
    is_new boolean,
    began_at timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (user_id, rollout_id)
);

CREATE INDEX flag_rollout_people_of_rollout ON flag_rollout_people (rollout_id);
