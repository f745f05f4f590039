//! `contactpoint bench adoptions`: how many adoptions that nobody declared are noticed, and how many families' ordinary changes
//! wait for nothing (rule 10.12). Six sources are loaded; half a year later they say what they say otherwise by then: first of
//! children who live with their new carers already, then everything but new records, then the new records of adopted children.
//! The sources come in the order of the first load, and nobody decides anything in between.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::ToSpan as _;
use population::{Adoption, HalfYear, Happening, Later, Population, Record, Source};
use serde::Serialize;
use service::{Counts, Directory};

use super::{AdoptionsArgs, BENCH_SEED, LoadFigures, Machine, Scratch, instant, loading, open};
use crate::{load, system};

/// So many days before the day of every population the first files are of.
const DAYS_BEFORE: i64 = 190;

/// How many records are asked about together.
const ASKED: usize = 500;

/// Everything measured in one run.
#[derive(Serialize)]
pub(super) struct AdoptionsFigures {
    children: u32,
    engine: &'static str,
    machine: Machine,
    /// Where the record goes on: how many changes wait for two people.
    goes_on: Waiting,
    goes_on_by: BTreeMap<String, Waiting>,
    goes_on_by_source: BTreeMap<&'static str, Waiting>,
    /// Children of whom at least one record goes on: of how many at least one waits.
    children_noticed: Waiting,
    /// Where a new record comes: what became of it.
    new_records: NewRecords,
    /// Changes of other children: how many wait for nothing.
    ordinary: Waiting,
    ordinary_by: BTreeMap<String, Waiting>,
    load_before: LoadFigures,
    seconds_after: f64,
}

#[derive(Serialize, Default)]
struct Waiting {
    changes: u64,
    wait: u64,
    percent: f64,
    per_10_000: f64,
}

/// What became of records that sources began of adopted children.
#[derive(Serialize, Default)]
struct NewRecords {
    records: u64,
    /// With the child of the record before: the two identities are one child.
    joined: u64,
    /// With another child: of the new identity, where another source had begun one.
    linked_elsewhere: u64,
    /// A person is asked.
    review: u64,
    /// Unreadable until two people have looked.
    held: u64,
    /// A child by itself, and nobody is asked.
    apart: u64,
}

impl Waiting {
    fn count(&mut self, waits: bool) {
        self.changes += 1;
        self.wait += u64::from(waits);
        let share = self.wait as f64 / self.changes as f64;
        (self.percent, self.per_10_000) = (100.0 * share, 10_000.0 * share);
    }
}

/// Runs the bench.
pub(super) async fn figures(args: AdoptionsArgs) -> anyhow::Result<AdoptionsFigures> {
    let scratch = Scratch::new(None)?;
    eprintln!("Inventing {} children…", args.children);
    let as_of = population::DEFAULT_AS_OF.checked_sub(DAYS_BEFORE.days())?;
    let config = population::Config { as_of, ..population::Config::new(args.children, BENCH_SEED) };
    let population = population::generate(&config)?;
    let place = scratch.databases(args.database.as_deref()).await?;
    let clock = Arc::new(system::SetBack::by_seconds(DAYS_BEFORE * 24 * 60 * 60));
    let directory = Arc::new(open(&place, &scratch.root, clock.clone()).await?);
    let load_before = loading(&directory, &population, &scratch.root, &Source::ALL).await?;
    clock.end();
    let begun = instant();
    let half_year = population.half_year_later();
    let feeds = scratch.root.join("feeds");
    let mut new = Counts::default();
    for round in [Round::Placed, Round::Changed, Round::Begun] {
        for source in Source::ALL {
            let counts = said(&directory, &half_year, source, round, &feeds).await?;
            if round == Round::Begun {
                new.linked += counts.linked;
                new.opened += counts.opened;
                new.for_review += counts.for_review;
                new.accepted += counts.accepted;
            }
        }
    }
    let mut found = AdoptionsFigures {
        children: args.children,
        engine: if args.database.is_some() { "postgresql" } else { "sqlite" },
        machine: Machine::this(),
        goes_on: Waiting::default(),
        goes_on_by: BTreeMap::new(),
        goes_on_by_source: BTreeMap::new(),
        children_noticed: Waiting::default(),
        new_records: NewRecords::default(),
        ordinary: Waiting::default(),
        ordinary_by: BTreeMap::new(),
        load_before,
        seconds_after: begun.elapsed().as_secs_f64(),
    };
    let mut noticed: BTreeMap<String, bool> = BTreeMap::new();
    for source in Source::ALL {
        let all: Vec<Later> = half_year.of(source).collect();
        for some in all.chunks(ASKED) {
            let ids: Vec<String> = some.iter().map(|later| later.before.clone()).collect();
            let waiting = directory.records_with_a_change_that_waits(source.name(), &ids).await?;
            for later in some {
                let waits = waiting.contains(&later.before);
                found.count(source, later, waits, &mut noticed);
                if is_new(later) && is_joined(&directory, source, later).await? {
                    found.new_records.joined += 1;
                }
            }
        }
    }
    noticed.into_values().for_each(|waits| found.children_noticed.count(waits));
    let records = &mut found.new_records;
    records.records = new.accepted;
    records.linked_elsewhere = new.linked.saturating_sub(records.joined);
    records.review = new.for_review;
    // A count leaves out what is held.
    records.held = new.accepted.saturating_sub(new.linked + new.opened);
    records.apart = new.opened.saturating_sub(new.for_review);
    directory.close().await;
    scratch.remove(&place).await?;
    Ok(found)
}

