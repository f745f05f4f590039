-- The key store, first migration: wrapped keys and the journal. It lives apart from the data and is backed up apart.

CREATE TABLE schema_meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO schema_meta (name, value) VALUES ('store', 'keys');

CREATE TABLE generation (
    generation INTEGER PRIMARY KEY,
    wrapped BLOB,
    created_month TEXT NOT NULL CHECK (created_month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
    destroyed INTEGER NOT NULL CHECK (destroyed IN (0, 1)),
    CHECK ((wrapped IS NULL) = destroyed)
) STRICT;

CREATE TABLE bundle (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16) PRIMARY KEY,
    generation INTEGER NOT NULL REFERENCES generation (generation),
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE root_key (
    name TEXT NOT NULL CHECK (name GLOB '[a-z]*' AND name NOT GLOB '*[^a-z0-9_]*'),
    epoch INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (name, epoch)
) STRICT;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    entry BLOB NOT NULL
) STRICT;

-- Append-only: whoever would change an entry is refused by the engine.
CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'append-only: journal');
END;
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'append-only: journal');
END;
