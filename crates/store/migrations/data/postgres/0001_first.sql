-- The data store, first migration. Personal data only sealed; searchable values only as keyed hashes; what else is
-- clear is listed, with its reason, in schema/clear_columns.toml. Instants are microseconds since 1970 UTC.

CREATE TABLE schema_meta (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
INSERT INTO schema_meta (name, value) VALUES ('store', 'data');
-- What this installation's audit log is called, so that no other's entries pass for its own.
INSERT INTO schema_meta (name, value) VALUES ('installation', left(replace(CAST(gen_random_uuid() AS text), '-', ''), 16));

-- Who may use the directory.

CREATE TABLE organisation (
    organisation_id UUID NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    authority_code TEXT COLLATE "C" CHECK (length(authority_code) BETWEEN 1 AND 16),
    name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('accredited', 'suspended', 'withdrawn')),
    accredited_until BIGINT
);

CREATE TABLE source_system (
    source_id UUID NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    profile TEXT COLLATE "C" NOT NULL,
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    authority_code TEXT COLLATE "C" CHECK (length(authority_code) BETWEEN 1 AND 16),
    precedence BIGINT NOT NULL,
    one_record_per_child BOOLEAN NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('live', 'paused'))
);

CREATE TABLE account (
    account_id UUID NOT NULL PRIMARY KEY,
    username_key BYTEA NOT NULL CHECK (length(username_key) = 16) UNIQUE,
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('requested', 'verified', 'trained', 'active', 'suspended', 'closed')),
    sealed BYTEA NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    clearance_until BIGINT,
    training_until BIGINT,
    roles TEXT COLLATE "C" NOT NULL
);

CREATE TABLE used_code (
    account_id UUID NOT NULL REFERENCES account (account_id),
    step BIGINT NOT NULL,
    PRIMARY KEY (account_id, step)
);

CREATE TABLE session (
    token_key BYTEA NOT NULL CHECK (length(token_key) = 16) PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (account_id),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_of_account ON session (account_id);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE attempt (
    attempt_key BYTEA NOT NULL CHECK (length(attempt_key) = 16) PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);

-- Children and what sources say of them.

CREATE TABLE child (
    child_id UUID NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    readable_from BIGINT NOT NULL CHECK (readable_from % 60000000 = 0),
    retention_month TEXT COLLATE "C" NOT NULL CHECK (retention_month ~ '^[0-9]{4}-[01][0-9]$'),
    authority TEXT COLLATE "C" NOT NULL CHECK (length(authority) BETWEEN 1 AND 16)
);
CREATE INDEX child_due ON child (retention_month);

-- No reference to child: a number outlives its child, and then answers as never issued (law 8).
CREATE TABLE child_number (
    number_key BYTEA NOT NULL CHECK (length(number_key) = 16) PRIMARY KEY,
    child_id UUID NOT NULL
);
CREATE INDEX child_number_of_child ON child_number (child_id);

-- The bucket is the first twelve bits of record_id. It is part of the key for distribution; record_id goes first because
-- the order is the same and a look-up by id alone then needs no second index.
CREATE TABLE source_record (
    bucket BIGINT NOT NULL CHECK (bucket BETWEEN 0 AND 4095),
    record_id UUID NOT NULL,
    source_id UUID NOT NULL REFERENCES source_system (source_id),
    local_key BYTEA NOT NULL CHECK (length(local_key) = 16),
    version BIGINT NOT NULL CHECK (version > 0),
    digest BYTEA NOT NULL CHECK (length(digest) = 16),
    sealed BYTEA NOT NULL,
    hold_until BIGINT NOT NULL CHECK (hold_until % 60000000 = 0),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('live', 'ended', 'withheld')),
    PRIMARY KEY (record_id, bucket),
    UNIQUE (local_key, source_id, bucket)
);

CREATE TABLE source_version (
    bucket BIGINT NOT NULL,
    record_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL,
    run_id UUID NOT NULL,
    PRIMARY KEY (record_id, version, bucket),
    FOREIGN KEY (record_id, bucket) REFERENCES source_record (record_id, bucket)
);

CREATE TABLE link (
    child_id UUID NOT NULL REFERENCES child (child_id),
    bucket BIGINT NOT NULL,
    record_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('automatic', 'confirmed', 'refused')),
    author TEXT COLLATE "C" NOT NULL CHECK (author = 'matcher' OR length(author) = 36),
    model_version TEXT COLLATE "C" NOT NULL,
    weight_millibits BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (child_id, record_id, bucket),
    FOREIGN KEY (record_id, bucket) REFERENCES source_record (record_id, bucket)
);
-- A record belongs to one child at most; refused links do not count.
CREATE UNIQUE INDEX link_of_record ON link (record_id, bucket, (CASE WHEN kind <> 'refused' THEN 1 END));

