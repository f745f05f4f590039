-- A copy is taken without the generation keys, which are returned after a restore: until then a bundle names a generation that is
-- not there. SQLite asks a reference when a row is written and not when a copy is opened, so there is nothing to change.
SELECT 1;
