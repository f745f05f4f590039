//! The register of deaths: a few of the children in the register of births died within the last year. Every other source goes
//! on stating them, as sources do.

use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::coverage::Slot;
use crate::family::Standing;
use crate::{Change, Population, Source, Truth};

/// The name of the register of deaths, which is also its feed profile.
pub const SOURCE: &str = "gro-deaths";
/// Its file.
pub(crate) const FILE: &str = "gro-deaths.csv";
/// Its columns, in the order in which they are written.
pub(crate) const COLUMNS: [&str; 9] = [
    "record_id",
    "effective_at",
    "forenames",
    "surname",
    "date_of_birth",
    "gender",
    "birth_registration",
    "date_of_death",
    "entry",
];

/// Children in 100,000 who died within the last year; three times as many as in life, so that a population of usual size has
/// some.
const DIED: u32 = 100;
/// Entries in 100,000 that were made wrongly and taken back.
const WITHDRAWN: u32 = 10_000;
/// A death is registered within so many days.
const REGISTERED_WITHIN: i32 = 10;

/// An entry in the register of deaths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// The register's own key of it.
    pub record_id: String,
    /// The values of the row, in the order of the columns of `gro-deaths.csv`.
    pub values: Vec<String>,
    /// Who died, or did not: the change `death_withdrawn` marks an entry that was taken back, `died` every other.
    pub truth: Truth,
}

impl Population {
    /// The register of deaths. It repeats the words of the entry of birth.
    pub fn deaths(&self) -> impl Iterator<Item = Death> + '_ {
        let born = self.rows(Source::GroBirths).iter().enumerate();
        born.filter_map(|(row, slot)| self.death(row, *slot)).zip(1..).map(|(mut death, number)| {
            death.record_id = format!("GROD{number:08}");
            death.values.insert(0, death.record_id.clone());
            death
        })
    }

    fn death(&self, row: usize, slot: Slot) -> Option<Death> {
        let Slot::Child { at, copy: 0 } = slot else { return None };
        let child = self.world.children.get(at as usize)?;
        let as_of = self.world.as_of;
        let since = child.born.max(as_of.plus(-365));
        let mut chance = Chance::new(self.world.seed, Purpose::Deaths, u64::from(at));
        let registered_by = as_of.plus(-REGISTERED_WITHIN);
        if child.standing != Standing::Ordinary || since > registered_by || !chance.happens(DIED) {
            return None;
        }
        let died: Day = since.plus(chance.between(0, registered_by.since(since)));
        let told = died.plus(chance.between(1, REGISTERED_WITHIN));
        let withdrawn = chance.happens(WITHDRAWN);
        let birth = self.record(Source::GroBirths, row, slot)?;
        // A wrong date of birth may lie after the death of an infant, which no register would believe.
        if *birth.get("date_of_birth") > *died.to_string() {
            return None;
        }
        let (entry, code) = if withdrawn { ("withdrawn", "death_withdrawn") } else { ("registered", "died") };
        let own = |column: &str| match column {
            "effective_at" => told.to_string(),
            "date_of_death" => died.to_string(),
            "entry" => entry.to_owned(),
            other => birth.get(other).to_owned(),
        };
        let values = COLUMNS.iter().skip(1).map(|column| own(column)).collect();
        let mut truth = birth.truth.clone();
        truth.changes.push(Change { code, field: None });
        Some(Death { record_id: String::new(), values, truth })
    }
}
