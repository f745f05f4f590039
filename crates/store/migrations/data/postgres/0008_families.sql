-- What families ask (section 14): requests to see a record, disputes and what a source is asked about them, complaints.

CREATE TABLE family_matter (
    matter_id UUID NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('subject_request', 'dispute', 'source_task', 'complaint')),
    -- Whose list it stands on, and of which child it is: keyed hashes, for an authority is a place and a desk would tell a shield.
    queue_key BYTEA NOT NULL CHECK (length(queue_key) = 16),
    child_key BYTEA NOT NULL CHECK (length(child_key) = 16),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed')),
    -- While it is open the day by which it must be answered, then the day from which it is destroyed; microseconds UTC.
    due_on BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX family_matter_queue ON family_matter (queue_key, kind, state, due_on, matter_id);
CREATE INDEX family_matter_of_child ON family_matter (child_key, kind, state, due_on, matter_id);
CREATE INDEX family_matter_by_day ON family_matter (state, due_on, matter_id);
CREATE INDEX family_matter_open ON family_matter (state, matter_id);
