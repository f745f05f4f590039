//! Which source knows which child, and in what order its rows stand.

use crate::Source;
use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::family::{Child, Standing};
use crate::places::Places;
use crate::rates::Cause;
use crate::world::World;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// An identity of [`World::children`], and which of the source's records of it: 0, or 1 for a duplicate.
    Child { at: u32, copy: u8 },
    /// A record of the stories.
    Story { at: u32 },
}

/// The days between which a source could have looked at a child, and how likely it did, of 100,000.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remit {
    pub(crate) from: Day,
    pub(crate) until: Day,
    pub(crate) rate: u32,
}

/// The rows of every source, in the order of its file.
pub(crate) fn slots(world: &World, stories: &[(Source, u32)]) -> [Vec<Slot>; 6] {
    let mut slots: [Vec<Slot>; 6] = Default::default();
    for (at, child) in (0_u32..).zip(&world.children) {
        for (source, rows) in Source::ALL.into_iter().zip(&mut slots) {
            let mut chance = stream(world, at, source);
            let Some(remit) = remit(world, &mut chance, child, source) else { continue };
            let duplicate = chance.happens(Cause::Duplicate.rate(source));
            if chance.happens(remit.rate) {
                rows.push(Slot::Child { at, copy: 0 });
                if duplicate {
                    rows.push(Slot::Child { at, copy: 1 });
                }
            }
        }
    }
    for (source, rows) in Source::ALL.into_iter().zip(&mut slots) {
        let told = stories.iter().filter(|(of, _)| *of == source);
        rows.extend(told.map(|(_, at)| Slot::Story { at: *at }));
        Chance::new(world.seed, Purpose::Order, source as u64).shuffle(rows);
    }
    slots
}

/// The chance by which a source knows a child, always the same for the two.
pub(crate) fn stream(world: &World, at: u32, source: Source) -> Chance {
    Chance::new(world.seed, Purpose::Coverage, u64::from(at) * 8 + source as u64)
}

/// When the source could have known the child; `None` if the child is none of its business.
pub(crate) fn remit(world: &World, chance: &mut Chance, child: &Child, source: Source) -> Option<Remit> {
    let family = world.families.get(child.family as usize)?;
    let in_england = child.arrived.unwrap_or(child.born);
    let (known_from, until) = match child.standing {
        Standing::Ordinary => (in_england, world.as_of),
        Standing::Former { until, .. } => (in_england, until.plus(-1).max(in_england)),
        Standing::Renewed { since, .. } => (since, world.as_of),
    };
    let delay = chance.between(3, 42);
    let whole = Cause::Covered.rate(source);
    let (from, mut rate) = match source {
        Source::GroBirths => match child.standing {
            _ if child.arrived.is_some() => return None,
            // An adopted child is registered again; a protected one is not.
            Standing::Renewed { why, .. } if why != "adoption" => return None,
            _ => (known_from.plus(delay), whole),
        },
        Source::DwpChildBenefit => (known_from.plus(delay), whole),
        Source::SchoolsCensus => {
            let day = world.census_day();
            let from = child.born.reception().max(known_from);
            if from > day || child.born.reception() > day {
                return None;
            }
            // Half of those over 16 are in colleges, which the census does not reach.
            let sixth_form = child.born.reception().years_after(12) <= day;
            (from, if sixth_form { whole * 3 / 5 } else { whole })
        }
        Source::NhsGp => (known_from.plus(delay), whole),
        Source::SocialCare => {
            let here = family.address_on(until).is_some_and(|address| Places::is_home(address.area));
            let lately =
                family.address_on(until.plus(-500)).is_some_and(|address| Places::is_home(address.area));
            let from = known_from.plus(chance.between(5, until.since(known_from).max(6)));
            let rate = if here { whole } else { whole / 2 };
            (from, if here || lately { rate } else { return None })
        }
        Source::HealthVisiting => {
            let patch =
                |day| family.address_on(day).is_some_and(|address| Places::is_trust_patch(address.area));
            if child.born.age_on(world.as_of) > 4 || !(patch(until) || patch(until.plus(-200))) {
                return None;
            }
            (known_from.plus(10), if patch(until) { whole } else { whole / 3 })
        }
    };
    // What is left of an identity that was given up.
    if matches!(child.standing, Standing::Former { .. }) {
        rate = match source {
            Source::GroBirths => rate,
            Source::DwpChildBenefit => 5_000,
            Source::SchoolsCensus => 15_000,
            Source::NhsGp => 30_000,
            Source::SocialCare => 35_000,
            Source::HealthVisiting => 40_000,
        };
    }
    let until = if source == Source::SchoolsCensus { until.min(world.census_day()) } else { until };
    (from <= until).then_some(Remit { from, until, rate })
}
