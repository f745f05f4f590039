//! What is shielded or sealed is decided by managers who were named to the shield desk, and by no other (rules 2.17, 12.3).

use directory::access::{FactKind, Permission, Reason, Role};
use directory::identities::{CutOver, SealKind, Side};
use jiff::SignedDuration;
use service::{
    AccountActError, Given, NewAccount, RoleRefused, SealError, SealRequest, ShieldDecision, ShieldError,
    SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::barred::at_work;
use crate::house::{CARE, GP, House, PASSWORD, child, shield_request};
use crate::identities::load_all;
use crate::people::{Office, fact};

/// What the desk alone may do.
const OF_THE_DESK: [Permission; 2] = [Permission::DecideShield, Permission::ApproveSeal];

/// A manager whom nobody named, signed in.
async fn unnamed(house: &House, username: &str, organisation: Uuid) -> SignedIn {
    let until = house.clock.now() + SignedDuration::from_hours(24 * 365);
    let account = NewAccount {
        username: username.to_owned(),
        display_name: format!("The {username}"),
        password: PASSWORD.to_owned(),
        organisation,
        roles: vec![Role::Manager],
        clearance_until: until,
        training_until: until,
    };
    house.directory.create_account(account).await.unwrap();
    house.sign_in_again(username).await
}

fn decides(who: &SignedIn) -> [bool; 2] {
    OF_THE_DESK.map(|permission| who.may(permission))
}

on_both_databases! {
    async fn a_manager_who_is_not_named_sees_no_request_and_decides_none(db: TestDatabases) {
        let house = House::open(&db).await;
        let d = &house.directory;
        house.load(CARE, &[child("W-1", "Wilma", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let (asks, first, _) = house.desk().await;
        let number = house.number_of(CARE, "W-1").await;
        let id = house.ask_for_shield(&asks, &first, shield_request(&number)).await;
        let milo = unnamed(&house, "milo", house.council).await;
        assert!(milo.may(Permission::OpenForManagement), "the rest of a manager's work is theirs");
        assert_eq!(decides(&milo), [false; 2]);
        assert!(matches!(d.shield_requests(&milo).await, Err(ShieldError::Forbidden)));
        let reasoned = d.state_reason(&milo, Reason::Management).await.unwrap();
        assert!(matches!(d.shield_request(&reasoned, id).await, Err(ShieldError::Forbidden)));
        let shield = ShieldDecision::Shield(Vec::new());
        assert!(matches!(d.propose_shield(&milo, id, &shield).await, Err(ShieldError::Forbidden)));
        d.propose_shield(&first, id, &shield).await.unwrap();
        assert!(matches!(d.decide_shield(&milo, id, true).await, Err(ShieldError::Forbidden)));
        let waiting = d.shield_requests(&first).await.unwrap().waiting;
        assert_eq!(waiting.iter().map(|line| line.id).collect::<Vec<_>>(), [id], "it waits for the desk");
    }

    async fn the_desk_is_named_by_two_people_from_among_the_managers(db: TestDatabases) {
        let office = Office::open(&db).await;
        let (d, council) = (&office.house.directory, office.house.council);
        let (una, umar) = (office.sign_in("una").await, office.sign_in("umar").await);
        let hal = office.sign_in("hal").await.account();
        d.record_fact(&una, hal, &fact(FactKind::TrainingLevelOne, office.today())).await.unwrap();
        let refused = d.give_role(&una, hal, Role::ShieldDesk, council).await.unwrap_err();
        assert!(matches!(refused, AccountActError::Role(RoleRefused::ManagerFirst)), "{refused}");
        let milo = unnamed(&office.house, "milo", council).await.account();
        let Given::Proposed(named) = d.give_role(&una, milo, Role::ShieldDesk, council).await.unwrap() else {
            panic!("one alone named somebody to the desk")
        };
        assert_eq!(decides(&office.sign_in("milo").await), [false; 2], "a proposal gives nothing");
        d.decide_role(&umar, named, true).await.unwrap();
        assert_eq!(decides(&office.sign_in("milo").await), [true; 2]);
        // Who is no manager any more is not of the desk either, nor when they are one again.
        let una = office.sign_in("una").await;
        d.take_role(&una, milo, Role::Manager, council).await.unwrap();
        let milo = office.sign_in("milo").await;
        assert_eq!((decides(&milo), milo.holds(Role::ShieldDesk)), ([false; 2], false));
        let una = office.sign_in("una").await;
        let Given::Proposed(again) = d.give_role(&una, milo.account(), Role::Manager, council).await.unwrap() else {
            panic!("one alone made somebody a manager")
        };
        let umar = office.sign_in("umar").await;
        d.decide_role(&umar, again, true).await.unwrap();
        let milo = office.sign_in("milo").await;
        assert_eq!((decides(&milo), milo.holds(Role::Manager)), ([false; 2], true));
    }

    async fn two_managers_of_whom_one_is_named_are_no_desk(db: TestDatabases) {
        let office = Office::open(&db).await;
        let house = &office.house;
        house.load(CARE, &[child("W-1", "Wilma", "Winterbourne", "2015-06-07").at("8 Orchard Way", "LS8 1BB")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "W-1").await;
        // The council answers for her. Bradford asks: it has three managers, and decides only when two of them are named.
        office.person("brad", Role::Manager, office.bradford).await;
        unnamed(house, "bess", office.bradford).await;
        let bo = unnamed(house, "bo", office.bradford).await;
        house.directory.request_shield(&bo, shield_request(&number)).await.unwrap();
        let at_bradford = async || {
            let brad = office.sign_in("brad").await;
            house.directory.shield_requests(&brad).await.unwrap().waiting.len()
        };
        assert_eq!(at_bradford().await, 0, "one named manager is no desk");
        // Nor is a third manager let in to search before two of them are named (rule 2.17).
        let paul = office.person("paul", Role::Helpdesk, office.bradford).await;
        let bea = office.sign_in("bea").await;
        house.directory.record_fact(&bea, paul, &fact(FactKind::TrainingLevelOne, office.today())).await.unwrap();
        let refused = house.directory.give_role(&bea, paul, Role::Manager, office.bradford).await;
        assert!(matches!(refused, Err(AccountActError::NoShieldDesk)), "{refused:?}");
        assert_eq!(house.directory.shield_requests(&office.sign_in("morgan").await).await.unwrap().waiting.len(), 1);
        office.person("brenda", Role::Manager, office.bradford).await;
        let bo = office.sign_in("bo").await;
        house.directory.request_shield(&bo, shield_request(&number)).await.unwrap();
        assert_eq!(at_bradford().await, 1, "two are");
    }

    async fn what_is_to_be_kept_apart_is_seen_by_who_proposed_it_and_the_desk(db: TestDatabases) {
        let house = House::open(&db).await;
        let d = &house.directory;
        load_all(&house).await;
        let data = [Role::DataAdministrator];
        for username in ["dana", "dora"] {
            house.account(username, &data).await;
        }
        let [dana, dora] = [at_work(&house, "dana").await, at_work(&house, "dora").await];
        let milo = unnamed(&house, "milo", house.council).await;
        let milo = d.state_reason(&milo, Reason::Management).await.unwrap();
        let [former, present] = [house.number_of(GP, "G-1").await, house.number_of(CARE, "C-2").await];
        let listed = d.records_to_seal(&dana, &[former, present.clone()]).await.unwrap().data().clone();
        let sides = listed.iter().map(|record| (record.sent.id, CutOver::All(Side::Current)));
        let records = sides.enumerate().map(|(at, (id, cut))| (id, if at == 0 { CutOver::All(Side::Former) } else { cut }));
        let request = SealRequest { kind: SealKind::Adoption, records: records.collect() };
        let id = d.propose_seal(dana.who(), &request).await.unwrap();
        assert_eq!(d.seal_proposals(dana.who()).await.unwrap().len(), 1);
        assert!(d.seal_proposal(&dana, id).await.is_ok(), "her own");
        let (morgan, _) = house.managers().await;
        let morgan = d.state_reason(&morgan, Reason::Management).await.unwrap();
        assert!(d.seal_proposal(&morgan, id).await.is_ok(), "the desk's");
        for other in [&dora, &milo] {
            assert!(d.seal_proposals(other.who()).await.unwrap().is_empty());
            assert!(matches!(d.seal_proposal(other, id).await, Err(SealError::NotFound)), "nobody else's");
        }
        // Which records a shielded child has says who works with it, and what else it is called.
        house.shield(CARE, "C-2").await;
        for other in [at_work(&house, "dana").await, milo] {
            let refused = d.records_to_seal(&other, std::slice::from_ref(&present)).await;
            assert!(matches!(refused, Err(SealError::NoSuchChild { position: 1 })));
        }
        let (morgan, _) = house.managers().await;
        let morgan = d.state_reason(&morgan, Reason::Management).await.unwrap();
        assert!(!d.records_to_seal(&morgan, &[present]).await.unwrap().data().is_empty());
    }
}
