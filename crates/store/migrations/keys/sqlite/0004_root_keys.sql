-- A root key is wrapped under a generation key as well, so that a copy of the key store older than the horizon opens none of them.
-- NULL: as an earlier version wrote it, under the key-encryption key alone; the next start wraps it anew.
ALTER TABLE root_key ADD COLUMN generation INTEGER REFERENCES generation (generation);
