-- How often an account has overridden a shield (rule 2.9). The instants are sealed; the row says neither whose it is nor when.

CREATE TABLE override_quota (
    quota_key BYTEA NOT NULL CHECK (length(quota_key) = 16) PRIMARY KEY,
    until_month TEXT COLLATE "C" NOT NULL CHECK (until_month ~ '^[0-9]{4}-[01][0-9]$'),
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX override_quota_by_end ON override_quota (until_month);
