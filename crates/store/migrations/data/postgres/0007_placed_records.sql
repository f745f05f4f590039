-- Records that two people placed on one side of a seal (law 5): which child the next version of one belongs to. Token and
-- pointer are keyed; whoever does not hold the statement and the keys learns from a row that there is a seal, as from a barrier.

CREATE TABLE placed_record (
    token BYTEA NOT NULL CHECK (length(token) = 16) PRIMARY KEY,
    epoch BIGINT NOT NULL CHECK (epoch >= 0),
    pointer BYTEA NOT NULL CHECK (length(pointer) = 16)
);
