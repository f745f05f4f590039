//! A record that is held because it lies at a protected home (law 3, rule 10.11): the sealed desk is told that it does, and two
//! people say whether the child is shielded too. What would show where a shielded child lives is never left unsaid.

use directory::access::Reason;
use directory::disclosure::Disclosure;
use directory::shield::{EvidenceKind, EvidenceReference};
use directory::{Address, Line, Postcode, ShieldClass, ShieldReason, ShieldRequester};
use service::{CandidateKind, HeldChoice, HeldError, HeldTo, PlaceDecision, ReviewDecision};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{
    CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, by_street, child, shield_request,
};
use crate::identities::{case_view, cases, decided};
use crate::identities_restored::restored;
use crate::raw::Raw;
use crate::retention::back_up;

const HOME: (&str, &str) = ("Flat 2, 8 Orchard Way", "LS8 1BB");

/// Nothing of Tom is like Wilma but where he lives.
fn tom(record: &str) -> Row {
    child(record, "Tom", "Oakes", "2014-04-04").at(HOME.0, HOME.1)
}

async fn with_wilma(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(GP, &[child("G-1", "Wilma", "Winterbourne", "2015-06-07").at(HOME.0, HOME.1)]).await;
    house.holds_end();
    house
}

async fn found_where_wilma_lives(house: &House) -> usize {
    let nurse = house.nurse().await;
    house.find(&nurse, by_street("Oakes", "Orchard Way")).await.len()
}

const SHIELDED: HeldChoice = HeldChoice::Shielded(HeldTo::Different);
const IN_THE_OPEN: HeldChoice = HeldChoice::InTheOpen(HeldTo::Different);

