-- Who may come in: accreditation, accounts and their dated facts, roles held at an organisation, keys to sign in with.

ALTER TABLE organisation ADD COLUMN parent_id UUID REFERENCES organisation (organisation_id);
ALTER TABLE organisation ADD COLUMN sector TEXT COLLATE "C" NOT NULL DEFAULT 'other' CHECK (sector ~ '^[a-z][a-z0-9_]*$');
-- The accredited capabilities (rule 11.4), codes between commas, each perhaps with its last day (`shielding@2027-01-31`);
-- written from an accreditation.
ALTER TABLE organisation ADD COLUMN capabilities TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE organisation ADD COLUMN sealed BYTEA;
UPDATE organisation SET capabilities = 'feed_data,staff_query,shielding,sensitive_services,over_eighteen_consent,mediated_access,emergency_override,child_death_reporting';
CREATE INDEX organisation_of_authority ON organisation (authority_code, name, organisation_id);
CREATE INDEX organisation_by_name ON organisation (name, organisation_id);
CREATE INDEX organisation_under ON organisation (parent_id, name, organisation_id);

CREATE TABLE accreditation (
    accreditation_id UUID NOT NULL PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'submitted', 'assessed', 'granted', 'refused', 'suspended', 'superseded')),
    opened_at BIGINT NOT NULL,
    valid_until BIGINT,
    -- When something of it has to be written down next: the renewal, a condition's date, the end.
    due_at BIGINT,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX accreditation_of_organisation ON accreditation (organisation_id, opened_at);
CREATE INDEX accreditation_queue ON accreditation (state, opened_at, accreditation_id);
CREATE INDEX accreditation_due ON accreditation (due_at);

CREATE TABLE account_role (
    account_id UUID NOT NULL REFERENCES account (account_id),
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    role TEXT COLLATE "C" NOT NULL CHECK (role ~ '^[a-z][a-z0-9_]*$'),
    PRIMARY KEY (account_id, organisation_id, role)
);
CREATE INDEX account_role_at ON account_role (organisation_id, role, account_id);
INSERT INTO account_role (account_id, organisation_id, role) SELECT a.account_id, a.organisation_id, r.role
    FROM account a CROSS JOIN LATERAL jsonb_array_elements_text(CAST(a.roles AS jsonb)) AS r (role) ON CONFLICT DO NOTHING;
ALTER TABLE account DROP COLUMN roles;

ALTER TABLE account ADD COLUMN version BIGINT NOT NULL DEFAULT 1 CHECK (version > 0);
CREATE INDEX account_of_organisation ON account (organisation_id, state, account_id);
CREATE INDEX account_in_state ON account (state, account_id);
CREATE INDEX account_by_clearance ON account (state, clearance_until);
CREATE INDEX account_by_training ON account (state, training_until);

-- Every fact of rule 6.5 with its dates and its evidence; the newest of a kind counts, none is changed or removed.
CREATE TABLE account_fact (
    account_id UUID NOT NULL REFERENCES account (account_id),
    fact_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    holds_from BIGINT NOT NULL,
    holds_until BIGINT,
    recorded_at BIGINT NOT NULL,
    recorded_by UUID,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (account_id, fact_id)
);

-- Keyed hashes of the names of account holders: whole names and their words.
CREATE TABLE account_name (
    name_key BYTEA NOT NULL CHECK (length(name_key) = 16),
    account_id UUID NOT NULL REFERENCES account (account_id),
    PRIMARY KEY (name_key, account_id)
);
CREATE INDEX account_name_of ON account_name (account_id);

CREATE TABLE passkey (
    credential_key BYTEA NOT NULL CHECK (length(credential_key) = 16) PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (account_id),
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX passkey_of_account ON passkey (account_id);

-- A person at an identity provider (keyed hash of issuer and subject), bound to an account that existed before.
CREATE TABLE provider_subject (
    subject_key BYTEA NOT NULL CHECK (length(subject_key) = 16) PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (account_id),
    bound_at BIGINT NOT NULL
);
CREATE INDEX provider_subject_of ON provider_subject (account_id);

-- The session at the identity provider that this one came from, for its logout.
ALTER TABLE session ADD COLUMN provider_key BYTEA CHECK (length(provider_key) = 16);
CREATE INDEX session_of_provider ON session (provider_key);

-- What may be used once only: challenges, nonces, logout tokens.
CREATE TABLE used_once (
    once_key BYTEA NOT NULL CHECK (length(once_key) = 16) PRIMARY KEY,
    forget_after BIGINT NOT NULL
);
CREATE INDEX used_once_by_end ON used_once (forget_after);

-- What one person proposes and another decides: recoveries, mediated look-ups, disclosures outside the rules, enrolments.
CREATE TABLE pending_act (
    act_id UUID NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    proposed_by UUID,
    subject_id UUID,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'approved', 'refused', 'used', 'withdrawn')),
    opened_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_by UUID,
    decided_at BIGINT,
    token_key BYTEA CHECK (length(token_key) = 16) UNIQUE,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX pending_act_at ON pending_act (organisation_id, kind, state, opened_at);
