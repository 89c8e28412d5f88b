-- What limits did lately, for staff: rows of five minutes each, which go after two hours.

-- `caller` is `user:` with an id, or `network:` with an address or its /64. Nobody is referenced:
-- the rows are gone long before an account is.
CREATE TABLE limit_refusals (
    piece timestamptz NOT NULL,
    limit_name text NOT NULL,
    caller text NOT NULL,
    is_watched boolean NOT NULL,
    route text NOT NULL,
    times integer NOT NULL,
    last_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (piece, limit_name, caller, is_watched)
);

CREATE TABLE limit_tallies (
    piece timestamptz NOT NULL,
    limit_name text NOT NULL,
    near integer NOT NULL,
    refused integer NOT NULL,
    watched integer NOT NULL,
    PRIMARY KEY (piece, limit_name)
);
