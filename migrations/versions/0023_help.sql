-- Finds words that are mistyped. It comes with PostgreSQL, and since version 13 whoever owns the
-- database may add it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- What articles are sorted under, by language.
CREATE TABLE help_categories (
    key text PRIMARY KEY,
    titles jsonb NOT NULL,
    position integer NOT NULL
);

-- `head` is the version an author goes on from; `published` the one that is read, if any.
-- Of an article that came with Firstmile, `shipped` is the version it last brought, and
-- `shipped_digest` what its files were then.
CREATE TABLE help_articles (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    head integer NOT NULL,
    published integer,
    shipped integer,
    shipped_digest text,
    row_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    published_at timestamptz,
    reviewed_at timestamptz,
    archived_at timestamptz,
    CHECK (published IS NULL OR archived_at IS NULL)
);

-- Written once, never changed.
CREATE TABLE help_versions (
    article_id uuid NOT NULL REFERENCES help_articles ON DELETE CASCADE,
    number integer NOT NULL,
    content jsonb NOT NULL,
    note text NOT NULL,
    author_id uuid REFERENCES users ON DELETE SET NULL,
    is_shipped boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (article_id, number)
);

-- What is read and searched: of each published article one row for each language we speak.
-- `text` is the body without its marks, `letters` what mistyped words are compared with. `heading`
-- is of title and summary alone: short enough to stay in the row, where hundreds are ranked by it.
CREATE TABLE help_published (
    article_id uuid NOT NULL REFERENCES help_articles ON DELETE CASCADE,
    language text NOT NULL,
    written_in text NOT NULL,
    number integer NOT NULL,
    slug text NOT NULL,
    category text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    body text NOT NULL,
    text text NOT NULL,
    contexts text[] NOT NULL,
    related text[] NOT NULL,
    is_for_staff boolean NOT NULL,
    published_at timestamptz NOT NULL,
    words text[] NOT NULL,
    letters text NOT NULL,
    heading tsvector NOT NULL,
    document tsvector NOT NULL,
    PRIMARY KEY (article_id, language)
);

-- A row of some kilobytes stays whole: a search looks into hundreds of them.
ALTER TABLE help_published SET (toast_tuple_target = 8160);
ALTER TABLE help_published ALTER COLUMN document SET STORAGE MAIN;

CREATE UNIQUE INDEX help_published_by_slug ON help_published (language, slug);
CREATE INDEX help_published_document ON help_published USING gin (document);

-- Every word of the published articles, and in how many of them it is.
CREATE TABLE help_words (
    language text NOT NULL,
    word text COLLATE "C" NOT NULL,
    articles integer NOT NULL,
    PRIMARY KEY (language, word)
);

CREATE INDEX help_words_letters ON help_words USING gin (word gin_trgm_ops);

-- Words that mean the same. `shipped` names those that came with Firstmile; one without words
-- was taken away, and does not come back.
CREATE TABLE help_synonyms (
    id uuid PRIMARY KEY,
    language text NOT NULL,
    words text[] NOT NULL,
    shipped text UNIQUE
);

-- Counted, about nobody.
CREATE TABLE help_openings (
    article_id uuid NOT NULL REFERENCES help_articles ON DELETE CASCADE,
    day date NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (article_id, day)
);

CREATE TABLE help_feedback (
    id uuid PRIMARY KEY,
    article_id uuid NOT NULL REFERENCES help_articles ON DELETE CASCADE,
    number integer NOT NULL,
    language text NOT NULL,
    is_helpful boolean NOT NULL,
    reason text,
    comment text,
    created_at timestamptz NOT NULL
);

CREATE INDEX help_feedback_of_article ON help_feedback (article_id, created_at DESC);

-- `id` is made of the language and the words, so that a click can name a search of any replica.
CREATE TABLE help_searches (
    id uuid NOT NULL,
    day date NOT NULL,
    language text NOT NULL,
    words text NOT NULL,
    asked integer NOT NULL,
    empty integer NOT NULL,
    clicked integer NOT NULL,
    last_asked_at timestamptz NOT NULL,
    PRIMARY KEY (id, day)
);

-- What was done about a search that found nothing.
CREATE TABLE help_settled_searches (
    id uuid PRIMARY KEY,
    settled_at timestamptz NOT NULL
);
