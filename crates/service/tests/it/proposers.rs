//! What two people decide is decided by both at the moment of the second: what was proposed by somebody who may not any more,
//! because they were suspended or a shield bars them since, decides nothing and is proposed anew (laws 3, 6, rule 12.13).

use directory::access::{FactKind, Reason, Role, SuspensionReason};
use directory::identities::{CutOver, SealKind, Side};
use directory::retention::HoldBasis;
use directory::{ChildNumber, MatchBasis};
use jiff::ToSpan as _;
use service::{
    AccountActError, Change, FamilyError, Given, HeldChoice, HeldError, HoldError, HoldRequest, JoinError,
    Joining, PlaceDecision, RegisterDecision, RegisterError, SealError, SealRequest, ShieldDecision,
    ShieldError, ShieldRequest, ShieldStage, ShieldStepKind, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};

use crate::families::at_work;
use crate::house::{CARE, GP, House, Row, SCHOOLS, child, shield_request};
use crate::identities::{both, load_all, proposal};
use crate::reloads::killed_after;
use crate::shield_desk::{address, refuge_file};

fn of_schools(record: &str, forename: &str, surname: &str, street: &str) -> Row {
    let number = record.trim_start_matches("S-");
    child(record, forename, surname, "2012-02-03")
        .at(&format!("{number} {street}"), "LS9 4EF")
        .in_school("Harbour School")
        .with("local_authority", "E08000035")
}

/// Sealed identities, and children of schools: one to be shielded, one to be held, one to be joined to a shielded one.
async fn a_house(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    load_all(&house).await;
    house
        .load(
            SCHOOLS,
            &[
                of_schools("S-21", "Wilma", "Winterbourne", "Orchard Way"),
                of_schools("S-32", "Ned", "Oakapple", "Harbour Street"),
                of_schools("S-43", "Ida", "Penhallow", "Mill Lane"),
                of_schools("S-54", "Isolde", "Fairweather", "Elm Row"),
            ],
        )
        .await;
    house.load(GP, &[child("G-61", "Jade", "Fairclough", "2014-04-04").at("3 Wharf Road", "LS11 1AA")]).await;
    house
        .load(CARE, &[child("C-72", "Opal", "Thistlewood", "2014-04-04").at("9 Hill Top", "LS17 1AA")])
        .await;
    house.holds_end();
    house
}

async fn number(house: &House, record: &str) -> ChildNumber {
    house.number_of(SCHOOLS, record).await
}

async fn manager(house: &House, name: &str) -> SignedIn {
    if !house.directory.has_account(name).await.unwrap() {
        house.account(name, &[Role::Manager]).await;
    }
    house.sign_in_again(name).await
}

/// Jade of the practice is Opal of social care.
async fn to_be_sealed(house: &House, who: &SignedIn) -> SealRequest {
    let mut records = Vec::new();
    for (source, record, side) in [(GP, "G-61", Side::Former), (CARE, "C-72", Side::Current)] {
        let number = house.number_of(source, record).await;
        let reasoned = house.directory.state_reason(who, Reason::Management).await.unwrap();
        let listed = house.directory.records_to_seal(&reasoned, &[number]).await.unwrap().data().clone();
        records.extend(listed.into_iter().map(|record| (record.sent.id, CutOver::All(side))));
    }
    SealRequest { kind: SealKind::Adoption, records }
}

