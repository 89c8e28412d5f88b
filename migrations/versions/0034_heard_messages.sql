-- Messages of servers, by the id they are signed with. Each is about one step and one body, of
-- which `about` is the SHA-256, whatever came of it; it is taken once. Nobody is named.
CREATE TABLE heard_messages (
    id text PRIMARY KEY,
    about bytea NOT NULL,
    at timestamptz NOT NULL,
    is_taken boolean NOT NULL DEFAULT false
);
CREATE INDEX heard_messages_by_age ON heard_messages (at);
