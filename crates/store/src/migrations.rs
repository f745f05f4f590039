//! The schema's history, embedded: two folders with equal numbers for each store. A shipped migration is never edited.

use crate::db::Db;
use crate::{Result, StoreError};
use sqlx::migrate::{MigrateError, Migrator};

static DATA_SQLITE: Migrator = sqlx::migrate!("migrations/data/sqlite");
static DATA_POSTGRES: Migrator = sqlx::migrate!("migrations/data/postgres");
static KEYS_SQLITE: Migrator = sqlx::migrate!("migrations/keys/sqlite");
static KEYS_POSTGRES: Migrator = sqlx::migrate!("migrations/keys/postgres");

/// Which of the two stores a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Data,
    Keys,
}

impl Which {
    pub fn word(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Keys => "keys",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Data => "the data store",
            Self::Keys => "the key store",
        }
    }
}

/// Brings a database to this program's schema, and refuses one that is newer or something else.
pub(crate) async fn migrate(db: &Db, which: Which) -> Result<()> {
    // Asked before anything is changed; a new database has no such fact yet.
    if let Ok(Some(found)) = db.meta("store").await
        && found != which.word()
    {
        return Err(another_kind(which));
    }
    let outcome = match (db, which) {
        (Db::Sqlite { writer, .. }, Which::Data) => DATA_SQLITE.run(writer).await,
        (Db::Sqlite { writer, .. }, Which::Keys) => KEYS_SQLITE.run(writer).await,
        (Db::Postgres { writers, .. }, Which::Data) => DATA_POSTGRES.run(writers).await,
        (Db::Postgres { writers, .. }, Which::Keys) => KEYS_POSTGRES.run(writers).await,
    };
    outcome.map_err(|error| explain(error, which))?;
    let found = db.meta("store").await?;
    if found.as_deref() == Some(which.word()) { Ok(()) } else { Err(another_kind(which)) }
}

fn another_kind(which: Which) -> StoreError {
    StoreError::Schema(format!(
        "{} is another kind of store: the two addresses are probably exchanged",
        which.sentence()
    ))
}

fn explain(error: MigrateError, which: Which) -> StoreError {
    match error {
        MigrateError::Execute(error) => error.into(),
        MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMissing(version) => StoreError::Schema(format!(
            "{} has schema {version}, which this program does not know: it was used by a newer version. Start that \
             version, or restore a backup made before it",
            which.sentence()
        )),
        MigrateError::VersionMismatch(version) => StoreError::Schema(format!(
            "{} has another schema {version} than this program: it is another kind of store (are the two addresses \
             exchanged?) or was made by a build that is not a release",
            which.sentence()
        )),
        MigrateError::Dirty(version) => StoreError::Schema(format!(
            "the change of {} to schema {version} was interrupted: restore the backup made before it",
            which.sentence()
        )),
        other => StoreError::Schema(format!(
            "{} could not be brought to this program's schema: {other}",
            which.sentence()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(migrator: &Migrator) -> Vec<i64> {
        migrator.iter().map(|migration| migration.version).collect()
    }

    #[test]
    fn both_engines_have_the_same_migrations() {
        assert_eq!(numbers(&DATA_SQLITE), numbers(&DATA_POSTGRES));
        assert_eq!(numbers(&KEYS_SQLITE), numbers(&KEYS_POSTGRES));
        assert_eq!(numbers(&DATA_SQLITE), (1..=numbers(&DATA_SQLITE).len() as i64).collect::<Vec<_>>());
    }
}
