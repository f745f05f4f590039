//! The register of disclosures outside the access rules (rule 2.19).

use std::collections::BTreeSet;

use directory::ChildNumber;
use directory::access::Role;
use directory::register::{
    BodyName, LegalBasis, Reference, RefusalReason, RegisterRule, RegisterState, ReleasedItem, RequesterKind,
    RequesterRole,
};
use service::{DisclosureProposal, RegisterDecision, RegisterError, SignedIn};
use testkit::{TestDatabases, on_both_databases};

use crate::audit_months::{seven_years, worked_until};
use crate::house::{GP, House, OPENED, child};
use crate::legal_holds;
use crate::raw::Raw;
use crate::retention::{on, person};

pub fn items(items: &[ReleasedItem]) -> BTreeSet<ReleasedItem> {
    items.iter().copied().collect()
}

pub fn order(number: &ChildNumber) -> DisclosureProposal {
    DisclosureProposal {
        number: number.clone(),
        basis: LegalBasis::CourtOrder,
        requester: RequesterKind::Court,
        body: BodyName::parse("Leeds Family Court").unwrap(),
        role: RequesterRole::CourtOfficer,
        reference: Reference::parse("FD26P00417").unwrap(),
        items: items(&[ReleasedItem::Name, ReleasedItem::Whereabouts]),
    }
}

/// What a safeguarding partnership asks for, of a record long in the archive.
pub fn from_the_late_archive(number: &ChildNumber) -> DisclosureProposal {
    DisclosureProposal {
        basis: LegalBasis::Section47Enquiry,
        requester: RequesterKind::LocalAuthority,
        body: BodyName::parse("Leeds Children’s Services").unwrap(),
        role: RequesterRole::SocialWorker,
        items: items(&[ReleasedItem::ArchivedItems, ReleasedItem::Involvements]),
        ..order(number)
    }
}

async fn house_with_a_child(db: &TestDatabases) -> (House, ChildNumber) {
    let house = House::open(db).await;
    house.load(GP, &[child("G-1", "Cosmo", "Delacroix", "2011-11-11").at("1 Mill Street", "LS1 1AA")]).await;
    house.holds_end();
    let number = house.number_of(GP, "G-1").await;
    (house, number)
}

/// The same, in a service that keeps what the trail says for seven years, the shortest that may be set.
async fn seven_years_of_the_trail(db: &TestDatabases) -> House {
    let house = House::open_with(db, seven_years(), OPENED).await;
    house.load(GP, &[child("G-1", "Cosmo", "Delacroix", "2020-11-11").at("1 Mill Street", "LS1 1AA")]).await;
    house.holds_end();
    house
}

async fn states(house: &House, who: &SignedIn) -> Vec<RegisterState> {
    house.directory.disclosure_register(who).await.unwrap().iter().map(|line| line.state).collect()
}

