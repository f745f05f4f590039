-- Who may come in: accreditation, accounts and their dated facts, roles held at an organisation, keys to sign in with.

ALTER TABLE organisation ADD COLUMN parent_id BLOB CHECK (length(parent_id) = 16) REFERENCES organisation (organisation_id);
ALTER TABLE organisation ADD COLUMN sector TEXT NOT NULL DEFAULT 'other' CHECK (sector GLOB '[a-z]*' AND sector NOT GLOB '*[^a-z0-9_]*');
-- The accredited capabilities (rule 11.4), codes between commas, each perhaps with its last day (`shielding@2027-01-31`);
-- written from an accreditation.
ALTER TABLE organisation ADD COLUMN capabilities TEXT NOT NULL DEFAULT '';
ALTER TABLE organisation ADD COLUMN sealed BLOB;
UPDATE organisation SET capabilities = 'feed_data,staff_query,shielding,sensitive_services,over_eighteen_consent,mediated_access,emergency_override,child_death_reporting';
CREATE INDEX organisation_of_authority ON organisation (authority_code, name, organisation_id);
CREATE INDEX organisation_by_name ON organisation (name, organisation_id);
CREATE INDEX organisation_under ON organisation (parent_id, name, organisation_id);

CREATE TABLE accreditation (
    accreditation_id BLOB NOT NULL CHECK (length(accreditation_id) = 16) PRIMARY KEY,
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisation (organisation_id),
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'assessed', 'granted', 'refused', 'suspended', 'superseded')),
    opened_at INTEGER NOT NULL,
    valid_until INTEGER,
    -- When something of it has to be written down next: the renewal, a condition's date, the end.
    due_at INTEGER,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX accreditation_of_organisation ON accreditation (organisation_id, opened_at);
CREATE INDEX accreditation_queue ON accreditation (state, opened_at, accreditation_id);
CREATE INDEX accreditation_due ON accreditation (due_at);

CREATE TABLE account_role (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) REFERENCES account (account_id),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisation (organisation_id),
    role TEXT NOT NULL CHECK (role GLOB '[a-z]*' AND role NOT GLOB '*[^a-z0-9_]*'),
    PRIMARY KEY (account_id, organisation_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_role_at ON account_role (organisation_id, role, account_id);
INSERT OR IGNORE INTO account_role (account_id, organisation_id, role) SELECT a.account_id, a.organisation_id, r.value
    FROM account a CROSS JOIN json_each(a.roles) r;
ALTER TABLE account DROP COLUMN roles;

ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
CREATE INDEX account_of_organisation ON account (organisation_id, state, account_id);
CREATE INDEX account_in_state ON account (state, account_id);
CREATE INDEX account_by_clearance ON account (state, clearance_until);
CREATE INDEX account_by_training ON account (state, training_until);

-- Every fact of rule 6.5 with its dates and its evidence; the newest of a kind counts, none is changed or removed.
CREATE TABLE account_fact (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) REFERENCES account (account_id),
    fact_id BLOB NOT NULL CHECK (length(fact_id) = 16),
    kind TEXT NOT NULL CHECK (kind GLOB '[a-z]*' AND kind NOT GLOB '*[^a-z0-9_]*'),
    holds_from INTEGER NOT NULL,
    holds_until INTEGER,
    recorded_at INTEGER NOT NULL,
    recorded_by BLOB CHECK (length(recorded_by) = 16),
    sealed BLOB NOT NULL,
    PRIMARY KEY (account_id, fact_id)
) STRICT, WITHOUT ROWID;

-- Keyed hashes of the names of account holders: whole names and their words.
CREATE TABLE account_name (
    name_key BLOB NOT NULL CHECK (length(name_key) = 16),
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) REFERENCES account (account_id),
    PRIMARY KEY (name_key, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_name_of ON account_name (account_id);

CREATE TABLE passkey (
    credential_key BLOB NOT NULL CHECK (length(credential_key) = 16) PRIMARY KEY,
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) REFERENCES account (account_id),
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX passkey_of_account ON passkey (account_id);

-- A person at an identity provider (keyed hash of issuer and subject), bound to an account that existed before.
CREATE TABLE provider_subject (
    subject_key BLOB NOT NULL CHECK (length(subject_key) = 16) PRIMARY KEY,
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) REFERENCES account (account_id),
    bound_at INTEGER NOT NULL
) STRICT;
CREATE INDEX provider_subject_of ON provider_subject (account_id);

-- The session at the identity provider that this one came from, for its logout.
ALTER TABLE session ADD COLUMN provider_key BLOB CHECK (length(provider_key) = 16);
CREATE INDEX session_of_provider ON session (provider_key);

-- What may be used once only: challenges, nonces, logout tokens.
CREATE TABLE used_once (
    once_key BLOB NOT NULL CHECK (length(once_key) = 16) PRIMARY KEY,
    forget_after INTEGER NOT NULL
) STRICT;
CREATE INDEX used_once_by_end ON used_once (forget_after);