impl AdoptionsFigures {
    fn count(&mut self, source: Source, later: &Later, waits: bool, noticed: &mut BTreeMap<String, bool>) {
        match later.adoption {
            Some(adoption) if adoption.goes_on => {
                self.goes_on.count(waits);
                self.goes_on_by.entry(way(adoption)).or_default().count(waits);
                self.goes_on_by_source.entry(source.name()).or_default().count(waits);
                for record in later.statements.iter().take(1) {
                    *noticed.entry(record.truth.person_id.clone()).or_default() |= waits;
                }
            }
            Some(_) => {}
            None => {
                self.ordinary.count(waits);
                let what: Vec<&str> = later.happened.iter().map(|&happened| words(happened)).collect();
                self.ordinary_by.entry(what.join(", ")).or_default().count(waits);
            }
        }
    }
}

fn way(adoption: Adoption) -> String {
    let steps = if adoption.in_steps { "in two steps" } else { "at once" };
    let numbers = if adoption.new_numbers { "new numbers" } else { "the numbers stay" };
    let forename = if adoption.same_forename { "the forename stays" } else { "a new forename" };
    format!("{steps}, {numbers}, {forename}")
}

fn words(happened: Happening) -> &'static str {
    match happened {
        Happening::Moved => "moved",
        Happening::Married => "the mother married",
        Happening::Renamed => "another surname",
        Happening::Parted => "the parents parted",
        Happening::WithRelatives => "with relatives",
        Happening::Fostered => "with foster carers",
        Happening::Corrected => "keyed anew",
    }
}

fn is_new(later: &Later) -> bool {
    later.adoption.is_some_and(|adoption| !adoption.goes_on)
}

/// What the sources say, one round after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Of adopted children in two steps: where they live.
    Placed,
    /// Everything else that goes on.
    Changed,
    /// New records.
    Begun,
}

async fn said(
    directory: &Arc<Directory>,
    half_year: &HalfYear<'_>,
    source: Source,
    round: Round,
    feeds: &Path,
) -> anyhow::Result<Counts> {
    let of_round = |later: Later| -> Option<Record> {
        let (new, steps) = (is_new(&later), later.statements.len());
        let mut statements = later.statements.into_iter();
        match round {
            Round::Placed if !new && steps > 1 => statements.next(),
            Round::Changed if !new => statements.next_back(),
            Round::Begun if new => statements.next_back(),
            _ => None,
        }
    };
    let records: Vec<Record> = half_year.of(source).filter_map(of_round).collect();
    if records.is_empty() {
        return Ok(Counts::default());
    }
    let name = format!("{}-later.csv", source.name());
    Population::write_records(feeds, &name, source, &records)?;
    let how = load::How::in_groups_of(service::GROUP);
    let (summary, counts) =
        load::load_file_counted(directory, source.name(), &feeds.join(&name), &how).await?;
    anyhow::ensure!(summary.refused.is_none(), "the bench's own file was refused");
    eprintln!(
        "{:>18}: {} said, {} new, {} changed, {} put aside",
        source.name(),
        summary.rows,
        summary.accepted,
        summary.updated,
        summary.quarantined
    );
    Ok(counts)
}

/// Whether a new record of an adopted child joined the child of the record before.
async fn is_joined(directory: &Directory, source: Source, later: &Later) -> anyhow::Result<bool> {
    let new = later.statements.last().context("a new record says something")?;
    let number = async |id: &str| {
        let named = [(source.name().to_owned(), id.to_owned())];
        // A row that was put aside has none.
        directory.numbers_of_records(&named).await.ok().and_then(|mut numbers| numbers.pop())
    };
    let (before, after) = (number(&later.before).await, number(&new.record_id).await);
    Ok(before.is_some() && before == after)
}
