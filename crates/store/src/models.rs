//! Versions of the matching model, kept for ever so that every decision can be reproduced (law 12).

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};

/// One version.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ModelRow {
    /// Its name, as links cite it.
    pub name: String,
    /// The model file.
    pub body: String,
    /// Microseconds UTC.
    pub created_at: i64,
}

statements! {
    INSERT = Sql::both(
        "INSERT INTO model_version (name, body, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
    );
    BY_NAME = Sql::both("SELECT name, body, created_at FROM model_version WHERE name = $1");
}

/// Keeps a version; a name that exists stays as it is.
pub async fn insert(tx: &mut Tx, row: &ModelRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(&row.name).bind(&row.body).bind(row.created_at).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// One version.
pub async fn by_name(conn: &mut Conn, name: &str) -> Result<Option<ModelRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_NAME)).bind(name).fetch_optional(&mut *c).await)?)
}
