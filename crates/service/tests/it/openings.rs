//! Opening a service: the key ring of an empty key store, two servers at once, a key that does not fit.

use directory::search::SearchPolicy;
use service::{Directory, OpenError, Policy};
use testkit::{Engine, TestClock, TestDatabases, on_both_databases};
use vault::KeyEncryptionKey;

use crate::house::{GP, House, OPENED, by_name_and_birth, child, open, world};

on_both_databases! {
    async fn two_servers_that_begin_at_once_share_one_key_ring(db: TestDatabases) {
        let clock = TestClock::starting(OPENED);
        let open = async |seed| open(&db, &clock, seed, Policy::default()).await;
        let (first, second) = match db.engine() {
            // One machine, one server: a second process comes later.
            Engine::Sqlite => (open(1).await, open(2).await),
            Engine::Postgres => tokio::join!(open(1), open(2)),
        };
        let house = House::furnished(first, clock).await;
        house.load(GP, &[child("G-1", "Ottoline", "Fenwick", "2014-04-04")]).await;
        house.holds_end();
        let house = House { directory: second, ..house };
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_name_and_birth("Ottoline Fenwick", "2014-04-04")).await.len(), 1);
    }

    async fn another_key_encryption_key_opens_nothing(db: TestDatabases) {
        let house = House::open(&db).await;
        house.directory.close().await;
        let other = KeyEncryptionKey::from_bytes([8; 32]);
        let options = store::Options::default();
        let opened =
            Directory::open(&db.data_url, &db.keys_url, &options, other, Policy::default(), world(&house.clock, 3)).await;
        assert!(matches!(opened, Err(OpenError::Keys(_))));
    }

    async fn a_policy_that_no_search_key_serves_is_refused(db: TestDatabases) {
        let search = SearchPolicy { result_cap: 0, ..SearchPolicy::default() };
        let policy = Policy { search, ..Policy::default() };
        let clock = TestClock::starting(OPENED);
        let options = store::Options::default();
        let kek = crate::house::key_encryption_key();
        let opened = Directory::open(&db.data_url, &db.keys_url, &options, kek, policy, world(&clock, 1)).await;
        assert!(matches!(opened, Err(OpenError::Policy(_))));
    }

    async fn the_engine_takes_every_statement(db: TestDatabases) {
        let house = House::open(&db).await;
        assert_eq!(house.directory.check_statements().await.unwrap(), Vec::<String>::new());
        house.directory.is_ready().await.unwrap();
    }
}
