-- The definitions of the steps as they were put into force, one row each time.
CREATE TABLE step_editions (
    number integer PRIMARY KEY,
    applied_at timestamptz NOT NULL,
    author text NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    digest text NOT NULL,
    definitions jsonb NOT NULL,
    moves jsonb NOT NULL,
    -- Every migration that is made by now, by its name.
    made jsonb NOT NULL,
    text text NOT NULL,
    sums jsonb NOT NULL,
    undoes integer REFERENCES step_editions
);

INSERT INTO step_editions (
    number, applied_at, author, reason, digest, definitions, moves, made, text, sums
)
SELECT
    1, now(), 'migration', 'What was in force when editions began to be kept', '',
    jsonb_build_object(
        'steps', (
            SELECT jsonb_agg(definition ORDER BY position)
            FROM step_definitions
            WHERE active_to IS NULL
        ),
        'routes', (
            SELECT COALESCE(
                jsonb_agg(
                    jsonb_build_object(
                        'path', pattern, 'needs', needs, 'roles', roles, 'needs_any', needs_any
                    )
                    ORDER BY position
                ),
                '[]'
            )
            FROM gated_routes
        )
    ),
    '[]', '{}', '', '{}'
WHERE EXISTS (SELECT FROM step_definitions WHERE active_to IS NULL);

-- Where each person was before and after an edition, step by step; NULL is nowhere. Kept for as
-- long as an edition can be undone.
CREATE TABLE journey_moves (
    user_id uuid NOT NULL REFERENCES journeys ON DELETE CASCADE,
    edition integer NOT NULL,
    step_key text NOT NULL,
    old_status text,
    old_version integer,
    old_row_version integer,
    old_snoozed_until timestamptz,
    old_updated_at timestamptz,
    new_status text,
    new_version integer,
    new_row_version integer,
    new_snoozed_until timestamptz,
    new_updated_at timestamptz,
    PRIMARY KEY (user_id, edition, step_key)
);
