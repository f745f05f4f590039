//! The archive once its first year is over: retrieved by the supplier's operator on a decision of two managers, opened once by
//! who asked, and otherwise never (rules 4.3, 4.5, 12.10).

use directory::ChildNumber;
use directory::access::{ArchiveReason, Reason, Role};
use directory::register::{LegalBasis, RegisterRule, RegisterState, ReleasedItem};
use jiff::SignedDuration;
use rand::RngExt as _;
use service::{DisclosureProposal, Reasoned, RegisterDecision, RegisterError, RetrievalStage, SignedIn};
use testkit::{TestDatabases, on_both_databases, seeded};
use uuid::Uuid;

use crate::house::{CARE, House};
use crate::raw::Raw;
use crate::register::{from_the_late_archive, items, order};
use crate::retention::{nearly_grown, on, person, young};

/// The people: two managers of the authority that answered, the first with a reason, and the operator of the supplier.
struct People {
    asks: Reasoned,
    second: SignedIn,
    operator: SignedIn,
}

async fn people(house: &House) -> People {
    let mut found = Vec::new();
    for (username, role) in
        [("asks", Role::Manager), ("second", Role::Manager), ("operates", Role::SupplierOperator)]
    {
        if !house.directory.has_account(username).await.unwrap() {
            house.account(username, &[role]).await;
        }
        house.clock.advance(SignedDuration::from_secs(31));
        found.push(house.sign_in(username).await);
    }
    let [asks, second, operator] = found.try_into().ok().unwrap();
    let asks = house.directory.state_reason(&asks, Reason::Management).await.unwrap();
    People { asks, second, operator }
}