CREATE TABLE match_key (
    key_hash BYTEA NOT NULL CHECK (length(key_hash) = 16),
    kind BIGINT NOT NULL,
    tier BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    pointer BYTEA NOT NULL CHECK (length(pointer) = 16),
    PRIMARY KEY (key_hash, pointer)
);

CREATE TABLE search_key (
    key_hash BYTEA NOT NULL CHECK (length(key_hash) = 16),
    kind BIGINT NOT NULL,
    tier BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    pointer BYTEA NOT NULL CHECK (length(pointer) = 16),
    PRIMARY KEY (key_hash, pointer)
);

CREATE TABLE barrier (
    token BYTEA NOT NULL CHECK (length(token) = 16) PRIMARY KEY
);

CREATE TABLE review (
    review_id UUID NOT NULL PRIMARY KEY,
    desk TEXT COLLATE "C" NOT NULL CHECK (desk IN ('authority', 'protected')),
    authority TEXT COLLATE "C" NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'decided', 'void')),
    sealed BYTEA NOT NULL,
    opened_month TEXT COLLATE "C" NOT NULL CHECK (opened_month ~ '^[0-9]{4}-[01][0-9]$')
);
CREATE INDEX review_queue ON review (desk, authority, state, opened_month);

CREATE TABLE model_version (
    name TEXT COLLATE "C" PRIMARY KEY,
    body TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- Feeds.

CREATE TABLE feed_run (
    run_id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES source_system (source_id),
    file_digest BYTEA NOT NULL CHECK (length(file_digest) = 16),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('full', 'delta')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('running', 'done', 'refused', 'failed')),
    rows_read BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    linked BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    for_review BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX feed_run_of_source ON feed_run (source_id, started_at);

-- One row a fault: a row may break several rules, also in one field.
CREATE TABLE quarantine (
    run_id UUID NOT NULL REFERENCES feed_run (run_id),
    row_number BIGINT NOT NULL,
    field TEXT COLLATE "C" NOT NULL CHECK (field = '' OR field ~ '^[a-z][a-z0-9_]*$'),
    rule TEXT COLLATE "C" NOT NULL CHECK (rule ~ '^[a-z0-9][a-z0-9_.-]*$'),
    length BIGINT NOT NULL,
    sealed BYTEA,
    PRIMARY KEY (run_id, row_number, field, rule)
);

CREATE TABLE job (
    job_id UUID NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    sealed BYTEA
);
CREATE INDEX job_queue ON job (state, run_at);

-- The audit trail: append-only but for audit_pending, the sequencer's queue, which a trigger fills.

CREATE TABLE audit_entry (
    entry_id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    header TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    month TEXT COLLATE "C" NOT NULL CHECK (month ~ '^[0-9]{4}-[01][0-9]$')
);

CREATE TABLE audit_pending (
    entry_id UUID NOT NULL PRIMARY KEY REFERENCES audit_entry (entry_id)
);

CREATE TABLE audit_chain (
    seq BIGINT PRIMARY KEY,
    entry_id UUID NOT NULL UNIQUE REFERENCES audit_entry (entry_id),
    chain_hash BYTEA NOT NULL CHECK (length(chain_hash) = 32)
);

CREATE TABLE audit_checkpoint (
    seq BIGINT PRIMARY KEY,
    body TEXT COLLATE "C" NOT NULL,
    signature BYTEA NOT NULL
);

CREATE TABLE audit_lookup (
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('child', 'account')),
    lookup_key BYTEA NOT NULL CHECK (length(lookup_key) = 16),
    entry_id UUID NOT NULL REFERENCES audit_entry (entry_id),
    PRIMARY KEY (kind, lookup_key, entry_id)
);

-- Append-only: whoever would change an entry is refused by the engine.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entry_is_not_emptied BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_chain_is_not_changed BEFORE UPDATE OR DELETE ON audit_chain
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_chain_is_not_emptied BEFORE TRUNCATE ON audit_chain
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoint_is_not_changed BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoint_is_not_emptied BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_lookup_is_not_changed BEFORE UPDATE OR DELETE ON audit_lookup
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_lookup_is_not_emptied BEFORE TRUNCATE ON audit_lookup
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION await_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_pending (entry_id) SELECT entry_id FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_entry_awaits_its_chain AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION await_chain();

-- Sealed bytes do not compress: storing them plainly saves the attempt.
ALTER TABLE account ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE child ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE source_record ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE source_version ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE link ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE audit_entry ALTER COLUMN body SET STORAGE EXTERNAL;
