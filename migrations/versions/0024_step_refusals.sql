-- Totals, of nobody in particular; kept for a year.
CREATE TABLE step_refusals (
    day date NOT NULL,
    step_key text NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (day, step_key)
);
