-- What authors write: a draft of each content, and its editions, which never change.

CREATE TABLE guidance_drafts (
    key text NOT NULL PRIMARY KEY,
    document jsonb NOT NULL,
    row_version integer NOT NULL,
    author text NOT NULL,
    author_id uuid,
    saved_at timestamptz NOT NULL,
    archived_at timestamptz
);

CREATE TABLE guidance_editions (
    key text NOT NULL REFERENCES guidance_drafts,
    version integer NOT NULL,
    document jsonb NOT NULL,
    author text NOT NULL,
    author_id uuid,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (key, version)
);

-- What is in force; the only truth about that.
CREATE TABLE guidance_published (
    environment text NOT NULL,
    key text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (environment, key),
    FOREIGN KEY (key, version) REFERENCES guidance_editions
);

-- Who published what, when and why. Nobody is referenced: it outlives accounts.
CREATE TABLE guidance_ledger (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    environment text NOT NULL,
    key text NOT NULL,
    act text NOT NULL CHECK (act IN ('published', 'rolled_back', 'withdrawn')),
    version integer,
    before integer,
    author text NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    override text NOT NULL DEFAULT '',
    at timestamptz NOT NULL
);
CREATE INDEX guidance_ledger_by_key ON guidance_ledger (key, number DESC);
CREATE INDEX guidance_ledger_by_environment ON guidance_ledger (environment, number DESC);

CREATE TABLE guidance_quiet (
    environment text NOT NULL PRIMARY KEY,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    staff_id uuid,
    set_at timestamptz NOT NULL
);

-- Whose attention it is: a person; a visitor who agreed to be counted, by the keyed hash of
-- their number; else the session of a browser, for a day. Its row is the lock of the budget.
CREATE TABLE guidance_audience (
    id uuid NOT NULL PRIMARY KEY,
    environment text NOT NULL,
    user_id uuid REFERENCES users ON DELETE CASCADE,
    visitor bytea,
    session_id uuid,
    tips text NOT NULL DEFAULT 'all' CHECK (tips IN ('all', 'fewer', 'off')),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    UNIQUE (environment, user_id),
    UNIQUE (environment, visitor),
    UNIQUE (environment, session_id),
    CHECK (num_nonnulls(user_id, visitor, session_id) = 1)
);
CREATE INDEX guidance_audience_by_person ON guidance_audience (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX guidance_visitors_by_age ON guidance_audience (seen_at) WHERE user_id IS NULL;

CREATE TABLE guidance_sessions (
    audience_id uuid NOT NULL REFERENCES guidance_audience ON DELETE CASCADE,
    session_id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    PRIMARY KEY (audience_id, session_id)
);
CREATE INDEX guidance_sessions_by_age ON guidance_sessions (began_at);

-- What somebody did with a content; `step` is where they are in a tour.
CREATE TABLE guidance_past (
    audience_id uuid NOT NULL REFERENCES guidance_audience ON DELETE CASCADE,
    key text NOT NULL,
    shown integer NOT NULL DEFAULT 0,
    shown_at timestamptz,
    interacted_at timestamptz,
    snoozed_until timestamptz,
    snoozes integer NOT NULL DEFAULT 0,
    step text,
    PRIMARY KEY (audience_id, key)
);

CREATE TABLE guidance_leases (
    id uuid NOT NULL PRIMARY KEY,
    audience_id uuid NOT NULL REFERENCES guidance_audience ON DELETE CASCADE,
    key text NOT NULL,
    version integer NOT NULL,
    session_id uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    held_until timestamptz NOT NULL,
    shown_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX guidance_leases_of_somebody ON guidance_leases (audience_id, granted_at DESC);
CREATE INDEX guidance_leases_by_age ON guidance_leases (granted_at);

-- Every decision about an interruption, with all that the rule looked at.
CREATE TABLE guidance_decisions (
    id uuid NOT NULL PRIMARY KEY,
    audience_id uuid NOT NULL REFERENCES guidance_audience ON DELETE CASCADE,
    key text NOT NULL,
    version integer,
    reason text,
    leaves jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX guidance_decisions_of_somebody ON guidance_decisions (audience_id, id DESC);
CREATE INDEX guidance_decisions_by_age ON guidance_decisions (at);

-- How often what happened, of nobody in particular.
CREATE TABLE guidance_counts (
    environment text NOT NULL,
    key text NOT NULL,
    version integer NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (environment, key, version, day, kind, reason)
);
CREATE INDEX guidance_counts_by_age ON guidance_counts (day);

-- Events that were taken, so that none counts twice.
CREATE TABLE guidance_events (
    id uuid NOT NULL PRIMARY KEY,
    taken_at timestamptz NOT NULL
);
CREATE INDEX guidance_events_by_age ON guidance_events (taken_at);
