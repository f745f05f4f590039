//! A register of deaths (rule 4.6): what its entries do to the records of children, and what they tell nobody.

use directory::access::{Reason, Role};
use directory::disclosure::{Disclosure, SpecialView};
use directory::search::Criteria;
use directory::{ChildNumber, PartialDate};
use service::{Counts, SearchAnswer};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{self, BIRTHS, CARE, DEATHS, House, Row, by_name_and_birth, by_number, child};
use crate::raw::Raw;
use crate::retention::{on, person};

/// Twelve children who have nothing in common.
const NAMES: [(&str, &str); 12] = [
    ("Florian", "Ashworth"),
    ("Beatrix", "Brackley"),
    ("Cormac", "Copperfield"),
    ("Delphine", "Dunmore"),
    ("Emrys", "Eversholt"),
    ("Fenella", "Farthing"),
    ("Gideon", "Gledhow"),
    ("Hester", "Harkness"),
    ("Ivo", "Inglewood"),
    ("Juno", "Jessop"),
    ("Kester", "Kettering"),
    ("Linnet", "Lavenham"),
];

fn birthday(nth: usize) -> String {
    format!("20{}-{:02}-{:02}", 12 + nth % 6, nth + 1, 20 - nth)
}

/// The nth of them.
fn living(nth: usize) -> Row {
    let (forename, surname) = NAMES[nth];
    child(&format!("B-{nth}"), forename, surname, &birthday(nth))
        .at(&format!("{} Elm Row", nth + 1), &format!("LS{} 3EF", nth + 1))
}

/// The registered birth of that child.
fn born(nth: usize) -> Row {
    living(nth).with("birth_registration", &format!("BR-2015-00{nth:02}"))
}

fn question(nth: usize) -> Criteria {
    let (forename, surname) = NAMES[nth];
    by_name_and_birth(&format!("{forename} {surname}"), &birthday(nth))
}

/// The death of that child, registered in February 2026.
fn died(nth: usize, entry: &str) -> Row {
    let (forename, surname) = NAMES[nth];
    child(&format!("D-{nth}"), forename, surname, &birthday(nth))
        .with("birth_registration", &format!("BR-2015-00{nth:02}"))
        .with("effective_at", "2026-02-25")
        .with("date_of_death", "2026-02-20")
        .with("entry", entry)
}

async fn registered(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house::register_of_deaths(&house.directory, "Health").await;
    house
}

async fn finds(house: &House, nth: usize) -> bool {
    let who = nurse(house).await;
    !house.find(&who, question(nth)).await.is_empty()
}

async fn nurse(house: &House) -> service::Reasoned {
    let nurse = person(house, Role::Practitioner).await;
    house.directory.state_reason(&nurse, Reason::WhoElseIsInvolved).await.unwrap()
}

/// The day of death as the management of the authority sees it.
async fn day_of_death(house: &House, number: &ChildNumber) -> Option<PartialDate> {
    let manager = person(house, Role::Manager).await;
    let manager = house.directory.state_reason(&manager, Reason::Management).await.unwrap();
    let found = house.find(&manager, by_number(number)).await;
    let shown =
        house.directory.open_for_management(&manager, &found[0].handle, Reason::Management).await.unwrap();
    match shown.data() {
        Disclosure::Special(SpecialView::Management(view)) => view.died_on,
        other => panic!("not the view of management: {other:?}"),
    }
}

/// What is told of rows that were all new.
fn all_new(counts: &Counts, rows: u64) -> bool {
    (counts.rows, counts.accepted, counts.updated, counts.quarantined) == (rows, rows, 0, 0)
}

