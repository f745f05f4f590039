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
    /// Codes of the accredited capabilities, between commas, each perhaps with its last day (rule 11.4).
    pub capabilities: String,
    /// Its contacts, sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Which organisations a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A code, or all with `""`.
    pub kind: String,
    /// A code, or all with `""`.
    pub sector: String,
    /// `in_force`, `ends_soon`, `ended`, `never`, `suspended` or `withdrawn`; all but the withdrawn with `""`.
    pub standing: String,
    /// The beginning of today, microseconds UTC: what ended before it has ended.
    pub today: i64,
    /// What ends before it ends soon, microseconds UTC.
    pub soon: i64,
}

/// How many organisations of a kind stand where.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CountRow {
    /// The kind.
    pub kind: String,
    /// As in [`Filter`], without `ends_soon`.
    pub standing: String,
    /// How many.
    pub n: i64,
}

macro_rules! columns {
    () => {
        "organisation_id, kind, authority_code, name, state, accredited_until, parent_id, sector, capabilities, sealed"
    };
}

/// Bound as the filter's kind $3, sector $4, standing $5, today $6, soon $7, and the limit $8.
macro_rules! filtered {
    () => {
        " AND ($3 = '' OR kind = $3) AND ($4 = '' OR sector = $4) AND (($5 = '' AND state <> 'withdrawn') \
         OR ($5 = 'in_force' AND state = 'accredited' AND (accredited_until IS NULL OR accredited_until >= $6)) \
         OR ($5 = 'ends_soon' AND state = 'accredited' AND accredited_until >= $6 AND accredited_until < $7) \
         OR ($5 = 'ended' AND state = 'accredited' AND accredited_until < $6) \
         OR ($5 = 'never' AND state = 'suspended' AND accredited_until IS NULL) \
         OR ($5 = 'suspended' AND state = 'suspended' AND accredited_until IS NOT NULL) \
         OR ($5 = 'withdrawn' AND state = 'withdrawn')) ORDER BY name, organisation_id LIMIT $8"
    };
}

macro_rules! counted {
    () => {
        "SELECT kind, CASE WHEN state = 'withdrawn' THEN 'withdrawn' WHEN state = 'suspended' AND accredited_until IS NULL \
         THEN 'never' WHEN state = 'suspended' THEN 'suspended' WHEN accredited_until < $1 THEN 'ended' ELSE 'in_force' END \
         AS standing, count(*) AS n FROM organisation WHERE "
    };
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
    PAGE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM organisation WHERE (name, organisation_id) > ($1, $2)", filtered!()
    ));
    PAGE_OF_AUTHORITY = Sql::both(concat!(
        "SELECT ", columns!(), " FROM organisation WHERE authority_code = $9 AND (name, organisation_id) > ($1, $2)",
        filtered!()
    ));
    PARTS = Sql::both(concat!(
        "SELECT ", columns!(), " FROM organisation WHERE parent_id = $1 AND (name, organisation_id) > ($2, $3) \
         ORDER BY name, organisation_id LIMIT $4"
    ));
    BY_NAME = Sql::both(concat!("SELECT ", columns!(), " FROM organisation WHERE name = $1 ORDER BY organisation_id LIMIT 1"));
    AUTHORITY = Sql::both(concat!(
        "SELECT ", columns!(), " FROM organisation WHERE authority_code = $1 AND kind = 'authority' \
         AND state <> 'withdrawn' ORDER BY name, organisation_id LIMIT 1"
    ));
    COUNTS_OF_AUTHORITY = Sql::both(concat!(counted!(), "authority_code = $2 GROUP BY 1, 2"));
    // Reads the row of every organisation: some thousands, for the centre alone.
    COUNTS = Sql::both(concat!(counted!(), "kind >= '' GROUP BY 1, 2"));
    HEADS = Sql::both(concat!(
        "SELECT ", columns!(), " FROM organisation WHERE kind IN ('authority', 'national_partner')"
    ));
    PARTNERS_CODES = Sql::both(
        "SELECT DISTINCT authority_code || '' FROM organisation WHERE kind = 'partner' AND authority_code IS NOT NULL",
    );
    OF_AUTHORITY = Sql::both(concat!(
        "SELECT ", columns!(), " FROM organisation WHERE authority_code = $1 ORDER BY name, organisation_id"
    ));
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

/// Every authority and every national partner, in no order.
pub async fn heads(conn: &mut Conn) -> Result<Vec<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(HEADS)).fetch_all(&mut *c).await)?)
}

/// The codes of the authorities that partners are under, in no order.
pub async fn codes_of_partners(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(PARTNERS_CODES)).fetch_all(&mut *c).await)?)
}

/// Every organisation under an authority's code, itself included, by name.
pub async fn of_authority(conn: &mut Conn, code: &str) -> Result<Vec<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_AUTHORITY)).bind(code).fetch_all(&mut *c).await)?)
}

/// Every organisation, by name.
pub async fn all(conn: &mut Conn) -> Result<Vec<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ALL)).fetch_all(&mut *c).await)?)
}

/// At most `limit` organisations after that name and id, in the order of their names; of one authority, or of all.
pub async fn page(
    conn: &mut Conn,
    authority: Option<&str>,
    after: (&str, Uuid),
    filter: &Filter,
    limit: i64,
) -> Result<Vec<OrganisationRow>> {
    Ok(on_tx!(conn, c => {
        let text = c.text(if authority.is_some() { PAGE_OF_AUTHORITY } else { PAGE });
        let query = sqlx::query_as(text)
            .bind(after.0)
            .bind(after.1)
            .bind(&filter.kind)
            .bind(&filter.sector)
            .bind(&filter.standing)
            .bind(filter.today)
            .bind(filter.soon)
            .bind(limit);
        match authority {
            Some(authority) => query.bind(authority).fetch_all(&mut *c).await,
            None => query.fetch_all(&mut *c).await,
        }
    })?)
}

/// At most `limit` parts of an organisation after that name and id, in the order of their names.
pub async fn parts(
    conn: &mut Conn,
    parent: Uuid,
    after: (&str, Uuid),
    limit: i64,
) -> Result<Vec<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PARTS))
        .bind(parent).bind(after.0).bind(after.1).bind(limit).fetch_all(&mut *c).await)?)
}

/// The organisation of exactly that name.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_NAME)).bind(name).fetch_optional(&mut *c).await)?)
}

/// The authority of a code.
pub async fn authority(conn: &mut Conn, code: &str) -> Result<Option<OrganisationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AUTHORITY)).bind(code).fetch_optional(&mut *c).await)?)
}

/// How many organisations stand where on the day that begins at `today` (microseconds UTC); of one authority, or of all.
pub async fn counts(conn: &mut Conn, authority: Option<&str>, today: i64) -> Result<Vec<CountRow>> {
    Ok(on_tx!(conn, c => match authority {
        Some(code) => sqlx::query_as(c.text(COUNTS_OF_AUTHORITY)).bind(today).bind(code).fetch_all(&mut *c).await,
        None => sqlx::query_as(c.text(COUNTS)).bind(today).fetch_all(&mut *c).await,
    })?)
}
