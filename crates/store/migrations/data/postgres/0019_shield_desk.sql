-- The shield desk is named: who decided about shields until now, every manager, stays on it until somebody takes them off.

INSERT INTO account_role (account_id, organisation_id, role)
SELECT r.account_id, r.organisation_id, 'shield_desk' FROM account_role r CROSS JOIN organisation o
WHERE o.organisation_id = r.organisation_id AND r.role = 'manager' AND o.kind IN ('authority', 'partner', 'national_partner');
