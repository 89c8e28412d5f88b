-- What was known of a person, and where they were with each step, each time it changed: decisions
-- are replayed from it. Written by triggers, so that nothing that changes a journey can forget it,
-- in the transaction of the change. Without `step_key` it is the person; without `state` the step
-- was no longer stored.
CREATE TABLE journey_history (
    user_id uuid NOT NULL REFERENCES journeys ON DELETE CASCADE,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    step_key text,
    state jsonb,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX journey_history_by_age ON journey_history (at);

CREATE FUNCTION keep_new_journeys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journey_history (user_id, at, state)
    SELECT user_id, clock_timestamp(), to_jsonb(fresh) - 'user_id'
    FROM fresh;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_changed_journeys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journey_history (user_id, at, state)
    SELECT fresh.user_id, clock_timestamp(), to_jsonb(fresh) - 'user_id'
    FROM fresh
    JOIN stale USING (user_id)
    WHERE to_jsonb(fresh) IS DISTINCT FROM to_jsonb(stale);
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_journey_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journey_history (user_id, at, step_key, state)
    SELECT user_id, clock_timestamp(), step_key, to_jsonb(fresh) - 'user_id' - 'step_key'
    FROM fresh;
    RETURN NULL;
END
$$;

-- Of a journey that goes as a whole nothing is left to tell.
CREATE FUNCTION keep_gone_journey_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journey_history (user_id, at, step_key)
    SELECT user_id, clock_timestamp(), step_key
    FROM stale
    WHERE EXISTS (SELECT FROM journeys WHERE journeys.user_id = stale.user_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER new_journeys_are_kept AFTER INSERT ON journeys
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_new_journeys();

CREATE TRIGGER changed_journeys_are_kept AFTER UPDATE ON journeys
REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_changed_journeys();

CREATE TRIGGER new_steps_are_kept AFTER INSERT ON journey_steps
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_journey_steps();

CREATE TRIGGER changed_steps_are_kept AFTER UPDATE ON journey_steps
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_journey_steps();

CREATE TRIGGER gone_steps_are_kept AFTER DELETE ON journey_steps
REFERENCING OLD TABLE AS stale
FOR EACH STATEMENT EXECUTE FUNCTION keep_gone_journey_steps();

-- The history begins with where everybody is.
INSERT INTO journey_history (user_id, at, state)
SELECT user_id, clock_timestamp(), to_jsonb(journeys) - 'user_id'
FROM journeys;

INSERT INTO journey_history (user_id, at, step_key, state)
SELECT user_id, clock_timestamp(), step_key, to_jsonb(journey_steps) - 'user_id' - 'step_key'
FROM journey_steps;
