-- Requests to be put in touch with who works with a child (rule 8.11). Which child, who asks and how far it has come are sealed,
-- each request under a key of its own.

CREATE TABLE broker_request (
    request_id UUID NOT NULL PRIMARY KEY,
    authority TEXT COLLATE "C" NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    asker_key BYTEA NOT NULL CHECK (length(asker_key) = 16),
    look_at BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX broker_request_at ON broker_request (authority, request_id);
CREATE INDEX broker_request_of ON broker_request (asker_key, request_id);
CREATE INDEX broker_request_by_look ON broker_request (look_at);
