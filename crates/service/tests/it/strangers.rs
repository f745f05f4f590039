//! Who is hidden has more records than others, or fewer: whom it is hidden from learns nothing by that (law 3). Nothing of what
//! they have is opened, but what a stranger has, as in the stead of nobody; and what is wrong with a stranger is nobody's matter.

use std::collections::BTreeSet;

use directory::ChildNumber;
use directory::access::{Reason, Role};
use rand::RngExt as _;
use service::ShieldRequest;
use testkit::{Statements, TestDatabases, on_both_databases, seeded};

use crate::barred::{WORK, at_work};
use crate::house::{CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_number, child, shield_request};
use crate::numbered::{NUMBERED, answer_beside};
use crate::people::declared;
use crate::raw::Raw;
use crate::retention::{on, one_who_died, person};

/// A child by who they are.
pub struct Known {
    pub name: String,
    pub born: String,
    pub number: ChildNumber,
}

const FORENAMES: [&str; 12] = [
    "Ada", "Basil", "Cora", "Dorian", "Edda", "Fabian", "Gloria", "Hector", "Imogen", "Jasper", "Katya",
    "Leopold",
];
const SURNAMES: [&str; 7] =
    ["Carterwright", "Hathersage", "Thornycroft", "Winterbourne", "Brackenridge", "Lindqvist", "Okonjo"];

/// A record of the child in this place, which its source knows by the place and its own number.
fn record(place: usize, nth: usize) -> Row {
    let (forename, surname, born) = who(place);
    child(&format!("U-{place}-{nth}"), forename, surname, &born)
        .at(&format!("{} Wharf Hill", 3 + place), &format!("LS{} {}AA", 1 + place % 9, 1 + place / 9))
}

fn who(place: usize) -> (&'static str, &'static str, String) {
    let born = format!("20{:02}-{:02}-{:02}", 10 + place % 7, 1 + place % 12, 1 + place * 5 % 28);
    (FORENAMES[place % FORENAMES.len()], SURNAMES[place % SURNAMES.len()], born)
}

/// One of those who are children for long, each with one record.
fn late(at: usize) -> Row {
    child(&format!("L-{at}"), FORENAMES[at], SURNAMES[at], &format!("2024-0{}-11", at + 1))
        .at(&format!("{} Late Row", 3 + at), &format!("LS1{at} 9ZZ"))
}

fn source(nth: usize) -> &'static str {
    [CARE, GP, SCHOOLS][nth % 3]
}

/// Children with so many records each, beside Ottilie, who has one; Dana may do everything that takes a number, and a shield bars her
/// from the first `hidden` of them. They are told of.
pub async fn of_whom_some_are_hidden(
    db: &TestDatabases,
    records: &[usize],
    hidden: usize,
) -> (House, Vec<Known>) {
    let house = House::that_no_limit_pauses(db).await;
    declared(&house, "Bradford", "E08000032").await;
    for username in ["dana", "visitor"] {
        house.account(username, &WORK).await;
    }
    house.load(CARE, &[child("C-1", "Ottilie", "Vane", "2014-01-01").at("5 Mill Row", "LS7 7AA")]).await;
    for nth in 0..records.iter().copied().max().unwrap_or_default() {
        let rows = records.iter().enumerate().filter(|(_, many)| nth < **many);
        let rows: Vec<Row> = rows.map(|(place, _)| record(place, nth)).collect();
        house.load(source(nth), &rows).await;
    }
    house.holds_end();
    let mut known = Vec::new();
    for (place, many) in records.iter().enumerate() {
        let (forename, surname, born) = who(place);
        let number = house.number_of(CARE, &format!("U-{place}-0")).await;
        for nth in 1..*many {
            let other = house.number_of(source(nth), &format!("U-{place}-{nth}")).await;
            assert_eq!(other, number, "{forename} {surname} has {many} records");
        }
        known.push(Known { name: format!("{forename} {surname}"), born, number });
    }
    known.truncate(hidden);
    for one in &known {
        let bars = vec!["dana".to_owned()];
        house.shield_alone(ShieldRequest { bar_accounts: bars, ..shield_request(&one.number) }).await;
    }
    (house, known)
}

/// The keys of these owners are lost; of how many.
async fn lose_keys(db: &TestDatabases, owners: &str) -> usize {
    let owners = Raw::data(db).await.ids(owners).await;
    let mut keys = Raw::keys(db).await;
    for owner in &owners {
        let literal = crate::families::literal(db, *owner);
        keys.run(&format!("DELETE FROM bundle WHERE owner_id = {literal}")).await;
    }
    owners.len()
}

