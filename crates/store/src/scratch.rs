//! Databases of their own for a measurement, on a PostgreSQL server whose user may create them.

use crate::{Result, StoreError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

/// Creates an empty database. `name` holds lower-case letters, digits and `_` only.
///
/// # Errors
/// `Location` for another name, or the server's.
pub async fn create_database(server: &str, name: &str) -> Result<()> {
    run(server, "CREATE DATABASE", name).await
}

/// Drops a database and ends whatever is connected to it.
///
/// # Errors
/// As [`create_database`].
pub async fn drop_database(server: &str, name: &str) -> Result<()> {
    run(server, "DROP DATABASE IF EXISTS", name).await
}

/// The address of another database on the same server.
///
/// # Errors
/// `Location` for an address that is not PostgreSQL's.
pub fn database_url(server: &str, name: &str) -> Result<String> {
    let options: PgConnectOptions = server.parse().map_err(|_| not_an_address(server))?;
    Ok(options.database(name).to_url_lossy().to_string())
}

/// Does a PostgreSQL database's housekeeping at once, as its server does by and by.
///
/// # Errors
/// The server's.
pub async fn vacuum(database: &str) -> Result<()> {
    let options: PgConnectOptions = database.parse().map_err(|_| not_an_address(database))?;
    let mut connection = options.connect().await?;
    sqlx::query("VACUUM ANALYZE").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn run(server: &str, statement: &str, name: &str) -> Result<()> {
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return Err(StoreError::Location(format!("{name} is not a name a scratch database may have")));
    }
    let options: PgConnectOptions = server.parse().map_err(|_| not_an_address(server))?;
    let mut connection = options.connect().await?;
    let force = if statement.starts_with("DROP") { " WITH (FORCE)" } else { "" };
    // A name of letters, digits and `_` cannot end the statement.
    let sql = AssertSqlSafe(format!("{statement} {name}{force}"));
    sqlx::query(sql).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn not_an_address(server: &str) -> StoreError {
    let kind = server.split(':').next().unwrap_or_default();
    StoreError::Location(format!(
        "the address ({kind}:…) is not one of a PostgreSQL server: give postgres://user@host/postgres"
    ))
}
