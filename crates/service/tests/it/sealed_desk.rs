//! Whose a case of the sealed desk is: the desk's of the authority that answers for a child it concerns, and nobody's whom the
//! shield of such a child bars (laws 3, 5, rules 5.7, 5.8, 11.4).

use directory::access::{Reason, Role};
use directory::identities::{CutOver, SealKind, Side};
use service::{HeldChoice, HeldError, HeldTo, SealError, SealRequest, SignedIn};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, GP, House, child, shield_request};
use crate::identities::cases;
use crate::people::{Office, declared};
use crate::raw::Raw;

const HOME: (&str, &str) = ("Flat 2, 8 Orchard Way", "LS8 1BB");
const SHIELDED: HeldChoice = HeldChoice::Shielded(HeldTo::Different);

/// Wilma, for whom the council answers, is shielded; a record arrives where she lives.
async fn held(house: &House, source: &str, bars: &[&str]) -> Uuid {
    house.load(source, &[child("W-1", "Wilma", "Winterbourne", "2015-06-07").at(HOME.0, HOME.1)]).await;
    house.holds_end();
    let mut request = shield_request(&house.number_of(source, "W-1").await);
    request.bar_accounts = bars.iter().map(|&name| name.to_owned()).collect();
    house.shield_alone(request).await;
    house.load(GP, &[child("G-5", "Tom", "Oakes", "2014-04-04").at(HOME.0, HOME.1)]).await;
    house.holds_end();
    cases(house).await[0]
}

async fn listed(house: &House, who: &SignedIn) -> usize {
    house.directory.held_records(who).await.unwrap().len()
}

/// There is no such case for them, whatever they do.
async fn has_no_such_case(house: &House, who: &SignedIn, case: Uuid) {
    let d = &house.directory;
    assert_eq!(listed(house, who).await, 0);
    let reasoned = d.state_reason(who, Reason::Management).await.unwrap();
    assert!(matches!(d.held_record(&reasoned, case).await, Err(HeldError::NotFound)));
    assert!(matches!(d.propose_held_release(who, case, SHIELDED).await, Err(HeldError::NotFound)));
    assert!(matches!(d.decide_held_release(who, case, true).await, Err(HeldError::NotFound)));
}

