-- A root key is wrapped under a generation key as well, so that a copy of the key store older than the horizon opens none of them.
-- NULL: as an earlier version wrote it, under the key-encryption key alone; the next start wraps it anew.
ALTER TABLE root_key ADD COLUMN generation BIGINT;
-- As of a bundle, asked of what is written from now on, and not of what a restore brings.
ALTER TABLE root_key ADD CONSTRAINT root_key_generation_fkey FOREIGN KEY (generation) REFERENCES generation (generation) NOT VALID;
-- A server of an earlier version, which knows of bundles alone, must not destroy the generation on which every root key hangs.
CREATE FUNCTION generation_wraps_no_root_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.wrapped IS NULL AND EXISTS (SELECT 1 FROM root_key WHERE generation = NEW.generation) THEN
        RAISE EXCEPTION 'a root key is wrapped under this generation; stop the servers of an earlier version';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER generation_wraps_no_root_key BEFORE UPDATE OF wrapped ON generation
FOR EACH ROW EXECUTE FUNCTION generation_wraps_no_root_key();
