//! Copies of a database, and the scrubbing of destroyed keys.

use crate::db::Db;
use crate::gate::Lane;
use crate::{Result, StoreError};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use sqlx_sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use std::path::Path;

/// Copies a SQLite database into a new file of mode 0600.
pub(crate) async fn copy(db: &Db, path: &Path) -> Result<()> {
    let readers = begun(db, path)?;
    let name = utf8(path)?;
    sqlx::query("VACUUM INTO $1").bind(name).execute(readers).await?;
    finished(path)
}

/// Copies a SQLite database but for the rows of one table, which never come near the new file's disk.
pub(crate) async fn copy_without(db: &Db, left_out: &str, path: &Path) -> Result<()> {
    let original = begun(db, path)?.connect_options();
    let mut copy = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .synchronous(SqliteSynchronous::Full)
        .journal_mode(SqliteJournalMode::Delete)
        .connect()
        .await?;
    sqlx::query("ATTACH DATABASE $1 AS original")
        .bind(utf8(original.get_filename())?)
        .execute(&mut copy)
        .await?;
    let mut tx = copy.begin().await?;
    // Tables first, then what hangs on them: triggers would refuse rows, and an index is sooner made of all of them.
    let schema: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT type, name, sql FROM original.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
         ORDER BY type <> 'table', rowid",
    )
    .fetch_all(&mut *tx)
    .await?;
    let (tables, others): (Vec<_>, Vec<_>) = schema.iter().partition(|(kind, ..)| kind == "table");
    for (_, _, sql) in &tables {
        sqlx::query(AssertSqlSafe(sql.as_str())).execute(&mut *tx).await?;
    }
    for (_, name, _) in tables.iter().filter(|(_, name, _)| name != left_out) {
        let rows = format!("INSERT INTO main.\"{name}\" SELECT * FROM original.\"{name}\"");
        sqlx::query(AssertSqlSafe(rows)).execute(&mut *tx).await?;
    }
    for (_, _, sql) in &others {
        sqlx::query(AssertSqlSafe(sql.as_str())).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    copy.close().await?;
    finished(path)
}

/// Makes the new file, empty, before anything is copied: that settles its mode and refuses to overwrite a backup.
fn begun<'d>(db: &'d Db, path: &Path) -> Result<&'d SqlitePool> {
    use std::os::unix::fs::OpenOptionsExt;
    let Db::Sqlite { readers, .. } = db else {
        return Err(StoreError::Location(
            "copying is for SQLite: back a PostgreSQL database up with pg_basebackup or pg_dump".to_owned(),
        ));
    };
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|source| {
        StoreError::File { what: format!("cannot create the backup {}", path.display()), source }
    })?;
    Ok(readers)
}

/// The copy counts only once it would survive a power cut.
fn finished(path: &Path) -> Result<()> {
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(|source| StoreError::File {
        what: format!("cannot finish the backup {}", path.display()),
        source,
    })
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| StoreError::Location("a backup's path must be UTF-8".to_owned()))
}

/// Copies a SQLite write-ahead log of more than `above` bytes into its database, as far as no reader still needs it.
pub(crate) async fn copy_log(db: &Db, above: u64) -> Result<()> {
    let Db::Sqlite { upkeep, .. } = db else { return Ok(()) };
    let mut log = upkeep.get_filename().as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(&log).is_ok_and(|file| file.len() > above) {
        let mut conn = upkeep.connect().await?;
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut conn).await?;
        conn.close().await?;
    }
    Ok(())
}

pub(crate) async fn scrub(db: &Db) -> Result<()> {
    match db {
        Db::Sqlite { writer, gate, .. } => {
            let _turn = gate.enter(Lane::Feed).await;
            let (busy, _, _): (i64, i64, i64) =
                sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await?;
            if busy == 0 { Ok(()) } else { Err(StoreError::Busy(sqlx::Error::PoolTimedOut)) }
        }
        Db::Postgres { writers, .. } => {
            let mut connection = writers.acquire().await?;
            // A use case that was given up in the very moment in which its transaction began may have left it open, and nothing is
            // vacuumed inside one. Outside, this does nothing.
            sqlx::query("ROLLBACK").execute(&mut *connection).await?;
            sqlx::query("VACUUM bundle").execute(&mut *connection).await?;
            sqlx::query("VACUUM root_key").execute(&mut *connection).await?;
            sqlx::query("VACUUM generation").execute(&mut *connection).await?;
            Ok(())
        }
    }
}