/// A girl who is archived on 15 June 2026, and a boy who is not.
async fn two_children(db: &TestDatabases) -> (House, ChildNumber, ChildNumber) {
    let house = House::open(db).await;
    house.load(CARE, &[nearly_grown("C-1"), young("C-2")]).await;
    house.holds_end();
    let numbers = (house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-2").await);
    (house, numbers.0, numbers.1)
}

async fn approved(house: &House, people: &People, proposal: DisclosureProposal) -> Uuid {
    let d = &house.directory;
    let entry = d.propose_disclosure(people.asks.who(), proposal).await.unwrap();
    d.decide_disclosure(&people.second, entry, RegisterDecision::Approve).await.unwrap();
    entry
}

/// What a step was refused for.
fn why<T>(answer: Result<T, RegisterError>) -> RegisterRule {
    match answer {
        Err(RegisterError::Rule(rule)) => rule,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was done"),
    }
}

on_both_databases! {
    async fn the_archives_later_years_open_once_to_who_asked_after_two_decided_and_the_operator_retrieved(db: TestDatabases) {
        let (house, number, _) = two_children(&db).await;
        house.shield(CARE, "C-1").await;
        let house = on(house, "2027-06-15").await;
        house.directory.sweep(false).await.unwrap();
        let people = people(&house).await;
        let d = &house.directory;
        let dan = person(&house, Role::DataAdministrator).await;
        let dan = d.state_reason(&dan, Reason::Management).await.unwrap();
        let claim = d.open_from_archive(&dan, &number, ArchiveReason::LegalClaim).await;
        assert!(claim.is_err(), "the first year is over");
        let asker = people.asks.who();
        let entry = d.propose_disclosure(asker, from_the_late_archive(&number)).await.unwrap();
        assert_eq!(why(d.retrieve_from_archive(&people.operator, entry).await), RegisterRule::NotForArchive, "nobody approved");
        assert_eq!(d.archive_retrievals(&people.operator).await.unwrap(), []);
        d.decide_disclosure(&people.second, entry, RegisterDecision::Approve).await.unwrap();
        assert_eq!(why(d.open_retrieved_record(&people.asks, entry).await), RegisterRule::NotRetrieved);
        let waits = d.archive_retrievals(&people.operator).await.unwrap();
        assert_eq!((waits.len(), waits[0].entry, waits[0].basis), (1, entry, LegalBasis::Section47Enquiry));
        d.retrieve_from_archive(&people.operator, entry).await.unwrap();
        let second = d.state_reason(&people.second, Reason::Management).await.unwrap();
        assert_eq!(why(d.open_retrieved_record(&second, entry).await), RegisterRule::NotTheAsker, "who did not ask");
        assert!(d.disclosure(asker, entry).await.unwrap().may_open);
        let raw = &mut Raw::data(&db).await;
        let (viewed, steps) = (raw.entries("record_viewed").await, raw.entries("disclosure_registered").await);
        let shown = d.open_retrieved_record(&people.asks, entry).await.unwrap();
        let record = &shown.data().view.record;
        assert_eq!((shown.data().view.archived_on.to_string().as_str(), record.shields.len()), ("2026-06-15", 1));
        assert!(record.record.whereabouts.is_some(), "hidden items included, as in the first year");
        assert_eq!(raw.entries("record_viewed").await, viewed + 1);
        assert_eq!(raw.entries("disclosure_registered").await, steps + 1, "the register tells that it was opened");
        let headers = raw.headers().await;
        assert!(!headers.iter().any(|header| header.contains("section_47")), "the purpose is in the sealed body");
        assert_eq!(why(d.open_retrieved_record(&people.asks, entry).await), RegisterRule::OpenedBefore, "once");
        assert_eq!(why(d.retrieve_from_archive(&people.operator, entry).await), RegisterRule::OpenedBefore);
        assert_eq!(d.archive_retrievals(&people.operator).await.unwrap(), []);
        let seen = d.disclosure(&people.second, entry).await.unwrap();
        assert!(matches!(seen.retrieval, Some(RetrievalStage::Opened(_))) && !seen.may_open);
        // What leaves is recorded as of any disclosure.
        d.release_disclosure(asker, entry, items(&[ReleasedItem::Involvements])).await.unwrap();
        assert_eq!(d.disclosure(asker, entry).await.unwrap().line.state, RegisterState::Released);
    }

    async fn only_three_purposes_open_it_and_none_of_the_two_who_decided_retrieves_it(db: TestDatabases) {
        let (house, number, _) = two_children(&db).await;
        let house = on(house, "2027-06-15").await;
        house.directory.sweep(false).await.unwrap();
        let people = people(&house).await;
        let d = &house.directory;
        for basis in LegalBasis::ALL {
            let asked = DisclosureProposal { basis: *basis, ..from_the_late_archive(&number) };
            let entry = approved(&house, &people, asked).await;
            let retrieved = d.retrieve_from_archive(&people.operator, entry).await;
            assert_eq!(retrieved.is_ok(), basis.opens_the_late_archive(), "{basis:?}");
        }
        assert_eq!(LegalBasis::ALL.iter().filter(|basis| basis.opens_the_late_archive()).count(), 3, "rule 4.3");
        let other_items = approved(&house, &people, order(&number)).await;
        assert_eq!(why(d.retrieve_from_archive(&people.operator, other_items).await), RegisterRule::NotForArchive);
        for who in [people.asks.who(), &people.second] {
            let entry = approved(&house, &people, from_the_late_archive(&number)).await;
            let answer = d.retrieve_from_archive(who, entry).await;
            assert!(matches!(answer, Err(RegisterError::Forbidden)), "a manager is no operator");
        }
        // An operator elsewhere has nothing to retrieve here; the centre's serves every authority.
        let bradford = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let centre = house.organisation("The centre", "centre", None).await;
        let entry = approved(&house, &people, from_the_late_archive(&number)).await;
        let elsewhere = house.person("oda", Role::SupplierOperator, bradford).await;
        assert_eq!(d.archive_retrievals(&elsewhere).await.unwrap(), []);
        assert!(matches!(d.retrieve_from_archive(&elsewhere, entry).await, Err(RegisterError::NotFound)));
        let central = house.person("cy", Role::SupplierOperator, centre).await;
        house.minutes_pass(6);
        assert!(matches!(d.retrieve_from_archive(&central, entry).await, Err(RegisterError::StepUpFirst(_))), "proved afresh");
        let central = house.sign_in("cy").await;
        d.retrieve_from_archive(&central, entry).await.unwrap();
    }

    async fn what_was_retrieved_closes_after_a_day_and_is_retrieved_again(db: TestDatabases) {
        let (house, number, _) = two_children(&db).await;
        let house = on(house, "2027-06-15").await;
        house.directory.sweep(false).await.unwrap();
        let first = people(&house).await;
        let d = &house.directory;
        let entry = approved(&house, &first, from_the_late_archive(&number)).await;
        d.retrieve_from_archive(&first.operator, entry).await.unwrap();
        house.clock.advance(SignedDuration::from_hours(24));
        let next = people(&house).await;
        assert_eq!(why(d.open_retrieved_record(&next.asks, entry).await), RegisterRule::NotRetrieved);
        assert_eq!(d.archive_retrievals(&next.operator).await.unwrap()[0].open_until, None);
        d.retrieve_from_archive(&next.operator, entry).await.unwrap();
        d.open_retrieved_record(&next.asks, entry).await.unwrap();
    }

    async fn a_living_child_a_first_year_a_barred_asker_and_a_number_never_issued_are_answered_alike(db: TestDatabases) {
        let (house, number, living) = two_children(&db).await;
        let house = on(house, "2027-06-14").await;
        house.directory.sweep(false).await.unwrap();
        let people = people(&house).await;
        let d = &house.directory;
        let never = ChildNumber::from_random(seeded(5).random());
        let asked = d.propose_disclosure(people.asks.who(), from_the_late_archive(&never)).await;
        assert!(matches!(asked, Err(RegisterError::NoSuchChild)));
        for number in [&number, &living] {
            let entry = approved(&house, &people, from_the_late_archive(number)).await;
            d.retrieve_from_archive(&people.operator, entry).await.unwrap();
            let refusals = Raw::data(&db).await.entries("record_refused").await;
            let answer = d.open_retrieved_record(&people.asks, entry).await;
            assert!(matches!(answer, Err(RegisterError::NoSuchChild)), "the last day of its first year, and a child");
            assert_eq!(Raw::data(&db).await.entries("record_refused").await, refusals + 1);
            assert!(d.disclosure(people.asks.who(), entry).await.unwrap().may_open, "what shows nothing uses nothing up");
        }
        // Another authority than the one that answered: its managers may ask, and nothing opens.
        let bradford = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let house = on(house, "2027-06-15").await;
        let (asks, second) =
            (house.person("bel", Role::Manager, bradford).await, house.person("bo", Role::Manager, bradford).await);
        let asks = house.directory.state_reason(&asks, Reason::Management).await.unwrap();
        let operator = house.person("op", Role::SupplierOperator, bradford).await;
        let people = People { asks, second, operator };
        let entry = approved(&house, &people, from_the_late_archive(&number)).await;
        house.directory.retrieve_from_archive(&people.operator, entry).await.unwrap();
        let answer = house.directory.open_retrieved_record(&people.asks, entry).await;
        assert!(matches!(answer, Err(RegisterError::NoSuchChild)));
    }
}
