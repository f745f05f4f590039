//! Counts of a month by organisation, without persons. Whoever counts adds; what was published of a month is written
//! beside it once and stays.

use crate::Result;
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, Sql, listed_ids, statements};
use uuid::Uuid;

/// One count.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MonthCountRow {
    /// `YYYY-MM`, in the policy's time zone.
    pub month: String,
    /// Whose.
    pub organisation_id: Uuid,
    /// What was counted: lower-case letters, digits and `_`.
    pub measure: String,
    /// How many.
    pub n: i64,
}

/// A count of all organisations of one authority.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuthorityCountRow {
    /// The authority's code; none for organisations that are under no authority, and for national partners.
    pub authority_code: Option<String>,
    /// What was counted.
    pub measure: String,
    /// How many.
    pub n: i64,
}

statements! {
    OF_MONTH = Sql::both(
        "SELECT month, organisation_id, measure, n FROM month_count WHERE month = $1 AND organisation_id = $2 \
         ORDER BY measure",
    );
    BY_AUTHORITY = Sql::both(
        "SELECT CASE WHEN o.kind = 'national_partner' THEN NULL ELSE o.authority_code END AS authority_code, m.measure, \
         CAST(coalesce(sum(m.n), 0) AS BIGINT) AS n FROM month_count m CROSS JOIN organisation o \
         WHERE o.organisation_id = m.organisation_id AND m.month = $1 GROUP BY 1, m.measure ORDER BY 1, m.measure",
    );
    PUBLISHED = Sql::both(
        "SELECT month, organisation_id, measure, n FROM month_count WHERE month = $1 AND measure >= 'published_' \
         AND measure < 'published`' ORDER BY organisation_id, measure",
    );
    MONTH_OF = listed_ids!(
        "SELECT m.month, m.organisation_id, m.measure, m.n FROM list CROSS JOIN month_count m \
         WHERE m.month = $2 AND m.organisation_id = item"
    );
    MONTH_TOTALS = Sql::both(
        "SELECT measure, CAST(coalesce(sum(n), 0) AS BIGINT) FROM month_count WHERE month = $1 GROUP BY measure",
    );
}

bulk_statements! {
    ADD = Bulk {
        head: "INSERT INTO month_count (month, organisation_id, measure, n)",
        columns: &[ColumnType::Text, ColumnType::Id, ColumnType::Text, ColumnType::Int],
        tail: "ON CONFLICT (month, organisation_id, measure) DO UPDATE SET n = month_count.n + excluded.n",
    };
    KEEP = Bulk {
        head: "INSERT INTO month_count (month, organisation_id, measure, n)",
        columns: &[ColumnType::Text, ColumnType::Id, ColumnType::Text, ColumnType::Int],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// The counts of an organisation in a month.
pub async fn of_month(conn: &mut Conn, month: &str, organisation: Uuid) -> Result<Vec<MonthCountRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_MONTH)).bind(month).bind(organisation).fetch_all(&mut *c).await)?,
    )
}

/// The counts of a month, summed by authority.
pub async fn by_authority(conn: &mut Conn, month: &str) -> Result<Vec<AuthorityCountRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_AUTHORITY)).bind(month).fetch_all(&mut *c).await)?)
}

/// What was published of a month: the rows whose measure begins with `published_`.
pub async fn published(conn: &mut Conn, month: &str) -> Result<Vec<MonthCountRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(PUBLISHED)).bind(month).fetch_all(&mut *c).await)?)
}

/// Adds to counts, each once in the list.
pub async fn add(tx: &mut Tx, rows: &[MonthCountRow]) -> Result<()> {
    let columns = [
        Column::Text(rows.iter().map(|r| r.month.as_str()).collect()),
        Column::Id(rows.iter().map(|r| r.organisation_id).collect()),
        Column::Text(rows.iter().map(|r| r.measure.as_str()).collect()),
        Column::Int(rows.iter().map(|r| r.n).collect()),
    ];
    ADD.run(tx, rows.len(), &columns).await?;
    Ok(())
}

/// Writes counts that are not there yet; those that are stay as they are. Returns how many were written.
pub async fn keep(tx: &mut Tx, rows: &[MonthCountRow]) -> Result<u64> {
    let columns = [
        Column::Text(rows.iter().map(|row| row.month.as_str()).collect()),
        Column::Id(rows.iter().map(|row| row.organisation_id).collect()),
        Column::Text(rows.iter().map(|row| row.measure.as_str()).collect()),
        Column::Int(rows.iter().map(|row| row.n).collect()),
    ];
    KEEP.run(tx, rows.len(), &columns).await
}

/// The counts of a month (`YYYY-MM`) at these organisations, in no order.
pub async fn month_of(conn: &mut Conn, month: &str, organisations: &[Uuid]) -> Result<Vec<MonthCountRow>> {
    if organisations.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(MONTH_OF))
        .bind(IdList(organisations)).bind(month).fetch_all(&mut *c).await)?)
}

/// The counts of a month (`YYYY-MM`) everywhere, by measure, in no order.
pub async fn month_totals(conn: &mut Conn, month: &str) -> Result<Vec<(String, i64)>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(MONTH_TOTALS)).bind(month).fetch_all(&mut *c).await)?)
}
