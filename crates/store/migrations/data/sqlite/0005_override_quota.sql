-- How often an account has overridden a shield (rule 2.9). The instants are sealed; the row says neither whose it is nor when.

CREATE TABLE override_quota (
    quota_key BLOB NOT NULL CHECK (length(quota_key) = 16) PRIMARY KEY,
    until_month TEXT NOT NULL CHECK (until_month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX override_quota_by_end ON override_quota (until_month);
