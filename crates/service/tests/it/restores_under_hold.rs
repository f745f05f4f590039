//! After a restore (decision 3), where a legal hold took a child out of the service since the backup: what was decided about it
//! before the hold is done again, and the hold is put on again behind it. And whoever stands in the open where something is protected
//! again is asked about, as then.

use std::collections::BTreeSet;

use directory::access::Role;
use directory::disclosure::Disclosure;
use directory::retention::HoldBasis;
use directory::transfer::TransferReason;
use directory::{ChildNumber, ServiceType};
use service::{
    DeathError, HoldRequest, PlaceDecision, ReviewDecision, SignedIn, TransferAnswer, TransferOffer,
    WithdrawnFrom,
};
use testkit::{Engine, TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{
    CARE, COUNCIL, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, child, nhs_number, shield_request,
};
use crate::identities::{load_all, proposal};
use crate::joining::bench::{Bench, done};
use crate::legal_holds::{hold, release};
use crate::raw::Raw;
use crate::reloads::killed_after;
use crate::sensitive::{seen, shown, two_sources};
use crate::shield_desk::{address, refuge_file};
use crate::shields_after_seals::waiting;

/// What a backup of the data has of children, of acts about them and of what lies between their records.
const TABLES: [&str; 17] = [
    "child",
    "child_number",
    "source_record",
    "source_version",
    "waiting_statement",
    "link",
    "match_key",
    "search_key",
    "barrier",
    "placed_record",
    "review",
    "seal_word",
    "said_last",
    "unheard",
    "pending_act",
    "transfer_offer",
    "suppression",
];

async fn back_up(db: &TestDatabases) {
    let mut raw = Raw::data(db).await;
    for table in TABLES {
        raw.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
}

/// The data of the backup; the key store, and its journal, stay as they are.
async fn restore(db: &TestDatabases) {
    let mut raw = Raw::data(db).await;
    for table in TABLES.iter().rev() {
        raw.run(&format!("DELETE FROM {table}")).await;
    }
    for table in TABLES {
        raw.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }
    raw.run("DELETE FROM schema_meta WHERE name = 'journal_mark'").await;
}

/// Does everything again, once.
async fn replayed(house: &House) {
    assert!(house.directory.missing_from_journal().await.unwrap().missing() > 0);
    house.directory.replay_journal().await.unwrap();
    nothing_is_missing(house).await;
}

async fn nothing_is_missing(house: &House) {
    assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
    assert_eq!(house.directory.replay_journal().await.unwrap().missing(), 0, "once");
}

async fn custody(db: &TestDatabases) -> i64 {
    Raw::keys(db).await.count("held_bundle").await
}

async fn found(house: &House, names: &str, born: &str) -> usize {
    let nurse = house.nurse().await;
    house.find(&nurse, by_name_and_birth(names, born)).await.len()
}

async fn is_shielded(house: &House, number: &ChildNumber) -> bool {
    let nurse = house.nurse().await;
    let found = house.find(&nurse, by_number(number)).await;
    matches!(house.record(&nurse, &found[0]).await, Disclosure::Shielded(_))
}

/// The children about whom requests wait at the desk.
async fn asked_about(house: &House) -> BTreeSet<ChildNumber> {
    let (_, first, _) = house.desk().await;
    let mut asked = BTreeSet::new();
    for id in waiting(house, &first).await {
        assert!(asked.insert(house.request_at(&first, id).await.child.number), "once about each");
    }
    asked
}

fn wilma(line: &str, postcode: &str) -> Row {
    child("C-1", "Wilma", "Winterbourne", "2015-06-07").at(line, postcode)
}

fn sorrel() -> Row {
    child("S-9", "Sorrel", "Larkin", "2012-04-04").at("5 New Close", "LS8 4ZZ")
}

/// Wilma, shielded by the council, and then Bradford's; there two people put her under a hold.
struct HandedOn {
    house: House,
    wilma: ChildNumber,
    review: Uuid,
    hold: Uuid,
}

impl HandedOn {
    async fn open(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(CARE, &[wilma("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        let review = house.shield_alone(shield_request(&number)).await;
        house.another_authority().await;
        back_up(db).await;
        let (lena, brenda, boris) = Self::people(&house).await;
        let d = &house.directory;
        let offer = TransferOffer {
            number: number.clone(),
            to: "Bradford".to_owned(),
            reason: TransferReason::MovedHome,
        };
        let offer = d.offer_transfer(&lena, &offer).await.unwrap();
        d.answer_transfer(&brenda, offer, TransferAnswer::Accept).await.unwrap();
        let hold = Self::held_by(&house, &brenda, &boris, &number).await;
        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
        restore(db).await;
        Self { house, wilma: number, review, hold }
    }

    async fn held_by(house: &House, first: &SignedIn, second: &SignedIn, number: &ChildNumber) -> Uuid {
        let until = "2028-12-31".parse().unwrap();
        let request = HoldRequest { number: number.clone(), basis: HoldBasis::CourtOrder, until };
        let hold = house.directory.propose_hold(first, &request).await.unwrap();
        house.directory.decide_hold(second, hold, true).await.unwrap();
        hold
    }

    async fn people(house: &House) -> (SignedIn, SignedIn, SignedIn) {
        house.clock.advance(jiff::SignedDuration::from_secs(31));
        let bradford = house.directory.organisation_id("Bradford").await.unwrap().unwrap();
        let council = house.directory.organisation_id(COUNCIL).await.unwrap().unwrap();
        (
            house.person("lena", Role::Manager, council).await,
            house.person("brenda", Role::Manager, bradford).await,
            house.person("boris", Role::Manager, bradford).await,
        )
    }

    async fn released(&self, hold: Uuid) {
        let (_, brenda, boris) = Self::people(&self.house).await;
        let release = self.house.directory.propose_release(&brenda, hold).await.unwrap();
        self.house.directory.decide_hold(&boris, release, true).await.unwrap();
    }
}

on_both_databases! {
    async fn a_seal_and_a_hold_on_the_present_identity_are_both_there_after_a_restore_from_before_them(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        back_up(&db).await;
        let (first, second) = house.managers().await;
        let number = house.directory.seal_identities(&first, &second, &proposal()).await.unwrap();
        let former = house.number_of(GP, "G-1").await;
        let held = hold(&house, &number).await;
        let kept = custody(&db).await;
        nothing_is_missing(&house).await;
        restore(&db).await;
        let missing = house.directory.missing_from_journal().await.unwrap();
        assert_eq!((missing.seals, missing.holds, missing.missing()), (1, 1, 2));
        let mut killed = 0;
        for polls in (1..).step_by(4) {
            if killed_after(polls, house.directory.replay_journal()).await.is_some() {
                break;
            }
            killed += 1;
        }
        assert!(killed > 3 || db.engine() == Engine::Sqlite, "killed {killed} times");
        nothing_is_missing(&house).await;
        assert_eq!(custody(&db).await, kept, "what the custodian had, the custodian has");
        for name in ["Amy Carterwright", "Ruby Thornycroft"] {
            assert_eq!(found(&house, name, "2017-05-06").await, 0, "{name}");
        }
        release(&house, held).await;
        assert_eq!(house.number_of(GP, "G-1").await, former);
        assert_eq!(house.number_of(CARE, "C-2").await, number);
        assert_eq!(house.number_of(SCHOOLS, "S-1").await, number);
        assert_eq!(found(&house, "Amy Carterwright", "2017-05-06").await, 0);
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", "2017-05-06")).await;
        assert!(!serde_json::to_string(&view).unwrap().contains("Carterwright"));
    }

    async fn a_part_under_a_hold_is_apart_again_after_a_restore_and_a_shield_stands_on_the_rest(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let twin = |id: &str| child(id, "Wilfred", "Ashdown", "2015-03-04").at("9 Elm Row", "LS7 3AD");
        house.load(GP, &[twin("G-7").with("nhs_number", &nhs_number(7))]).await;
        house.load(SCHOOLS, &[twin("S-7")]).await;
        house.holds_end();
        let rest = house.number_of(GP, "G-7").await;
        assert_eq!(house.number_of(SCHOOLS, "S-7").await, rest);
        back_up(&db).await;
        bench.take_apart(&rest, SCHOOLS, "S-7").await;
        let part = house.number_of(SCHOOLS, "S-7").await;
        let held = hold(house, &part).await;
        house.shield(GP, "G-7").await;
        restore(&db).await;
        replayed(house).await;
        assert!(is_shielded(house, &rest).await);
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_number(&part)).await.is_empty());
        release(house, held).await;
        assert_eq!(house.number_of(SCHOOLS, "S-7").await, part);
        assert_eq!(house.number_of(GP, "G-7").await, rest);
    }

    async fn a_record_under_a_hold_whose_child_the_data_cannot_have_again_stays_unread_where_it_is(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let twin = |id: &str| child(id, "Wilfred", "Ashdown", "2015-03-04").at("9 Elm Row", "LS7 3AD");
        let practice = twin("G-7").with("nhs_number", &nhs_number(7));
        house.load(GP, std::slice::from_ref(&practice)).await;
        house.holds_end();
        back_up(&db).await;
        house.load(SCHOOLS, &[twin("S-7")]).await;
        house.holds_end();
        let rest = house.number_of(SCHOOLS, "S-7").await;
        assert_eq!(house.number_of(GP, "G-7").await, rest);
        bench.take_apart(&rest, GP, "G-7").await;
        let part = house.number_of(GP, "G-7").await;
        let held = hold(house, &part).await;
        let kept = custody(&db).await;
        restore(&db).await;
        // Of the number that was parted nothing is left but what went: it is not taken apart again.
        replayed(house).await;
        assert_eq!(custody(&db).await, kept);
        assert_eq!(found(house, "Wilfred Ashdown", "2015-03-04").await, 0);
        // Whoever writes about the child that it is linked to in this data is not kept from it.
        house.load(GP, &[practice.clone().with("practice_name", "Elm Surgery")]).await;
        house.load(SCHOOLS, &[twin("S-7").in_school("Elm Row School")]).await;
        house.holds_end();
        release(house, held).await;
        assert!(found(house, "Wilfred Ashdown", "2015-03-04").await <= 1);
        house.load(GP, &[practice]).await;
    }

    async fn who_comes_to_the_home_of_a_shielded_child_under_a_hold_after_a_restore_is_held(db: TestDatabases) {
        let house = House::open(&db).await;
        let ida = child("S-2", "Ida", "Penhallow", "2013-02-03").at("3 Quayside", "LS10 1AA").with("local_authority", "E08000035");
        house.load(CARE, &[wilma("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        back_up(&db).await;
        house.load(SCHOOLS, &[ida]).await;
        house.holds_end();
        let numbers = [house.shield(CARE, "C-1").await, house.shield(SCHOOLS, "S-2").await];
        for number in &numbers {
            hold(&house, number).await;
        }
        restore(&db).await;
        replayed(&house).await;
        // At the home of one whom the backup knows, and of one whom it does not.
        house.load(GP, &[
            child("G-1", "Pip", "Larkin", "2026-02-02").at("8 Orchard Way", "LS8 1BB"),
            child("G-2", "Sal", "Pole", "2018-01-02").at("3 Quayside", "LS10 1AA"),
        ]).await;
        house.holds_end();
        assert_eq!(found(&house, "Pip Larkin", "2026-02-02").await, 0);
        assert_eq!(found(&house, "Sal Pole", "2018-01-02").await, 0);
        let (first, _) = house.managers().await;
        assert_eq!(house.directory.held_records(&first).await.unwrap().len(), 2);
    }

    async fn the_reviews_of_a_child_handed_on_before_its_hold_are_the_new_desks_after_a_restore(db: TestDatabases) {
        let handed = HandedOn::open(&db).await;
        let (house, d) = (&handed.house, &handed.house.directory);
        let missing = d.missing_from_journal().await.unwrap();
        assert_eq!((missing.holds, missing.missing()), (1, 1), "of what it keeps nothing else can be told");
        // Killed at any moment, nobody of the old desk keeps what is the new one's.
        for polls in (1..).step_by(3) {
            if killed_after(polls, d.replay_journal()).await.is_some() {
                break;
            }
        }
        nothing_is_missing(house).await;
        let bradford = d.organisation_id("Bradford").await.unwrap().unwrap();
        let at = Raw::data(&db).await.ids("SELECT organisation_id FROM pending_act WHERE kind = 'shield'").await;
        assert_eq!(at, [bradford]);
        handed.released(handed.hold).await;
        let (lena, brenda, boris) = HandedOn::people(house).await;
        assert!(d.review_shield(&lena, handed.review, ReviewDecision::Lift).await.is_err());
        d.review_shield(&brenda, handed.review, ReviewDecision::Lift).await.unwrap();
        d.decide_shield(&boris, handed.review, true).await.unwrap();
        assert!(!is_shielded(house, &handed.wilma).await);
    }

    async fn a_word_about_a_death_counts_by_the_authority_that_the_hold_remembers(db: TestDatabases) {
        let handed = HandedOn::open(&db).await;
        let house = &handed.house;
        replayed(house).await;
        let mut held = handed.hold;
        for at_bradford in [false, true] {
            let (lena, brenda, boris) = HandedOn::people(house).await;
            if at_bradford {
                held = HandedOn::held_by(house, &brenda, &boris, &handed.wilma).await;
            }
            let who = if at_bradford { &brenda } else { &lena };
            // More than a year ago: the record is archived with the word that counts (rule 4.6).
            let died = Some("2025-02-01".parse().unwrap());
            let told = house.directory.record_death(who, &handed.wilma, died).await;
            assert!(matches!(told, Err(DeathError::NotFound)), "{told:?}");
            handed.released(held).await;
            let nurse = house.nurse().await;
            assert_eq!(house.find(&nurse, by_number(&handed.wilma)).await.is_empty(), at_bradford);
        }
    }

    async fn what_was_joined_between_a_backup_and_a_hold_is_joined_again(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let (tess, tessa) = bench.tess().await;
        back_up(&db).await;
        let act = done(bench.join(&tess, &tessa).await);
        let held = hold(house, &tess).await;
        let kept = custody(&db).await;
        restore(&db).await;
        replayed(house).await;
        assert_eq!(custody(&db).await, kept);
        let nurse = house.nurse().await;
        for number in [&tess, &tessa] {
            assert!(house.find(&nurse, by_number(number)).await.is_empty(), "under the hold, whole");
        }
        release(house, held).await;
        assert_eq!(house.number_of(CARE, "C-1").await, tess);
        bench.undo(act).await.unwrap();
        assert_eq!(house.number_of(CARE, "C-1").await, tessa);
    }

    async fn a_consent_withdrawn_under_a_hold_waits_for_its_end_after_a_restore_too(db: TestDatabases) {
        let house = two_sources(&db).await;
        let own = seen("C-1").with("involvement_2_service", "mental_health")
            .with("involvement_2_organisation", COUNCIL)
            .with("involvement_2_practitioner", "Wilhelmina Frost")
            .with("involvement_2_basis", "consent")
            .with("involvement_2_consent", "parent")
            .with("involvement_2_asserted_by", COUNCIL)
            .with("involvement_2_asserted_on", "2025-11-03");
        house.load(CARE, &[own]).await;
        house.holds_end();
        assert_eq!(shown(&house).await.len(), 2);
        back_up(&db).await;
        let number = house.number_of(CARE, "C-1").await;
        let held = hold(&house, &number).await;
        let kept = custody(&db).await;
        let nurse = house.nurse().await;
        let mine = WithdrawnFrom::Own(ServiceType::MentalHealth);
        house.directory.withdraw_consent(&nurse, &number, &mine).await.unwrap();
        restore(&db).await;
        house.directory.replay_journal().await.unwrap();
        nothing_is_missing(&house).await;
        assert_eq!(custody(&db).await, kept);
        release(&house, held).await;
        assert_eq!(shown(&house).await.len(), 1, "it was remembered with the hold");
    }

    async fn about_whoever_stands_at_a_place_that_a_replay_protects_requests_wait(db: TestDatabases) {
        let house = House::open(&db).await;
        let there = |id: &str, name: &str| child(id, name, "Larkin", "2012-04-04").at("17 Quiet Street", "LS12 7XX");
        house.load(SCHOOLS, &[there("S-1", "Sorrel"), there("S-2", "Tamsin"), sorrel()]).await;
        house.holds_end();
        house.desk().await;
        back_up(&db).await;
        let d = &house.directory;
        let refuge = address("17 Quiet Street", "LS12 7XX");
        // Who comes after the backup is not in the data; who is under a hold by then is asked about as it ends.
        house.load(SCHOOLS, &[there("S-3", "Ursula")]).await;
        house.holds_end();
        let (sorrel, tamsin) = (house.number_of(SCHOOLS, "S-1").await, house.number_of(SCHOOLS, "S-2").await);
        let (_, first, second) = house.desk().await;
        assert!(d.propose_protected_place(&first, &refuge, refuge_file()).await.unwrap());
        let place = d.protected_places(&second).await.unwrap()[0].id;
        d.decide_protected_place(&second, place, PlaceDecision::Protect(&refuge)).await.unwrap();
        assert_eq!(asked_about(&house).await.len(), 3);
        let held = hold(&house, &tamsin).await;
        restore(&db).await;
        assert_eq!(d.missing_from_journal().await.unwrap().places, 1);
        replayed(&house).await;
        assert_eq!(asked_about(&house).await, [sorrel.clone()].into());
        release(&house, held).await;
        assert_eq!(asked_about(&house).await, [sorrel, tamsin].into());
    }

    async fn around_a_shield_set_again_it_is_looked(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[wilma("8 Orchard Way", "LS8 1BB")]).await;
        house.load(SCHOOLS, &[sorrel()]).await;
        house.holds_end();
        back_up(&db).await;
        house.shield(CARE, "C-1").await;
        let rounds = async || {
            house.clock.advance(jiff::SignedDuration::from_hours(2));
            for _ in 0..3 {
                house.directory.do_duties().await.unwrap();
            }
        };
        rounds().await;
        let moved = wilma("5 New Close", "LS8 4ZZ").with("effective_at", "2026-02-20");
        house.load(CARE, std::slice::from_ref(&moved)).await;
        rounds().await;
        let sorrel = house.number_of(SCHOOLS, "S-9").await;
        assert_eq!(asked_about(&house).await, [sorrel.clone()].into());
        restore(&db).await;
        replayed(&house).await;
        // The sources' files come before anybody is served (docs/operations.md).
        house.load(CARE, &[moved]).await;
        rounds().await;
        assert_eq!(asked_about(&house).await, [sorrel].into(), "nothing of her new home is ticked off unasked");
        rounds().await;
        assert_eq!(asked_about(&house).await.len(), 1);
    }
}