on_both_databases! {
    async fn a_case_is_the_desks_that_answers_for_the_home_it_met_and_no_other_desks(db: TestDatabases) {
        let office = Office::open(&db).await;
        let house = &office.house;
        office.person("brad", Role::Manager, office.bradford).await;
        office.person("chad", Role::Manager, office.charity).await;
        office.person("cleo", Role::Manager, office.clinic).await;
        let case = held(house, CARE, &[]).await;
        for username in ["chad", "cleo"] {
            let who = office.sign_in(username).await;
            let refused = house.directory.held_records(&who).await;
            assert!(matches!(refused, Err(HeldError::Forbidden)), "{username}: no authority's desk");
            let refused = house.directory.propose_held_release(&who, case, SHIELDED).await;
            assert!(matches!(refused, Err(HeldError::Forbidden)), "{username}");
        }
        has_no_such_case(house, &office.sign_in("brad").await, case).await;
        let (morgan, reece) = house.managers().await;
        house.directory.propose_held_release(&morgan, case, SHIELDED).await.unwrap();
        let brad = office.sign_in("brad").await;
        assert!(matches!(house.directory.decide_held_release(&brad, case, true).await, Err(HeldError::NotFound)));
        let (reece, _) = (house.managers().await.1, reece);
        house.directory.decide_held_release(&reece, case, true).await.unwrap();
    }

    async fn a_case_for_which_nobody_answers_is_every_authoritys(db: TestDatabases) {
        let office = Office::open(&db).await;
        office.person("brad", Role::Manager, office.bradford).await;
        // What a practice says names no authority.
        held(&office.house, GP, &[]).await;
        let brad = office.sign_in("brad").await;
        let morgan = office.sign_in("morgan").await;
        assert_eq!((listed(&office.house, &brad).await, listed(&office.house, &morgan).await), (1, 1));
    }

    async fn the_sealed_desk_is_off_where_the_authority_is_not_accredited_for_shielding(db: TestDatabases) {
        let house = House::open(&db).await;
        let case = held(&house, CARE, &[]).await;
        Raw::data(&db).await.run("UPDATE organisation SET capabilities = ',staff_query,' WHERE kind = 'authority'").await;
        let (morgan, _) = house.managers().await;
        assert!(matches!(house.directory.held_records(&morgan).await, Err(HeldError::Forbidden)));
        let released = house.directory.propose_held_release(&morgan, case, SHIELDED).await;
        assert!(matches!(released, Err(HeldError::Forbidden)));
        assert!(matches!(house.directory.seal_proposals(&morgan).await, Err(SealError::Forbidden)));
    }

    async fn whom_the_shield_bars_has_no_such_case_and_is_not_one_of_the_two(db: TestDatabases) {
        let house = House::open(&db).await;
        for username in ["dad", "petra"] {
            house.account(username, &[Role::Manager]).await;
        }
        let case = held(&house, CARE, &["dad"]).await;
        has_no_such_case(&house, &house.sign_in_again("dad").await, case).await;
        let petra = house.sign_in_again("petra").await;
        house.directory.propose_held_release(&petra, case, SHIELDED).await.unwrap();
        let late = house.directory.decide_held_release(&house.sign_in_again("dad").await, case, true).await;
        assert!(matches!(late, Err(HeldError::NotFound)));
        let (morgan, _) = house.managers().await;
        house.directory.decide_held_release(&morgan, case, true).await.unwrap();
    }

    async fn a_manager_of_a_barred_organisation_who_is_employed_elsewhere_has_no_such_case(db: TestDatabases) {
        let house = House::open(&db).await;
        declared(&house, "Bradford", "E08000032").await;
        let case = held(&house, CARE, &[]).await;
        house.account("dana", &[Role::Manager]).await;
        let number = house.number_of(CARE, "W-1").await;
        let mut request = shield_request(&number);
        request.bar_organisations = vec!["Bradford".to_owned()];
        house.shield_alone(request).await;
        assert_eq!(listed(&house, &house.sign_in_again("dana").await).await, 1);
        // Employed by the council, with a role at the barred authority too.
        Raw::data(&db)
            .await
            .run(
                "INSERT INTO account_role (account_id, organisation_id, role) \
                 SELECT r.account_id, o.organisation_id, 'practitioner' FROM account_role r CROSS JOIN organisation o \
                 WHERE r.role = 'manager' AND o.name = 'Bradford'",
            )
            .await;
        has_no_such_case(&house, &house.sign_in_again("dana").await, case).await;
    }

    async fn identities_are_sealed_by_the_authority_that_answers_for_one_of_them_and_by_nobody_barred(db: TestDatabases) {
        let house = House::open(&db).await;
        let bradford = declared(&house, "Bradford", "E08000032").await;
        let office = Office { clinic: bradford, charity: bradford, bradford, house };
        let house = &office.house;
        for (username, at) in [("brad", bradford), ("brenda", bradford), ("dad", house.council), ("petra", house.council)] {
            office.person(username, Role::Manager, at).await;
        }
        house.load(CARE, &[
            child("C-1", "Amy", "Carterwright", "2017-05-06").at("3 Quayside", "LS10 1AA"),
            child("C-2", "Ruby", "Thornycroft", "2017-05-06").at("20 Abbey Walk", "LS16 8ZZ"),
        ]).await;
        house.holds_end();
        let numbers = [house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-2").await];
        let d = &house.directory;
        let brad = office.sign_in("brad").await;
        let reasoned = d.state_reason(&brad, Reason::Management).await.unwrap();
        let none = d.records_to_seal(&reasoned, &numbers).await;
        assert!(matches!(none, Err(SealError::NoSuchChild { position: 1 })), "another authority answers for both");
        let petra = office.sign_in("petra").await;
        let reasoned = d.state_reason(&petra, Reason::Management).await.unwrap();
        let records = d.records_to_seal(&reasoned, &numbers).await.unwrap().data().clone();
        let side = |surname: &str| if surname == "Carterwright" { Side::Former } else { Side::Current };
        let records = records.iter().map(|record| &record.sent);
        let records = records.map(|sent| (sent.id, CutOver::All(side(sent.name.as_ref().unwrap().surname()))));
        let request = SealRequest { kind: SealKind::Adoption, records: records.collect() };
        assert!(matches!(d.propose_seal(&brad, &request).await, Err(SealError::Sides)), "as records that are nobody's");
        let id = d.propose_seal(&petra, &request).await.unwrap();
        let mut bars = shield_request(&numbers[0]);
        bars.bar_accounts = vec!["dad".to_owned()];
        house.shield_alone(bars).await;
        let dad = office.sign_in("dad").await;
        assert!(d.seal_proposals(&dad).await.unwrap().is_empty());
        assert!(matches!(d.decide_seal(&dad, id, true).await, Err(SealError::NotFound)));
        assert!(matches!(d.propose_seal(&dad, &request).await, Err(SealError::Sides)));
        let (morgan, _) = house.managers().await;
        assert_eq!(d.seal_proposals(&morgan).await.unwrap().len(), 1);
        d.decide_seal(&morgan, id, true).await.unwrap();
    }
}