on_both_databases! {
    async fn a_newborn_at_a_shielded_home_is_released_with_a_shield_and_never_by_default_without(db: TestDatabases) {
        let house = with_wilma(&db).await;
        house.shield(GP, "G-1").await;
        house.load(CARE, &[tom("C-5")]).await;
        house.holds_end();
        let case = cases(&house).await[0];
        let shown = case_view(&house, case).await;
        assert!(shown.at_protected_home && shown.candidates.is_empty(), "it only meets the place: {shown:?}");
        assert_eq!(shown.asked_about, [HeldTo::Different]);
        let told = format!("{shown:?}");
        for hidden in ["Wilma", "Winterbourne", "Orchard", "LS8", house.number_of(GP, "G-1").await.as_str()] {
            assert!(!told.contains(hidden), "whose home it is is not told: {hidden} in {told}");
        }
        let unsaid = decided(&house, case, HeldChoice::Different).await;
        assert!(matches!(unsaid, Err(HeldError::AtProtectedHome)));
        decided(&house, case, SHIELDED).await.unwrap();
        assert!(cases(&house).await.is_empty());
        assert_eq!(found_where_wilma_lives(&house).await, 0);
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_name_and_birth("Tom Oakes", "2014-04-04")).await;
        assert!(found.len() == 1 && found[0].row.town.is_none(), "found by what shows: {found:?}");
        assert!(matches!(house.record(&nurse, &found[0]).await, Disclosure::Shielded(_)));
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.texts("SELECT DISTINCT authority FROM child").await, ["national"], "an authority is a place");
        let protected = raw.number("SELECT count(DISTINCT pointer) FROM match_key WHERE tier = 2").await;
        assert_eq!(protected, 2, "his home is protected for itself");
    }

    async fn whoever_shares_a_carer_with_a_child_that_is_shielded_with_a_release_waits_at_the_desk(db: TestDatabases) {
        let house = with_wilma(&db).await;
        let mother = |row: Row| row.with("carer_1_forenames", "Morwenna").with("carer_1_surname", "Ashgrove");
        house.load(SCHOOLS, &[
            child("S-1", "Barnaby", "Larkin", "2012-04-04").at(HOME.0, HOME.1),
            mother(child("S-2", "Sigrid", "Larkin", "2010-09-09").at("31 Mill Lane", "LS8 4ZZ")),
            child("S-3", "Tamsin", "Pole", "2011-11-11").at("33 Mill Lane", "LS8 4ZZ"),
        ]).await;
        house.holds_end();
        house.shield(GP, "G-1").await;
        house.load(CARE, &[mother(tom("C-5"))]).await;
        house.holds_end();
        let (_, first, second) = house.desk().await;
        let before = house.directory.shield_requests(&first).await.unwrap().waiting.len();
        decided(&house, cases(&house).await[0], SHIELDED).await.unwrap();
        let waiting = house.directory.shield_requests(&second).await.unwrap().waiting;
        assert_eq!(waiting.len(), before + 1, "who lives with Wilma was decided with her, who lives elsewhere shares nothing");
        let asked = house.request_at(&second, waiting[0].id).await;
        assert_eq!(asked.child.number, house.number_of(SCHOOLS, "S-2").await);
        assert!(!asked.child.shielded && waiting[0].can_go_on, "two people decide");
    }

    async fn a_shield_set_with_a_release_is_reviewed_and_lifted_like_any_other(db: TestDatabases) {
        let house = with_wilma(&db).await;
        house.shield(GP, "G-1").await;
        house.load(CARE, &[tom("C-5")]).await;
        house.holds_end();
        decided(&house, cases(&house).await[0], SHIELDED).await.unwrap();
        house.clock.advance(jiff::SignedDuration::from_hours(24 * 200));
        let (_, first, second) = house.desk().await;
        let due = house.directory.shield_requests(&first).await.unwrap().reviews;
        assert_eq!(due.len(), 2, "hers and his");
        let tom = house.number_of(CARE, "C-5").await;
        for line in due {
            if house.request_at(&first, line.id).await.child.number != tom {
                continue;
            }
            assert_eq!((line.reason, line.requested_by), (ShieldReason::DomesticAbuse, ShieldRequester::Police), "as hers");
            house.directory.review_shield(&first, line.id, ReviewDecision::Lift).await.unwrap();
            house.directory.decide_shield(&second, line.id, true).await.unwrap();
        }
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_number(&tom)).await;
        assert!(matches!(house.record(&nurse, &found[0]).await, Disclosure::Full(_)));
    }

    async fn a_shield_set_with_a_release_is_there_again_after_a_restore(db: TestDatabases) {
        let house = with_wilma(&db).await;
        house.shield(GP, "G-1").await;
        house.load(CARE, &[tom("C-5")]).await;
        house.holds_end();
        back_up(&db).await;
        decided(&house, cases(&house).await[0], SHIELDED).await.unwrap();
        restored(&db).await;
        house.directory.replay_journal().await.unwrap();
        assert_eq!(house.directory.replay_journal().await.unwrap().missing(), 0, "once");
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_name_and_birth("Tom Oakes", "2014-04-04")).await;
        assert!(found.len() == 1 && found[0].row.town.is_none(), "he is released, and shielded: {found:?}");
        assert_eq!(found_where_wilma_lives(&house).await, 0);
    }

    async fn who_is_barred_from_one_child_of_a_home_is_barred_from_the_child_that_is_released_there(db: TestDatabases) {
        let house = with_wilma(&db).await;
        let number = house.number_of(GP, "G-1").await;
        for username in ["dad", "uncle", "aunt", "cousin"] {
            house.account(username, &[directory::access::Role::Practitioner]).await;
        }
        for barred in [&["dad", "uncle"][..], &["aunt", "cousin"]] {
            let mut request = shield_request(&number);
            request.bar_accounts = barred.iter().map(|&name| name.to_owned()).collect();
            if barred.contains(&"aunt") {
                request.grounds.class = ShieldClass::HighRisk;
            }
            house.shield_alone(request).await;
        }
        house.load(CARE, &[tom("C-5")]).await;
        house.holds_end();
        decided(&house, cases(&house).await[0], SHIELDED).await.unwrap();
        let tom = house.number_of(CARE, "C-5").await;
        for username in ["dad", "uncle", "aunt", "cousin"] {
            let barred = house.sign_in_again(username).await;
            let barred = house.directory.state_reason(&barred, Reason::WhoElseIsInvolved).await.unwrap();
            assert!(house.find(&barred, by_number(&tom)).await.is_empty(), "{username}");
        }
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_number(&tom)).await.len(), 1);
    }

    async fn two_people_who_say_so_release_a_child_in_the_open_at_a_protected_home(db: TestDatabases) {
        let house = with_wilma(&db).await;
        house.shield(GP, "G-1").await;
        house.load(CARE, &[tom("C-5")]).await;
        house.holds_end();
        let case = cases(&house).await[0];
        let (morgan, reece) = house.managers().await;
        let d = &house.directory;
        d.propose_held_release(&morgan, case, IN_THE_OPEN).await.unwrap();
        assert_eq!(case_view(&house, case).await.proposal.unwrap().0, IN_THE_OPEN, "the second person is told exactly that");
        assert_eq!(found_where_wilma_lives(&house).await, 0);
        let (_, reece) = (reece, house.managers().await.1);
        d.decide_held_release(&reece, case, true).await.unwrap();
        assert_eq!(found_where_wilma_lives(&house).await, 1);
    }

    async fn what_is_proposed_before_the_home_is_protected_is_not_carried_out_after(db: TestDatabases) {
        let house = with_wilma(&db).await;
        let amy = child("G-2", "Amy", "Carterwright", "2017-05-06").at("3 Quayside", "LS10 1AA");
        house.load(GP, &[amy]).await;
        house.holds_end();
        house.shield(GP, "G-2").await;
        // Held because it may be Amy's; it lies where Wilma lives, who is not shielded yet.
        house.load(CARE, &[child("C-4", "Amy", "Carterwright", "2017-06-05").at(HOME.0, HOME.1)]).await;
        house.holds_end();
        let case = cases(&house).await[0];
        let (morgan, _) = house.managers().await;
        house.directory.propose_held_release(&morgan, case, HeldChoice::Different).await.unwrap();
        house.shield(GP, "G-1").await;
        let (_, reece) = house.managers().await;
        let late = house.directory.decide_held_release(&reece, case, true).await;
        assert!(matches!(late, Err(HeldError::AtProtectedHome)));
        house.directory.decide_held_release(&reece, case, false).await.unwrap();
        decided(&house, case, SHIELDED).await.unwrap();
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Carterwright", "Orchard Way")).await.is_empty());
    }

    async fn a_known_child_who_moves_to_a_protected_home_is_shielded_with_it_or_two_people_say_not(db: TestDatabases) {
        let house = with_wilma(&db).await;
        house.load(CARE, &[tom("C-5").at("31 Mill Lane", "LS8 4ZZ")]).await;
        house.load(SCHOOLS, &[tom("S-5").at("31 Mill Lane", "LS8 4ZZ")]).await;
        house.holds_end();
        house.shield(GP, "G-1").await;
        house.load(CARE, &[tom("C-5")]).await;
        let case = cases(&house).await[0];
        let shown = case_view(&house, case).await;
        assert_eq!((shown.changed, shown.candidates.as_slice()), (true, &[CandidateKind::Other][..]));
        assert_eq!(shown.asked_about, [HeldTo::Candidate(0), HeldTo::Different]);
        let unsaid = decided(&house, case, HeldChoice::Candidate(0)).await;
        assert!(matches!(unsaid, Err(HeldError::AtProtectedHome)));
        decided(&house, case, HeldChoice::Shielded(HeldTo::Candidate(0))).await.unwrap();
        assert_eq!(found_where_wilma_lives(&house).await, 0);
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Oakes", "Mill Lane")).await.is_empty(), "the shield covers all of him");
        assert_eq!(house.number_of(CARE, "C-5").await, house.number_of(SCHOOLS, "S-5").await);
    }

    async fn a_protected_place_asks_the_same_where_no_child_is_shielded(db: TestDatabases) {
        let house = House::open(&db).await;
        let (_, first, second) = house.desk().await;
        let d = &house.directory;
        let address = Address {
            lines: vec![Line::parse(HOME.0).unwrap()],
            postcode: Some(Postcode::parse(HOME.1).unwrap()),
            ..Address::default()
        };
        let file = EvidenceReference::new(EvidenceKind::RefugeReferral, "WA/17").unwrap();
        assert!(d.propose_protected_place(&first, &address, file).await.unwrap());
        let place = d.protected_places(&second).await.unwrap()[0].id;
        d.decide_protected_place(&second, place, PlaceDecision::Protect(&address)).await.unwrap();
        house.load(CARE, &[tom("C-5")]).await;
        house.holds_end();
        let case = cases(&house).await[0];
        assert!(case_view(&house, case).await.at_protected_home);
        assert!(matches!(decided(&house, case, HeldChoice::Different).await, Err(HeldError::AtProtectedHome)));
        decided(&house, case, SHIELDED).await.unwrap();
        assert_eq!(found_where_wilma_lives(&house).await, 0);
    }
}
