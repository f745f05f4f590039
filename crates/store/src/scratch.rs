//! Databases of their own for a measurement, on a PostgreSQL server whose user may create them.

use crate::{Result, StoreError};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use sqlx_postgres::PgConnectOptions;

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
    // What filling left in memory would be written out beside whatever comes next, for minutes.
    sqlx::query("CHECKPOINT").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// What was taken from the trail's tables, to be put back: statements, in order.
#[derive(Debug)]
pub struct TakenOff(Vec<String>);

/// Takes the keys, indexes, references and the queue's trigger from the trail's tables of a scratch database, so that millions of
/// entries are added in minutes: an index is made at once far sooner than row by row.
///
/// # Errors
/// The server's.
pub async fn take_off_indexes(database: &str) -> Result<TakenOff> {
    // References before the keys they lean on. They are put back unchecked: what was added was made to match.
    const CONSTRAINTS: &str = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), \
        format('ALTER TABLE %s ADD CONSTRAINT %I %s%s', conrelid::regclass, conname, pg_get_constraintdef(oid), \
        CASE contype WHEN 'f' THEN ' NOT VALID' ELSE '' END) FROM pg_constraint WHERE contype IN ('f', 'p', 'u') \
        AND conrelid IN ('audit_entry'::regclass, 'audit_lookup'::regclass, 'audit_chain'::regclass, \
        'audit_pending'::regclass) ORDER BY contype, conname";
    const INDEXES: &str = "SELECT format('DROP INDEX %I', indexname), indexdef FROM pg_indexes \
        WHERE schemaname = 'public' AND tablename IN ('audit_entry', 'audit_lookup')";
    const TRIGGER: &str = "TRIGGER audit_entry_awaits_its_chain";
    let options: PgConnectOptions = database.parse().map_err(|_| not_an_address(database))?;
    let mut connection = options.connect().await?;
    let constraints: Vec<(String, String)> = sqlx::query_as(CONSTRAINTS).fetch_all(&mut connection).await?;
    let mut back = vec![format!("ALTER TABLE audit_entry ENABLE {TRIGGER}")];
    let mut off = vec![format!("ALTER TABLE audit_entry DISABLE {TRIGGER}")];
    off.extend(constraints.iter().map(|(off, _)| off.clone()));
    for statement in &off {
        sqlx::query(AssertSqlSafe(statement.as_str())).execute(&mut connection).await?;
    }
    // The indexes of keys have gone with them.
    let indexes: Vec<(String, String)> = sqlx::query_as(INDEXES).fetch_all(&mut connection).await?;
    for (off, on) in indexes {
        sqlx::query(AssertSqlSafe(off)).execute(&mut connection).await?;
        back.push(on);
    }
    back.extend(constraints.into_iter().rev().map(|(_, on)| on));
    connection.close().await?;
    Ok(TakenOff(back))
}

/// Puts back what [`take_off_indexes`] took.
///
/// # Errors
/// The server's.
pub async fn put_back_indexes(database: &str, taken: TakenOff) -> Result<()> {
    let options: PgConnectOptions = database.parse().map_err(|_| not_an_address(database))?;
    let mut connection = options.connect().await?;
    sqlx::query("SET maintenance_work_mem = '1GB'").execute(&mut connection).await?;
    for statement in taken.0 {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
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