CREATE INDEX pending_act_of_kind ON pending_act (kind, state, opened_at);
CREATE INDEX pending_act_about ON pending_act (subject_id, kind, state);
CREATE INDEX pending_act_of_proposer ON pending_act (proposed_by, kind, opened_at);
CREATE INDEX pending_act_by_end ON pending_act (kind, state, expires_at);

-- Watching. The rule that fired is sealed: beside an entry's time it could tell a shield.

CREATE TABLE alert (
    alert_id UUID NOT NULL PRIMARY KEY,
    once_key BYTEA NOT NULL CHECK (length(once_key) = 16) UNIQUE,
    tier TEXT COLLATE "C" NOT NULL CHECK (tier IN ('authority', 'central')),
    authority TEXT COLLATE "C" NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    account_id UUID,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    claimed_by UUID,
    investigation_id UUID,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX alert_queue ON alert (tier, authority, state, opened_at, alert_id);
CREATE INDEX alert_of_account ON alert (account_id, opened_at);
CREATE INDEX alert_by_age ON alert (state, tier, opened_at, alert_id);
CREATE INDEX alert_of_investigation ON alert (investigation_id);

CREATE TABLE investigation (
    investigation_id UUID NOT NULL PRIMARY KEY,
    tier TEXT COLLATE "C" NOT NULL CHECK (tier IN ('authority', 'central')),
    authority TEXT COLLATE "C" NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    organisation_id UUID NOT NULL REFERENCES organisation (organisation_id),
    account_id UUID,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed')),
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX investigation_queue ON investigation (tier, authority, state, opened_at, investigation_id);
CREATE INDEX investigation_of_account ON investigation (account_id, opened_at);

-- How far along the chain a reader of it has come.
CREATE TABLE watch_mark (
    name TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- What an account did in a day (days since 1970): the baseline of the watching rules.
CREATE TABLE account_day (
    account_id UUID NOT NULL REFERENCES account (account_id),
    day BIGINT NOT NULL,
    organisation_id UUID NOT NULL,
    searches BIGINT NOT NULL,
    empty_searches BIGINT NOT NULL,
    records_opened BIGINT NOT NULL,
    out_of_hours BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (account_id, day)
);
CREATE INDEX account_day_by_day ON account_day (day);

-- Counts of a month, without persons.
CREATE TABLE month_count (
    month TEXT COLLATE "C" NOT NULL CHECK (length(month) = 7),
    organisation_id UUID NOT NULL,
    measure TEXT COLLATE "C" NOT NULL CHECK (measure ~ '^[a-z][a-z0-9_]*$'),
    n BIGINT NOT NULL,
    PRIMARY KEY (month, organisation_id, measure)
);

-- Disclosures outside the access rules (rule 2.19).
CREATE TABLE disclosure_register (
    register_id UUID NOT NULL PRIMARY KEY,
    authority TEXT COLLATE "C" NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'released')),
    opened_at BIGINT NOT NULL,
    proposed_by UUID NOT NULL,
    decided_by UUID,
    decided_at BIGINT,
    version BIGINT NOT NULL CHECK (version > 0),
    sealed BYTEA NOT NULL
);
CREATE INDEX disclosure_register_of ON disclosure_register (authority, state, opened_at);

-- The trail by whom, where and what, newest first. An entry's time is in the entry already.
ALTER TABLE audit_lookup DROP CONSTRAINT audit_lookup_kind_check;
ALTER TABLE audit_lookup ADD CONSTRAINT audit_lookup_kind_check CHECK (kind IN ('child', 'account', 'organisation', 'action'));
ALTER TABLE audit_lookup ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_lookup DISABLE TRIGGER audit_lookup_is_not_changed;
UPDATE audit_lookup SET at = e.at FROM audit_entry e WHERE e.entry_id = audit_lookup.entry_id;
ALTER TABLE audit_lookup ENABLE TRIGGER audit_lookup_is_not_changed;
ALTER TABLE audit_lookup ALTER COLUMN at DROP DEFAULT;
CREATE INDEX audit_lookup_by_time ON audit_lookup (kind, lookup_key, at, entry_id);
CREATE INDEX audit_entry_by_time ON audit_entry (at, entry_id);
