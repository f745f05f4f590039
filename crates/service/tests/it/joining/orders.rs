//! Any interleaving of joins, partings, undos and feeds ends in the state of the decisions that were not undone, and everything
//! can be undone in any order that stands. Beside the product stands a model that knows people, not records: a decision is
//! about them, and what a source sends later is of whoever it names.

use std::collections::{BTreeMap, BTreeSet};

use directory::ChildNumber;
use directory::access::Reason;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use service::{JoinError, Joining, SignedIn};
use testkit::{TestDatabases, on_both_databases, seeded};
use uuid::Uuid;

use super::BASIS;
use super::bench::Bench;
use crate::house::{CARE, GP, Row, SCHOOLS, child, nhs_number};

/// People nobody takes for one another.
const PEOPLE: [(&str, &str, &str, &str, &str); 6] = [
    ("Araminta", "Abernathy", "2009-01-04", "1 Larch Rise", "LS1 1AA"),
    ("Benedict", "Holroyd", "2011-05-19", "22 Quayside", "LS4 2BB"),
    ("Cordelia", "Grimshaw", "2013-09-27", "303 Tannery Yard", "LS7 3AD"),
    ("Dashiell", "Entwistle", "2015-02-11", "44 Wharf Hill", "LS10 4EF"),
    ("Evangeline", "Drinkwater", "2016-07-08", "5 Orchard Way", "LS13 5GH"),
    ("Ferdinand", "Yarborough", "2018-11-30", "66 Poplar Street", "LS16 6JL"),
];
const SOURCES: [&str; 3] = [GP, SCHOOLS, CARE];

/// Somebody of [`PEOPLE`].
type Person = usize;

/// A decision about people: one of the group that stays and one of the group that joins it, or those who leave a group.
#[derive(Clone, Debug)]
enum Decision {
    Join(Person, Person),
    Part(BTreeSet<Person>),
    KeepApart,
}

struct Orders {
    bench: Bench,
    rng: ChaCha8Rng,
    /// What has come, by person.
    come: BTreeMap<Person, Vec<&'static str>>,
    /// The decisions that stand, in their order.
    standing: Vec<(Uuid, Decision)>,
    done: usize,
    in_the_way: usize,
}

fn record(person: Person, source: &str) -> String {
    format!("{source}-{person}")
}

fn row(person: Person, source: &str) -> Row {
    let (forename, surname, born, line, postcode) = PEOPLE[person];
    let row = child(&record(person, source), forename, surname, born).at(line, postcode);
    match source {
        SCHOOLS => row,
        _ => row.with("nhs_number", &nhs_number(u32::try_from(person).unwrap() + 1)),
    }
}

/// Who is one child, by the decisions alone.
fn partition(decisions: &[(Uuid, Decision)]) -> BTreeSet<BTreeSet<Person>> {
    let mut groups: Vec<BTreeSet<Person>> =
        (0..PEOPLE.len()).map(|person| BTreeSet::from([person])).collect();
    for (_, decision) in decisions {
        match decision {
            Decision::Join(one, other) => {
                let of = |person: Person, groups: &[BTreeSet<Person>]| {
                    groups.iter().position(|group| group.contains(&person)).unwrap()
                };
                let from = groups.remove(of(*other, &groups));
                let into = of(*one, &groups);
                groups[into].extend(from);
            }
            Decision::Part(leave) => {
                for group in &mut groups {
                    *group = group.difference(leave).copied().collect();
                }
                groups.push(leave.clone());
            }
            Decision::KeepApart => {}
        }
    }
    groups.into_iter().filter(|group| !group.is_empty()).collect()
}

impl Orders {
    async fn begin(db: &TestDatabases, seed: u64) -> Self {
        let bench = Bench::open(db).await;
        let mut orders = Self {
            bench,
            rng: seeded(seed),
            come: BTreeMap::new(),
            standing: Vec::new(),
            done: 0,
            in_the_way: 0,
        };
        for person in 0..PEOPLE.len() {
            orders.comes(person, SOURCES[person % 3]).await;
        }
        orders.bench.house.holds_end();
        orders
    }

    async fn comes(&mut self, person: Person, source: &'static str) {
        self.bench.house.load(source, &[row(person, source)]).await;
        self.come.entry(person).or_default().push(source);
    }

    /// A source sends somebody for the first time.
    async fn a_feed(&mut self) {
        let person = self.rng.random_range(0..PEOPLE.len());
        // What comes while somebody is joined to somebody else contradicts the other and is asked of people; told elsewhere.
        if !partition(&self.standing).contains(&BTreeSet::from([person])) {
            return;
        }
        let known = self.come[&person].clone();
        if let Some(source) = SOURCES.into_iter().find(|source| !known.contains(source)) {
            self.comes(person, source).await;
            self.bench.house.holds_end();
        }
    }

    async fn number(&self, person: Person) -> ChildNumber {
        self.bench.house.number_of(self.come[&person][0], &record(person, self.come[&person][0])).await
    }

