-- Who may feed (rules 10.6, 11.1): products, accredited as types, and installations of them, accredited as instances.

CREATE TABLE product (
    product_id BLOB NOT NULL CHECK (length(product_id) = 16) PRIMARY KEY,
    -- Whose people keep it: the centre's or an authority's.
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisation (organisation_id),
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX product_of_organisation ON product (organisation_id, product_id);

CREATE TABLE installation (
    source_id BLOB NOT NULL CHECK (length(source_id) = 16) PRIMARY KEY REFERENCES source_system (source_id),
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;

-- Which installation a certificate or signing key belongs to, by a keyed hash of its digest.
CREATE TABLE installation_credential (
    credential_key BLOB NOT NULL CHECK (length(credential_key) = 16) PRIMARY KEY,
    source_id BLOB NOT NULL CHECK (length(source_id) = 16) REFERENCES source_system (source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX installation_credential_of_source ON installation_credential (source_id);
