-- The data store, first migration. Personal data only sealed; searchable values only as keyed hashes; what else is
-- clear is listed, with its reason, in schema/clear_columns.toml. Instants are microseconds since 1970 UTC.

CREATE TABLE schema_meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO schema_meta (name, value) VALUES ('store', 'data');
-- What this installation's audit log is called, so that no other's entries pass for its own.
INSERT INTO schema_meta (name, value) VALUES ('installation', lower(hex(randomblob(8))));

-- Who may use the directory.

CREATE TABLE organisation (
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind GLOB '[a-z]*' AND kind NOT GLOB '*[^a-z0-9_]*'),
    authority_code TEXT CHECK (length(authority_code) BETWEEN 1 AND 16),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accredited', 'suspended', 'withdrawn')),
    accredited_until INTEGER
) STRICT;

CREATE TABLE source_system (
    source_id BLOB NOT NULL CHECK (length(source_id) = 16) PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL,
    organisation_id BLOB NOT NULL REFERENCES organisation (organisation_id),
    authority_code TEXT CHECK (length(authority_code) BETWEEN 1 AND 16),
    precedence INTEGER NOT NULL,
    one_record_per_child INTEGER NOT NULL CHECK (one_record_per_child IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('live', 'paused'))
) STRICT;

CREATE TABLE account (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) PRIMARY KEY,
    username_key BLOB NOT NULL CHECK (length(username_key) = 16) UNIQUE,
    organisation_id BLOB NOT NULL REFERENCES organisation (organisation_id),
    state TEXT NOT NULL CHECK (state IN ('requested', 'verified', 'trained', 'active', 'suspended', 'closed')),
    sealed BLOB NOT NULL,
    password_hash TEXT NOT NULL,
    clearance_until INTEGER,
    training_until INTEGER,
    roles TEXT NOT NULL
) STRICT;