    /// The children as they are, by number, and whose number it is: the person it was first of, or whoever is left.
    async fn groups(&self) -> BTreeMap<String, (ChildNumber, BTreeSet<Person>)> {
        let mut groups: BTreeMap<String, (ChildNumber, BTreeSet<Person>)> = BTreeMap::new();
        for person in 0..PEOPLE.len() {
            let mut numbers = BTreeSet::new();
            for source in &self.come[&person] {
                let number = self.bench.house.number_of(source, &record(person, source)).await;
                numbers.insert(number.to_string());
                let group = groups.entry(number.to_string()).or_insert((number, BTreeSet::new()));
                group.1.insert(person);
            }
            assert_eq!(numbers.len(), 1, "{person} is one child: {:?}", self.standing);
        }
        groups
    }

    async fn a_decision(&mut self, first: &BTreeMap<String, Person>) {
        let admin = self.bench.admin().await;
        let groups: Vec<(ChildNumber, BTreeSet<Person>)> = self.groups().await.into_values().collect();
        let one = groups.choose(&mut self.rng).unwrap().clone();
        let other = groups.choose(&mut self.rng).unwrap().clone();
        let whose = |group: &(ChildNumber, BTreeSet<Person>)| -> Person {
            let own = first.get(&group.0.to_string()).copied().filter(|person| group.1.contains(person));
            own.unwrap_or_else(|| *group.1.first().unwrap())
        };
        let (decision, made) = match self.rng.random_range(0..10) {
            0..=4 => {
                let made = self.bench.house.directory.join_records(&admin, &one.0, &other.0, BASIS).await;
                (Decision::Join(whose(&one), whose(&other)), made)
            }
            5 => {
                let made =
                    self.bench.house.directory.keep_records_apart(&admin, &one.0, &other.0, BASIS).await;
                (Decision::KeepApart, made)
            }
            _ => {
                let leave: BTreeSet<Person> =
                    one.1.iter().copied().filter(|_| self.rng.random_bool(0.5)).collect();
                let records = self.records_of(&admin, &one.0, &leave).await;
                let made =
                    self.bench.house.directory.take_record_apart(&admin, &one.0, &records, BASIS).await;
                (Decision::Part(leave), made)
            }
        };
        match made {
            Ok(Joining::Done { act, .. }) => {
                self.standing.push((act, decision));
                self.done += 1;
            }
            Err(JoinError::SameRecord | JoinError::KeptApart | JoinError::NotAPart) => {}
            other => panic!("{decision:?}: {other:?}"),
        }
    }

    /// The source records of these people under a number.
    async fn records_of(
        &self,
        admin: &SignedIn,
        number: &ChildNumber,
        people: &BTreeSet<Person>,
    ) -> Vec<Uuid> {
        let d = &self.bench.house.directory;
        let reasoned = d.state_reason(admin, Reason::Management).await.unwrap();
        let records = d.records_to_part(&reasoned, number).await.unwrap().data().clone();
        let of = |surname: &str| people.iter().any(|person| PEOPLE[*person].1 == surname);
        records.into_iter().filter(|one| of(one.sent.names[0].surname())).map(|one| one.sent.id).collect()
    }

    /// Undoes one of the acts that stand, drawn by lot. Whether it could be.
    async fn an_undo(&mut self) -> bool {
        let Some((act, _)) = self.standing.choose(&mut self.rng).cloned() else { return false };
        match self.bench.undo(act).await {
            Ok(Joining::Done { .. }) => {
                self.standing.retain(|(standing, _)| *standing != act);
                true
            }
            Err(JoinError::InTheWay { act: other, .. }) => {
                self.in_the_way += 1;
                assert!(self.standing.iter().any(|(standing, _)| *standing == other), "a standing act");
                false
            }
            other => panic!("{other:?}"),
        }
    }

    async fn looks(&self) {
        let now: BTreeSet<BTreeSet<Person>> =
            self.groups().await.into_values().map(|group| group.1).collect();
        assert_eq!(now, partition(&self.standing), "{:#?}", self.standing);
    }
}

async fn any_order(db: &TestDatabases, seed: u64, steps: usize) {
    let mut orders = Orders::begin(db, seed).await;
    let mut first: BTreeMap<String, Person> = BTreeMap::new();
    for person in 0..PEOPLE.len() {
        first.insert(orders.number(person).await.to_string(), person);
    }
    for _ in 0..steps {
        match orders.rng.random_range(0..10) {
            0 | 1 => orders.a_feed().await,
            2..=6 => orders.a_decision(&first).await,
            _ => {
                orders.an_undo().await;
            }
        }
        orders.looks().await;
    }
    assert!(orders.done > steps / 6, "{} decisions", orders.done);
    // And back, in whatever order stands.
    let mut tries = 0;
    while !orders.standing.is_empty() {
        orders.an_undo().await;
        tries += 1;
        assert!(tries < 500, "nothing stands in the way of everything: {:?}", orders.standing);
    }
    orders.looks().await;
    for (number, person) in first {
        assert_eq!(orders.number(person).await.to_string(), number, "under their own numbers");
    }
}

on_both_databases! {
    async fn any_interleaving_of_joins_partings_undos_and_feeds_ends_in_what_stands_alone(db: TestDatabases) {
        any_order(&db, 1, 40).await;
    }
}