on_both_databases! {
    async fn for_a_hidden_child_of_many_records_as_for_nobody_a_strangers_are_fetched_and_none_of_its_own(db: TestDatabases) {
        let (house, hidden) = of_whom_some_are_hidden(&db, &[5, 1, 2, 3, 1, 2, 3], 1).await;
        let other = house.number_of(CARE, "C-1").await;
        let dana = at_work(&house, "dana").await;
        let ear = Statements::listen();
        let mut drawn = seeded(5);
        for name in ["search", "record_calendar", "compare_records", "records_to_part", "raise_dispute", "read_audit"] {
            let mut of_nobody = BTreeSet::new();
            for _ in 0..40 {
                let never = ChildNumber::from_random(drawn.random());
                answer_beside(&house, &dana, name, [&never, &other]).await;
                of_nobody.insert(ear.settled().await);
            }
            answer_beside(&house, &dana, name, [&hidden[0].number, &other]).await;
            let asked = ear.settled().await;
            assert!(asked.len() > 4 && of_nobody.contains(&asked), "asked as of no number that was never issued: {name}: {asked:#?}");
        }
        // Whatever is fetched of a record is opened: what has no key any more would be an error.
        let lost = "SELECT record_id FROM link WHERE child_id IN (SELECT child_id FROM link GROUP BY child_id HAVING count(*) = 5)";
        assert_eq!(lose_keys(&db, lost).await, 5);
        let never = ChildNumber::from_random([7; 16]);
        for name in NUMBERED {
            let unknown = answer_beside(&house, &at_work(&house, "dana").await, name, [&never, &other]).await;
            let barred = answer_beside(&house, &at_work(&house, "dana").await, name, [&hidden[0].number, &other]).await;
            assert_eq!(barred, unknown, "{name}");
        }
        let found = house.find(&at_work(&house, "dana").await, by_name_and_birth(&hidden[0].name, &hidden[0].born)).await;
        assert!(found.is_empty());
    }

    async fn no_use_case_errs_because_the_keys_of_a_stranger_were_lost(db: TestDatabases) {
        let (house, _) = of_whom_some_are_hidden(&db, &[2, 2, 2, 2, 2], 0).await;
        let other = house.number_of(CARE, "C-1").await;
        let never: Vec<ChildNumber> = (1..4).map(|at| ChildNumber::from_random([at; 16])).collect();
        let mut before = Vec::new();
        for name in NUMBERED {
            before.push(answer_beside(&house, &at_work(&house, "dana").await, name, [&never[0], &other]).await);
        }
        for what in ["record_id", "child_id"] {
            // But for Ottilie, who has one record and is asked about too.
            let lost = format!("SELECT {what} FROM link WHERE child_id IN (SELECT child_id FROM link GROUP BY child_id HAVING count(*) = 2)");
            assert_eq!(lose_keys(&db, &lost).await, 10);
            for (name, told) in NUMBERED.iter().zip(&before) {
                for never in &never {
                    let now = answer_beside(&house, &at_work(&house, "dana").await, name, [never, &other]).await;
                    assert_eq!(now, *told, "{name}");
                }
            }
        }
    }

    async fn the_databases_are_asked_the_same_for_the_number_of_a_destroyed_child_as_for_nobody(db: TestDatabases) {
        let house = one_who_died(&db).await;
        let number = house.number_of(SCHOOLS, "S-1").await;
        let rows: Vec<Row> = (0..5).map(late).collect();
        house.load(CARE, &rows).await;
        let house = on(house, "2033-03-02").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed.values().sum::<u64>(), 1);
        let nurse = person(&house, Role::Practitioner).await;
        let nurse = house.directory.state_reason(&nurse, Reason::WhoElseIsInvolved).await.unwrap();
        let ear = Statements::listen();
        let mut drawn = seeded(6);
        let mut of_nobody = BTreeSet::new();
        for _ in 0..20 {
            assert!(house.find(&nurse, by_number(&ChildNumber::from_random(drawn.random()))).await.is_empty());
            of_nobody.insert(ear.settled().await);
        }
        assert!(house.find(&nurse, by_number(&number)).await.is_empty());
        let asked = ear.settled().await;
        assert!(of_nobody.contains(&asked), "asked as of no number that was never issued: {asked:#?}");
    }
}
