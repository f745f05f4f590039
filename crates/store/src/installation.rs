//! Which installation a data store belongs to, settled when it is made.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Result, StoreError};
use uuid::Uuid;

statements! {
    NAME = Sql::both("SELECT value FROM schema_meta WHERE name = 'installation'");
    SPACE = Sql::both("SELECT value FROM schema_meta WHERE name = 'space'");
    BIND_SPACE = Sql::both(
        "INSERT INTO schema_meta (name, value) VALUES ('space', $1) ON CONFLICT (name) DO NOTHING",
    );
    JOURNAL_MARK = Sql::both("SELECT value FROM schema_meta WHERE name = 'journal_mark'");
    MARK_JOURNAL = Sql::both(
        "INSERT INTO schema_meta (name, value) VALUES ('journal_mark', $1) ON CONFLICT (name) DO UPDATE SET \
         value = excluded.value",
    );
    HOUSEHOLDS = Sql::both("SELECT value FROM schema_meta WHERE name = 'households_after'");
    MARK_HOUSEHOLDS = Sql::both(
        "INSERT INTO schema_meta (name, value) VALUES ('households_after', $1) ON CONFLICT (name) DO UPDATE SET \
         value = excluded.value",
    );
}

/// The number of the last entry of the key store's journal that this data is known to hold; 0 for none. A restored backup
/// has the mark of its day.
pub async fn journal_mark(conn: &mut Conn) -> Result<i64> {
    let mark: Option<String> =
        on_tx!(conn, c => sqlx::query_scalar(c.text(JOURNAL_MARK)).fetch_optional(&mut *c).await)?;
    Ok(mark.and_then(|mark| mark.parse().ok()).unwrap_or(0))
}

/// Sets the mark.
pub async fn mark_journal(tx: &mut Tx, seq: i64) -> Result<()> {
    let seq = seq.to_string();
    on_tx!(tx, c => sqlx::query(c.text(MARK_JOURNAL)).bind(&seq).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The child up to which households were given their keys; nothing once all were.
pub async fn households_after(conn: &mut Conn) -> Result<Option<Uuid>> {
    let mark: Option<String> =
        on_tx!(conn, c => sqlx::query_scalar(c.text(HOUSEHOLDS)).fetch_optional(&mut *c).await)?;
    Ok(match mark {
        None => Some(Uuid::nil()),
        Some(mark) => Uuid::parse_str(&mark).ok(),
    })
}

/// Sets how far that walk has come; `None` once it is done.
pub async fn mark_households(tx: &mut Tx, last: Option<Uuid>) -> Result<()> {
    let mark = last.map_or_else(|| "done".to_owned(), |last| last.to_string());
    on_tx!(tx, c => sqlx::query(c.text(MARK_HOUSEHOLDS)).bind(&mark).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The random name this data store got when it was made; a copy keeps it.
///
/// # Errors
/// `Schema` if the database has lost it.
pub async fn name(conn: &mut Conn) -> Result<String> {
    let name: Option<String> =
        on_tx!(conn, c => sqlx::query_scalar(c.text(NAME)).fetch_optional(&mut *c).await)?;
    name.ok_or_else(|| {
        StoreError::Schema("the data store has no installation name; restore it from a backup".to_owned())
    })
}

/// Binds the data store to a space (decision 13) unless it is bound already. Returns the space it is bound to.
pub async fn bind_to_space(tx: &mut Tx, space: &str) -> Result<String> {
    on_tx!(tx, c => sqlx::query(c.text(BIND_SPACE)).bind(space).execute(&mut *c).await.map(drop))?;
    Ok(on_tx!(tx, c => sqlx::query_scalar(c.text(SPACE)).fetch_one(&mut *c).await)?)
}
