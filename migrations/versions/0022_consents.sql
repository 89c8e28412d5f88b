CREATE TABLE consent_notices (
    digest bytea PRIMARY KEY,
    words text NOT NULL,
    first_used_at timestamptz NOT NULL
);

-- `subject` is a keyed hash of the number of a browser or of an account; `proof` covers all but
-- `user_id`, which is filled when a browser signs in.
CREATE TABLE consents (
    id uuid PRIMARY KEY,
    subject bytea NOT NULL,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    version text NOT NULL,
    digest bytea NOT NULL REFERENCES consent_notices (digest),
    language text NOT NULL,
    choices text [] NOT NULL,
    gpc boolean NOT NULL,
    how text NOT NULL,
    made_at timestamptz NOT NULL,
    previous bytea,
    proof bytea NOT NULL
);

CREATE UNIQUE INDEX consents_of_person ON consents (user_id, made_at, id);
CREATE INDEX consents_of_subject ON consents (subject, made_at);
CREATE INDEX consents_by_age ON consents (made_at);

CREATE FUNCTION refuse_changed_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.user_id IS NULL
        AND (to_jsonb(NEW) - 'user_id') = (to_jsonb(OLD) - 'user_id') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what somebody agreed to is never changed';
END
$$;

CREATE TRIGGER consents_are_kept BEFORE UPDATE ON consents
FOR EACH ROW EXECUTE FUNCTION refuse_changed_consent();
