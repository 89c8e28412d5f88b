-- The kill switch: what is off, what was, and which processes know.

-- One row. Its revision tells one state from another; flips that only measure raise it as well.
CREATE TABLE switch_state (
    is_only boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only),
    revision bigint NOT NULL,
    changed_at timestamptz NOT NULL
);
INSERT INTO switch_state (revision, changed_at) VALUES (0, now());

-- Each time that an area was off. Without `began_by` it was the command. Nobody is referenced:
-- what was done stays when the account of whoever did it goes.
CREATE TABLE switch_uses (
    id uuid NOT NULL PRIMARY KEY,
    area text NOT NULL CHECK (
        area IN ('global', 'gating', 'onboarding', 'guidance', 'experiments', 'sign_up')
    ),
    reason text NOT NULL,
    began_at timestamptz NOT NULL,
    began_by uuid,
    ended_at timestamptz,
    end_reason text,
    ended_by uuid,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX switch_uses_that_last ON switch_uses (area) WHERE ended_at IS NULL;
CREATE INDEX switch_uses_by_time ON switch_uses (began_at DESC, id DESC);

-- Every web and worker process that runs; all moments are by the clock of the database.
CREATE TABLE replicas (
    id uuid NOT NULL PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('web', 'worker')),
    version text NOT NULL,
    wire text NOT NULL CHECK (wire IN ('redis', 'postgres')),
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    revision bigint NOT NULL,
    applied_at timestamptz NOT NULL,
    delay_ms double precision,
    p50_ms double precision,
    p99_ms double precision
);
CREATE INDEX replicas_by_seen ON replicas (seen_at);
