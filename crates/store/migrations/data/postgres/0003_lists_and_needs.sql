-- Lists that years of use have made long, and the end of a need for the job.

-- Who holds a role, in the whole country: few hold most of them.
CREATE INDEX account_with_role ON account_role (role, account_id);

-- The authorities among thousands of organisations.
CREATE INDEX organisation_of_kind ON organisation (kind, name, organisation_id);

-- The last day on which the need for the job is confirmed, where an end is known.
ALTER TABLE account ADD COLUMN need_until BIGINT;
CREATE INDEX account_by_need ON account (state, need_until);

-- The sums of a month over the whole country, from the index alone.
CREATE INDEX month_count_by_measure ON month_count (month, measure, n);
