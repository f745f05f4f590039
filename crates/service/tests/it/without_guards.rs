//! The tests that prove a law, or hold a channel, fail without their guards (`guards::PROOFS`), on either database.

use guards::fail_without_guards;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{GP, House, child};
use crate::raw::Raw;

on_both_databases! {
    async fn what_is_stored_of_a_child_is_sealed(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[child("G-1", "Peregrine", "Hathersage", "2014-05-06").at("3 Quayside", "LS10 1AA")]).await;
        let mut raw = Raw::data(&db).await;
        let stored = [
            raw.blobs("SELECT sealed FROM source_record").await,
            raw.blobs("SELECT sealed FROM child").await,
        ];
        for sealed in stored.concat() {
            for said in ["Peregrine", "Hathersage", "Quayside"] {
                let is_said = |bytes: &[u8]| bytes.eq_ignore_ascii_case(said.as_bytes());
                assert!(!sealed.windows(said.len()).any(is_said), "{said} stands in the clear");
            }
        }
    }
}

#[test]
fn each_law_of_the_service_is_broken_without_its_guard_on_sqlite() {
    fail_without_guards(env!("CARGO_PKG_NAME"), Some("sqlite")).unwrap();
}

#[test]
fn each_law_of_the_service_is_broken_without_its_guard_on_postgresql() {
    fail_without_guards(env!("CARGO_PKG_NAME"), Some("postgres")).unwrap();
}
