//! What a source says of a child: the truth on the day it looked, with the source's own errors.

mod address;
mod birth;
mod identifier;
mod name;
mod service;

use crate::Source;
use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::coverage::{Remit, remit, stream};
use crate::family::{Child, Family};
use crate::rates::Cause;
use crate::statement::Statement;
use crate::truth::{Change, Truth};
use crate::world::World;

/// A record refreshed lately was refreshed within this many days.
const LATELY: i32 = 300;

/// One source looking at one child on one day.
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) child: &'a Child,
    pub(crate) family: &'a Family,
    pub(crate) source: Source,
    /// The day on which the source last looked.
    pub(crate) seen: Day,
    pub(crate) chance: Chance,
    pub(crate) changes: Vec<Change>,
}

impl View<'_> {
    /// Whether the cause strikes, by its rate in this source; noted as a change if so.
    fn strikes(&mut self, cause: Cause) -> bool {
        let strikes = self.chance.happens(cause.rate(self.source));
        if strikes {
            self.note(cause, None);
        }
        strikes
    }

    fn note(&mut self, cause: Cause, field: Option<&'static str>) {
        let change = Change { code: cause.code(), field };
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }
}

/// What a source looks at later, in place of what there was.
pub(crate) struct Seen<'a> {
    pub(crate) child: &'a Child,
    pub(crate) family: &'a Family,
    /// The day.
    pub(crate) on: Day,
    /// With slips of its own; otherwise those of the record before stay, as far as they fit.
    pub(crate) keyed_anew: bool,
}

/// Streams of records that are keyed anew.
const KEYED_ANEW: u64 = 1 << 40;

/// The record number `copy` that a source has of the identity at `at`, and the truth about it.
pub(crate) fn observe(world: &World, source: Source, at: u32, copy: u8) -> Option<(Statement, Truth)> {
    let child = world.children.get(at as usize)?;
    let family = world.families.get(child.family as usize)?;
    let (chance, seen) = first_look(world, source, at, copy, 0)?;
    Some(look(View { world, child, family, source, seen, chance, changes: Vec::new() }, copy))
}

/// The same record at a later day.
pub(crate) fn observe_later(
    world: &World,
    source: Source,
    at: u32,
    copy: u8,
    later: &Seen<'_>,
) -> Option<(Statement, Truth)> {
    let anew = if later.keyed_anew { KEYED_ANEW } else { 0 };
    let (chance, _) = first_look(world, source, at, copy, anew)?;
    let Seen { child, family, on: seen, .. } = *later;
    let (mut statement, truth) =
        look(View { world, child, family, source, seen, chance, changes: Vec::new() }, copy);
    statement.effective_at = seen.to_string();
    Some((statement, truth))
}

/// The stream of a record, and the day on which the source looked first.
fn first_look(world: &World, source: Source, at: u32, copy: u8, anew: u64) -> Option<(Chance, Day)> {
    let child = world.children.get(at as usize)?;
    let remit = remit(world, &mut stream(world, at, source), child, source)?;
    let index = (u64::from(at) * 2 + u64::from(copy)) * 8 + source as u64;
    let mut chance = Chance::new(world.seed, Purpose::Record, index + anew);
    let seen = seen(&mut chance, source, remit, copy);
    Some((chance, seen))
}

fn look(mut view: View<'_>, copy: u8) -> (Statement, Truth) {
    let child = view.child;
    if copy > 0 {
        view.note(Cause::Duplicate, None);
    }
    let (forenames, surname, aliases) = name::observe(&mut view);
    let date_of_birth = birth::date(&mut view);
    let gender = birth::gender(&mut view);
    let whereabouts = address::observe(&mut view);
    let identifiers = identifier::observe(&mut view);
    let mut statement = Statement {
        effective_at: effective(&view).to_string(),
        forenames,
        surname,
        date_of_birth,
        gender,
        reference: identifiers.reference,
        nhs_number: identifiers.nhs_number,
        upn: identifiers.upn,
        aliases,
        whereabouts,
        ..Statement::default()
    };
    service::observe(&mut view, &mut statement);
    let truth = Truth {
        person_id: person_id(child.person),
        identity_id: identity_id(child.person, child.identity),
        naming_pattern: child.pattern,
        changes: view.changes,
    };
    (statement, truth)
}

/// The day the source last looked.
fn seen(chance: &mut Chance, source: Source, remit: Remit, copy: u8) -> Day {
    let width = remit.until.since(remit.from).max(0);
    if source == Source::GroBirths {
        return remit.from;
    }
    let old = chance.happens(Cause::OutOfDate.rate(source)) || copy > 0;
    let back = if old { width } else { width.min(LATELY) };
    remit.until.plus(-chance.between(0, back))
}

/// The census speaks of its own day, whenever the school last asked.
fn effective(view: &View<'_>) -> Day {
    let day = view.world.census_day();
    if view.source == Source::SchoolsCensus
        && matches!(view.child.standing, crate::family::Standing::Ordinary)
    {
        day
    } else {
        view.seen
    }
}

/// `P0000001`.
pub(crate) fn person_id(person: u32) -> String {
    format!("P{person:07}")
}

/// `P0000001-1`.
pub(crate) fn identity_id(person: u32, identity: u8) -> String {
    format!("P{person:07}-{identity}")
}
