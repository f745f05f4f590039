//! The census of the two terms before: `schools-census.csv` is the autumn's, and these are the files of the spring and the summer
//! of the same year. Between them children join, move to another school, and leave.

use std::collections::HashSet;

use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::coverage::Slot;
use crate::observe::observe;
use crate::{Population, Record, Source};

/// A term before the one of `schools-census.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Counted on 15 January.
    Spring,
    /// Counted on 21 May.
    Summer,
}

/// Children of the autumn in 1,000 who were on no roll before: they came from elsewhere.
const JOINED: u32 = 20;
/// Children of the autumn in 1,000 who were at another school before, beside those whose school says so.
const MOVED: u32 = 40;
/// Of the children whom the autumn's census does not reach, in 100,000: those who were on a roll before and left.
const LEFT: u32 = 30_000;

impl Term {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::Spring, Self::Summer];

    /// The file it is written to.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Spring => "schools-census-spring.csv",
            Self::Summer => "schools-census-summer.csv",
        }
    }

    fn day(self, autumn: Day) -> Day {
        let year = autumn.date().year();
        match self {
            Self::Spring => Day::on(year, 1, 15),
            Self::Summer => Day::on(year, 5, 21),
        }
    }
}

impl Population {
    /// The census of a term, under the record numbers of the autumn's; those who have left since come last.
    pub fn census_of(&self, term: Term) -> impl Iterator<Item = Record> + '_ {
        let day = term.day(self.world.census_day());
        let stayed = self.rows(Source::SchoolsCensus).iter().enumerate();
        let stayed = stayed.filter_map(move |(row, slot)| self.before(term, day, row, *slot));
        stayed.chain(self.leavers().filter_map(move |(at, record)| {
            let mut chance = Chance::new(self.world.seed, Purpose::Terms, LEAVERS + u64::from(at));
            // Half of them were gone by the summer.
            let gone = term == Term::Summer && chance.below(2) == 0;
            let born = self.world.children.get(at as usize)?.born;
            (!gone && born.reception() <= day).then(|| dated(record, day))
        }))
    }

    /// Those who left before the autumn, each with what the census last said.
    pub(crate) fn leavers(&self) -> impl Iterator<Item = (u32, Record)> + '_ {
        let source = Source::SchoolsCensus;
        let reached: HashSet<u32> = self
            .rows(source)
            .iter()
            .filter_map(|slot| match slot {
                Slot::Child { at, .. } => Some(*at),
                Slot::Story { .. } => None,
            })
            .collect();
        let unreached = (0_u32..).zip(&self.world.children).filter(move |(at, _)| !reached.contains(at));
        unreached.filter_map(move |(at, _)| {
            let mut chance = Chance::new(self.world.seed, Purpose::Terms, LEFT_AT_ALL + u64::from(at));
            if !chance.happens(LEFT) {
                return None;
            }
            let (statement, truth) = observe(&self.world, source, at, 0)?;
            let record_id = format!("SCHL{:08}", at + 1);
            let values = statement.into_values(source, &record_id);
            Some((at, Record { source, record_id, values, truth }))
        })
    }

    /// What the census said of a child of the autumn in that term.
    fn before(&self, term: Term, day: Day, row: usize, slot: Slot) -> Option<Record> {
        let record = self.record(Source::SchoolsCensus, row, slot)?;
        let Slot::Child { at, .. } = slot else { return Some(dated(record, day)) };
        let child = self.world.children.get(at as usize)?;
        if child.born.reception() > day || child.arrived.is_some_and(|arrived| arrived > day) {
            return None;
        }
        let mut chance = Chance::new(self.world.seed, Purpose::Terms, row as u64);
        let drawn = chance.below(1000);
        // Of those who joined or moved, half did before the summer.
        let by_summer = chance.below(2) == 0 && term == Term::Summer;
        if drawn < JOINED && !by_summer {
            return None;
        }
        let began_later = *record.get("school_start") > *day.to_string();
        let moved = began_later || ((JOINED..JOINED + MOVED).contains(&drawn) && !by_summer);
        if !moved || record.get("education_status") != "in_school" {
            return Some(dated(record, day)).filter(|_| !began_later);
        }
        let rows = self.rows(Source::SchoolsCensus);
        let other = chance.position(rows.len());
        let other = self.record(Source::SchoolsCensus, other, *rows.get(other)?)?;
        (other.get("education_status") == "in_school").then(|| dated(at_school_of(record, &other), day))
    }
}

/// Streams of chance for those who left, apart from those of the rows.
const LEAVERS: u64 = 1 << 40;
const LEFT_AT_ALL: u64 = 1 << 41;

/// The same as of another day.
fn dated(mut record: Record, day: Day) -> Record {
    set(&mut record, "effective_at", day.to_string());
    record
}

/// The same child at the other's school.
fn at_school_of(mut record: Record, other: &Record) -> Record {
    for column in ["school_urn", "school_name", "school_telephone", "school_email", "local_authority"] {
        set(&mut record, column, other.get(column).to_owned());
    }
    for column in ["school_start", "school_end"] {
        set(&mut record, column, String::new());
    }
    record
}

fn set(record: &mut Record, column: &str, value: String) {
    let at = record.source.columns().iter().position(|name| *name == column);
    if let Some(place) = at.and_then(|at| record.values.get_mut(at)) {
        *place = value;
    }
}
