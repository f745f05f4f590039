-- A statement that waits at the sealed desk while what its record said before goes on standing (laws 3, 5): sealed under the
-- record's own keys. Its versions count down from -1, apart from those of the record, so that what is rewritten there and
-- what comes here never meet.

CREATE TABLE waiting_statement (
    bucket INTEGER NOT NULL,
    record_id BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version < 0),
    sealed BLOB NOT NULL,
    run_id BLOB NOT NULL CHECK (length(run_id) = 16),
    PRIMARY KEY (record_id, version, bucket),
    FOREIGN KEY (record_id, bucket) REFERENCES source_record (record_id, bucket)
) STRICT;