-- What one person proposes and another decides: recoveries, mediated look-ups, disclosures outside the rules, enrolments.
CREATE TABLE pending_act (
    act_id BLOB NOT NULL CHECK (length(act_id) = 16) PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind GLOB '[a-z]*' AND kind NOT GLOB '*[^a-z0-9_]*'),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisation (organisation_id),
    proposed_by BLOB CHECK (length(proposed_by) = 16),
    subject_id BLOB CHECK (length(subject_id) = 16),
    state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'refused', 'used', 'withdrawn')),
    opened_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_by BLOB CHECK (length(decided_by) = 16),
    decided_at INTEGER,
    token_key BLOB CHECK (length(token_key) = 16) UNIQUE,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX pending_act_at ON pending_act (organisation_id, kind, state, opened_at);
CREATE INDEX pending_act_of_kind ON pending_act (kind, state, opened_at);
CREATE INDEX pending_act_about ON pending_act (subject_id, kind, state);
CREATE INDEX pending_act_of_proposer ON pending_act (proposed_by, kind, opened_at);
CREATE INDEX pending_act_by_end ON pending_act (kind, state, expires_at);

-- Watching. The rule that fired is sealed: beside an entry's time it could tell a shield.

CREATE TABLE alert (
    alert_id BLOB NOT NULL CHECK (length(alert_id) = 16) PRIMARY KEY,
    once_key BLOB NOT NULL CHECK (length(once_key) = 16) UNIQUE,
    tier TEXT NOT NULL CHECK (tier IN ('authority', 'central')),
    authority TEXT NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisation (organisation_id),
    account_id BLOB CHECK (length(account_id) = 16),
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'closed')),
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    claimed_by BLOB CHECK (length(claimed_by) = 16),
    investigation_id BLOB CHECK (length(investigation_id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX alert_queue ON alert (tier, authority, state, opened_at, alert_id);
CREATE INDEX alert_of_account ON alert (account_id, opened_at);
CREATE INDEX alert_by_age ON alert (state, tier, opened_at, alert_id);
CREATE INDEX alert_of_investigation ON alert (investigation_id);

CREATE TABLE investigation (
    investigation_id BLOB NOT NULL CHECK (length(investigation_id) = 16) PRIMARY KEY,
    tier TEXT NOT NULL CHECK (tier IN ('authority', 'central')),
    authority TEXT NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisation (organisation_id),
    account_id BLOB CHECK (length(account_id) = 16),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX investigation_queue ON investigation (tier, authority, state, opened_at, investigation_id);
CREATE INDEX investigation_of_account ON investigation (account_id, opened_at);

-- How far along the chain a reader of it has come.
CREATE TABLE watch_mark (
    name TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;

-- What an account did in a day (days since 1970): the baseline of the watching rules.
CREATE TABLE account_day (
    account_id BLOB NOT NULL CHECK (length(account_id) = 16) REFERENCES account (account_id),
    day INTEGER NOT NULL,
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16),
    searches INTEGER NOT NULL,
    empty_searches INTEGER NOT NULL,
    records_opened INTEGER NOT NULL,
    out_of_hours INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_day_by_day ON account_day (day);

-- Counts of a month, without persons.
CREATE TABLE month_count (
    month TEXT NOT NULL CHECK (length(month) = 7),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16),
    measure TEXT NOT NULL CHECK (measure GLOB '[a-z]*' AND measure NOT GLOB '*[^a-z0-9_]*'),
    n INTEGER NOT NULL,
    PRIMARY KEY (month, organisation_id, measure)
) STRICT, WITHOUT ROWID;

-- Disclosures outside the access rules (rule 2.19).
CREATE TABLE disclosure_register (
    register_id BLOB NOT NULL CHECK (length(register_id) = 16) PRIMARY KEY,
    authority TEXT NOT NULL CHECK (length(authority) BETWEEN 1 AND 16),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'refused', 'released')),
    opened_at INTEGER NOT NULL,
    proposed_by BLOB NOT NULL CHECK (length(proposed_by) = 16),
    decided_by BLOB CHECK (length(decided_by) = 16),
    decided_at INTEGER,
    version INTEGER NOT NULL CHECK (version > 0),
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX disclosure_register_of ON disclosure_register (authority, state, opened_at);

-- The trail by whom, where and what, newest first. An entry's time is in the entry already.
CREATE TABLE audit_lookup_with_time (
    kind TEXT NOT NULL CHECK (kind IN ('child', 'account', 'organisation', 'action')),
    lookup_key BLOB NOT NULL CHECK (length(lookup_key) = 16),
    entry_id BLOB NOT NULL REFERENCES audit_entry (entry_id),
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, lookup_key, entry_id)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_lookup_with_time (kind, lookup_key, entry_id, at) SELECT l.kind, l.lookup_key, l.entry_id, e.at
    FROM audit_lookup l CROSS JOIN audit_entry e WHERE e.entry_id = l.entry_id;
DROP TABLE audit_lookup;
ALTER TABLE audit_lookup_with_time RENAME TO audit_lookup;
CREATE TRIGGER audit_lookup_is_not_updated BEFORE UPDATE ON audit_lookup
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_lookup');
END;
CREATE TRIGGER audit_lookup_is_not_deleted BEFORE DELETE ON audit_lookup
BEGIN
    SELECT RAISE(ABORT, 'append-only: audit_lookup');
END;
CREATE INDEX audit_lookup_by_time ON audit_lookup (kind, lookup_key, at, entry_id);
CREATE INDEX audit_entry_by_time ON audit_entry (at, entry_id);
