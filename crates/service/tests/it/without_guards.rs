//! The test that proves a law fails without the law's guard, on either database.

use guards::{Guard, fails_without};
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
                assert!(!sealed.windows(said.len()).any(|bytes| bytes.eq_ignore_ascii_case(said.as_bytes())), "{said}");
            }
        }
    }
}

/// The guard and the test that it makes pass.
const GUARDS: [(Guard, &str); 12] = [
    (Guard::LeastDisclosure, "shields::a_shielded_child_is_found_by_name_and_birth_and_shows_four_fields"),
    (Guard::HiddenSearchKeys, "shields::a_shield_leaves_no_search_key_made_of_hidden_fields"),
    (Guard::Holds, "shields::a_record_near_a_shielded_child_is_held_until_the_protected_desk_has_looked"),
    (Guard::OwnDesk, "identities::the_records_of_a_protected_child_are_listed_at_its_own_authority_alone"),
    (
        Guard::CoarseTimes,
        "shield_overrides::investigated::no_clear_time_stands_beside_the_entry_of_an_override",
    ),
    (
        Guard::HiddenAuthority,
        "transfers::a_protected_child_is_the_other_authoritys_once_its_desk_accepts_and_not_before",
    ),
    (
        Guard::Barrier,
        "seals::a_record_near_both_identities_waits_although_every_word_of_it_is_the_present_ones",
    ),
    (Guard::DurableEntry, "access::when_the_trail_cannot_be_written_nothing_is_shown_and_nothing_changes"),
    (Guard::ResultCap, "searches::above_the_cap_no_row_is_shown"),
    (Guard::KeptVersions, "reloads::an_update_keeps_what_stood_before"),
    (Guard::Suppression, "retention::a_destroyed_record_does_not_rise_again_from_tonights_full_file"),
    (Guard::Sealing, "without_guards::what_is_stored_of_a_child_is_sealed"),
];

#[test]
fn each_law_of_the_service_is_broken_without_its_guard_on_sqlite() {
    for (guard, test) in GUARDS {
        fails_without(guard, &format!("{test}::sqlite")).unwrap();
    }
}

#[test]
fn each_law_of_the_service_is_broken_without_its_guard_on_postgresql() {
    for (guard, test) in GUARDS {
        fails_without(guard, &format!("{test}::postgres")).unwrap();
    }
}
