//! A shield belongs to the person and goes on with the identity that goes on; what was asked, by whom and with which file
//! belongs to the identity of which it was asked, and names the present one nowhere (laws 3, 5, rule 2.15).

use directory::ChildNumber;
use directory::access::Role;
use directory::disclosure::Disclosure;
use directory::shield::{Evidence, ShieldRule};
use service::{
    ReviewDecision, SealProposal, ShieldDecision, ShieldError, ShieldRequest, ShieldRequestView, ShieldStage,
    SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::families::at_work;
use crate::house::{CARE, GP, House, by_number, child, shield_request};
use crate::identities_restored::restored;
use crate::retention::back_up;
use crate::shield_desk::refuge_file;

/// Ruby at a practice, who is Jade at the council's social care.
pub async fn ruby_and_jade(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    let ruby = child("G-1", "Ruby", "Thornycroft", "2014-04-04").at("1 Abbey Walk", "LS16 8ZZ");
    house.load(GP, &[ruby.with("practice_name", "Abbey Surgery").with("local_authority", "E08000035")]).await;
    house.load(CARE, &[child("C-1", "Jade", "Fairclough", "2014-04-04").at("3 Quayside", "LS10 1AA")]).await;
    house.holds_end();
    house
}

/// Jade goes on.
pub async fn sealed(house: &House) -> ChildNumber {
    let (morgan, reece) = house.managers().await;
    let side = |source: &str, record: &str| vec![(source.to_owned(), record.to_owned())];
    let proposal =
        SealProposal { former: side(GP, "G-1"), current: side(CARE, "C-1"), ..SealProposal::default() };
    house.directory.seal_identities(&morgan, &reece, &proposal).await.unwrap()
}

async fn is_shielded(house: &House, number: &ChildNumber) -> bool {
    let nurse = house.nurse().await;
    let found = house.find(&nurse, by_number(number)).await;
    matches!(house.record(&nurse, &found[0]).await, Disclosure::Shielded(_))
}

pub async fn waiting(house: &House, who: &SignedIn) -> Vec<Uuid> {
    house.directory.shield_requests(who).await.unwrap().waiting.into_iter().map(|line| line.id).collect()
}

/// With a file of evidence.
pub fn with_file(number: &ChildNumber) -> ShieldRequest {
    let mut request = shield_request(number);
    request.grounds.evidence = Evidence::new(vec![refuge_file()]).unwrap();
    request
}

/// An act that nobody asked for, and no file or person of before.
fn is_nobodys(view: &ShieldRequestView) {
    assert_eq!(view.grounds.evidence, Evidence::default());
    assert!(view.steps.is_empty() && !view.has_letter, "{view:?}");
}

on_both_databases! {
    async fn what_was_asked_about_a_former_identity_goes_on_with_the_one_that_goes_on(db: TestDatabases) {
        let house = ruby_and_jade(&db).await;
        house.shield_alone(with_file(&house.number_of(GP, "G-1").await)).await;
        let (asks, first, second) = house.desk().await;
        house.ask_for_shield(&asks, &first, with_file(&house.number_of(GP, "G-1").await)).await;
        let new = sealed(&house).await;
        assert!(is_shielded(&house, &new).await, "a shield belongs to the person");
        let d = &house.directory;
        let asked = waiting(&house, &first).await[0];
        let view = house.request_at(&first, asked).await;
        is_nobodys(&view);
        assert_eq!((view.child.number, view.others.len()), (new.clone(), 1));
        let in_force = view.others[0];
        is_nobodys(&house.request_at(&first, in_force).await);
        d.review_shield(&first, in_force, ReviewDecision::Lift).await.unwrap();
        d.decide_shield(&second, in_force, true).await.unwrap();
        assert!(!is_shielded(&house, &new).await, "and is lifted where they are now");
        let (_, first, second) = house.desk().await;
        d.propose_shield(&first, asked, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        let own = d.decide_shield(&first, asked, true).await;
        assert!(matches!(own, Err(ShieldError::Rule(ShieldRule::SamePersonTwice))));
        d.decide_shield(&second, asked, true).await.unwrap();
        assert!(is_shielded(&house, &new).await, "what still waited is decided about them too");
    }

    async fn after_a_seal_no_request_page_or_letter_of_before_names_the_present_identity(db: TestDatabases) {
        let house = ruby_and_jade(&db).await;
        // Asked at the desk of Bradford, which knows Ruby by what her refuge said.
        let bradford = house.another_authority().await;
        let (brad, brenda, asks) = (
            house.person("brad", Role::Manager, bradford).await,
            house.person("brenda", Role::Manager, bradford).await,
            house.person("bea", Role::Practitioner, bradford).await,
        );
        let ruby = house.number_of(GP, "G-1").await;
        let in_force = house.shield_by(&asks, &brad, &brenda, with_file(&ruby)).await;
        let waits = house.ask_for_shield(&asks, &brad, with_file(&ruby)).await;
        let declined = house.ask_for_shield(&asks, &brad, with_file(&ruby)).await;
        let d = &house.directory;
        d.propose_shield(&brad, declined, &ShieldDecision::Decline).await.unwrap();
        d.decide_shield(&brenda, declined, true).await.unwrap();
        d.shield_letter(&brad, in_force).await.unwrap();
        let new = sealed(&house).await;
        let brad = house.sign_in_again("brad").await;
        let reasoned = at_work(&house, &brad).await;
        for act in [in_force, waits, declined] {
            let page = d.shield_request(&reasoned, act).await;
            assert!(matches!(page, Err(ShieldError::NotFound)), "a page of before: {page:?}");
            let letter = d.shield_letter(&brad, act).await;
            assert!(matches!(letter, Err(ShieldError::NotFound | ShieldError::Moment)), "{letter:?}");
        }
        assert!(waiting(&house, &brad).await.is_empty());
        // What goes on stands at the desk that sealed, under numbers of its own, and nobody is told of it by a letter.
        let (morgan, _) = house.managers().await;
        let asked = waiting(&house, &morgan).await;
        assert_eq!(asked.len(), 1);
        let view = house.request_at(&morgan, asked[0]).await;
        assert_eq!((&view.child.number, view.line.stage), (&new, ShieldStage::ToPropose));
        for act in [asked[0], view.others[0]] {
            assert!(![in_force, waits, declined].contains(&act));
            is_nobodys(&house.request_at(&morgan, act).await);
            assert!(matches!(d.shield_letter(&morgan, act).await, Err(ShieldError::Moment)));
            let page = d.shield_request(&reasoned, act).await;
            assert!(matches!(page, Err(ShieldError::NotFound)), "another desk's");
        }
    }

    async fn after_a_restore_a_seal_gives_the_shields_the_acts_that_they_had(db: TestDatabases) {
        let house = ruby_and_jade(&db).await;
        let ruby = house.number_of(GP, "G-1").await;
        house.shield_alone(with_file(&ruby)).await;
        back_up(&db).await;
        let (asks, first, _) = house.desk().await;
        house.ask_for_shield(&asks, &first, with_file(&ruby)).await;
        let new = sealed(&house).await;
        let asked = waiting(&house, &first).await[0];
        let in_force = house.request_at(&first, asked).await.others[0];
        let (_, first, second) = house.desk().await;
        house.directory.review_shield(&first, in_force, ReviewDecision::Lift).await.unwrap();
        house.directory.decide_shield(&second, in_force, true).await.unwrap();
        assert!(!is_shielded(&house, &new).await);
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        restored(&db).await;
        let done = house.directory.replay_journal().await.unwrap();
        assert_eq!((done.seals, done.shields), (1, 1), "sealed again, and lifted again");
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        assert!(!is_shielded(&house, &new).await);
        assert_eq!(house.request_at(&first, in_force).await.line.stage, ShieldStage::Lifted);
        assert_eq!(waiting(&house, &first).await, [asked], "none twice");
    }
}
