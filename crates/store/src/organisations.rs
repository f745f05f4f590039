//! Organisations: not personal data, so clear.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Where an organisation's accreditation stands.
    OrganisationState {
        /// Its people may use the directory until `accredited_until`.
        Accredited = "accredited",
        /// Nobody of it may use the directory for now.
        Suspended = "suspended",
        /// It left for good.
        Withdrawn = "withdrawn",
    }
}

/// One organisation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OrganisationRow {
    /// Its id.
    pub organisation_id: Uuid,
    /// A code such as `local_authority` or `gp_practice`: lower-case letters, digits and `_`.
    pub kind: String,
    /// GSS code of the authority it belongs to, if it belongs to one.
    pub authority_code: Option<String>,
    /// Its name.
    pub name: String,
    /// Where its accreditation stands.
    pub state: OrganisationState,
    /// Microseconds since 1970 UTC; `None` is open-ended.
    pub accredited_until: Option<i64>,
    /// The organisation it is a part of.
    pub parent_id: Option<Uuid>,
    /// A code such as `education` or `health`.
    pub sector: String,
    /// Codes of the accredited capabilities that are on now, between commas (rule 11.4).
    pub capabilities: String,
    /// Its contacts, sealed.
    pub sealed: Option<Vec<u8>>,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO organisation (organisation_id, kind, authority_code, name, state, accredited_until, parent_id, \
         sector, capabilities, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (organisation_id) DO UPDATE SET kind = excluded.kind, \
         authority_code = excluded.authority_code, name = excluded.name, state = excluded.state, \
         accredited_until = excluded.accredited_until, parent_id = excluded.parent_id, sector = excluded.sector, \
         capabilities = excluded.capabilities, sealed = excluded.sealed",
    );
    BY_ID = Sql::both(
        "SELECT organisation_id, kind, authority_code, name, state, accredited_until, parent_id, sector, capabilities, \
         sealed FROM organisation \
         WHERE organisation_id = $1",
    );
    ALL = Sql::both(
        "SELECT organisation_id, kind, authority_code, name, state, accredited_until, parent_id, sector, capabilities, \
         sealed FROM organisation \
         ORDER BY name, organisation_id",
    );
}

/// Creates or replaces an organisation.
pub async fn put(tx: &mut Tx, row: &OrganisationRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.organisation_id)
        .bind(&row.kind)
        .bind(&row.authority_code)
        .bind(&row.name)
        .bind(row.state)
        .bind(row.accredited_until)
        .bind(row.parent_id)
        .bind(&row.sector)
        .bind(&row.capabilities)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// One organisation.
pub async fn by_id(conn: &mut Conn, organisation_id: Uuid) -> Result<Option<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(organisation_id).fetch_optional(&mut *c).await)?)
}

/// Every organisation, by name.
pub async fn all(conn: &mut Conn) -> Result<Vec<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ALL)).fetch_all(&mut *c).await)?)
}
