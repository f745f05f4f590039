//! The people of a history: no two of them share both forename and birth date, unless one is the other by another name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;

use super::model::{Identity, day};
use super::story::Story;

const FORENAMES: [&str; 12] = [
    "Alice",
    "Bruno",
    "Clementine",
    "Dexter",
    "Esther",
    "Frank",
    "Georgina",
    "Hamish",
    "Isolde",
    "Jasper",
    "Keziah",
    "Lionel",
];

impl Story {
    pub(super) fn newborn(&mut self) -> Identity {
        // Of any age below eighteen: a directory begins with children of all ages.
        let (forename, born) = self.unlike(1..6_500);
        Identity {
            forename,
            born,
            female: self.chance(50),
            serial: self.word(),
            records: BTreeMap::new(),
            shields: Vec::new(),
            former: false,
            sealed: false,
            not_lifted: false,
            held: false,
            doubled: false,
            ambiguous: false,
            ever: BTreeSet::new(),
            legal_hold: None,
            waiting: BTreeMap::new(),
            died: None,
            stays: None,
            said_to_stay: None,
            destroyed: false,
            archived: false,
            went: None,
            number: None,
        }
    }

    /// A forename and a birth, so many days ago, that nobody else has: who agrees with a protected child in both is rightly held until
    /// the desk has looked, and of the thousands of a long history some would.
    pub(super) fn unlike(&mut self, days: Range<i64>) -> (&'static str, Date) {
        let today = day(self.house.clock.now());
        loop {
            let (forename, days) =
                (FORENAMES.choose(&mut self.rng).unwrap(), self.rng.random_range(days.clone()));
            let born = today.checked_sub(days.days()).unwrap();
            let born = born.with().day(born.day().min(28)).build().unwrap();
            if self.is_unlike(forename, born) {
                return (forename, born);
            }
        }
    }

    pub(super) fn is_unlike(&self, forename: &str, born: Date) -> bool {
        self.people.iter().all(|other| (other.forename, other.born) != (forename, born))
    }

    /// A forename that nobody else who was born on that day has.
    pub(super) fn unlike_on(&mut self, born: Date) -> &'static str {
        loop {
            let forename = FORENAMES.choose(&mut self.rng).unwrap();
            if self.is_unlike(forename, born) {
                return forename;
            }
        }
    }

    pub(super) fn joins(&mut self, who: Identity) -> usize {
        self.people.push(who);
        self.present.push(self.people.len() - 1);
        self.people.len() - 1
    }
}
