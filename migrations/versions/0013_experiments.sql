-- Experiments, who met them, and what became of them.

CREATE TABLE experiments (
    id uuid NOT NULL PRIMARY KEY,
    environment text NOT NULL REFERENCES flag_environments,
    flag_key text NOT NULL,
    design jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'running', 'stopped', 'decided')),
    row_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    stopped_at timestamptz,
    decided_at timestamptz,
    shipped text
);
-- Of a flag only one experiment at a time is not over, or nobody could say which one did it.
CREATE UNIQUE INDEX one_experiment_of_a_flag ON experiments (environment, flag_key)
    WHERE state IN ('running', 'stopped');

CREATE TABLE experiment_phases (
    experiment_id uuid NOT NULL REFERENCES experiments ON DELETE CASCADE,
    number integer NOT NULL,
    weights jsonb NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (experiment_id, number)
);

-- Nobody is referenced: what was done stays when the account of whoever did it goes.
CREATE TABLE experiment_history (
    experiment_id uuid NOT NULL REFERENCES experiments ON DELETE CASCADE,
    id uuid NOT NULL,
    what text NOT NULL,
    reason text NOT NULL,
    author_id uuid,
    author text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (experiment_id, id)
);

-- How many were not asked, and were given the control; nothing else is known of them.
CREATE TABLE experiment_unasked (
    experiment_id uuid NOT NULL REFERENCES experiments ON DELETE CASCADE,
    day date NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (experiment_id, day)
);

-- Whoever is counted once: a person, or a visitor of whom no person is known (yet).
CREATE TABLE experiment_units (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid UNIQUE REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    created_at timestamptz NOT NULL
);
CREATE INDEX experiment_visitors_by_age ON experiment_units (created_at) WHERE user_id IS NULL;

-- The browsers and other names by which a unit is known, as keyed hashes.
CREATE TABLE experiment_unit_names (
    name_hash bytea NOT NULL PRIMARY KEY,
    unit_id uuid NOT NULL REFERENCES experiment_units ON DELETE CASCADE
);
CREATE INDEX experiment_names_of_unit ON experiment_unit_names (unit_id);

CREATE TABLE experiment_exposures (
    experiment_id uuid NOT NULL REFERENCES experiments ON DELETE CASCADE,
    unit_id uuid NOT NULL REFERENCES experiment_units ON DELETE CASCADE,
    variant text NOT NULL,
    phase integer NOT NULL,
    first_at timestamptz NOT NULL,
    market text,
    role text,
    mixed_at timestamptz,
    PRIMARY KEY (experiment_id, unit_id)
);
CREATE INDEX experiment_exposures_of_unit ON experiment_exposures (unit_id);
CREATE INDEX experiment_exposures_by_age ON experiment_exposures (first_at);

CREATE TABLE experiment_moments (
    unit_id uuid NOT NULL REFERENCES experiment_units ON DELETE CASCADE,
    moment text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (unit_id, moment)
);

CREATE TABLE experiment_days (
    unit_id uuid NOT NULL REFERENCES experiment_units ON DELETE CASCADE,
    day date NOT NULL,
    PRIMARY KEY (unit_id, day)
);
CREATE INDEX experiment_days_by_age ON experiment_days (day);

-- What those who are here already did before.
INSERT INTO experiment_units (id, user_id, created_at)
SELECT gen_random_uuid(), id, created_at FROM users;

INSERT INTO experiment_moments (unit_id, moment, at)
SELECT unit.id, moment.name, moment.at
FROM experiment_units AS unit
JOIN users ON users.id = unit.user_id
LEFT JOIN journeys ON journeys.user_id = unit.user_id
CROSS JOIN LATERAL (
    VALUES
        ('registered', users.created_at),
        ('verified', users.email_verified_at),
        ('activated', journeys.activated_at)
) AS moment (name, at)
WHERE moment.at IS NOT NULL;

INSERT INTO experiment_moments (unit_id, moment, at)
SELECT unit.id, 'step:' || event.step_key, min(event.at)
FROM experiment_units AS unit
JOIN onboarding_events AS event ON event.user_id = unit.user_id
WHERE event.kind = 'step_settled' AND event.facts ->> 'after' = 'done'
GROUP BY unit.id, event.step_key;
