-- What a source said last of a record that is not heard (law 7): one that was destroyed, or lies under a legal hold. Sealed are
-- the digest of the statement and its time, so that the source's receipts go on to depend on its own rows alone.

CREATE TABLE said_last (
    token BLOB NOT NULL CHECK (length(token) = 16) PRIMARY KEY,
    until_month TEXT NOT NULL CHECK (until_month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX said_last_by_end ON said_last (until_month);
