-- Keys that are gone for good, and keys that a legal hold has taken out of the service.

CREATE TABLE destroyed_bundle (
    owner_id UUID NOT NULL PRIMARY KEY
);

CREATE TABLE held_bundle (
    owner_id UUID NOT NULL PRIMARY KEY,
    hold_id UUID NOT NULL,
    wrapped BYTEA NOT NULL
);
CREATE INDEX held_by_hold ON held_bundle (hold_id);

-- The day on which a generation began, from which its age is counted; of the first ones only the month is known.
ALTER TABLE generation ADD COLUMN begun_on TEXT COLLATE "C" CHECK (begun_on ~ '^[0-9]{4}-[01][0-9]-[0-3][0-9]$');
