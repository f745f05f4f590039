//! What the sources say half a year later. Families have moved, parents have married or parted, children live with others or bear
//! another name, slips were put right; and some children were adopted, which no source declares: it goes on with its record, at
//! once or in two steps, or it ends the record and begins another (rule 10.12).
//!
//! A source says again only what it says otherwise. Adoptions are some twenty times as many as England has, so that some are seen.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::coverage::Slot;
use crate::family::{Adult, Child, Family, Standing, found_for};
use crate::identifiers::NhsNumber;
use crate::names::{Couple, listed_surname};
use crate::observe::{Seen, identity_id, observe, observe_later};
use crate::world::World;
use crate::{Population, Record, Source};

/// Families in 100,000 that moved.
const MOVED: u32 = 5_000;
/// Families in 100,000 in which the mother married: her name is another, and her husband is named as a carer.
const MARRIED: u32 = 1_000;
/// Of those, in 100,000: the children took his name; they moved to another home.
const MARRIED_NAME: u32 = 40_000;
const MARRIED_MOVED: u32 = 50_000;
/// Families in 100,000 whose parents parted: the father is no longer named, and the household moved.
const PARTED: u32 = 700;
/// Children in 100,000 who took another surname by choice.
const RENAMED: u32 = 150;
/// Children in 100,000 who live with relatives now; of those, in 100,000, with their surname.
const WITH_RELATIVES: u32 = 100;
const RELATIVES_NAME: u32 = 10_000;
/// Children in 100,000 who live with foster carers now.
const FOSTERED: u32 = 200;
/// Records in 100,000 that were keyed anew: slips are put right, and others made.
const CORRECTED: u32 = 2_000;
/// Children in 100,000 who were adopted; in England about 13 in half a year. With many more, their new records pause the source.
const ADOPTED: u32 = 300;
/// Of 100,000 records of children to whom something happened: their source was told.
const TOLD: u32 = 70_000;
/// Of 100,000 records of adopted children: their source goes on with them.
const GOES_ON: u32 = 50_000;

/// What happened to a child, or to a record alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// The household moved.
    Moved,
    /// The mother married.
    Married,
    /// The child's surname is another.
    Renamed,
    /// The parents parted.
    Parted,
    /// The child lives with relatives.
    WithRelatives,
    /// The child lives with foster carers.
    Fostered,
    /// The source keyed its record anew.
    Corrected,
}

/// What one source says later of one record of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The record of the file, under the source's own key.
    pub before: String,
    /// What happened, in order; nothing beside an adoption.
    pub happened: Vec<Happening>,
    /// The adoption, if the child was adopted.
    pub adoption: Option<Adoption>,
    /// What the source says, in the order in which it says it: two statements of an adoption in two steps, and else one.
    pub statements: Vec<Record>,
}

/// How a source goes through an adoption that nobody declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// It goes on with its record; otherwise the record ends, and another comes.
    pub goes_on: bool,
    /// The child lived with the new carers first, under the old name and numbers; the name came with the order.
    pub in_steps: bool,
    /// The child's numbers are others.
    pub new_numbers: bool,
    /// The first forename stayed.
    pub same_forename: bool,
}

/// The half year.
#[derive(Debug)]
pub struct HalfYear<'a> {
    population: &'a Population,
    /// The adopted, by their places among the identities, with the numbers that are theirs now.
    adopted: BTreeMap<u32, (NhsNumber, u32)>,
}

/// What became of a child.
struct Fate {
    happened: Vec<Happening>,
    child: Child,
    family: Family,
    day: Day,
}

/// Streams of chance: of children, and of records. Those of families begin at nought.
const CHILDREN: u64 = 1 << 40;
const RECORDS: u64 = 1 << 41;

impl Population {
    /// What the sources say half a year later.
    pub fn half_year_later(&self) -> HalfYear<'_> {
        let (mut numbers, mut registrations) = self.world.numbers_to_come();
        let mut adopted = BTreeMap::new();
        for (at, child) in (0_u32..).zip(&self.world.children) {
            let may_be = child.standing == Standing::Ordinary && is_young(&self.world, child);
            if may_be && of_child(&self.world, at).happens(ADOPTED) {
                registrations += 1;
                adopted.insert(at, (numbers.next(), registrations));
            }
        }
        HalfYear { population: self, adopted }
    }
}

/// Whether the child is still one when the half year is over.
fn is_young(world: &World, child: &Child) -> bool {
    child.born.age_on(world.as_of.plus(200)) < 18
}

fn of_child(world: &World, at: u32) -> Chance {
    Chance::new(world.seed, Purpose::HalfYear, CHILDREN + u64::from(at))
}