on_both_databases! {
    async fn a_seal_that_somebody_declines_at_the_same_moment_is_done_by_no_replay(db: TestDatabases) {
        let house = a_house(&db).await;
        let d = &house.directory;
        let (_, morgan, _) = house.desk().await;
        for round in 0..4 {
            let seal = d.propose_seal(&morgan, &to_be_sealed(&house, &morgan).await).await.unwrap();
            let (avery, reece) = (manager(&house, "avery").await, house.sign_in_again("reece").await);
            let (agreed, declined) =
                tokio::join!(Box::pin(d.decide_seal(&reece, seal, true)), Box::pin(d.decide_seal(&avery, seal, false)));
            assert!(agreed.is_ok() != declined.is_ok(), "{round}: {agreed:?} {declined:?}");
            let missing = d.missing_from_journal().await.unwrap().missing();
            assert_eq!(missing, 0, "{round}: {agreed:?}: nothing to be done again");
            if agreed.is_ok() {
                break;
            }
        }
    }

    async fn a_seal_declined_while_who_agreed_to_it_is_killed_is_done_by_no_replay(db: TestDatabases) {
        let house = a_house(&db).await;
        let d = &house.directory;
        let mut killed = 0;
        for polls in (4..64).step_by(4) {
            let (_, morgan, _) = house.desk().await;
            let seal = d.propose_seal(&morgan, &to_be_sealed(&house, &morgan).await).await.unwrap();
            let (avery, reece) = (manager(&house, "avery").await, house.sign_in_again("reece").await);
            let mut agreeing = Box::pin(d.decide_seal(&reece, seal, true));
            if killed_after(polls, agreeing.as_mut()).await.is_some() {
                break;
            }
            let declined =
                tokio::time::timeout(std::time::Duration::from_secs(1), d.decide_seal(&avery, seal, false)).await;
            let Ok(declined) = declined else {
                // Who agrees is in the middle of writing it, and nobody writes beside.
                drop(agreeing);
                match d.decide_seal(&avery, seal, false).await {
                    Ok(_) => continue,
                    // What had been sent before it was killed stands, and there is nothing to decline.
                    Err(refused) => {
                        assert!(matches!(refused, SealError::Moment), "after {polls}: {refused:?}");
                        assert_eq!(d.missing_from_journal().await.unwrap().missing(), 0, "after {polls}");
                        break;
                    }
                }
            };
            // As far as it comes before it is killed.
            let done = killed_after(polls / 2, agreeing.as_mut()).await;
            drop(agreeing);
            let missing = d.missing_from_journal().await.unwrap().missing();
            if declined.is_ok() {
                assert_eq!(missing, 0, "after {polls}: {done:?}: nothing to be done again");
                killed += 1;
            } else {
                break;
            }
        }
        assert!(killed > 1, "{killed}");
    }

    async fn what_somebody_proposed_who_may_not_any_more_is_proposed_anew(db: TestDatabases) {
        let house = a_house(&db).await;
        let d = &house.directory;
        let (_, morgan, reece) = house.desk().await;
        d.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        house.load(CARE, &[both("C-8")]).await;
        house.holds_end();
        let (asks, morgan, reece) = house.desk().await;
        house.shield_by(&asks, &morgan, &reece, shield_request(&number(&house, "S-32").await)).await;
        house.account("admin", &[Role::DataAdministrator]).await;
        let admin = house.sign_in_again("admin").await;
        let (ned, ida) = (number(&house, "S-32").await, number(&house, "S-43").await);
        let joined = d.join_records(&admin, &ned, &ida, MatchBasis::RecordsCompared).await.unwrap();
        assert_eq!(joined, Joining::Received);

        // Everything that is decided by two, proposed by one and the same.
        let (asks, morgan, _) = house.desk().await;
        let proposed = async {
            let shield = house.ask_for_shield(&asks, &morgan, shield_request(&number(&house, "S-21").await)).await;
            d.propose_shield(&morgan, shield, &ShieldDecision::Shield(Vec::new())).await.unwrap();
            let refuge = address("17 Quiet Street", "LS12 7XX");
            assert!(d.propose_protected_place(&morgan, &refuge, refuge_file()).await.unwrap());
            let place = d.protected_places(&morgan).await.unwrap()[0].id;
            let case = d.held_records(&morgan).await.unwrap()[0].id;
            d.propose_held_release(&morgan, case, HeldChoice::Different).await.unwrap();
            let joining = d.joining_requests(&morgan).await.unwrap()[0].id;
            d.propose_joining(&morgan, joining).await.unwrap();
            let seal = d.propose_seal(&morgan, &to_be_sealed(&house, &morgan).await).await.unwrap();
            let until = d.today() + 1.years();
            let request =
                HoldRequest { number: number(&house, "S-54").await, basis: HoldBasis::CourtOrder, until };
            let hold = d.propose_hold(&morgan, &request).await.unwrap();
            (shield, refuge, place, case, joining, seal, request, hold)
        };
        let (shield, refuge, place, case, joining, seal, request, hold) = Box::pin(proposed).await;

        house.account("una", &[Role::UserManager]).await;
        let una = house.sign_in_again("una").await;
        d.change_account(&una, morgan.account(), Change::Suspend(SuspensionReason::Absence)).await.unwrap();
        let reece = house.sign_in_again("reece").await;
        let protect = PlaceDecision::Protect(&refuge);
        // In parts of their own: all of it at once is much for the stack of a test.
        let voids = async {
            let void = d.decide_shield(&reece, shield, true).await;
            assert!(matches!(void, Err(ShieldError::ProposerMayNot(_))), "{void:?}");
            let void = d.decide_protected_place(&reece, place, protect).await;
            assert!(matches!(void, Err(ShieldError::ProposerMayNot(_))), "{void:?}");
            let void = d.decide_held_release(&reece, case, true).await;
            assert!(matches!(void, Err(HeldError::ProposerMayNot(_))), "{void:?}");
            let void = d.decide_joining(&reece, joining, true).await;
            assert!(matches!(void, Err(JoinError::ProposerMayNot(_))), "{void:?}");
            let void = d.decide_seal(&reece, seal, true).await;
            assert!(matches!(void, Err(SealError::ProposerMayNot(_))), "{void:?}");
            let void = d.decide_hold(&reece, hold, true).await;
            assert!(matches!(void, Err(HoldError::ProposerMayNot(_))), "{void:?}");
        };
        Box::pin(voids).await;
        let view = house.request_at(&reece, shield).await;
        assert_eq!(view.line.stage, ShieldStage::ToPropose);
        assert_eq!(view.steps.last().unwrap().kind, ShieldStepKind::ProposalVoid);

        // Proposed anew by somebody who may, all of it is decided.
        let avery = manager(&house, "avery").await;
        let anew = async {
            d.propose_shield(&avery, shield, &ShieldDecision::Shield(Vec::new())).await.unwrap();
            assert!(d.propose_protected_place(&avery, &refuge, refuge_file()).await.unwrap());
            let places = d.protected_places(&avery).await.unwrap();
            let place = places.iter().find(|line| line.waits).unwrap().id;
            d.propose_held_release(&avery, case, HeldChoice::Different).await.unwrap();
            d.propose_joining(&avery, joining).await.unwrap();
            let seal = d.propose_seal(&avery, &to_be_sealed(&house, &avery).await).await.unwrap();
            let hold = d.propose_hold(&avery, &request).await.unwrap();
            (place, seal, hold)
        };
        let (place, seal, hold) = Box::pin(anew).await;
        let reece = house.sign_in_again("reece").await;
        let decided = async {
            d.decide_shield(&reece, shield, true).await.unwrap();
            d.decide_protected_place(&reece, place, protect).await.unwrap();
            d.decide_held_release(&reece, case, true).await.unwrap();
            d.decide_joining(&reece, joining, true).await.unwrap();
            d.decide_seal(&reece, seal, true).await.unwrap();
            d.decide_hold(&reece, hold, true).await.unwrap();
        };
        Box::pin(decided).await;
    }

    async fn a_role_a_disclosure_and_a_letter_of_somebody_who_may_not_any_more_go_no_further(db: TestDatabases) {
        let house = a_house(&db).await;
        let d = &house.directory;
        for (username, role) in [("una", Role::UserManager), ("umar", Role::UserManager), ("hal", Role::Practitioner)] {
            house.account(username, &[role]).await;
        }
        let (una, hal) = (house.sign_in_again("una").await, house.sign_in_again("hal").await);
        let (kind, on) = (FactKind::TrainingLevelOne, d.today());
        d.record_fact(&una, hal.account(), &crate::people::fact(kind, on)).await.unwrap();
        let given = d.give_role(&una, hal.account(), Role::Manager, house.council).await.unwrap();
        let Given::Proposed(role) = given else { panic!("{given:?}") };
        let wilma = number(&house, "S-21").await;
        let morgan = manager(&house, "morgan").await;
        let entry = d.propose_disclosure(&morgan, crate::register::order(&wilma)).await.unwrap();
        let letter = crate::families::taken_in(&house, &morgan, &wilma, crate::families::herself()).await;
        d.verify_requester(&morgan, letter).await.unwrap();
        let depth = directory::letter::AccessDepth::SectorAndMonth;
        d.prepare_letter(&at_work(&house, &morgan).await, letter, depth).await.unwrap();
        let umar = house.sign_in_again("umar").await;
        for gone in [&morgan, &una] {
            d.change_account(&umar, gone.account(), Change::Suspend(SuspensionReason::Absence)).await.unwrap();
        }
        let umar = house.sign_in_again("umar").await;
        let void = d.decide_role(&umar, role, true).await;
        assert!(matches!(void, Err(AccountActError::ProposerMayNot(_))), "{void:?}");
        d.decide_role(&umar, role, false).await.unwrap();
        let reece = manager(&house, "reece").await;
        let void = d.decide_disclosure(&reece, entry, RegisterDecision::Approve).await;
        assert!(matches!(void, Err(RegisterError::ProposerMayNot(_))), "{void:?}");
        let refusal = directory::register::RefusalReason::ALL[0];
        d.decide_disclosure(&reece, entry, RegisterDecision::Refuse(refusal)).await.unwrap();
        d.letter_to_check(&at_work(&house, &reece).await, letter).await.unwrap();
        let void = d.decide_letter(&reece, letter, true).await;
        assert!(matches!(void, Err(FamilyError::ProposerMayNot(_))), "{void:?}");
        d.decide_letter(&reece, letter, false).await.unwrap();
    }

    async fn whoever_a_shield_bars_since_has_proposed_nothing(db: TestDatabases) {
        let house = a_house(&db).await;
        let d = &house.directory;
        let (avery, quinn) = (manager(&house, "avery").await, manager(&house, "quinn").await);
        let (asks, reece, _) = house.desk().await;
        let wilma = number(&house, "S-21").await;
        let asked = house.ask_for_shield(&asks, &reece, shield_request(&wilma)).await;
        d.propose_shield(&avery, asked, &ShieldDecision::Shield(Vec::new())).await.unwrap();
        let bars = ShieldRequest { bar_accounts: vec!["avery".to_owned()], ..shield_request(&wilma) };
        house.shield_by(&asks, &reece, &quinn, bars).await;
        let void = d.decide_shield(&quinn, asked, true).await;
        assert!(matches!(void, Err(ShieldError::ProposerMayNot(_))), "{void:?}");
        d.propose_shield(&reece, asked, &ShieldDecision::Decline).await.unwrap();
        d.decide_shield(&quinn, asked, true).await.unwrap();
    }
}