CREATE TABLE used_code (
    account_id BLOB NOT NULL REFERENCES account (account_id),
    step INTEGER NOT NULL,
    PRIMARY KEY (account_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_key BLOB NOT NULL CHECK (length(token_key) = 16) PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (account_id),
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_of_account ON session (account_id);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE attempt (
    attempt_key BLOB NOT NULL CHECK (length(attempt_key) = 16) PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Children and what sources say of them.

CREATE TABLE child (
    child_id BLOB NOT NULL CHECK (length(child_id) = 16) PRIMARY KEY,
    sealed BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    readable_from INTEGER NOT NULL CHECK (readable_from % 60000000 = 0),
    retention_month TEXT NOT NULL CHECK (retention_month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
    authority TEXT NOT NULL CHECK (length(authority) BETWEEN 1 AND 16)
) STRICT;
CREATE INDEX child_due ON child (retention_month);

-- No reference to child: a number outlives its child, and then answers as never issued (law 8).
CREATE TABLE child_number (
    number_key BLOB NOT NULL CHECK (length(number_key) = 16) PRIMARY KEY,
    child_id BLOB NOT NULL CHECK (length(child_id) = 16)
) STRICT, WITHOUT ROWID;
CREATE INDEX child_number_of_child ON child_number (child_id);

-- The bucket is the first twelve bits of record_id. It is part of the key for distribution; record_id goes first because
-- the order is the same and a look-up by id alone then needs no second index.
CREATE TABLE source_record (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 4095),
    record_id BLOB NOT NULL CHECK (length(record_id) = 16),
    source_id BLOB NOT NULL REFERENCES source_system (source_id),
    local_key BLOB NOT NULL CHECK (length(local_key) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    digest BLOB NOT NULL CHECK (length(digest) = 16),
    sealed BLOB NOT NULL,
    hold_until INTEGER NOT NULL CHECK (hold_until % 60000000 = 0),
    state TEXT NOT NULL CHECK (state IN ('live', 'ended', 'withheld')),
    PRIMARY KEY (record_id, bucket),
    UNIQUE (local_key, source_id, bucket)
) STRICT;

CREATE TABLE source_version (
    bucket INTEGER NOT NULL,
    record_id BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL,
    run_id BLOB NOT NULL CHECK (length(run_id) = 16),
    PRIMARY KEY (record_id, version, bucket),
    FOREIGN KEY (record_id, bucket) REFERENCES source_record (record_id, bucket)
) STRICT;

CREATE TABLE link (
    child_id BLOB NOT NULL REFERENCES child (child_id),
    bucket INTEGER NOT NULL,
    record_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('automatic', 'confirmed', 'refused')),
    author TEXT NOT NULL CHECK (author = 'matcher' OR length(author) = 36),
    model_version TEXT NOT NULL,
    weight_millibits INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (child_id, record_id, bucket),
    FOREIGN KEY (record_id, bucket) REFERENCES source_record (record_id, bucket)
) STRICT;
-- A record belongs to one child at most; refused links do not count.
CREATE UNIQUE INDEX link_of_record ON link (record_id, bucket, (CASE WHEN kind <> 'refused' THEN 1 END));

CREATE TABLE match_key (
    key_hash BLOB NOT NULL CHECK (length(key_hash) = 16),
    kind INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    pointer BLOB NOT NULL CHECK (length(pointer) = 16),
    PRIMARY KEY (key_hash, pointer)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_key (
    key_hash BLOB NOT NULL CHECK (length(key_hash) = 16),
    kind INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    pointer BLOB NOT NULL CHECK (length(pointer) = 16),
    PRIMARY KEY (key_hash, pointer)
) STRICT, WITHOUT ROWID;

CREATE TABLE barrier (
    token BLOB NOT NULL CHECK (length(token) = 16) PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE review (
    review_id BLOB NOT NULL CHECK (length(review_id) = 16) PRIMARY KEY,
    desk TEXT NOT NULL CHECK (desk IN ('authority', 'protected')),
    authority TEXT NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    state TEXT NOT NULL CHECK (state IN ('open', 'decided', 'void')),
    sealed BLOB NOT NULL,
    opened_month TEXT NOT NULL CHECK (opened_month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]')
) STRICT;
CREATE INDEX review_queue ON review (desk, authority, state, opened_month);

CREATE TABLE model_version (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Feeds.

CREATE TABLE feed_run (
    run_id BLOB NOT NULL CHECK (length(run_id) = 16) PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES source_system (source_id),
    file_digest BLOB NOT NULL CHECK (length(file_digest) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('full', 'delta')),
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'refused', 'failed')),
    rows_read INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    linked INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    for_review INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX feed_run_of_source ON feed_run (source_id, started_at);

-- One row a fault: a row may break several rules, also in one field.
CREATE TABLE quarantine (
    run_id BLOB NOT NULL REFERENCES feed_run (run_id),
    row_number INTEGER NOT NULL,
    field TEXT NOT NULL CHECK (field = '' OR field GLOB '[a-z]*' AND field NOT GLOB '*[^a-z0-9_]*'),
    rule TEXT NOT NULL CHECK (rule GLOB '[a-z0-9]*' AND rule NOT GLOB '*[^a-z0-9_.-]*'),
    length INTEGER NOT NULL,
    sealed BLOB,
    PRIMARY KEY (run_id, row_number, field, rule)
) STRICT;

CREATE TABLE job (
    job_id BLOB NOT NULL CHECK (length(job_id) = 16) PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind GLOB '[a-z]*' AND kind NOT GLOB '*[^a-z0-9_]*'),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_until INTEGER NOT NULL,
    sealed BLOB
) STRICT;
CREATE INDEX job_queue ON job (state, run_at);

-- The audit trail: append-only but for audit_pending, the sequencer's queue, which a trigger fills.

CREATE TABLE audit_entry (
    entry_id BLOB NOT NULL CHECK (length(entry_id) = 16) PRIMARY KEY,
    at INTEGER NOT NULL,
    header TEXT NOT NULL,
    body BLOB NOT NULL,
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]')
) STRICT;

CREATE TABLE audit_pending (
    entry_id BLOB NOT NULL CHECK (length(entry_id) = 16) PRIMARY KEY REFERENCES audit_entry (entry_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_chain (
    seq INTEGER PRIMARY KEY,
    entry_id BLOB NOT NULL UNIQUE REFERENCES audit_entry (entry_id),
    chain_hash BLOB NOT NULL CHECK (length(chain_hash) = 32)
) STRICT;

CREATE TABLE audit_checkpoint (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE audit_lookup (
    kind TEXT NOT NULL CHECK (kind IN ('child', 'account')),
    lookup_key BLOB NOT NULL CHECK (length(lookup_key) = 16),
    entry_id BLOB NOT NULL REFERENCES audit_entry (entry_id),
    PRIMARY KEY (kind, lookup_key, entry_id)
) STRICT, WITHOUT ROWID;

-- Append-only: whoever would change an entry is refused by the engine.
CREATE TRIGGER audit_entry_is_not_updated BEFORE UPDATE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_entry');
END;
CREATE TRIGGER audit_entry_is_not_deleted BEFORE DELETE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_entry');
END;
CREATE TRIGGER audit_chain_is_not_updated BEFORE UPDATE ON audit_chain
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_chain');
END;
CREATE TRIGGER audit_chain_is_not_deleted BEFORE DELETE ON audit_chain
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_chain');
END;
CREATE TRIGGER audit_checkpoint_is_not_updated BEFORE UPDATE ON audit_checkpoint
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_checkpoint');
END;
CREATE TRIGGER audit_checkpoint_is_not_deleted BEFORE DELETE ON audit_checkpoint
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_checkpoint');
END;
CREATE TRIGGER audit_lookup_is_not_updated BEFORE UPDATE ON audit_lookup
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_lookup');
END;
CREATE TRIGGER audit_lookup_is_not_deleted BEFORE DELETE ON audit_lookup
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_lookup');
END;

CREATE TRIGGER audit_entry_awaits_its_chain AFTER INSERT ON audit_entry
BEGIN
    INSERT INTO audit_pending (entry_id) VALUES (NEW.entry_id);
END;
