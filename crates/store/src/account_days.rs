//! What an account did in a day: the watching rules' baseline.

use crate::Result;
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, Sql, listed_ids, statements};
use uuid::Uuid;

/// One account's day.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountDayRow {
    /// Whose.
    pub account_id: Uuid,
    /// Days since 1970, in the policy's time zone.
    pub day: i64,
    /// Where the person worked.
    pub organisation_id: Uuid,
    /// Searches.
    pub searches: i64,
    /// Searches that found nobody.
    pub empty_searches: i64,
    /// Records opened.
    pub records_opened: i64,
    /// Searches and records outside the hours.
    pub out_of_hours: i64,
    /// What the rules remember of the day.
    pub sealed: Vec<u8>,
}

statements! {
    DAYS_OF = listed_ids!(
        "SELECT d.account_id, d.day, d.organisation_id, d.searches, d.empty_searches, d.records_opened, d.out_of_hours, \
         d.sealed FROM list CROSS JOIN account_day d WHERE d.account_id = item AND d.day >= $2 AND d.day <= $3"
    );
    FORGET = Sql::both("DELETE FROM account_day WHERE day < $1");
}

bulk_statements! {
    PUT_DAYS = Bulk {
        head: "INSERT INTO account_day (account_id, day, organisation_id, searches, empty_searches, records_opened, \
               out_of_hours, sealed)",
        columns: &[
            ColumnType::Id, ColumnType::Int, ColumnType::Id, ColumnType::Int, ColumnType::Int, ColumnType::Int,
            ColumnType::Int, ColumnType::Blob,
        ],
        tail: "ON CONFLICT (account_id, day) DO UPDATE SET organisation_id = excluded.organisation_id, \
               searches = excluded.searches, empty_searches = excluded.empty_searches, \
               records_opened = excluded.records_opened, out_of_hours = excluded.out_of_hours, sealed = excluded.sealed",
    };
}

/// What these accounts did from one day to another, both included.
pub async fn of_accounts(
    conn: &mut Conn,
    accounts: &[Uuid],
    from: i64,
    to: i64,
) -> Result<Vec<AccountDayRow>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DAYS_OF))
        .bind(IdList(accounts)).bind(from).bind(to).fetch_all(&mut *c).await)?)
}

/// Writes days, each once in the list.
pub async fn put(tx: &mut Tx, rows: &[AccountDayRow]) -> Result<()> {
    let columns = [
        Column::Id(rows.iter().map(|r| r.account_id).collect()),
        Column::Int(rows.iter().map(|r| r.day).collect()),
        Column::Id(rows.iter().map(|r| r.organisation_id).collect()),
        Column::Int(rows.iter().map(|r| r.searches).collect()),
        Column::Int(rows.iter().map(|r| r.empty_searches).collect()),
        Column::Int(rows.iter().map(|r| r.records_opened).collect()),
        Column::Int(rows.iter().map(|r| r.out_of_hours).collect()),
        Column::Blob(rows.iter().map(|r| r.sealed.as_slice()).collect()),
    ];
    PUT_DAYS.run(tx, rows.len(), &columns).await?;
    Ok(())
}

/// Forgets what was done before a day.
pub async fn forget_before(tx: &mut Tx, day: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(FORGET)).bind(day).execute(&mut *c).await.map(drop))?;
    Ok(())
}
