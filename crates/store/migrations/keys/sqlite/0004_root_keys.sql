-- A root key is wrapped under a generation key as well, so that a copy of the key store older than the horizon opens none of them.
-- NULL: as an earlier version wrote it, under the key-encryption key alone; the next start wraps it anew.
ALTER TABLE root_key ADD COLUMN generation INTEGER REFERENCES generation (generation);
-- A server of an earlier version, which knows of bundles alone, must not destroy the generation on which every root key hangs.
CREATE TRIGGER generation_wraps_no_root_key BEFORE UPDATE OF wrapped ON generation
WHEN NEW.wrapped IS NULL AND EXISTS (SELECT 1 FROM root_key WHERE generation = NEW.generation)
BEGIN
    SELECT RAISE(ABORT, 'a root key is wrapped under this generation; stop the servers of an earlier version');
END;
