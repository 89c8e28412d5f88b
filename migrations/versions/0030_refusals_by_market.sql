-- Still totals, of nobody in particular. No market is '', for it is part of the key.
ALTER TABLE step_refusals
    ADD COLUMN market text NOT NULL DEFAULT '',
    ADD COLUMN roles text[] NOT NULL DEFAULT '{}',
    DROP CONSTRAINT step_refusals_pkey,
    ADD PRIMARY KEY (day, step_key, market, roles);