on_both_databases! {
    async fn a_registered_death_archives_the_record_a_year_later_and_a_withdrawn_one_is_undone(db: TestDatabases) {
        let house = registered(&db).await;
        let births: Vec<Row> = (0..12).map(born).collect();
        house.load(BIRTHS, &births).await;
        house.load(CARE, &[living(0)]).await;
        house.holds_end();
        let before = house.full_record(&nurse(&house).await, question(0)).await;
        let deaths: Vec<Row> = (0..12).map(|nth| died(nth, "registered")).collect();
        let counts = house.load(DEATHS, &deaths).await;
        assert_eq!((counts.linked, counts.opened), (12, 0), "{counts:?}");
        let months = Raw::data(&db).await.texts("SELECT retention_month FROM child ORDER BY child_id").await;
        assert!(months.len() == 12 && months.iter().all(|month| month.as_str() <= "2027-02"), "{months:?}");
        house.holds_end();
        let after = house.full_record(&nurse(&house).await, question(0)).await;
        assert_eq!(after, before, "an ordinary user is shown no more and no less");
        let number = house.number_of(BIRTHS, "B-0").await;
        assert_eq!(day_of_death(&house, &number).await, Some(PartialDate::parse("2026-02-20").unwrap()));
        let again = house.load(DEATHS, &deaths).await;
        assert_eq!((again.rows, again.unchanged), (12, 12), "the feed of every night changes nothing");

        let house = on(house, "2027-02-19").await;
        house.directory.sweep(false).await.unwrap();
        assert!(finds(&house, 0).await);
        let house = on(house, "2027-02-20").await;
        assert!(!finds(&house, 0).await);
        let swept = house.directory.sweep(false).await.unwrap();
        assert_eq!(swept.archived, [("year_after_death", 12)].into());

        house.load(DEATHS, &[died(0, "withdrawn").with("effective_at", "2027-02-01")]).await;
        house.directory.sweep(false).await.unwrap();
        assert!(finds(&house, 0).await && !finds(&house, 1).await, "one was registered wrongly");
        let now = house.full_record(&nurse(&house).await, question(0)).await;
        assert_eq!((now.name, now.aliases), (before.name, before.aliases));
    }

    async fn the_death_of_an_unknown_child_opens_a_record_to_nobody_and_waits_for_who_tells_of_the_child(db: TestDatabases) {
        let house = registered(&db).await;
        let counts = house.load(DEATHS, &[died(0, "registered"), died(1, "registered")]).await;
        assert!(all_new(&counts, 2), "its source is told what it is told of any row: {counts:?}");
        house.holds_end();
        assert!(!finds(&house, 0).await);
        assert_eq!(Raw::data(&db).await.count("search_key").await, 0);
        let number = house.number_of(DEATHS, "D-0").await;
        let manager = person(&house, Role::Manager).await;
        let manager = house.directory.state_reason(&manager, Reason::Management).await.unwrap();
        assert!(house.find(&manager, by_number(&number)).await.is_empty(), "nor does the number lead anywhere");

        let known = house.load(BIRTHS, &[born(0)]).await;
        assert_eq!((known.linked, known.opened), (1, 0), "{known:?}");
        assert_eq!(house.number_of(BIRTHS, "B-0").await, number);
        house.load(CARE, &[living(0)]).await;
        house.holds_end();
        assert!(finds(&house, 0).await && !finds(&house, 1).await);
        assert_eq!(day_of_death(&house, &number).await, Some(PartialDate::parse("2026-02-20").unwrap()));
        let house = on(house, "2027-02-20").await;
        assert!(!finds(&house, 0).await);
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("year_after_death", 2)].into());
        let house = on(house, "2033-02-20").await;
        assert_eq!(house.directory.sweep(false).await.unwrap().destroyed, [("year_after_death", 2)].into());
        assert_eq!(Raw::data(&db).await.count("source_record").await, 0);
    }

    async fn the_death_of_a_shielded_child_tells_nobody_more(db: TestDatabases) {
        let house = registered(&db).await;
        house.load(BIRTHS, &[born(0), born(1)]).await;
        house.load(CARE, &[living(0), living(1)]).await;
        house.holds_end();
        let number = house.shield(BIRTHS, "B-0").await;
        let shown = async |house: &House| {
            let nurse = nurse(house).await;
            let found = house.find(&nurse, question(0)).await;
            (found[0].row.clone(), house.record(&nurse, &found[0]).await)
        };
        let before = shown(&house).await;
        assert!(matches!(before.1, Disclosure::Shielded(_)));
        let keys = Raw::data(&db).await.count("search_key").await;
        let shielded = house.load(DEATHS, &[died(0, "registered")]).await;
        let other = house.load(DEATHS, &[died(1, "registered")]).await;
        assert!(all_new(&shielded, 1) && all_new(&other, 1), "its source is told the same of every child");
        house.holds_end();
        assert_eq!(shown(&house).await, before);
        assert_eq!(Raw::data(&db).await.count("search_key").await, keys);
        assert_eq!(day_of_death(&house, &number).await, Some(PartialDate::parse("2026-02-20").unwrap()));
        let house = on(house, "2027-02-20").await;
        let answer = house.search(&nurse(&house).await, question(0)).await;
        assert!(matches!(answer, SearchAnswer::Nothing));
        assert_eq!(house.directory.sweep(false).await.unwrap().archived, [("year_after_death", 2)].into());
    }
}
