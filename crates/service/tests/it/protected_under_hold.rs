//! Protected children while a legal hold keeps them, or somebody who lives with them, unread (laws 3, 8): a shield, whom it bars and
//! who stands in the open beside it are the same as if anybody could read the record.

use directory::PartialDate;
use directory::access::Role;
use directory::disclosure::Disclosure;
use directory::{ChildNumber, ServiceType};
use service::{
    DeathError, HeldError, HoldError, PlaceDecision, ShieldDecision, ShieldRequest, SignedIn, WithdrawnFrom,
};
use testkit::{TestDatabases, on_both_databases};

use crate::barred::{at_work, shielded_from};
use crate::families::{herself, taken_in};
use crate::house::{CARE, House, SCHOOLS, by_number, by_street, child, shield_request};
use crate::legal_holds::{hold, release, restored};
use crate::raw::Raw;
use crate::retention::back_up;
use crate::shield_desk::{address, refuge_file};
use crate::shields_after_seals::{ruby_and_jade, sealed, waiting, with_file};

/// Wilma, and Barnaby who lives with her; the council answers for both.
async fn siblings(db: &TestDatabases) -> (House, ChildNumber, ChildNumber) {
    let house = House::open(db).await;
    let home = |record, forename, born| {
        child(record, forename, "Winterbourne", born)
            .at("8 Orchard Way", "LS8 1BB")
            .with("local_authority", "E08000035")
    };
    house.load(SCHOOLS, &[home("S-1", "Wilma", "2012-06-07"), home("S-2", "Barnaby", "2014-04-04")]).await;
    house.holds_end();
    let (wilma, barnaby) = (house.number_of(SCHOOLS, "S-1").await, house.number_of(SCHOOLS, "S-2").await);
    (house, wilma, barnaby)
}

async fn stands_in_the_open(house: &House, street: &str) -> bool {
    let nurse = house.nurse().await;
    !house.find(&nurse, by_street("Wilma Winterbourne", street)).await.is_empty()
}

/// The records of children at the sealed desk, as this person sees the list.
async fn cases(house: &House, who: &SignedIn) -> Vec<uuid::Uuid> {
    house.directory.held_records(who).await.unwrap().iter().map(|case| case.id).collect()
}

