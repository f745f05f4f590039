//! Source systems: installations that send feeds. Not personal data, so clear.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Whether a source's files are taken.
    SourceState {
        /// Its files are loaded.
        Live = "live",
        /// Its files are refused until it is live again.
        Paused = "paused",
    }
}

/// One source system.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SourceRow {
    /// Its id.
    pub source_id: Uuid,
    /// Its name, unique; files are called `<name>.csv`.
    pub name: String,
    /// The feed profile (closed column list) its files follow.
    pub profile: String,
    /// The organisation that runs it.
    pub organisation_id: Uuid,
    /// GSS code of its authority; `None` for a national source.
    pub authority_code: Option<String>,
    /// Smaller is more authoritative (rule 8.2).
    pub precedence: i64,
    /// Does it hold at most one record of a child? A declared property (decision 15).
    pub one_record_per_child: bool,
    /// Whether its files are taken.
    pub state: SourceState,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO source_system (source_id, name, profile, organisation_id, authority_code, precedence, \
         one_record_per_child, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source_id) DO UPDATE SET \
         name = excluded.name, profile = excluded.profile, organisation_id = excluded.organisation_id, \
         authority_code = excluded.authority_code, precedence = excluded.precedence, \
         one_record_per_child = excluded.one_record_per_child",
    );
    SET_STATE = Sql::both("UPDATE source_system SET state = $2 WHERE source_id = $1 AND state <> $2");
    STATE_OF = Sql::both("SELECT state FROM source_system WHERE source_id = $1");
    BY_NAME = Sql::both(
        "SELECT source_id, name, profile, organisation_id, authority_code, precedence, one_record_per_child, state \
         FROM source_system WHERE name = $1",
    );
    ALL = Sql::both(
        "SELECT source_id, name, profile, organisation_id, authority_code, precedence, one_record_per_child, state \
         FROM source_system ORDER BY precedence, name",
    );
}

/// Creates or replaces a source system. Whether one that is known is paused stays as it is: somebody may pause it meanwhile.
///
/// # Errors
/// `UniqueViolation` if another source has the name.
pub async fn put(tx: &mut Tx, row: &SourceRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.source_id)
        .bind(&row.name)
        .bind(&row.profile)
        .bind(row.organisation_id)
        .bind(&row.authority_code)
        .bind(row.precedence)
        .bind(row.one_record_per_child)
        .bind(row.state)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// One source system by its name.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<SourceRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_NAME)).bind(name).fetch_optional(&mut *c).await)?)
}

/// Every source system, the most authoritative first.
pub async fn all(conn: &mut Conn) -> Result<Vec<SourceRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ALL)).fetch_all(&mut *c).await)?)
}

/// Pauses a source, or lets it go on; false when it was so already.
pub async fn set_state(tx: &mut Tx, source_id: Uuid, state: SourceState) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(SET_STATE))
        .bind(source_id).bind(state).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Whether a source is paused.
pub async fn state_of(conn: &mut Conn, source_id: Uuid) -> Result<Option<SourceState>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(STATE_OF)).bind(source_id).fetch_optional(&mut *c).await)?)
}
