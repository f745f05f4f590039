//! Two identities kept apart as an act of two people (law 5, rules 10.12, 10.13): what is decided of each record, what becomes
//! of its source's later statements, and what the sealed desk does with what is held.

use std::collections::BTreeSet;

use directory::access::{Reason, Role};
use directory::identities::{CutOver, SealKind, Side};
use jiff::civil::{Date, date};
use service::{
    CandidateKind, Counts, HeldChoice, HeldError, HeldTo, HeldView, Policy, SealError, SealProposal,
    SealRequest, SealStage,
};
use store::key_store::{self, RootKeyRow};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;
use vault::{RootKey, RootKeyName, WrappedRootKey};

use crate::house::{
    self, CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_street, child, nhs_number,
};
use crate::raw::Raw;
use crate::retention::present_keys;
use crate::trail::copy;

const BORN: &str = "2017-05-06";

pub fn amy(record: &str) -> Row {
    child(record, "Amy", "Carterwright", BORN).with("gender", "F").at("3 Quayside", "LS10 1AA")
}

pub fn ruby(record: &str) -> Row {
    child(record, "Ruby", "Thornycroft", BORN).with("gender", "F").at("20 Abbey Walk", "LS16 8ZZ")
}

/// Names both identities.
pub fn both(record: &str) -> Row {
    ruby(record).with("alias_1_forenames", "Amy").with("alias_1_surname", "Carterwright")
}

fn on(row: Row, day: &str) -> Row {
    row.with("effective_at", day)
}

pub fn named(records: &[(&str, &str)]) -> Vec<(String, String)> {
    records.iter().map(|(source, record)| ((*source).to_owned(), (*record).to_owned())).collect()
}

/// The day on which the schools' one record goes over.
const OVER: Date = date(2026, 1, 15);

/// Schools went on with one record, the practice and the authority have one for each identity.
pub fn proposal() -> SealProposal {
    SealProposal {
        former: named(&[(GP, "G-1")]),
        current: named(&[(CARE, "C-2")]),
        from: vec![(SCHOOLS.to_owned(), "S-1".to_owned(), OVER)],
        ..SealProposal::default()
    }
}

pub async fn load_all(house: &House) {
    house.load(GP, &[amy("G-1").with("nhs_number", &nhs_number(1))]).await;
    house.load(SCHOOLS, &[on(amy("S-1"), "2025-09-01")]).await;
    house.load(SCHOOLS, &[on(amy("S-1").in_school("Hilltop Primary"), "2025-10-01")]).await;
    house.load(CARE, &[ruby("C-2")]).await;
    house.load(SCHOOLS, &[on(ruby("S-1"), "2026-02-01")]).await;
    house.holds_end();
}

/// What nobody may see with Ruby, nor of Amy at all.
pub async fn apart(house: &House, when: &str) {
    let nurse = house.nurse().await;
    for criteria in [by_name_and_birth("Amy Carterwright", BORN), by_street("Carterwright", "Quayside")] {
        let found = house.find(&nurse, criteria).await;
        assert!(found.is_empty(), "{when}: {found:?}");
    }
    let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
    let page = serde_json::to_string(&view).unwrap();
    for word in ["Amy", "Carterwright", "Quayside", "Hilltop"] {
        assert!(!page.contains(word), "{when}: {word} in {page}");
    }
}

/// What a source is told.
fn receipt(counts: Counts) -> [u64; 5] {
    [counts.rows, counts.accepted, counts.unchanged, counts.updated, counts.quarantined]
}

pub async fn cases(house: &House) -> Vec<Uuid> {
    let (morgan, _) = house.managers().await;
    house.directory.held_records(&morgan).await.unwrap().into_iter().map(|line| line.id).collect()
}

/// A case as a manager sees it.
pub async fn case_view(house: &House, case: Uuid) -> HeldView {
    let (morgan, _) = house.managers().await;
    let reasoned = house.directory.state_reason(&morgan, Reason::Management).await.unwrap();
    house.directory.held_record(&reasoned, case).await.unwrap().data().clone()
}

/// Two people decide that a case belongs to a candidate of this kind. Where a protected home would show, they say that it may.
pub async fn released(house: &House, case: Uuid, to: CandidateKind) -> Result<(), HeldError> {
    let view = case_view(house, case).await;
    let at = view.candidates.iter().position(|kind| *kind == to).unwrap();
    let choice = match HeldTo::Candidate(at) {
        to if view.asked_about.contains(&to) => HeldChoice::InTheOpen(to),
        _ => HeldChoice::Candidate(at),
    };
    decided(house, case, choice).await
}

