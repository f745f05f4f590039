//! Prepares every statement there is, without running it, and asks which would read a whole table.

use crate::Result;
use crate::bulk::Bulk;
use crate::conn::{Borrowed, Conn, Keys};
use crate::sql::Sql;
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr};

/// The registered statements of the data store's modules.
const DATA: &[&[(&str, Sql)]] = &[
    crate::absences::STATEMENTS,
    crate::account_days::STATEMENTS,
    crate::account_facts::STATEMENTS,
    crate::account_labels::STATEMENTS,
    crate::account_lists::STATEMENTS,
    crate::account_names::STATEMENTS,
    crate::accounts::STATEMENTS,
    crate::accreditations::STATEMENTS,
    crate::alerts::STATEMENTS,
    crate::answered_once::STATEMENTS,
    crate::attempts::STATEMENTS,
    crate::audit::STATEMENTS,
    crate::barrier::STATEMENTS,
    crate::broker_requests::STATEMENTS,
    crate::child_numbers::STATEMENTS,
    crate::children::STATEMENTS,
    crate::db::STATEMENTS,
    crate::disclosure_register::STATEMENTS,
    crate::family_matters::STATEMENTS,
    crate::connecting::STATEMENTS,
    crate::headcounts::STATEMENTS,
    crate::installation::STATEMENTS,
    crate::investigations::STATEMENTS,
    crate::jobs::STATEMENTS,
    crate::links::STATEMENTS,
    crate::inbox::STATEMENTS,
    crate::locks::STATEMENTS,
    crate::match_keys::STATEMENTS,
    crate::models::STATEMENTS,
    crate::month_counts::STATEMENTS,
    crate::organisations::STATEMENTS,
    crate::override_quota::STATEMENTS,
    crate::passkeys::STATEMENTS,
    crate::pending_acts::STATEMENTS,
    crate::placed_records::STATEMENTS,
    crate::provider_subjects::STATEMENTS,
    crate::quarantine::STATEMENTS,
    crate::receipts::STATEMENTS,
    crate::reviews::STATEMENTS,
    crate::runs::STATEMENTS,
    crate::said_last::STATEMENTS,
    crate::seal_words::STATEMENTS,
    crate::search_keys::STATEMENTS,
    crate::sessions::STATEMENTS,
    crate::source_controls::STATEMENTS,
    crate::source_records::STATEMENTS,
    crate::sources::STATEMENTS,
    crate::suppressions::STATEMENTS,
    crate::transfer_offers::STATEMENTS,
    crate::unheard::STATEMENTS,
    crate::uploads::STATEMENTS,
    crate::used_once::STATEMENTS,
    crate::versions::STATEMENTS,
    crate::waiting_statements::STATEMENTS,
    crate::watch::STATEMENTS,
];

const DATA_BULK: &[&[(&str, Bulk)]] = &[
    crate::account_days::BULK_STATEMENTS,
    crate::account_names::BULK_STATEMENTS,
    crate::audit::BULK_STATEMENTS,
    crate::barrier::BULK_STATEMENTS,
    crate::child_numbers::BULK_STATEMENTS,
    crate::children::BULK_STATEMENTS,
    crate::filling::BULK_STATEMENTS,
    crate::inbox::BULK_STATEMENTS,
    crate::links::BULK_STATEMENTS,
    crate::match_keys::BULK_STATEMENTS,
    crate::month_counts::BULK_STATEMENTS,
    crate::placed_records::BULK_STATEMENTS,
    crate::quarantine::BULK_STATEMENTS,
    crate::said_last::BULK_STATEMENTS,
    crate::seal_words::BULK_STATEMENTS,
    crate::search_keys::BULK_STATEMENTS,
    crate::source_records::BULK_STATEMENTS,
    crate::suppressions::BULK_STATEMENTS,
    crate::unheard::BULK_STATEMENTS,
    crate::versions::BULK_STATEMENTS,
    crate::waiting_statements::BULK_STATEMENTS,
];

const KEYS: &[&[(&str, Sql)]] =
    &[crate::key_store::STATEMENTS, crate::parted_keys::STATEMENTS, crate::db::STATEMENTS];

const KEYS_BULK: &[&[(&str, Bulk)]] =
    &[crate::key_store::BULK_STATEMENTS, crate::parted_keys::BULK_STATEMENTS];

pub(crate) async fn data(conn: &mut Conn) -> Vec<String> {
    prepare(conn, DATA, DATA_BULK).await
}

pub(crate) async fn keys(conn: &mut Conn<Keys>) -> Vec<String> {
    prepare(conn, KEYS, KEYS_BULK).await
}

async fn prepare<S>(
    conn: &mut Conn<S>,
    statements: &[&[(&str, Sql)]],
    bulk: &[&[(&str, Bulk)]],
) -> Vec<String> {
    let mut failures = Vec::new();
    let plain = statements.iter().flat_map(|module| module.iter());
    let plain = plain.map(|(name, sql)| (*name, sql.sqlite.to_owned(), sql.postgres.to_owned()));
    let bulk = bulk.iter().flat_map(|module| module.iter());
    let bulk = bulk.map(|(name, bulk)| (*name, bulk.sqlite_text(2), bulk.postgres_text()));
    for (name, sqlite, postgres) in plain.chain(bulk) {
        let outcome = match conn.borrow() {
            Borrowed::Sqlite(c) => c.prepare(AssertSqlSafe(sqlite).into_sql_str()).await.map(drop),
            Borrowed::Postgres(c) => c.prepare(AssertSqlSafe(postgres).into_sql_str()).await.map(drop),
        };
        if let Err(error) = outcome {
            failures.push(format!("{name}: {error}"));
        }
    }
    failures
}

pub(crate) async fn data_scans(conn: &mut Conn) -> Result<Vec<String>> {
    scans(conn, DATA).await
}

pub(crate) async fn key_scans(conn: &mut Conn<Keys>) -> Result<Vec<String>> {
    scans(conn, KEYS).await
}

async fn scans<S>(conn: &mut Conn<S>, statements: &[&[(&str, Sql)]]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let Borrowed::Sqlite(c) = conn.borrow() else { return Ok(found) };
    for (name, sql) in statements.iter().flat_map(|module| module.iter()) {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.sqlite));
        for row in sqlx::query(explain).fetch_all(&mut *c).await? {
            let step: String = row.try_get("detail")?;
            // `SCAN x USING INDEX …` reads all of x as well, in another order.
            if let Some(table) = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next())
                && !matches!(table, "list" | "CONSTANT")
            {
                found.push(format!("{name}: {table}"));
            }
        }
    }
    Ok(found)
}
