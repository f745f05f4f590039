//! The directory's own schema, for databases that a test finds ready. It is read where the store has it, so that this crate, which
//! the store's tests use, needs no store.

use sha2::{Digest, Sha256};
use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx_postgres::PgConnection;
use std::path::{Path, PathBuf};

/// The folder of a store's migrations for PostgreSQL.
fn folder(store: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/migrations").join(store).join("postgres")
}

/// The name of the pair that has this schema: another one for any other text of a migration.
pub(crate) fn template() -> String {
    let mut digest = Sha256::new();
    for store in ["data", "keys"] {
        let mut files: Vec<_> = std::fs::read_dir(folder(store))
            .expect("the store's migrations are beside this crate")
            .map(|entry| entry.expect("a migration").path())
            .collect();
        files.sort();
        for file in files {
            digest.update(std::fs::read(file).expect("a migration is read"));
        }
    }
    format!("schema_{}", hex::encode(&digest.finalize()[..8]))
}

/// Brings an empty data store and an empty key store to the schema, as opening them would.
pub(crate) async fn prepare(data_url: String, keys_url: String) {
    for (store, url) in [("data", data_url), ("keys", keys_url)] {
        let migrator = Migrator::new(folder(store)).await.expect("the store's migrations are understood");
        let mut connection = PgConnection::connect(&url).await.expect("the new database answers");
        migrator.run(&mut connection).await.expect("the store's migrations run");
        connection.close().await.expect("the new database lets go");
    }
}
