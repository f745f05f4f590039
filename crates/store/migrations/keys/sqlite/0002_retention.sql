-- Keys that are gone for good, and keys that a legal hold has taken out of the service.

CREATE TABLE destroyed_bundle (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16) PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE held_bundle (
    owner_id BLOB NOT NULL CHECK (length(owner_id) = 16) PRIMARY KEY,
    hold_id BLOB NOT NULL CHECK (length(hold_id) = 16),
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by_hold ON held_bundle (hold_id);

-- The day on which a generation began, from which its age is counted; of the first ones only the month is known.
ALTER TABLE generation ADD COLUMN begun_on TEXT CHECK (begun_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]');