/// Two people decide this of a case.
pub async fn decided(house: &House, case: Uuid, choice: HeldChoice) -> Result<(), HeldError> {
    let (morgan, reece) = house.managers().await;
    house.directory.propose_held_release(&morgan, case, choice).await?;
    house.directory.decide_held_release(&reece, case, true).await
}

on_both_databases! {
    async fn a_seal_is_proposed_by_one_person_for_every_record_and_decided_by_another(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        let (d, old) = (&house.directory, house.number_of(GP, "G-1").await);
        let numbers = [old.clone(), house.number_of(CARE, "C-2").await, house.number_of(SCHOOLS, "S-1").await];
        let (morgan, reece) = house.managers().await;
        let reasoned = d.state_reason(&morgan, Reason::Management).await.unwrap();
        let records = d.records_to_seal(&reasoned, &numbers).await.unwrap().data().clone();
        let sides: Vec<(Uuid, CutOver)> = records
            .iter()
            .map(|record| &record.sent)
            .map(|sent| match sent.source.as_str().to_lowercase() {
                source if source.contains("school") => (sent.id, CutOver::From(OVER)),
                _ if sent.name.as_ref().unwrap().surname() == "Carterwright" => (sent.id, CutOver::All(Side::Former)),
                _ => (sent.id, CutOver::All(Side::Current)),
            })
            .collect();
        let request = SealRequest { kind: SealKind::ProtectedIdentity, records: sides };
        let partly = SealRequest { records: request.records[..request.records.len() - 1].to_vec(), ..request.clone() };
        let refused = d.propose_seal(&morgan, &partly).await;
        assert!(matches!(refused, Err(SealError::Unassigned { .. } | SealError::Sides)), "{refused:?}");
        let id = d.propose_seal(&morgan, &request).await.unwrap();
        assert!(matches!(d.decide_seal(&morgan, id, true).await, Err(SealError::OnePerson)));
        let waiting = d.seal_proposals(&reece).await.unwrap();
        assert!(waiting.iter().any(|line| line.id == id && line.may_decide && line.stage == SealStage::ToDecide));
        // The records change: what was proposed is void.
        house.load(CARE, &[ruby("C-2").with("carer_1_forenames", "Bo").with("carer_1_surname", "Thornycroft")]).await;
        assert!(matches!(d.decide_seal(&reece, id, true).await, Err(SealError::RecordsChanged)));
        assert!(matches!(d.decide_seal(&reece, id, true).await, Err(SealError::Moment)));
        assert_eq!(Raw::data(&db).await.count("barrier").await, 0, "nothing is sealed");
        let id = d.propose_seal(&morgan, &request).await.unwrap();
        let of_several = "SELECT count(*) FROM (SELECT entry_id FROM audit_lookup WHERE kind = 'child' \
             GROUP BY entry_id HAVING count(*) > 1) AS several";
        let before = Raw::data(&db).await.number(of_several).await;
        let new = d.decide_seal(&reece, id, true).await.unwrap().unwrap();
        assert!(!numbers.contains(&new));
        assert_eq!(Raw::data(&db).await.number(of_several).await, before, "no entry of the trail leads to two of them");
        apart(&house, "after the seal").await;
        let view = d.seal_proposal(&reasoned, id).await.unwrap();
        assert!(view.data().records.is_empty() && view.data().line.stage == SealStage::Sealed, "it keeps no record");
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_number(&old)).await.is_empty());
        let refused = d.records_to_seal(&reasoned, &[old]).await;
        assert!(matches!(refused, Err(SealError::NoSuchChild { position: 1 })), "as never issued");
    }

    async fn a_copy_of_the_trail_joins_the_two_identities_nowhere(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        // The handles under which the clear headers of a copy name children, and what was done, from this line on.
        let children_in = async |from: usize| {
            let mut notary = house.directory.notary().await.unwrap();
            house.directory.notarise(&mut notary).await.unwrap();
            let lines = copy(&house.directory).await;
            let headers = lines[from..].iter().filter_map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                serde_json::from_str::<serde_json::Value>(line["header"].as_str()?).ok()
            });
            let named: Vec<(String, Option<String>)> = headers
                .map(|header| (header["action"].to_string(), header["child"].as_str().map(str::to_owned)))
                .collect();
            (lines.len(), named)
        };
        let of = |named: &[(String, Option<String>)]| -> BTreeSet<String> {
            named.iter().filter_map(|(_, child)| child.clone()).collect()
        };
        let nurse = house.nurse().await;
        house.full_record(&nurse, by_name_and_birth("Amy Carterwright", BORN)).await;
        let (before, named) = children_in(0).await;
        let amys = of(&named);
        assert!(!amys.is_empty(), "opening her record named her");
        let (morgan, reece) = house.managers().await;
        house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let (sealed, named) = children_in(before).await;
        assert!(named.iter().any(|(action, _)| action.contains("record_changed")), "{named:?}");
        assert_eq!(of(&named), BTreeSet::new(), "the act names no child in the clear");
        apart(&house, "after the seal").await;
        let (_, named) = children_in(sealed).await;
        let rubys = of(&named);
        assert!(!rubys.is_empty() && rubys.is_disjoint(&amys), "another handle altogether");
    }

    async fn placed_records_go_to_their_side_when_the_keys_of_the_index_have_rotated(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        let (morgan, reece) = house.managers().await;
        house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let mut data = Raw::data(&db).await;
        let placed = data.count("placed_record").await;
        assert!(placed > 0);
        let (mut rng, key) = (testkit::seeded(3), house::key_encryption_key());
        let ring = present_keys(&db).await;
        let stored = store::Store::open(&db.data_url, &db.keys_url, &store::Options::default()).await.unwrap();
        let mut tx = stored.begin_keys().await.unwrap();
        for name in [RootKeyName::Match, RootKeyName::Search, RootKeyName::Pointer] {
            let root = RootKey::random(name, 2, &mut rng);
            let WrappedRootKey { name, epoch, generation, wrapped } = ring.wrap_root(&key, &root, &mut rng).unwrap();
            let row = RootKeyRow { name, epoch, generation, wrapped };
            key_store::insert_root_key(&mut tx, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        // Beside each other they are followed under either.
        let begun = House::furnished(house::open(&db, &house.clock, 2, Policy::default()).await, house.clock.clone()).await;
        begun.load(SCHOOLS, &[on(ruby("S-1").in_school("Mill Lane Primary"), "2026-02-02")]).await;
        assert_eq!(begun.directory.rotate_generations().await.unwrap().repointed, placed as u64);
        assert_eq!(begun.directory.rotate_generations().await.unwrap().repointed, 0, "once");
        assert_eq!(data.number("SELECT count(*) FROM placed_record WHERE epoch < 2").await, 0);
        // And when the key before is gone, under the newest alone.
        Raw::keys(&db).await.run("DELETE FROM root_key WHERE name = 'pointer' AND epoch = 1").await;
        let rotated = House::furnished(house::open(&db, &house.clock, 3, Policy::default()).await, house.clock.clone()).await;
        let (former, current) = (amy("S-1").in_school("Elm Primary"), ruby("S-1").in_school("Oak Primary"));
        rotated.load(SCHOOLS, &[on(current, "2026-02-03")]).await;
        rotated.load(GP, &[on(amy("G-1").with("practice_name", "Elm Surgery"), "2026-02-03")]).await;
        rotated.load(SCHOOLS, &[on(former, "2025-11-01")]).await;
        assert_eq!(data.number("SELECT count(*) FROM review").await, 0, "nobody has to say whose they are");
        assert_eq!(data.number("SELECT count(*) FROM source_record WHERE state = 'withheld'").await, 0);
    }

    async fn a_source_that_goes_on_with_one_record_is_parted_by_the_day(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        // An ordinary child elsewhere, of whom the same source speaks as often and on the same days.
        let twin = |row: Row| {
            row.with("record_id", "S-7")
                .with("forenames", "Kit")
                .with("surname", "Fairweather")
                .with("date_of_birth", "2012-12-12")
                .at("77 Station Road", "HX1 1AA")
        };
        for (row, day) in [(amy("S-7"), "2025-09-01"), (amy("S-7").in_school("Hilltop Primary"), "2025-10-01"), (ruby("S-7"), "2026-02-01")] {
            house.load(SCHOOLS, &[twin(on(row, day))]).await;
        }
        let (morgan, reece) = house.managers().await;
        let new = house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        apart(&house, "after the seal").await;
        let mut raw = Raw::data(&db).await;
        let gaps = "SELECT count(*) FROM source_record r WHERE r.version <> 1 + (SELECT count(*) FROM source_version v \
             WHERE v.record_id = r.record_id AND v.bucket = r.bucket)";
        assert_eq!(raw.number(gaps).await, 0, "no gap tells that a statement is elsewhere");
        assert_eq!(raw.number("SELECT count(*) FROM source_version").await, 3, "one of Amy's before-images, two of the other child's");
        let held = raw.count("review").await;
        let told = async |row: Row, day: &str| {
            let sealed = receipt(house.load(SCHOOLS, &[on(row.clone(), day)]).await);
            let ordinary = receipt(house.load(SCHOOLS, &[twin(on(row, day))]).await);
            assert_eq!(sealed, ordinary, "{day}: a receipt depends on the source's own rows alone (law 7)");
            sealed
        };
        // Late news of the former identity: older than what the source said last, wherever that is kept, and so never applied.
        let superseded = [1, 0, 0, 0, 0];
        assert_eq!(told(amy("S-1").at("9 Old Lane", "LS10 1AB"), "2025-12-01").await, superseded);
        assert_eq!(told(amy("S-1").at("9 Old Lane", "LS10 1AB"), "2025-12-01").await, superseded);
        apart(&house, "after late news").await;
        assert_eq!(house.number_of(SCHOOLS, "S-1").await, new);
        assert_eq!(raw.count("review").await, held);
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Carterwright", "Old Lane")).await.is_empty());
        // Of the day itself, or of a day of the other, dated before what was said last: the same. And one name with the
        // other's day: the sealed desk.
        assert_eq!(told(ruby("S-1").in_school("Abbey School"), "2026-01-15").await, superseded);
        assert_eq!(cases(&house).await.len(), 0);
        told(ruby("S-1").in_school("Abbey School"), "2026-02-03").await;
        assert_eq!(cases(&house).await.len(), 0);
        assert_eq!(told(ruby("S-1").in_school("Abbey School"), "2025-12-03").await, superseded);
        assert_eq!(cases(&house).await.len(), 0);
        told(amy("S-1"), "2026-02-04").await;
        assert_eq!(cases(&house).await.len(), 1, "the one's name on a day of the other");
        // News of the identity that goes on.
        told(ruby("S-1").in_school("Abbey School"), "2026-03-01").await;
        apart(&house, "after news").await;
        let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
        assert!(serde_json::to_string(&view).unwrap().contains("Abbey School"));
    }

    async fn the_records_of_a_protected_child_are_listed_at_its_own_authority_alone(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[ruby("C-2")]).await;
        house.load(GP, &[ruby("G-2"), amy("G-9").at("12 Far Road", "LS3 3AA")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-2").await;
        // Nobody answers for the other one: she may be anybody's.
        let both = [number.clone(), house.number_of(GP, "G-9").await];
        let bradford = house.another_authority().await;
        let elsewhere = house.person("brenda", Role::Manager, bradford).await;
        let d = &house.directory;
        let elsewhere = d.state_reason(&elsewhere, Reason::Management).await.unwrap();
        let alone = d.records_to_seal(&elsewhere, std::slice::from_ref(&number)).await;
        assert!(matches!(alone, Err(SealError::NoSuchChild { position: 1 })), "another authority answers for her");
        let listed = d.records_to_seal(&elsewhere, &both).await.unwrap().data().clone();
        assert_eq!(listed.len(), 3, "with one who may be theirs, of a child that nothing protects");
        house.shield(CARE, "C-2").await;
        // Which records a shielded child has says who works with it.
        let refused = d.records_to_seal(&elsewhere, &both).await;
        assert!(matches!(refused, Err(SealError::NoSuchChild { position: 1 })));
        let sides = [Side::Former, Side::Current, Side::Current].map(CutOver::All);
        let records: Vec<_> = listed.iter().map(|record| record.sent.id).zip(sides).collect();
        let request = SealRequest { kind: SealKind::Adoption, records };
        assert!(matches!(d.propose_seal(elsewhere.who(), &request).await, Err(SealError::Sides)));
        let (own, _) = house.managers().await;
        let own = d.state_reason(&own, Reason::Management).await.unwrap();
        assert_eq!(d.records_to_seal(&own, &[number]).await.unwrap().data().len(), 2);
    }

    async fn what_one_identity_begins_to_say_after_the_seal_is_foreign_to_the_other(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        let (morgan, reece) = house.managers().await;
        house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("seal_word").await, 0, "what was said before stands in the order");
        let harbour = |row: Row| row.at("41 Harbour Lane", "LS12 3AD");
        let told = house.load(CARE, &[harbour(ruby("C-2"))]).await;
        assert_eq!(told.updated, 1, "{told:?} {:?}", cases(&house).await);
        assert!(cases(&house).await.is_empty());
        assert!(raw.count("seal_word").await > 0);
        assert!(cases(&house).await.is_empty());
        // The former identity's practice hears of it: the name and the birth date it goes on with, and the other's place.
        house.load(GP, &[harbour(amy("G-1").with("nhs_number", &nhs_number(1)))]).await;
        assert_eq!(cases(&house).await.len(), 1, "the one’s new place, in the other’s record");
        house.load(GP, &[amy("G-1").with("nhs_number", &nhs_number(1)).at("9 Old Lane", "LS10 1AB")]).await;
        assert!(cases(&house).await.is_empty(), "its source has put it right");
        // And the other way round, in one file after the other and within one.
        house.load(CARE, &[ruby("C-2").at("9 Old Lane", "LS10 1AB")]).await;
        assert_eq!(cases(&house).await.len(), 1);
        house.load(CARE, &[harbour(ruby("C-2")).with("carer_1_forenames", "Bo").with("carer_1_surname", "Quill")]).await;
        assert!(cases(&house).await.is_empty(), "its own words keep nobody waiting");
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
        assert!(serde_json::to_string(&view).unwrap().contains("Harbour Lane"));
        apart(&house, "after all").await;
    }

    async fn a_number_of_the_former_identity_is_not_carried_over(db: TestDatabases) {
        let house = House::open(&db).await;
        // The practice went on with the number it had.
        let old = |row: Row| row.with("nhs_number", &nhs_number(1));
        house.load(GP, &[old(amy("G-1")), old(ruby("G-2"))]).await;
        house.load(CARE, &[ruby("C-2")]).await;
        house.holds_end();
        let proposal = SealProposal {
            former: named(&[(GP, "G-1")]),
            current: named(&[(GP, "G-2"), (CARE, "C-2")]),
            kind: SealKind::GenderRecognition,
            ..SealProposal::default()
        };
        let (morgan, reece) = house.managers().await;
        let new = house.directory.seal_identities(&morgan, &reece, &proposal).await.unwrap();
        // A record of the former identity with that number is near nobody else: to the sealed side, silently.
        let former = house.number_of(GP, "G-1").await;
        house.load(CARE, &[old(amy("C-9"))]).await;
        assert_eq!(house.number_of(CARE, "C-9").await, former);
        assert!(cases(&house).await.is_empty());
        // Nor is it carried over by the practice's next statement, which keeps nobody waiting.
        house.load(GP, &[old(ruby("G-2")).with("practice_name", "Abbey Surgery")]).await;
        house.load(CARE, &[old(amy("C-8"))]).await;
        assert_eq!(house.number_of(CARE, "C-8").await, former);
        assert_eq!(house.number_of(GP, "G-2").await, new);
        assert!(cases(&house).await.is_empty());
        apart(&house, "in the end").await;
    }

    async fn two_people_release_what_is_held_and_it_counts_from_then_on(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        let (morgan, reece) = house.managers().await;
        let new = house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let former = house.number_of(GP, "G-1").await;
        house.load(CARE, &[both("C-8").with("involvement_1_service", "youth_worker").with("involvement_1_practitioner", "Ola Finch")]).await;
        house.holds_end();
        let case = cases(&house).await[0];
        let reasoned = house.directory.state_reason(&morgan, Reason::Management).await.unwrap();
        let view = house.directory.held_record(&reasoned, case).await.unwrap().data().clone();
        assert_eq!(view.candidates.len(), 2, "{:?}", view.candidates);
        let told = format!("{view:?}");
        for hidden in ["Quayside", "Abbey", "LS1", former.as_str(), new.as_str()] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        let at = view.candidates.iter().position(|kind| *kind == CandidateKind::Present).unwrap();
        let d = &house.directory;
        let (morgan, reece) = house.managers().await;
        d.propose_held_release(&morgan, case, HeldChoice::Candidate(at)).await.unwrap();
        assert!(matches!(d.propose_held_release(&reece, case, HeldChoice::Different).await, Err(HeldError::Moment)));
        assert!(matches!(d.decide_held_release(&morgan, case, true).await, Err(HeldError::OnePerson)));
        d.decide_held_release(&reece, case, false).await.unwrap();
        assert_eq!(cases(&house).await, [case], "it waits for another proposal");
        released(&house, case, CandidateKind::Present).await.unwrap();
        assert!(cases(&house).await.is_empty());
        apart(&house, "after the release").await;
        let nurse = house.nurse().await;
        let page = house.full_record(&nurse, by_name_and_birth("Ruby Thornycroft", BORN)).await;
        assert!(page.number == new && !page.involvements.is_empty(), "its youth worker shows: {page:?}");
        // A record under the former name cannot stand with the present one.
        house.load(GP, &[amy("G-8").at("20 Abbey Walk", "LS16 8ZZ").with("alias_1_forenames", "Ruby").with("alias_1_surname", "Thornycroft")]).await;
        let case = cases(&house).await[0];
        assert!(matches!(released(&house, case, CandidateKind::Present).await, Err(HeldError::SaysTheOther)));
        // And one of each side's address is a question for its source; a different child is nobody's.
        let (_, reece) = house.managers().await;
        let different = d.propose_held_release(&reece, case, HeldChoice::Candidate(7)).await;
        assert!(matches!(different, Err(HeldError::NoSuchCandidate)));
        apart(&house, "in the end").await;
        assert!(house.find(&nurse, by_number(&former)).await.is_empty());
    }

    async fn an_ordinary_record_that_begins_to_name_both_is_withheld_until_two_people_have_looked(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        house.load(CARE, &[child("C-20", "Bob", "Sparrow", "2011-11-11").at("5 Mill Row", "LS7 7AA")]).await;
        house.load(GP, &[child("G-20", "Bob", "Sparrow", "2011-11-11").at("5 Mill Row", "LS7 7AA")]).await;
        house.holds_end();
        let (morgan, reece) = house.managers().await;
        let new = house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        // The authority had confused two children, and puts it right.
        house.load(CARE, &[both("C-20")]).await;
        apart(&house, "while it is held").await;
        let case = cases(&house).await;
        assert_eq!(case.len(), 1);
        released(&house, case[0], CandidateKind::Present).await.unwrap();
        assert_eq!(house.number_of(CARE, "C-20").await, new);
        apart(&house, "after the release").await;
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_name_and_birth("Bob Sparrow", "2011-11-11")).await.len(), 1);
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.number("SELECT count(DISTINCT length(sealed)) FROM child").await, 1, "no length tells a seal");
        assert_eq!(raw.texts("SELECT DISTINCT kind || ' ' || author FROM link").await, ["automatic matcher"]);
    }

    async fn a_record_held_near_a_shielded_child_is_released_as_a_different_child_or_joined(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[amy("G-1").with("nhs_number", &nhs_number(1))]).await;
        house.holds_end();
        let shielded = house.shield(GP, "G-1").await;
        // Either may be hers, by the months of a birth date; neither lives where she does.
        let like_her = |record| child(record, "Amy", "Carterwright", "2017-06-05");
        house.load(CARE, &[like_her("C-5").at("9 Near Road", "LS4 4AA")]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Carterwright", "Near Road")).await.is_empty());
        let case = cases(&house).await[0];
        let view = case_view(&house, case).await;
        assert!(!format!("{view:?}").contains("Quayside"));
        assert!(!view.at_protected_home && view.asked_about.is_empty());
        let (morgan, _) = house.managers().await;
        let too_much = HeldChoice::InTheOpen(HeldTo::Different);
        let told = house.directory.propose_held_release(&morgan, case, too_much).await;
        assert!(matches!(told, Err(HeldError::AtNoProtectedHome)), "there is nothing to say of a shield");
        decided(&house, case, HeldChoice::Different).await.unwrap();
        assert_eq!(house.find(&nurse, by_street("Carterwright", "Near Road")).await.len(), 1, "a child of its own");
        house.load(CARE, &[like_her("C-4").at("7 Far Road", "LS3 3AA")]).await;
        house.holds_end();
        released(&house, cases(&house).await[0], CandidateKind::Shielded).await.unwrap();
        assert!(cases(&house).await.is_empty());
        assert_eq!(house.number_of(CARE, "C-4").await, shielded);
        let found = house.find(&nurse, by_name_and_birth("Amy Carterwright", BORN)).await;
        let mut hers = found.iter().filter(|found| found.row.number == shielded);
        assert!(hers.all(|found| found.row.town.is_none()), "the shield covers what joined: {found:?}");
    }
}
