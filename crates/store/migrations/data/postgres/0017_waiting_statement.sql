-- A statement that waits at the sealed desk while what its record said before goes on standing (laws 3, 5): sealed under the
-- record's own keys. Its versions count down from -1, apart from those of the record, so that what is rewritten there and
-- what comes here never meet.

CREATE TABLE waiting_statement (
    bucket BIGINT NOT NULL,
    record_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version < 0),
    sealed BYTEA NOT NULL,
    run_id UUID NOT NULL,
    PRIMARY KEY (record_id, version, bucket),
    FOREIGN KEY (record_id, bucket) REFERENCES source_record (record_id, bucket)
);
ALTER TABLE waiting_statement ALTER COLUMN sealed SET STORAGE EXTERNAL;
