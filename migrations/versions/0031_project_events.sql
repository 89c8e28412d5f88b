-- What happened in a project, of whichever of its members, and messages about its steps that were
-- heard; each counts once by its id. Nobody is named: it stays when a member goes.
CREATE TABLE project_events (
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    id text NOT NULL,
    name text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX project_events_by_name ON project_events (project_id, name, at);
CREATE INDEX project_events_by_age ON project_events (at);

-- The member who said that a step is done, while a server is to say if it is.
ALTER TABLE project_steps ADD COLUMN asked_by uuid REFERENCES users ON DELETE SET NULL;
CREATE INDEX project_steps_by_asker ON project_steps (asked_by) WHERE asked_by IS NOT NULL;
