ALTER TABLE flag_rollouts
ADD COLUMN needs_second boolean NOT NULL DEFAULT false,
ADD COLUMN second_id uuid,
ADD COLUMN second text;

-- A flag that is to go on or off at a moment; `says` tells what came of it.
CREATE TABLE flag_schedules (
    id uuid PRIMARY KEY,
    environment text NOT NULL REFERENCES flag_environments,
    key text NOT NULL,
    enabled boolean NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'done', 'cancelled')),
    says text NOT NULL,
    author_id uuid,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE INDEX flag_schedules_planned ON flag_schedules (due_at) WHERE ended_at IS NULL;
