//! Copies of a database, and the scrubbing of destroyed keys.

use crate::db::Db;
use crate::gate::Lane;
use crate::{Result, StoreError};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::Path;

/// Copies a SQLite database into a new file of mode 0600.
pub(crate) async fn copy(db: &Db, path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let Db::Sqlite { readers, .. } = db else {
        return Err(StoreError::Location(
            "copying is for SQLite: back a PostgreSQL database up with pg_basebackup or pg_dump".to_owned(),
        ));
    };
    // VACUUM INTO takes an empty file; making it first settles the mode and refuses to overwrite a backup.
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|source| {
        StoreError::File { what: format!("cannot create the backup {}", path.display()), source }
    })?;
    let name =
        path.to_str().ok_or_else(|| StoreError::Location("a backup's path must be UTF-8".to_owned()))?;
    sqlx::query("VACUUM INTO $1").bind(name).execute(readers).await?;
    // The copy counts only once it would survive a power cut.
    std::fs::File::open(path).and_then(|file| file.sync_all()).map_err(|source| StoreError::File {
        what: format!("cannot finish the backup {}", path.display()),
        source,
    })
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
            sqlx::query("VACUUM generation").execute(&mut *connection).await?;
            Ok(())
        }
    }
}
