//! Counts of one organisation or authority for its monthly evidence: accounts, accreditations, alerts, investigations,
//! disclosures. Nobody is named.

use crate::Result;
use crate::conn::{Conn, on_tx};
use crate::sql::{Dialect, Sql, statements};
use uuid::Uuid;

/// How many have something.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Count {
    /// What they have: a state or a role, as its code.
    pub what: String,
    /// How many.
    pub n: i64,
}

/// A span of time: from `from` to before `until`, microseconds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: i64,
    /// The moment after the last.
    pub until: i64,
}

statements! {
    ACCOUNTS = Sql::both(
        "SELECT state AS what, count(*) AS n FROM account WHERE organisation_id = $1 GROUP BY state ORDER BY state",
    );
    ROLES = Sql::both(
        "SELECT r.role AS what, count(*) AS n FROM account_role r CROSS JOIN account a WHERE r.organisation_id = $1 \
         AND a.account_id = r.account_id AND a.state = 'active' GROUP BY r.role ORDER BY r.role",
    );
    OF_BOTH = Sql::both(
        "SELECT a.account_id, a.organisation_id FROM account_role r CROSS JOIN account_role m CROSS JOIN account a \
         WHERE r.organisation_id = $1 AND r.role = $2 AND m.organisation_id = r.organisation_id AND m.role = $3 \
         AND m.account_id = r.account_id AND a.account_id = r.account_id AND a.state = 'active' ORDER BY a.account_id",
    );
    CLEARANCES_DUE = Sql::both(
        "SELECT count(*) FROM account WHERE organisation_id = $1 AND state = 'active' AND clearance_until < $2",
    );
    TRAINING_DUE = Sql::both(
        "SELECT count(*) FROM account WHERE organisation_id = $1 AND state = 'active' AND training_until < $2",
    );
    ACCREDITATIONS = Sql::both(
        "SELECT state AS what, count(*) AS n FROM accreditation WHERE organisation_id = $1 GROUP BY state ORDER BY state",
    );
    ORGANISATIONS = Sql::both(
        "SELECT organisation_id FROM organisation WHERE authority_code = $1 AND kind <> 'national_partner' \
         ORDER BY name, organisation_id",
    );
    DISCLOSURES = Sql::both(
        "SELECT count(*) FROM disclosure_register WHERE authority = $1 AND state = $2 AND opened_at >= $3 AND opened_at < $4",
    );
}

/// The organisations of an authority: its own and its partners'; no national partner's.
pub async fn organisations_of(conn: &mut Conn, authority: &str) -> Result<Vec<Uuid>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(ORGANISATIONS)).bind(authority).fetch_all(&mut *c).await)?)
}

/// The accounts of an organisation by their state.
pub async fn accounts(conn: &mut Conn, organisation: Uuid) -> Result<Vec<Count>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ACCOUNTS)).bind(organisation).fetch_all(&mut *c).await)?)
}

/// The active accounts that hold a role at an organisation, by role.
pub async fn roles(conn: &mut Conn, organisation: Uuid) -> Result<Vec<Count>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ROLES)).bind(organisation).fetch_all(&mut *c).await)?)
}

/// The active accounts that hold both of two roles at an organisation, each with the organisation that employs it.
pub async fn of_both(conn: &mut Conn, organisation: Uuid, roles: [&str; 2]) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_BOTH))
        .bind(organisation).bind(roles[0]).bind(roles[1]).fetch_all(&mut *c).await)?)
}

/// How many active accounts' clearances, and how many trainings, end before a moment.
pub async fn due(conn: &mut Conn, organisation: Uuid, before: i64) -> Result<(i64, i64)> {
    let clearances = on_tx!(conn, c => sqlx::query_scalar(c.text(CLEARANCES_DUE))
        .bind(organisation).bind(before).fetch_one(&mut *c).await)?;
    let training = on_tx!(conn, c => sqlx::query_scalar(c.text(TRAINING_DUE))
        .bind(organisation).bind(before).fetch_one(&mut *c).await)?;
    Ok((clearances, training))
}

/// The accreditations of an organisation by their state.
pub async fn accreditations(conn: &mut Conn, organisation: Uuid) -> Result<Vec<Count>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ACCREDITATIONS)).bind(organisation).fetch_all(&mut *c).await)?)
}

/// How many entries of an authority's register that were opened in a span stand in a state now.
pub async fn disclosures(
    conn: &mut Conn,
    authority: &str,
    state: crate::disclosure_register::RegisterState,
    span: Span,
) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(DISCLOSURES))
        .bind(authority).bind(state).bind(span.from).bind(span.until).fetch_one(&mut *c).await)?)
}
