-- The key store, first migration: wrapped keys and the journal. It lives apart from the data and is backed up apart.

CREATE TABLE schema_meta (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
INSERT INTO schema_meta (name, value) VALUES ('store', 'keys');

CREATE TABLE generation (
    generation BIGINT PRIMARY KEY,
    wrapped BYTEA,
    created_month TEXT COLLATE "C" NOT NULL CHECK (created_month ~ '^[0-9]{4}-[01][0-9]$'),
    destroyed BOOLEAN NOT NULL,
    CHECK ((wrapped IS NULL) = destroyed)
);

CREATE TABLE bundle (
    owner_id UUID NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL REFERENCES generation (generation),
    wrapped BYTEA NOT NULL
);

CREATE TABLE root_key (
    name TEXT COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]*$'),
    epoch BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (name, epoch)
);

CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    entry BYTEA NOT NULL
);

-- Append-only: whoever would change an entry is refused by the engine.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_is_not_emptied BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
