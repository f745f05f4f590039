//! The invented world and what the six sources say about it.

use std::collections::BTreeMap;

use jiff::civil::date;

use crate::config::{LEAST_CHILDREN, MOST_CHILDREN};
use crate::coverage::{Slot, slots};
use crate::family::Standing;
use crate::observe::observe;
use crate::stories::{self, Tale, Told};
use crate::world::World;
use crate::{Config, Constraint, PopulationError, Record, Source, Story, StoryRecord};

/// An invented population: the world, and what each source holds of it.
#[derive(Debug)]
pub struct Population {
    config: Config,
    pub(crate) world: World,
    areas: Vec<Area>,
    slots: [Vec<Slot>; 6],
    told: Vec<Told>,
    stories: Vec<Story>,
    constraints: Vec<Constraint>,
}

/// A local authority in which invented children live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The GSS code.
    pub code: String,
    /// The name.
    pub name: String,
}

/// Invents the children of `config`.
///
/// # Errors
/// [`PopulationError::Size`] or [`PopulationError::AsOf`] if the configuration asks for the impossible;
/// [`PopulationError::Facts`] if the program is damaged.
pub fn generate(config: &Config) -> Result<Population, PopulationError> {
    if !(LEAST_CHILDREN..=MOST_CHILDREN).contains(&config.children) {
        return Err(PopulationError::Size { asked: config.children });
    }
    if !(date(1950, 1, 1)..=date(2150, 12, 31)).contains(&config.as_of) {
        return Err(PopulationError::AsOf { asked: config.as_of });
    }
    let mut world = World::new(config, stories::PERSONS)?;
    let tales = stories::tell(&mut world);
    let tellers: Vec<_> = (0_u32..)
        .zip(tales.iter().flat_map(|tale| &tale.records))
        .map(|(at, told)| (told.source, at))
        .collect();
    let slots = slots(&world, &tellers);
    let areas = world.places.places.iter();
    let areas = areas.map(|place| Area { code: place.code.to_owned(), name: place.name.clone() }).collect();
    let (stories, told) = keyed(tales, &slots);
    let mut population =
        Population { config: config.clone(), world, areas, slots, told, stories, constraints: Vec::new() };
    population.constraints = population.pairs_apart();
    Ok(population)
}

/// The stories with the keys of their records, and the records in the order of their numbers.
fn keyed(tales: Vec<Tale>, slots: &[Vec<Slot>; 6]) -> (Vec<Story>, Vec<Told>) {
    let mut keys = BTreeMap::new();
    for (source, rows) in Source::ALL.into_iter().zip(slots) {
        for (row, slot) in rows.iter().enumerate() {
            if let Slot::Story { at } = slot {
                keys.insert(*at as usize, record_id(source, row));
            }
        }
    }
    let (mut stories, mut all) = (Vec::new(), Vec::new());
    for Tale { mut story, records } in tales {
        for told in records {
            let record_id = keys.remove(&all.len()).unwrap_or_default();
            story.records.push(StoryRecord { source: told.source, record_id, note: told.note });
            all.push(told);
        }
        stories.push(story);
    }
    (stories, all)
}

/// The source's own key of the row at that place in its file.
fn record_id(source: Source, row: usize) -> String {
    let prefix = match source {
        Source::GroBirths => "GRO",
        Source::DwpChildBenefit => "DWP",
        Source::SchoolsCensus => "SCH",
        Source::NhsGp => "NHS",
        Source::SocialCare => "SOC",
        Source::HealthVisiting => "HV",
    };
    format!("{prefix}{:08}", row + 1)
}

impl Population {
    /// What the population was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The authorities: first the home authority (whose social care feeds the directory), then its
    /// neighbours, then the rest of England. The health visiting trust serves the first two.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The stories, always the same names in the same order.
    pub fn stories(&self) -> &[Story] {
        &self.stories
    }

    /// The story of that name.
    pub fn story(&self, name: &str) -> Option<&Story> {
        self.stories.iter().find(|story| story.name == name)
    }

    /// The pairs that must never be joined: every record of an earlier identity with every one of the later.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// How many rows the source's file has.
    pub fn len(&self, source: Source) -> usize {
        self.rows(source).len()
    }

    /// The records of one source, made as they are asked for, in the order of its file.
    pub fn records(&self, source: Source) -> impl Iterator<Item = Record> + '_ {
        self.rows(source).iter().enumerate().filter_map(move |(row, slot)| self.record(source, row, *slot))
    }

    pub(crate) fn rows(&self, source: Source) -> &[Slot] {
        self.slots.get(source as usize).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn record(&self, source: Source, row: usize, slot: Slot) -> Option<Record> {
        let record_id = record_id(source, row);
        let (statement, truth) = match slot {
            Slot::Child { at, copy } => observe(&self.world, source, at, copy)?,
            Slot::Story { at } => {
                let told = self.told.get(at as usize)?;
                (told.statement.clone(), told.truth.clone())
            }
        };
        let values = statement.into_values(source, &record_id);
        Some(Record { source, record_id, values, truth })
    }

    fn pairs_apart(&self) -> Vec<Constraint> {
        let mut apart = BTreeMap::<u32, (Vec<_>, Vec<_>, &'static str)>::new();
        for source in Source::ALL {
            for (row, slot) in self.rows(source).iter().enumerate() {
                let found = match slot {
                    Slot::Child { at, .. } => {
                        self.world.children.get(*at as usize).map(|child| (child.person, child.standing))
                    }
                    Slot::Story { at } => {
                        self.told.get(*at as usize).map(|told| (told.person, told.standing))
                    }
                };
                let Some((person, standing)) = found else { continue };
                let key = || (source, record_id(source, row));
                match standing {
                    Standing::Ordinary => {}
                    Standing::Former { why, .. } => {
                        let entry = apart.entry(person).or_default();
                        entry.0.push(key());
                        entry.2 = why;
                    }
                    Standing::Renewed { why, .. } => {
                        let entry = apart.entry(person).or_default();
                        entry.1.push(key());
                        entry.2 = why;
                    }
                }
            }
        }
        let mut constraints = Vec::new();
        for (before, after, why) in apart.into_values() {
            for a in &before {
                constraints.extend(after.iter().map(|b| Constraint { a: a.clone(), b: b.clone(), why }));
            }
        }
        constraints
    }
}
