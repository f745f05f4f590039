-- What is kept no longer (section 4): children in the order in which they are looked at, and records that do not rise again.

DROP INDEX child_due;
CREATE INDEX child_due ON child (retention_month, child_id);

CREATE TABLE suppression (
    token BYTEA NOT NULL CHECK (length(token) = 16) PRIMARY KEY,
    until_month TEXT COLLATE "C" NOT NULL CHECK (until_month ~ '^[0-9]{4}-[01][0-9]$')
);
CREATE INDEX suppression_by_end ON suppression (until_month);
