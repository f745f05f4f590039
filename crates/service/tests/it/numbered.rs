//! Every use case that takes a child's number from a person, and what each answers for a number. The number of a former identity
//! is answered as one that was never issued (laws 5 and 8). The list is read from the signatures: a use case that takes a number
//! and is not tried here fails.

use std::collections::BTreeSet;

use directory::access::ArchiveReason;
use directory::brokering::BrokerReason;
use directory::families::{DisputeRaiser, DisputedItem};
use directory::retention::HoldBasis;
use directory::transfer::TransferReason;
use directory::{ChildNumber, MatchBasis, ServiceType, Telephone};
use jiff::ToSpan as _;
use service::{
    About, AuditQuestion, BrokerRequest, DisputeIntake, HoldRequest, ParticipationBasis, Reasoned,
    RequestIntake, SearchAnswer, ShieldDecision, TransferOffer, WithdrawnFrom,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::barred::{WORK, at_work};
use crate::families::herself;
use crate::house::{CARE, GP, House, by_number, child, shield_request};
use crate::identities::{load_all, proposal};
use crate::register::order;
use crate::use_cases::scan::{carriers_of_a_number, doors};

/// Every use case that takes a number from a person, by its name; where it takes two, with a word on which it is.
pub const NUMBERED: [&str; 26] = [
    "search",
    "compare_records",
    "records_to_part",
    "join_records as the survivor",
    "join_records as the other",
    "keep_records_apart",
    "take_record_apart",
    "confirm_link",
    "records_to_seal",
    "request_shield",
    "propose_shield for one of the household",
    "offer_transfer",
    "open_from_archive",
    "record_calendar",
    "record_death",
    "record_participation",
    "withdraw_participation",
    "propose_hold",
    "propose_disclosure",
    "withdraw_consent",
    "ask_to_be_put_in_touch",
    "raise_dispute",
    "take_in_request",
    "take_in_dispute",
    "read_audit",
    "search_for_colleague",
];

/// What a use case answers for a number; of an act that is received whatever the number, that it was.
pub async fn answer(house: &House, who: &Reasoned, name: &str, number: &ChildNumber) -> String {
    let other = house.number_of(CARE, "C-1").await;
    answer_beside(house, who, name, [number, &other]).await
}

/// The same with the number of another child, of which a use case that takes two is told too.
pub async fn answer_beside(
    house: &House,
    who: &Reasoned,
    name: &str,
    [number, other]: [&ChildNumber; 2],
) -> String {
    let (d, person) = (&house.directory, who.who());
    let basis = MatchBasis::RecordsCompared;
    let told = |answer: &dyn std::fmt::Debug| format!("{answer:?}").replace(number.as_str(), "the number");
    let opaque = |done: Result<(), String>| format!("{done:?}");
    match name {
        "search" => match d.search(who, by_number(number)).await.unwrap().data() {
            SearchAnswer::Nothing => "nothing".to_owned(),
            found => format!("{found:?}"),
        },
        "search_for_colleague" => {
            let found = d.search_for_colleague(who, "visitor", by_number(number)).await;
            told(&found.map(|found| format!("{:?}", found.data().answer)))
        }
        "compare_records" => {
            told(&d.compare_records(who, number, other).await.map(|seen| format!("{:?}", seen.data().one)))
        }
        "records_to_part" => told(&d.records_to_part(who, number).await.map(|seen| seen.data().len())),
        "join_records as the survivor" => told(&d.join_records(person, number, other, basis).await),
        "join_records as the other" => told(&d.join_records(person, other, number, basis).await),
        "keep_records_apart" => told(&d.keep_records_apart(person, number, other, basis).await),
        "take_record_apart" => told(&d.take_record_apart(person, number, &[Uuid::nil()], basis).await),
        "confirm_link" => told(&d.confirm_link(person, number, Uuid::nil(), basis).await),
        "records_to_seal" => {
            told(&d.records_to_seal(who, std::slice::from_ref(number)).await.map(|seen| seen.data().len()))
        }
        "request_shield" => told(&d.request_shield(person, shield_request(number)).await),
        "propose_shield for one of the household" => {
            let (asks, first, _) = house.desk().await;
            let id = house.ask_for_shield(&asks, &first, shield_request(other)).await;
            let decision = ShieldDecision::Shield(vec![(number.clone(), true)]);
            told(&d.propose_shield(person, id, &decision).await)
        }
        "offer_transfer" => {
            let offer = TransferOffer {
                number: number.clone(),
                to: "Bradford".to_owned(),
                reason: TransferReason::Placed,
            };
            opaque(d.offer_transfer(person, &offer).await.map(drop).map_err(|error| error.to_string()))
        }
        "open_from_archive" => {
            told(&d.open_from_archive(who, number, ArchiveReason::LegalClaim).await.map(drop))
        }
        "record_calendar" => told(&d.record_calendar(who, number).await.map(drop)),
        "record_death" => told(&d.record_death(person, number, None).await),
        "record_participation" => {
            told(&d.record_participation(who, number, 20, ParticipationBasis::OwnConsent).await)
        }
        "withdraw_participation" => told(&d.withdraw_participation(who, number).await),
        "propose_hold" => {
            let until = d.today().checked_add(1.month()).unwrap();
            let request = HoldRequest { number: number.clone(), basis: HoldBasis::CourtOrder, until };
            told(&d.propose_hold(person, &request).await.map(drop))
        }
        "propose_disclosure" => told(&d.propose_disclosure(person, order(number)).await.map(drop)),
        "withdraw_consent" => {
            told(&d.withdraw_consent(who, number, &WithdrawnFrom::Own(ServiceType::MentalHealth)).await)
        }
        "ask_to_be_put_in_touch" => {
            let telephone = Telephone::parse("01632 960123").unwrap();
            let request =
                BrokerRequest { number: number.clone(), reason: BrokerReason::PlanningSupport, telephone };
            told(&d.ask_to_be_put_in_touch(who, request).await)
        }
        "raise_dispute" => told(&d.raise_dispute(who, number, DisputedItem::Name, None).await.map(drop)),
        "take_in_request" => {
            let intake = RequestIntake { number: number.clone(), asker: herself(), received: d.today() };
            told(&d.take_in_request(person, intake).await.map(drop))
        }
        "take_in_dispute" => {
            let intake = DisputeIntake {
                number: number.clone(),
                raiser: DisputeRaiser::YoungPerson,
                item: DisputedItem::Name,
                proposed: None,
                received: d.today(),
            };
            told(&d.take_in_dispute(person, intake).await.map(drop))
        }
        "read_audit" => told(
            &d.read_audit(person, &AuditQuestion::about(About::Child(number.clone())))
                .await
                .map(|page| page.lines.len()),
        ),
        unknown => panic!("{unknown} is no use case that takes a number"),
    }
}

/// Doors that take a type in which a number stands by the reading, and where no person says one that is looked up.
const NOT_LOOKED_UP: &[(&str, &str)] = &[
    ("seal_audit_question", "seals what was typed for the address, and looks nothing up: `read_audit` does"),
    ("warnings", "compares what was typed with the row of a list that was shown already"),
    ("propose_held_release", "a place in a list of candidates: another type of that name holds a number"),
    (
        "act_on_accreditation",
        "an act about a product or organisation: another type of that name holds a number",
    ),
    ("act_on_accreditation_in_force", "the same"),
    ("change_account", "an act about an account: another type of that name holds a number"),
    ("alerts", "a place in a list: another type of that name holds a number"),
    ("investigations", "the same"),
    ("fill", "the bench's, on an installation of nobody's"),
    ("keys_worked", "the bench's, on an installation of nobody's"),
];

#[test]
fn every_use_case_that_takes_a_number_is_tried() {
    let carriers = carriers_of_a_number();
    let doors = doors();
    let taking = doors.iter().filter(|door| door.of_directory && door.takes(&carriers));
    let taking: BTreeSet<&str> = taking.map(|door| door.name.as_str()).collect();
    let tried = NUMBERED.iter().filter_map(|name| name.split(' ').next());
    let excused = NOT_LOOKED_UP.iter().map(|(name, _)| *name);
    let known: BTreeSet<&str> = tried.chain(excused).collect();
    let untried: Vec<_> = taking.difference(&known).collect();
    assert!(untried.is_empty(), "take a number, and nobody tries a former one there: {untried:?}");
    let gone: Vec<_> = known.difference(&taking).collect();
    assert!(gone.is_empty(), "take no number: {gone:?}");
}

on_both_databases! {
    async fn a_former_number_is_answered_at_every_use_case_as_one_that_was_never_issued(db: TestDatabases) {
        let house = House::open(&db).await;
        load_all(&house).await;
        house.load(CARE, &[child("C-1", "Ottilie", "Vane", "2014-01-01").at("5 Mill Row", "LS7 7AA")]).await;
        house.holds_end();
        crate::people::declared(&house, "Bradford", "E08000032").await;
        for username in ["dana", "visitor"] {
            house.account(username, &WORK).await;
        }
        let former = house.number_of(GP, "G-1").await;
        let (morgan, reece) = house.managers().await;
        house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
        let never = ChildNumber::from_random([7; 16]);
        for name in NUMBERED {
            let unknown = answer(&house, &at_work(&house, "dana").await, name, &never).await;
            let sealed = answer(&house, &at_work(&house, "dana").await, name, &former).await;
            assert_eq!(sealed, unknown, "{name} tells that the number was issued");
        }
    }
}
