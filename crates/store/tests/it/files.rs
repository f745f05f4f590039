//! Files: private, apart, and copied whole.

use crate::fixtures::{child, open};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use store::{Options, Store, StoreError, children};
use testkit::{TestDatabases, block_on};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_file_is_readable_by_its_owner_alone() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        tx.commit().await.unwrap();
        let mut files = 0;
        for folder in ["data", "keys"] {
            let folder = db.folder().join(folder);
            assert_eq!(mode(&folder), 0o700);
            for file in std::fs::read_dir(folder).unwrap() {
                let file = file.unwrap().path();
                assert_eq!(mode(&file), 0o600, "{}", file.display());
                files += 1;
            }
        }
        assert!(files >= 4, "database and write-ahead log of both");
    });
}

#[test]
fn a_backup_is_whole_private_and_never_overwritten() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &(0..500).map(child).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
        let (data, keys) = (db.folder().join("copy/a/data.db"), db.folder().join("copy/b/keys.db"));
        for path in [&data, &keys] {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        // A write that is not committed is not in the copy, and does not keep it waiting.
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &[child(999)]).await.unwrap();
        store.backup_to(&data).await.unwrap();
        store.backup_keys_to(&keys).await.unwrap();
        drop(tx);
        assert_eq!(mode(&data), 0o600);
        assert!(matches!(store.backup_to(&data).await, Err(StoreError::File { .. })));
        let url = |path: &Path| format!("sqlite:{}", path.display());
        let restored = Store::open(&url(&data), &url(&keys), &Options::default()).await.unwrap();
        assert_eq!(children::count(&mut restored.reader().await.unwrap()).await.unwrap(), 500);
    });
}

#[test]
fn closing_leaves_no_write_ahead_log() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let store = open(&db).await;
        children::count(&mut store.reader().await.unwrap()).await.unwrap();
        store.close().await;
        let mut left: Vec<_> =
            std::fs::read_dir(db.folder().join("data")).unwrap().map(|f| f.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["data.db", "data.db-turn"]);
        assert_eq!(std::fs::read(db.folder().join("data/data.db-turn")).unwrap(), b"", "it says nothing");
    });
}

#[test]
fn a_path_with_spaces_and_letters_of_any_script_is_a_path() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let url = |sub: &str| format!("sqlite:{}/Größe %20 données/{sub}/s.db", db.folder().display());
        let store = Store::open(&url("data"), &url("keys"), &Options::default()).await.unwrap();
        assert_eq!(children::count(&mut store.reader().await.unwrap()).await.unwrap(), 0);
        assert!(db.folder().join("Größe %20 données/data/s.db").exists());
    });
}

#[test]
fn the_log_is_copied_beside_the_work_and_used_again() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let options = Options { checkpoint_pages: 0, ..Options::default() };
        let store = Store::open(&db.data_url, &db.keys_url, &options).await.unwrap();
        let log = db.folder().join("data/data.db-wal");
        let length = || std::fs::metadata(&log).unwrap().len();
        let write = async |numbers: std::ops::Range<u64>| {
            let mut tx = store.begin().await.unwrap();
            children::put(&mut tx, &numbers.map(child).collect::<Vec<_>>()).await.unwrap();
            tx.commit().await.unwrap();
        };
        write(0..100).await;
        write(100..200).await;
        let before = length();
        store.copy_log(0).await.unwrap();
        write(0..10).await;
        assert_eq!(length(), before, "a copied log is written from its beginning");
        store.copy_log(before).await.unwrap();
        write(10..20).await;
        assert_eq!(length(), before, "and a short one is left alone");
    });
}

#[test]
fn a_server_on_another_machine_must_prove_itself() {
    let check = |place: &str| {
        let (host, parameters) = place.split_once('|').unwrap_or((place, ""));
        let url = |name: &str| format!("postgres://contactpoint@{host}/{name}{parameters}");
        Store::check_addresses(&url("data"), &url("keys"))
    };
    for near in ["localhost", "127.0.0.1:5433", "[::1]", "localhost|?host=/var/run/postgresql"] {
        assert!(check(near).is_ok(), "{near}: {:?}", check(near));
    }
    for far in ["db.example", "192.0.2.7:5432", "db.example|?sslmode=require", "db.example|?sslmode=prefer"] {
        let error = check(far).unwrap_err().to_string();
        assert!(error.contains("sslmode=verify-full"), "{far}: {error}");
    }
    for proved in ["db.example|?sslmode=verify-full", "192.0.2.7|?sslmode=verify-ca"] {
        assert!(check(proved).is_ok(), "{proved}: {:?}", check(proved));
    }
}
