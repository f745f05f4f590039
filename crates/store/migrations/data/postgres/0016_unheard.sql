-- What a source said last of a record that is not heard gains whose it is, as a keyed hash, so that a full file is counted
-- against it (law 7); of what was remembered before, it is not known.

ALTER TABLE said_last ADD COLUMN of_source BYTEA NOT NULL DEFAULT '\x00000000000000000000000000000000'
    CHECK (length(of_source) = 16);
CREATE INDEX said_last_by_source ON said_last (of_source, token);

-- What is said of a record while a legal hold keeps its keys (law 8): sealed under a key of its own, which lies with the
-- custodian until the hold ends. By a keyed token of the record.

CREATE TABLE unheard (
    token BYTEA NOT NULL CHECK (length(token) = 16) PRIMARY KEY,
    owner_id UUID NOT NULL,
    sealed BYTEA NOT NULL
);
