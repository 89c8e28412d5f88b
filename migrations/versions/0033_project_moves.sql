-- Where each project was before and after an edition, step by step, and who had done it, or
-- asked a server about it; NULL is nowhere, or nobody any more. Kept for as long as an edition can be undone.
CREATE TABLE project_moves (
    project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    edition integer NOT NULL,
    step_key text NOT NULL,
    old_status text,
    old_version integer,
    old_row_version integer,
    old_snoozed_until timestamptz,
    old_updated_at timestamptz,
    old_verdict jsonb,
    old_done_by uuid REFERENCES users ON DELETE SET NULL,
    old_asked_by uuid REFERENCES users ON DELETE SET NULL,
    new_status text,
    new_version integer,
    new_row_version integer,
    new_snoozed_until timestamptz,
    new_updated_at timestamptz,
    new_verdict jsonb,
    new_done_by uuid REFERENCES users ON DELETE SET NULL,
    new_asked_by uuid REFERENCES users ON DELETE SET NULL,
    PRIMARY KEY (project_id, edition, step_key)
);
CREATE INDEX project_moves_by_old_doer ON project_moves (old_done_by) WHERE old_done_by IS NOT NULL;
CREATE INDEX project_moves_by_old_asker ON project_moves (old_asked_by) WHERE old_asked_by IS NOT NULL;
CREATE INDEX project_moves_by_new_doer ON project_moves (new_done_by) WHERE new_done_by IS NOT NULL;
CREATE INDEX project_moves_by_new_asker ON project_moves (new_asked_by) WHERE new_asked_by IS NOT NULL;
