-- Where a project is with the steps that its members share. Who did one is told as long as they have
-- an account; the step stays done without them.
CREATE TABLE project_steps (
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    step_key text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('todo', 'in_progress', 'done', 'skipped', 'snoozed')),
    row_version integer NOT NULL,
    snoozed_until timestamptz,
    updated_at timestamptz NOT NULL,
    verdict jsonb,
    done_by uuid REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, step_key)
);
CREATE INDEX project_steps_by_doer ON project_steps (done_by) WHERE done_by IS NOT NULL;
