-- What the customer's server says of a person, by name; conditions of steps ask it.
ALTER TABLE journeys ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';

-- Where verification stands, as `onboarding.verifying.Verdict`; NULL when nothing is to be said.
ALTER TABLE journey_steps ADD COLUMN verdict jsonb;

-- Routes for some markets or for some attributes only.
ALTER TABLE gated_routes ADD COLUMN markets text[] NOT NULL DEFAULT '{}';
ALTER TABLE gated_routes ADD COLUMN condition jsonb;

-- Events that steps count, and messages that were heard; each counts once by its id.
CREATE TABLE counted_events (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id text NOT NULL,
    name text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX counted_events_by_name ON counted_events (user_id, name, at);
CREATE INDEX counted_events_by_age ON counted_events (at);
