-- Receipts for every row of a source, and the control of its loads (laws 7 and 8, rules 10.7 and 10.8).

-- The source's own number of the file, and how many rows the file has.
ALTER TABLE feed_run ADD COLUMN sequence INTEGER;
ALTER TABLE feed_run ADD COLUMN rows_in_file INTEGER;
ALTER TABLE feed_run ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;
-- When its key was destroyed, and with it its receipts and its rows put aside; microseconds UTC.
ALTER TABLE feed_run ADD COLUMN forgotten_at INTEGER;
CREATE UNIQUE INDEX feed_run_by_sequence ON feed_run (source_id, sequence);
CREATE INDEX feed_run_kept ON feed_run (started_at, run_id) WHERE forgotten_at IS NULL;

CREATE TABLE source_control (
    source_id BLOB NOT NULL CHECK (length(source_id) = 16) PRIMARY KEY REFERENCES source_system (source_id),
    -- The block of receipts written last.
    last_block INTEGER NOT NULL CHECK (last_block >= 0),
    sealed BLOB NOT NULL
) STRICT;

-- The receipts of one group of rows, in the order in which groups became durable.
CREATE TABLE receipt_block (
    source_id BLOB NOT NULL REFERENCES source_system (source_id),
    block INTEGER NOT NULL CHECK (block > 0),
    run_id BLOB NOT NULL REFERENCES feed_run (run_id),
    -- A moment of a fixed schedule: never as quick as the work was.
    readable_from INTEGER NOT NULL CHECK (readable_from % 60000000 = 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (source_id, block)
) STRICT;
CREATE INDEX receipt_block_of_run ON receipt_block (run_id);
CREATE INDEX receipt_block_by_moment ON receipt_block (source_id, readable_from, block);

-- A full file that lacks more records than may be ended without a person.
CREATE TABLE absence (
    run_id BLOB NOT NULL CHECK (length(run_id) = 16) PRIMARY KEY REFERENCES feed_run (run_id),
    source_id BLOB NOT NULL REFERENCES source_system (source_id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'confirmed', 'refused', 'done')),
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX absence_of_source ON absence (source_id, state);
