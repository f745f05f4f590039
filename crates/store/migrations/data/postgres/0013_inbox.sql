-- What sources said by messages and what is worked through afterwards, so that no answer tells what was met (laws 7 and 8).

-- The day of a source on which it says things; gone once the day is over and everything of it was worked through.
CREATE TABLE inbox_day (
    run_id UUID NOT NULL PRIMARY KEY REFERENCES feed_run (run_id),
    source_id UUID NOT NULL REFERENCES source_system (source_id),
    day TEXT COLLATE "C" NOT NULL,
    -- The number of what was said last, from 1; never given twice.
    taken BIGINT NOT NULL CHECK (taken >= 0)
);
CREATE UNIQUE INDEX inbox_day_of_source ON inbox_day (source_id, day);

CREATE TABLE inbox (
    run_id UUID NOT NULL REFERENCES feed_run (run_id),
    position BIGINT NOT NULL CHECK (position > 0),
    sealed BYTEA NOT NULL,
    PRIMARY KEY (run_id, position)
);