on_both_databases! {
    async fn one_manager_proposes_another_approves_and_what_left_is_on_record(db: TestDatabases) {
        let (house, number) = house_with_a_child(&db).await;
        let (morgan, reece) = house.managers().await;
        let directory = &house.directory;
        let entry = directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let own = directory.decide_disclosure(&morgan, entry, RegisterDecision::Approve).await;
        assert!(matches!(own, Err(RegisterError::Rule(RegisterRule::OwnProposal))), "nobody approves their own");
        let early = directory.release_disclosure(&reece, entry, items(&[ReleasedItem::Name])).await;
        assert!(matches!(early, Err(RegisterError::Rule(RegisterRule::NotApproved))));
        let seen = directory.disclosure(&morgan, entry).await.unwrap();
        assert!(!seen.may_decide && !seen.may_release);
        assert!(directory.disclosure(&reece, entry).await.unwrap().may_decide);
        house.minutes_pass(2);
        directory.decide_disclosure(&reece, entry, RegisterDecision::Approve).await.unwrap();
        let again = directory.decide_disclosure(&reece, entry, RegisterDecision::Approve).await;
        assert!(matches!(again, Err(RegisterError::Rule(RegisterRule::NotOpen))));
        let more = directory.release_disclosure(&morgan, entry, items(&[ReleasedItem::Carers])).await;
        assert!(matches!(more, Err(RegisterError::Rule(RegisterRule::ItemNotApproved))));
        house.minutes_pass(2);
        directory.release_disclosure(&morgan, entry, items(&[ReleasedItem::Name])).await.unwrap();
        let twice = directory.release_disclosure(&morgan, entry, items(&[ReleasedItem::Name])).await;
        assert!(matches!(twice, Err(RegisterError::Rule(RegisterRule::NotApproved))), "it leaves once");
        let seen = directory.disclosure(&reece, entry).await.unwrap();
        assert_eq!(seen.child, Some(number));
        assert_eq!((seen.items.len(), seen.released), (2, items(&[ReleasedItem::Name])));
        let story: Vec<_> = seen.steps.iter().map(|step| (step.state, step.by.as_ref().unwrap().username.as_str())).collect();
        assert_eq!(
            story,
            [(RegisterState::Proposed, "morgan"), (RegisterState::Approved, "reece"), (RegisterState::Released, "morgan")]
        );
        assert!(seen.steps.windows(2).all(|pair| pair[0].at < pair[1].at));
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.entries("disclosure_registered").await, 3, "each step is an entry");
        assert_eq!(raw.number("SELECT n FROM month_count WHERE measure = 'disclosures'").await, 1, "a release is counted");
    }

    async fn a_refusal_has_a_reason_and_ends_it(db: TestDatabases) {
        let (house, number) = house_with_a_child(&db).await;
        let (morgan, reece) = house.managers().await;
        let entry = house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let refuse = RegisterDecision::Refuse(RefusalReason::Disproportionate);
        house.directory.decide_disclosure(&reece, entry, refuse).await.unwrap();
        let seen = house.directory.disclosure(&morgan, entry).await.unwrap();
        assert_eq!((seen.line.state, seen.refusal), (RegisterState::Refused, Some(RefusalReason::Disproportionate)));
        let released = house.directory.release_disclosure(&morgan, entry, items(&[ReleasedItem::Name])).await;
        assert!(matches!(released, Err(RegisterError::Rule(RegisterRule::NotApproved))));
    }

    async fn the_auditor_and_the_centre_read_it_and_keep_nothing(db: TestDatabases) {
        let (house, number) = house_with_a_child(&db).await;
        let (morgan, _) = house.managers().await;
        let entry = house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let centre = house.organisation("The centre", "centre", None).await;
        let other = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let partner = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let reads = Raw::data(&db).await.entries("register_read").await;
        for (username, role, organisation) in [("ada", Role::Auditor, house.council), ("cleo", Role::CentralTeam, centre)] {
            let reader = house.person(username, role, organisation).await;
            assert_eq!(states(&house, &reader).await, [RegisterState::Proposed], "{username}");
            let seen = house.directory.disclosure(&reader, entry).await.unwrap();
            assert!(!seen.may_decide && !seen.may_release);
            let decided = house.directory.decide_disclosure(&reader, entry, RegisterDecision::Approve).await;
            assert!(matches!(decided, Err(RegisterError::Forbidden)), "{username}");
            let proposed = house.directory.propose_disclosure(&reader, order(&number)).await;
            assert!(matches!(proposed, Err(RegisterError::Forbidden)), "{username}");
        }
        assert_eq!(Raw::data(&db).await.entries("register_read").await, reads + 4, "every reading is an entry");
        for (username, organisation) in [("mallory", other), ("trudy", partner)] {
            let stranger = house.person(username, Role::Manager, organisation).await;
            assert_eq!(states(&house, &stranger).await, [], "{username}");
            assert!(matches!(house.directory.disclosure(&stranger, entry).await, Err(RegisterError::NotFound)));
            let decided = house.directory.decide_disclosure(&stranger, entry, RegisterDecision::Approve).await;
            assert!(matches!(decided, Err(RegisterError::NotFound)), "{username}");
        }
        let trudy = house.person("trudy", Role::Manager, partner).await;
        let proposed = house.directory.propose_disclosure(&trudy, order(&number)).await;
        assert!(matches!(proposed, Err(RegisterError::Forbidden)), "an authority discloses, not its partner");
        let user_manager = house.person("uma", Role::UserManager, house.council).await;
        assert!(matches!(house.directory.disclosure_register(&user_manager).await, Err(RegisterError::Forbidden)));
    }

    async fn two_managers_at_once_decide_it_once(db: TestDatabases) {
        let (house, number) = house_with_a_child(&db).await;
        let (morgan, reece) = house.managers().await;
        let robin = house.person("robin", Role::Manager, house.council).await;
        for _ in 0..4 {
            let entry = house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
            let refuse = RegisterDecision::Refuse(RefusalReason::AnotherWay);
            let (one, other) = tokio::join!(
                house.directory.decide_disclosure(&reece, entry, RegisterDecision::Approve),
                house.directory.decide_disclosure(&robin, entry, refuse),
            );
            assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        }
        let decided = Raw::data(&db).await.number("SELECT count(*) FROM disclosure_register WHERE decided_by IS NOT NULL").await;
        assert_eq!(decided, 4);
        assert_eq!(Raw::data(&db).await.entries("disclosure_registered").await, 8, "and one entry tells of it");
    }

    async fn a_number_nobody_has_is_refused_and_nothing_of_it_is_kept(db: TestDatabases) {
        let (house, _) = house_with_a_child(&db).await;
        let (morgan, _) = house.managers().await;
        let nobody = ChildNumber::from_random([3; 16]);
        let refused = house.directory.propose_disclosure(&morgan, order(&nobody)).await;
        assert!(matches!(refused, Err(RegisterError::NoSuchChild)));
        assert_eq!(Raw::data(&db).await.count("disclosure_register").await, 0);
    }

    async fn a_stolen_register_names_neither_child_nor_body_nor_file(db: TestDatabases) {
        let (house, number) = house_with_a_child(&db).await;
        let (morgan, _) = house.managers().await;
        house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let sealed = Raw::data(&db).await.blobs("SELECT sealed FROM disclosure_register").await.remove(0);
        for word in ["Family Court", "FD26P00417", "court_order", "whereabouts"] {
            assert!(!sealed.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
    }

    async fn an_entry_goes_with_the_bodies_of_the_month_of_its_last_step(db: TestDatabases) {
        let house = seven_years_of_the_trail(&db).await;
        let number = house.number_of(GP, "G-1").await;
        let morgan = person(&house, Role::Manager).await;
        let d = &house.directory;
        let old = d.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let longer = d.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let house = worked_until(house, "2026-05-10").await;
        let reece = person(&house, Role::Manager).await;
        let d = &house.directory;
        d.decide_disclosure(&reece, longer, RegisterDecision::Approve).await.unwrap();
        let house = worked_until(house, "2026-07-10").await;
        let reece = person(&house, Role::Manager).await;
        house.directory.release_disclosure(&reece, longer, items(&[ReleasedItem::Name])).await.unwrap();

        let house = worked_until(house, "2033-03-31").await;
        let before = house.directory.sweep(false).await.unwrap();
        assert_eq!(before.disclosures_destroyed, 0, "the month's last day has not had its years");
        let house = worked_until(house, "2033-07-02").await;
        let rows = Raw::data(&db).await.count("disclosure_register").await;
        assert_eq!(house.directory.sweep(true).await.unwrap().disclosures_destroyed, 1);
        assert_eq!(Raw::data(&db).await.count("disclosure_register").await, rows, "a dry run counts");
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 0, "once");
        let reece = person(&house, Role::Manager).await;
        assert!(matches!(house.directory.disclosure(&reece, old).await, Err(RegisterError::NotFound)));
        assert_eq!(states(&house, &reece).await, [RegisterState::Released], "released later, and kept as long");

        let house = worked_until(house, "2033-08-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
        assert_eq!(Raw::data(&db).await.count("disclosure_register").await, 0);
    }

    async fn an_entry_about_a_child_under_a_legal_hold_waits_until_it_ends(db: TestDatabases) {
        let house = seven_years_of_the_trail(&db).await;
        let number = house.number_of(GP, "G-1").await;
        let morgan = person(&house, Role::Manager).await;
        house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let house = worked_until(house, "2033-03-20").await;
        let hold = legal_holds::hold_until(&house, &number, "2034-01-31").await;
        let house = worked_until(house, "2033-04-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 0);
        legal_holds::release(&house, hold).await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
    }

    async fn no_clock_that_jumps_ahead_destroys_an_entry(db: TestDatabases) {
        let house = seven_years_of_the_trail(&db).await;
        let morgan = person(&house, Role::Manager).await;
        house.directory.propose_disclosure(&morgan, order(&house.number_of(GP, "G-1").await)).await.unwrap();
        let house = on(house, "2055-01-01").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 0);
    }

    async fn an_entry_that_a_backup_brings_back_is_no_entry_and_goes_again(db: TestDatabases) {
        let house = seven_years_of_the_trail(&db).await;
        let morgan = person(&house, Role::Manager).await;
        let number = house.number_of(GP, "G-1").await;
        let entry = house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let house = worked_until(house, "2033-04-02").await;
        let mut raw = Raw::data(&db).await;
        raw.run("CREATE TABLE kept AS SELECT * FROM disclosure_register").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
        raw.run("INSERT INTO disclosure_register SELECT * FROM kept").await;
        raw.run("DROP TABLE kept").await;
        let house = on(house, "2033-04-03").await;
        let reece = person(&house, Role::Manager).await;
        assert_eq!(states(&house, &reece).await, [], "what is destroyed is no entry");
        assert!(matches!(house.directory.disclosure(&reece, entry).await, Err(RegisterError::NotFound)));
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
        assert_eq!(raw.count("disclosure_register").await, 0);
    }

    async fn an_entry_about_a_child_under_a_hold_waits_also_where_its_month_went_before(db: TestDatabases) {
        let house = seven_years_of_the_trail(&db).await;
        let number = house.number_of(GP, "G-1").await;
        let morgan = person(&house, Role::Manager).await;
        house.directory.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let house = worked_until(house, "2033-04-02").await;
        let mut raw = Raw::data(&db).await;
        raw.run("CREATE TABLE kept AS SELECT * FROM disclosure_register").await;
        raw.run("DELETE FROM disclosure_register").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().audit_months_destroyed, 1);
        // As if the service had been killed between the two.
        raw.run("INSERT INTO disclosure_register SELECT * FROM kept").await;
        raw.run("DROP TABLE kept").await;
        let hold = legal_holds::hold_until(&house, &number, "2034-01-31").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 0);
        legal_holds::release(&house, hold).await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
    }

    async fn an_entry_whose_key_was_lost_is_no_entry_and_keeps_no_other_from_its_end(db: TestDatabases) {
        let house = seven_years_of_the_trail(&db).await;
        let morgan = person(&house, Role::Manager).await;
        let number = house.number_of(GP, "G-1").await;
        let d = &house.directory;
        let lost = d.propose_disclosure(&morgan, order(&number)).await.unwrap();
        d.propose_disclosure(&morgan, order(&number)).await.unwrap();
        let literal = crate::families::literal(&db, lost);
        let mut keys = Raw::keys(&db).await;
        keys.run(&format!("DELETE FROM bundle WHERE owner_id = {literal}")).await;
        let bundles = keys.count("bundle").await;
        assert_eq!(states(&house, &morgan).await, [RegisterState::Proposed]);
        assert!(matches!(d.disclosure(&morgan, lost).await, Err(RegisterError::NotFound)));
        assert_eq!(keys.count("bundle").await, bundles, "nothing makes its key anew");
        let house = worked_until(house, "2033-04-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().disclosures_destroyed, 1);
    }
}