on_both_databases! {
    async fn whoever_was_under_a_legal_hold_when_their_home_was_shielded_waits_at_the_desk_when_it_ends(db: TestDatabases) {
        let (house, wilma, barnaby) = siblings(&db).await;
        let held = hold(&house, &barnaby).await;
        let d = &house.directory;
        let (asks, first, second) = house.desk().await;
        let asked = house.ask_for_shield(&asks, &first, shield_request(&wilma)).await;
        assert!(house.household(&first, asked).await.is_empty(), "nobody can read that he lives there");
        d.propose_shield(&first, asked, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        d.decide_shield(&second, asked, true).await.unwrap();
        release(&house, held).await;
        let (_, first, second) = house.desk().await;
        let asked = waiting(&house, &first).await;
        assert_eq!(asked.len(), 1);
        assert_eq!(house.request_at(&first, asked[0]).await.child.number, barnaby);
        d.propose_shield(&first, asked[0], &ShieldDecision::Decline).await.unwrap();
        d.decide_shield(&second, asked[0], true).await.unwrap();
        // What was there when the hold began was decided on; it is not asked about again.
        let held = hold(&house, &barnaby).await;
        release(&house, held).await;
        let (_, first, _) = house.desk().await;
        assert!(waiting(&house, &first).await.is_empty());
    }

    async fn whoever_was_under_a_legal_hold_when_their_place_was_protected_waits_at_the_desk_when_it_ends(db: TestDatabases) {
        let (house, _, barnaby) = siblings(&db).await;
        let held = hold(&house, &barnaby).await;
        let (d, refuge) = (&house.directory, address("8 Orchard Way", "LS8 1BB"));
        let (first, second) = house.managers().await;
        assert!(d.propose_protected_place(&first, &refuge, refuge_file()).await.unwrap());
        let place = d.protected_places(&second).await.unwrap()[0].id;
        d.decide_protected_place(&second, place, PlaceDecision::Protect(&refuge)).await.unwrap();
        let before = waiting(&house, &first).await;
        release(&house, held).await;
        let (first, _) = house.managers().await;
        let mut asked = waiting(&house, &first).await;
        asked.retain(|id| !before.contains(id));
        assert_eq!(asked.len(), 1, "one more than about those who stood there in the open");
        assert_eq!(house.request_at(&first, asked[0]).await.child.number, barnaby);
    }

    async fn a_shield_decided_before_a_hold_is_in_force_when_the_hold_ends_after_a_restore(db: TestDatabases) {
        let (house, wilma, _) = siblings(&db).await;
        house.account("dana", &[Role::Manager]).await;
        back_up(&db).await;
        house.shield_alone(ShieldRequest { bar_accounts: vec!["dana".to_owned()], ..shield_request(&wilma) }).await;
        let held = hold(&house, &wilma).await;
        restored(&db).await;
        Raw::data(&db).await.run("DELETE FROM pending_act WHERE kind = 'shield'").await;
        house.directory.replay_journal().await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        // It bars whom it barred, unread.
        let dana = house.sign_in_again("dana").await;
        assert!(house.directory.legal_holds(&dana).await.unwrap().is_empty());
        let release_by_dana = house.directory.propose_release(&dana, held).await;
        assert!(matches!(release_by_dana, Err(HoldError::NotFound)), "{release_by_dana:?}");
        release(&house, held).await;
        assert!(!stands_in_the_open(&house, "8 Orchard Way").await);
        let nurse = house.nurse().await;
        let found = house.find(&nurse, by_number(&wilma)).await;
        assert!(matches!(house.record(&nurse, &found[0]).await, Disclosure::Shielded(_)));
        let acts = Raw::data(&db).await.count("pending_act WHERE kind = 'shield' AND state = 'approved'").await;
        assert_eq!(acts, 1, "and it stands on the list of reviews");
    }

    async fn a_case_at_the_home_of_a_shielded_child_under_a_hold_is_no_barred_persons_and_no_other_desks(db: TestDatabases) {
        let (house, wilma) = shielded_from(&db, &["dana"], &[]).await;
        let bradford = house.another_authority().await;
        house.person("brad", Role::Manager, bradford).await;
        hold(&house, &wilma).await;
        house.load(SCHOOLS, &[child("S-7", "Tom", "Oakes", "2011-01-09").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let (morgan, _) = house.managers().await;
        let case = cases(&house, &morgan).await;
        assert_eq!(case.len(), 1, "the desk of the authority that held her decides it");
        for name in ["dana", "brad"] {
            let who = at_work(&house, name).await;
            assert!(cases(&house, who.who()).await.is_empty());
            let looked = house.directory.held_record(&who, case[0]).await;
            assert!(matches!(looked, Err(HeldError::NotFound)), "{looked:?}");
        }
    }

    async fn a_hold_that_somebody_refuses_at_the_same_moment_moves_no_key_and_a_refused_release_returns_none(db: TestDatabases) {
        let (house, wilma, _) = siblings(&db).await;
        house.account("avery", &[Role::Manager]).await;
        let d = &house.directory;
        let custody = async || Raw::keys(&db).await.count("held_bundle").await;
        for releasing in [false, true] {
            let in_force = if releasing { Some(hold(&house, &wilma).await) } else { None };
            let (first, second) = house.managers().await;
            let third = house.sign_in("avery").await;
            let act = match in_force {
                Some(held) => d.propose_release(&first, held).await.unwrap(),
                None => {
                    let until = "2027-12-31".parse().unwrap();
                    let basis = directory::retention::HoldBasis::CourtOrder;
                    d.propose_hold(&first, &service::HoldRequest { number: wilma.clone(), basis, until }).await.unwrap()
                }
            };
            let before = custody().await;
            let (agreed, refused) = tokio::join!(
                Box::pin(d.decide_hold(&second, act, true)),
                Box::pin(d.decide_hold(&third, act, false)),
            );
            assert_ne!(agreed.is_ok(), refused.is_ok(), "one of them: {agreed:?}, {refused:?}");
            if refused.is_ok() {
                assert_eq!(custody().await, before, "what was refused moves no key");
            }
            assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0);
            let listed = d.legal_holds(&first).await.unwrap().iter().any(|line| line.in_force);
            assert_eq!(listed, custody().await > 0, "a hold is listed while, and only while, it keeps keys");
            if let Some(held) = d.legal_holds(&first).await.unwrap().iter().find(|line| line.in_force) {
                release(&house, held.act).await;
            }
        }
    }

    async fn every_refused_step_about_a_hold_is_in_the_trail(db: TestDatabases) {
        let (house, wilma, _) = siblings(&db).await;
        let d = &house.directory;
        let held = hold(&house, &wilma).await;
        let (first, second) = house.managers().await;
        let asked = d.propose_release(&first, held).await.unwrap();
        let entries = async || Raw::data(&db).await.count("audit_entry").await;
        let before = entries().await;
        assert!(matches!(d.decide_hold(&first, asked, true).await, Err(HoldError::OnePerson)));
        assert!(matches!(d.decide_hold(&second, uuid::Uuid::from_u128(7), true).await, Err(HoldError::NotFound)));
        assert!(matches!(d.propose_release(&second, uuid::Uuid::from_u128(7)).await, Err(HoldError::NotFound)));
        assert!(matches!(d.propose_release(&second, asked).await, Err(HoldError::NoLongerOpen)));
        assert_eq!(entries().await, before + 4);
    }

    async fn what_a_barred_manager_takes_in_under_a_hold_stands_as_about_a_number_never_issued(db: TestDatabases) {
        let (house, wilma) = shielded_from(&db, &["dana"], &[]).await;
        hold(&house, &wilma).await;
        let never = ChildNumber::from_random([7; 16]);
        for asked in [&wilma, &never] {
            let dana = house.sign_in_again("dana").await;
            let id = taken_in(&house, &dana, asked, herself()).await;
            let view = house.directory.subject_request(&dana, id).await.unwrap();
            assert_eq!(view.child.as_ref(), Some(asked));
            assert!(house.directory.subject_requests(&dana).await.unwrap().iter().any(|line| line.id == id));
        }
    }

    async fn a_barred_persons_word_about_a_consent_counts_under_a_hold_no_more_than_without(db: TestDatabases) {
        let (house, wilma) = shielded_from(&db, &["dana"], &[]).await;
        hold(&house, &wilma).await;
        let own = WithdrawnFrom::Own(ServiceType::MentalHealth);
        let before = Raw::keys(&db).await.count("journal").await;
        house.directory.withdraw_consent(&at_work(&house, "dana").await, &wilma, &own).await.unwrap();
        assert_eq!(Raw::keys(&db).await.count("journal").await, before, "nothing of it is kept");
        house.directory.withdraw_consent(&at_work(&house, "visitor").await, &wilma, &own).await.unwrap();
        assert_eq!(Raw::keys(&db).await.count("journal").await, before + 1, "the word of whom no shield bars is");
    }

    async fn of_what_two_managers_say_of_a_death_under_a_hold_the_last_word_counts(db: TestDatabases) {
        let (house, wilma, _) = siblings(&db).await;
        let held = hold(&house, &wilma).await;
        let died: PartialDate = "2026-03-01".parse().unwrap();
        for (at, died_on) in [(0, Some(died)), (1, None), (0, Some(died))] {
            let managers = house.managers().await;
            let who = if at == 0 { managers.0 } else { managers.1 };
            let told = house.directory.record_death(&who, &wilma, died_on).await;
            assert!(matches!(told, Err(DeathError::NotFound)), "{told:?}");
        }
        release(&house, held).await;
        let house = crate::retention::on(house, "2027-03-02").await;
        let swept = house.directory.sweep(false).await.unwrap();
        assert_eq!(swept.archived, [("year_after_death", 1)].into());
    }

    async fn a_request_handed_in_while_its_child_is_sealed_goes_on_with_the_identity_that_goes_on(db: TestDatabases) {
        let house = ruby_and_jade(&db).await;
        let ruby = house.number_of(crate::house::GP, "G-1").await;
        let (asks, ..) = house.desk().await;
        let request = with_file(&ruby);
        let (asked, new) = tokio::join!(
            Box::pin(house.directory.request_shield(&asks, request)),
            Box::pin(sealed(&house)),
        );
        let (_, first, _) = house.desk().await;
        let listed = waiting(&house, &first).await;
        assert_eq!(listed.len(), usize::from(asked.is_ok()), "{asked:?}");
        for id in listed {
            assert_eq!(house.request_at(&first, id).await.child.number, new, "every line opens");
        }
        assert_eq!(house.number_of(CARE, "C-1").await, new);
    }
}
