-- A copy is taken without the generation keys, which are returned after a restore: until then a bundle names a generation that is
-- not there. The reference is asked of what is written from now on, and not of what a restore brings.
ALTER TABLE bundle DROP CONSTRAINT bundle_generation_fkey;
ALTER TABLE bundle ADD CONSTRAINT bundle_generation_fkey FOREIGN KEY (generation) REFERENCES generation (generation) NOT VALID;
