-- Files of one source are loaded in the order of its own numbers, whichever is whole first: of an upload from before, the number
-- is not known, and it goes first.

ALTER TABLE upload ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0 CHECK (sequence >= 0);
