-- Lists that years of use have made long.

-- Who holds a role, in the whole country: few hold most of them.
CREATE INDEX account_with_role ON account_role (role, account_id);

-- The authorities among thousands of organisations.
CREATE INDEX organisation_of_kind ON organisation (kind, name, organisation_id);
