-- Who may feed (rules 10.6, 11.1): products, accredited as types, and installations of them, accredited as instances.

CREATE TABLE product (
    product_id UUID NOT NULL PRIMARY KEY,
    -- Whose people keep it: the centre's or an authority's.
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX product_of_organisation ON product (organisation_id, product_id);

CREATE TABLE installation (
    source_id UUID NOT NULL PRIMARY KEY REFERENCES source_system (source_id),
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);

-- Which installation a certificate or signing key belongs to, by a keyed hash of its digest.
CREATE TABLE installation_credential (
    credential_key BYTEA NOT NULL CHECK (length(credential_key) = 16) PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES source_system (source_id)
);
CREATE INDEX installation_credential_of_source ON installation_credential (source_id);
