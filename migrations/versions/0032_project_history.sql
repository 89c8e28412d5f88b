-- Who was in which project, what was true of it, and where it was with its shared steps, each time
-- it changed: decisions are replayed from it. Written by triggers, as `journey_history` is.

-- Without `role` somebody left. A project is not referenced: that somebody was in one that is
-- removed has to be known, or a replay would take the next one for theirs.
CREATE TABLE membership_history (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    project_id uuid NOT NULL,
    role text,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX membership_history_by_age ON membership_history (at);

-- Without `step_key` it is the project, with what is true of it; else a step, which was no longer
-- stored without `state`. Who did a step stands beside its state, so that nothing of them is left
-- in it when they are erased; who asked about it decides nothing.
CREATE TABLE project_history (
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    has_billing boolean,
    is_ending boolean,
    step_key text,
    state jsonb,
    done_by uuid REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX project_history_by_age ON project_history (at);
CREATE INDEX project_history_by_doer ON project_history (done_by) WHERE done_by IS NOT NULL;

-- One row: since when both are kept. Who is in no project has no row that would tell.
CREATE TABLE project_history_since (
    is_only boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only),
    at timestamptz NOT NULL
);

CREATE FUNCTION keep_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO membership_history (user_id, at, project_id, role, joined_at)
    SELECT user_id, clock_timestamp(), project_id, role, created_at
    FROM fresh;
    RETURN NULL;
END
$$;

-- Of a person who is erased nothing is left to tell.
CREATE FUNCTION keep_gone_memberships() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO membership_history (user_id, at, project_id, joined_at)
    SELECT user_id, clock_timestamp(), project_id, created_at
    FROM stale
    WHERE EXISTS (SELECT FROM users WHERE users.id = stale.user_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_new_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO project_history (project_id, at, has_billing, is_ending)
    SELECT id, clock_timestamp(), billing_email IS NOT NULL, deletion_at IS NOT NULL
    FROM fresh;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_changed_projects() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO project_history (project_id, at, has_billing, is_ending)
    SELECT id, clock_timestamp(), fresh.billing_email IS NOT NULL, fresh.deletion_at IS NOT NULL
    FROM fresh
    JOIN stale USING (id)
    WHERE (fresh.billing_email IS NULL, fresh.deletion_at IS NULL)
        <> (stale.billing_email IS NULL, stale.deletion_at IS NULL);
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_project_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO project_history (project_id, at, step_key, state, done_by)
    SELECT
        project_id, clock_timestamp(), step_key,
        to_jsonb(fresh) - '{project_id,step_key,done_by,asked_by}'::text[], done_by
    FROM fresh;
    RETURN NULL;
END
$$;

-- Of a project that is removed neither.
CREATE FUNCTION keep_gone_project_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO project_history (project_id, at, step_key)
    SELECT project_id, clock_timestamp(), step_key
    FROM stale
    WHERE EXISTS (SELECT FROM projects WHERE projects.id = stale.project_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER new_memberships_are_kept AFTER INSERT ON memberships
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_memberships();

CREATE TRIGGER changed_memberships_are_kept AFTER UPDATE ON memberships
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_memberships();

CREATE TRIGGER gone_memberships_are_kept AFTER DELETE ON memberships
REFERENCING OLD TABLE AS stale
FOR EACH STATEMENT EXECUTE FUNCTION keep_gone_memberships();

CREATE TRIGGER new_projects_are_kept AFTER INSERT ON projects
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_new_projects();

CREATE TRIGGER changed_projects_are_kept AFTER UPDATE ON projects
REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_changed_projects();

CREATE TRIGGER new_project_steps_are_kept AFTER INSERT ON project_steps
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_project_steps();

CREATE TRIGGER changed_project_steps_are_kept AFTER UPDATE ON project_steps
REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_project_steps();

CREATE TRIGGER gone_project_steps_are_kept AFTER DELETE ON project_steps
REFERENCING OLD TABLE AS stale
FOR EACH STATEMENT EXECUTE FUNCTION keep_gone_project_steps();

-- The history begins with how everything is; its moment comes after all of its first rows.
INSERT INTO membership_history (user_id, at, project_id, role, joined_at)
SELECT user_id, clock_timestamp(), project_id, role, created_at
FROM memberships;

INSERT INTO project_history (project_id, at, has_billing, is_ending)
SELECT id, clock_timestamp(), billing_email IS NOT NULL, deletion_at IS NOT NULL
FROM projects;

INSERT INTO project_history (project_id, at, step_key, state, done_by)
SELECT
    project_id, clock_timestamp(), step_key,
    to_jsonb(project_steps) - '{project_id,step_key,done_by,asked_by}'::text[], done_by
FROM project_steps;

INSERT INTO project_history_since (at) VALUES (clock_timestamp());
