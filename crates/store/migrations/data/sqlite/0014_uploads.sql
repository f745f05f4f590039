-- Files that sources upload in parts, and answers that are given again (laws 7 and 8).

-- One file on its way in. Its parts are sealed under a key of its own, which is destroyed when it is loaded or given up.
CREATE TABLE upload (
    upload_id BLOB NOT NULL CHECK (length(upload_id) = 16) PRIMARY KEY,
    source_id BLOB NOT NULL CHECK (length(source_id) = 16) REFERENCES source_system (source_id),
    state TEXT NOT NULL CHECK (state IN ('receiving', 'waiting', 'loading', 'paused', 'awaits', 'loaded', 'refused')),
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    received INTEGER NOT NULL CHECK (received >= 0 AND received <= bytes),
    -- Microseconds UTC.
    begun_at INTEGER NOT NULL,
    -- Until then one server works on it; microseconds UTC.
    claimed_until INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX upload_of_source ON upload (source_id, begun_at, upload_id);
CREATE INDEX upload_begun ON upload (begun_at, upload_id);

CREATE TABLE upload_part (
    upload_id BLOB NOT NULL CHECK (length(upload_id) = 16) REFERENCES upload (upload_id),
    -- The offset of its first byte in the file.
    at INTEGER NOT NULL CHECK (at >= 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (upload_id, at)
) STRICT;

-- What was answered under a key that its sender chose, so that the same request sent again is not taken twice.
CREATE TABLE answered_once (
    answer_key BLOB NOT NULL CHECK (length(answer_key) = 16) PRIMARY KEY,
    -- Keyed hash of what was asked.
    body_key BLOB NOT NULL CHECK (length(body_key) = 16),
    -- Until then it is remembered or, without an answer, somebody is at it; microseconds UTC.
    until INTEGER NOT NULL,
    sealed BLOB
) STRICT;
CREATE INDEX answered_once_over ON answered_once (until);
