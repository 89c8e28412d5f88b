-- Builds of the scripts that pages embed, kept as long as somebody asks for them.
CREATE TABLE embeds (
    folder text PRIMARY KEY CHECK (length(folder) BETWEEN 1 AND 100),
    first_at timestamptz NOT NULL,
    asked_on date NOT NULL
);

-- `packed` is the file compressed by gzip; PostgreSQL need not try again.
CREATE TABLE embed_files (
    folder text NOT NULL REFERENCES embeds ON DELETE CASCADE,
    file text NOT NULL CHECK (length(file) BETWEEN 1 AND 100),
    packed bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (folder, file)
);
