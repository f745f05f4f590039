-- What sources said by messages and what is worked through afterwards, so that no answer tells what was met (laws 7 and 8).

-- The day of a source on which it says things; gone once the day is over and everything of it was worked through.
CREATE TABLE inbox_day (
    run_id BLOB NOT NULL CHECK (length(run_id) = 16) PRIMARY KEY REFERENCES feed_run (run_id),
    source_id BLOB NOT NULL CHECK (length(source_id) = 16) REFERENCES source_system (source_id),
    day TEXT NOT NULL,
    -- The number of what was said last, from 1; never given twice.
    taken INTEGER NOT NULL CHECK (taken >= 0)
) STRICT;
CREATE UNIQUE INDEX inbox_day_of_source ON inbox_day (source_id, day);

CREATE TABLE inbox (
    run_id BLOB NOT NULL CHECK (length(run_id) = 16) REFERENCES feed_run (run_id),
    position INTEGER NOT NULL CHECK (position > 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT;
