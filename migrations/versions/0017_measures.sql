-- `digest` is of the SDK key's id and the Idempotency-Key; rows are kept for a day.
CREATE TABLE flag_measures_taken (
    digest bytea PRIMARY KEY,
    taken_at timestamptz NOT NULL
);