impl HalfYear<'_> {
    /// What the source says otherwise, in the order of its file.
    pub fn of(&self, source: Source) -> impl Iterator<Item = Later> + '_ {
        let rows = self.population.rows(source).iter().enumerate();
        rows.filter_map(move |(row, slot)| match slot {
            Slot::Child { at, copy } => self.later(source, row, *at, *copy),
            Slot::Story { .. } => None,
        })
    }

    fn later(&self, source: Source, row: usize, at: u32, copy: u8) -> Option<Later> {
        let world = &self.population.world;
        let child = world.children.get(at as usize)?;
        if child.standing != Standing::Ordinary || !is_young(world, child) {
            return None;
        }
        let before = self.population.record(source, row, Slot::Child { at, copy })?.record_id;
        let index = RECORDS + (u64::from(at) * 2 + u64::from(copy)) * 8 + source as u64;
        let mut chance = Chance::new(world.seed, Purpose::HalfYear, index);
        let (told, corrected) = (chance.happens(TOLD), chance.happens(CORRECTED));
        // A register of births does not go on: an adopted child is registered again.
        let goes_on = chance.happens(GOES_ON) && source != Source::GroBirths;
        if self.adopted.contains_key(&at) {
            return if told { self.through_adoption(source, before, at, copy, goes_on) } else { None };
        }
        // Nor does it hear of a move.
        let fate = if told && source != Source::GroBirths { self.fate(at) } else { None };
        if fate.is_none() && !corrected {
            return None;
        }
        let family = world.families.get(child.family as usize)?;
        let mut happened = fate.as_ref().map(|fate| fate.happened.clone()).unwrap_or_default();
        happened.extend(corrected.then_some(Happening::Corrected));
        let seen = match &fate {
            Some(fate) => {
                Seen { child: &fate.child, family: &fate.family, on: fate.day, keyed_anew: corrected }
            }
            None => Seen { child, family, on: world.as_of.plus(90), keyed_anew: true },
        };
        let said = self.said(source, &before, at, copy, &seen)?;
        let same = observe(world, source, at, copy)?.0.into_values(source, &before);
        // What is said in the same words, but for the day, is nothing new.
        let day = source.columns().iter().position(|column| *column == "effective_at");
        let differs = said.values.iter().zip(&same).enumerate().any(|(at, (a, b))| Some(at) != day && a != b);
        differs.then(|| Later { before, happened, adoption: None, statements: vec![said] })
    }

    fn said(&self, source: Source, id: &str, at: u32, copy: u8, seen: &Seen<'_>) -> Option<Record> {
        let (statement, truth) = observe_later(&self.population.world, source, at, copy, seen)?;
        let values = statement.into_values(source, id);
        Some(Record { source, record_id: id.to_owned(), values, truth })
    }

    /// What became of a child who was not adopted, if something did.
    fn fate(&self, at: u32) -> Option<Fate> {
        let world = &self.population.world;
        let mut child = world.children.get(at as usize)?.clone();
        let mut family = world.families.get(child.family as usize)?.clone();
        let mut happened = Vec::new();
        let of_family = &mut Chance::new(world.seed, Purpose::HalfYear, u64::from(child.family));
        let day = world.as_of.plus(of_family.between(1, 170));
        let (moved, married, parted) =
            (of_family.happens(MOVED), of_family.happens(MARRIED), of_family.happens(PARTED));
        let (named, elsewhere) = (of_family.happens(MARRIED_NAME), of_family.happens(MARRIED_MOVED));
        if married {
            let husband = Couple::new(&world.facts, of_family).father;
            happened.push(Happening::Married);
            if !husband.surname.is_empty() && !child.surname.is_empty() {
                if let Some(mother) = family.adults.first_mut() {
                    mother.surname = husband.surname.clone();
                }
                if named && child.surname != husband.surname {
                    let old = std::mem::replace(&mut child.surname, husband.surname.clone());
                    child.former_surname = Some((old, day));
                    happened.push(Happening::Renamed);
                }
            }
            child.father = u8::try_from(family.adults.len()).ok();
            family.adults.push(adult(husband.forename, husband.surname, "other", of_family));
        } else if parted {
            happened.push(Happening::Parted);
            child.father = None;
        }
        if moved || parted || (married && elsewhere) {
            happened.push(Happening::Moved);
            move_to_another_home(world, of_family, &mut family, day);
        }
        let own = &mut of_child(world, at);
        // The first draw said whether the child was adopted.
        own.happens(ADOPTED);
        if own.happens(RENAMED) && !child.surname.is_empty() {
            let old = std::mem::replace(&mut child.surname, listed_surname(&world.facts, own));
            child.former_surname = Some((old, day));
            happened.push(Happening::Renamed);
        }
        let (relatives, fostered) = (own.happens(WITH_RELATIVES), own.happens(FOSTERED));
        if relatives || fostered {
            let couple = Couple::new(&world.facts, own);
            let surname = couple.mother.surname.clone();
            if relatives && own.happens(RELATIVES_NAME) && !surname.is_empty() && !child.surname.is_empty() {
                let old = std::mem::replace(&mut child.surname, surname);
                child.former_surname = Some((old, day));
                happened.push(Happening::Renamed);
            }
            happened.push(if relatives { Happening::WithRelatives } else { Happening::Fostered });
            let as_what = if relatives { "guardian" } else { "carer" };
            family.adults = vec![
                adult(couple.mother.forename, couple.mother.surname, as_what, own),
                adult(couple.father.forename, couple.father.surname, as_what, own),
            ];
            child.father = Some(1);
            move_to_another_home(world, own, &mut family, day);
        }
        (!happened.is_empty()).then_some(Fate { happened, child, family, day })
    }

    /// What a source says of a child who was adopted.
    fn through_adoption(
        &self,
        source: Source,
        before: String,
        at: u32,
        copy: u8,
        goes_on: bool,
    ) -> Option<Later> {
        let world = &self.population.world;
        let child = world.children.get(at as usize)?;
        let (nhs, registration) = *self.adopted.get(&at)?;
        let mut chance = of_child(world, at);
        chance.happens(ADOPTED);
        let in_steps = chance.below(2) == 0;
        let new_numbers = chance.below(2) == 0;
        let same_forename = chance.below(2) == 0;
        let placed_on = world.as_of.plus(chance.between(1, 80));
        let ordered_on = world.as_of.plus(chance.between(90, 170));
        // A range of families of its own, apart from those of the former identities.
        let (family, newborns) = found_for(&world.ground(), u64::from(at) | 1 << 61, child.born, child.sex);
        let newborn = newborns.into_iter().next()?;
        let mut now = Child {
            identity: 2,
            standing: Standing::Renewed { since: ordered_on, why: "adoption" },
            pattern: newborn.pattern,
            custom: newborn.custom,
            forenames: newborn.forenames,
            surname: newborn.surname,
            former_surname: None,
            known_as: None,
            father: newborn.father,
            registration,
            sibling: None,
            ..child.clone()
        };
        if same_forename {
            now.forenames.splice(..now.forenames.len().min(1), child.forenames.first().cloned());
        }
        if new_numbers {
            now.nhs = nhs;
            // Schools numbered from 9000 are of nobody else.
            let school = 9_000 + u16::try_from(registration / 1_000 % 1_000).unwrap_or(0);
            let serial = u16::try_from(registration % 1_000).unwrap_or(0);
            now.upn = child.upn.map(|upn| crate::identifiers::Upn { school, serial, ..upn });
        }
        let mut statements = Vec::new();
        if goes_on && in_steps {
            let placed = Child { father: now.father, known_as: None, ..child.clone() };
            let seen = Seen { child: &placed, family: &family, on: placed_on, keyed_anew: false };
            statements.push(self.said(source, &before, at, copy, &seen)?);
        }
        let id = if goes_on { before.clone() } else { format!("{before}-2") };
        let seen = Seen { child: &now, family: &family, on: ordered_on, keyed_anew: true };
        let mut said = self.said(source, &id, at, copy, &seen)?;
        said.truth.identity_id = identity_id(now.person, now.identity);
        statements.push(said);
        let in_steps = statements.len() > 1;
        let adoption = Some(Adoption { goes_on, in_steps, new_numbers, same_forename });
        Some(Later { before, happened: Vec::new(), adoption, statements })
    }
}

fn adult(
    forename: std::sync::Arc<str>,
    surname: std::sync::Arc<str>,
    relationship: &'static str,
    chance: &mut Chance,
) -> Adult {
    let mobile = u16::try_from(chance.below(1000)).unwrap_or(0);
    Adult { forename, surname, relationship, mobile }
}

/// Most moves are within an authority.
fn move_to_another_home(world: &World, chance: &mut Chance, family: &mut Family, day: Day) {
    let here = family.address_on(world.as_of).map(|address| address.area);
    let area = here.filter(|_| chance.below(4) > 0).unwrap_or_else(|| world.places.pick_area(chance));
    family.residences.push((day, world.places.pick_address(chance, area)));
}
