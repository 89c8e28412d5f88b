-- What went wrong, grouped: one row for each place where the same thing goes wrong.

CREATE TABLE errors (
    id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    place text NOT NULL,
    sample jsonb NOT NULL,
    count bigint NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved', 'ignored')),
    settled_at timestamptz,
    settled_by uuid REFERENCES users ON DELETE SET NULL
);
CREATE INDEX errors_by_state ON errors (state, last_seen_at DESC);
CREATE INDEX errors_by_kind ON errors (kind);
CREATE INDEX errors_by_settler ON errors (settled_by) WHERE settled_by IS NOT NULL;
