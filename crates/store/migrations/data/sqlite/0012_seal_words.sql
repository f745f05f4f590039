-- What each of two sealed identities has said since they were sealed (law 5), so that the other is not made to say it: keyed
-- hashes of a pair's random number, the side and the word. Whoever does not hold the keys learns from a row that there is a seal.

CREATE TABLE seal_word (
    token BLOB NOT NULL CHECK (length(token) = 16) PRIMARY KEY
) STRICT, WITHOUT ROWID;
