//! The invented world: places, services, families and children, before any source looks at them.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::facts::Facts;
use crate::family::{Child, Family, Ground, Newborn, Standing, found, found_for};
use crate::identifiers::{NhsNumber, NhsNumbers, Upn};
use crate::names::spelling::Spellings;
use crate::places::{AreaAt, Places};
use crate::services::Services;
use crate::{Config, PopulationError};

/// Children in 100,000 who were adopted and have the identity of before as well.
pub(crate) const ADOPTED: u32 = 100;
/// Children in 100,000 who were given a protected new identity.
pub(crate) const PROTECTED: u32 = 15;

/// Everything that is so.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) as_of: Day,
    pub(crate) facts: Facts,
    pub(crate) spellings: Spellings,
    pub(crate) places: Places,
    pub(crate) services: Services,
    pub(crate) families: Vec<Family>,
    /// Identities, those of one child side by side.
    pub(crate) children: Vec<Child>,
    /// Persons, those of the stories included.
    pub(crate) persons: u32,
    numbers: Numbers,
}

/// The numbers still to be given.
#[derive(Debug)]
struct Numbers {
    nhs: NhsNumbers,
    /// Pupils numbered so far by area and year of entry.
    pupils: BTreeMap<(AreaAt, i16), u32>,
    registrations: u32,
}

impl World {
    /// The world of `config` with its first `reserved` persons left to the stories.
    pub(crate) fn new(config: &Config, reserved: u32) -> Result<World, PopulationError> {
        let facts = Facts::read()?;
        let as_of = Day::of(config.as_of);
        let places = Places::new(&facts, config.seed, config.children);
        let services = Services::new(&facts, &places, config.seed, config.children);
        let start = Chance::new(config.seed, Purpose::Order, u64::from(u32::MAX)).below(1_000_000);
        let mut world = World {
            seed: config.seed,
            as_of,
            facts,
            spellings: Spellings::new(),
            places,
            services,
            families: Vec::new(),
            children: Vec::new(),
            persons: reserved,
            numbers: Numbers { nhs: NhsNumbers::new(start), pupils: BTreeMap::new(), registrations: 0 },
        };
        let mut index = 0;
        while world.persons < config.children {
            world.settle(index, config.children);
            index += 1;
        }
        Ok(world)
    }

    /// Settles family number `index`, or as many of its children as are still wanted.
    fn settle(&mut self, index: u64, most: u32) {
        let (family, newborns) = found(&self.ground(), index);
        let at = u32::try_from(self.families.len()).unwrap_or(u32::MAX);
        // A second family of the same number is that of an adopted child; it has a range of its own.
        let mut chance = Chance::new(self.seed, Purpose::Family, index | 1 << 62);
        self.families.push(family);
        let mut sibling = None;
        for newborn in newborns {
            if self.persons >= most {
                break;
            }
            self.persons += 1;
            let standing = self.standing(&mut chance, &newborn);
            if let Standing::Renewed { since, why } = standing {
                self.settle_former(index | 1 << 63, &newborn, since, why);
            }
            let place = u32::try_from(self.children.len()).unwrap_or(u32::MAX);
            let child = self.number(self.persons, at, newborn, standing, sibling);
            self.children.push(child);
            sibling = Some(place);
        }
    }

    /// Whether the child has had another identity.
    fn standing(&self, chance: &mut Chance, newborn: &Newborn) -> Standing {
        let age = self.as_of.since(newborn.born);
        let drawn = chance.below(100_000);
        if age < 400 || newborn.arrived.is_some() || newborn.former_surname.is_some() {
            return Standing::Ordinary;
        }
        if drawn < ADOPTED {
            let since = newborn.born.plus(chance.between(300, age.min(2_500) - 1));
            Standing::Renewed { since, why: "adoption" }
        } else if drawn < ADOPTED + PROTECTED {
            let since = newborn.born.plus(chance.between(300, age - 1));
            Standing::Renewed { since, why: "protected_identity" }
        } else {
            Standing::Ordinary
        }
    }

    /// Settles the family and the identity that a child had before.
    fn settle_former(&mut self, index: u64, now: &Newborn, until: Day, why: &'static str) {
        let (family, before) = found_for(&self.ground(), index, now.born, now.sex);
        let at = u32::try_from(self.families.len()).unwrap_or(u32::MAX);
        self.families.push(family);
        let Some(mut newborn) = before.into_iter().next() else { return };
        newborn.arrived = None;
        newborn.former_surname = None;
        // Every other adopted child keeps the first name, which is what makes the two look alike.
        if why == "adoption" && until.since(now.born) % 2 == 0 {
            newborn.forenames.splice(..newborn.forenames.len().min(1), now.forenames.first().cloned());
        }
        let mut child = self.number(self.persons, at, newborn, Standing::Former { until, why }, None);
        child.identity = 1;
        self.children.push(child);
    }

    fn number(
        &mut self,
        person: u32,
        family: u32,
        newborn: Newborn,
        standing: Standing,
        sibling: Option<u32>,
    ) -> Child {
        self.numbers.registrations += 1;
        let nhs = self.next_nhs_number();
        let area = self.area_of(family);
        let upn = self.next_upn(area, newborn.born);
        Child {
            person,
            identity: if matches!(standing, Standing::Renewed { .. }) { 2 } else { 1 },
            family,
            standing,
            pattern: newborn.pattern,
            custom: newborn.custom,
            forenames: newborn.forenames,
            surname: newborn.surname,
            former_surname: newborn.former_surname,
            known_as: newborn.known_as,
            sex: newborn.sex,
            born: newborn.born,
            arrived: newborn.arrived,
            father: newborn.father,
            nhs,
            upn,
            registration: self.numbers.registrations,
            sibling,
        }
    }

    pub(crate) fn next_nhs_number(&mut self) -> NhsNumber {
        self.numbers.nhs.next()
    }

    /// The numbers that nobody has yet: of the NHS, and after which registration.
    pub(crate) fn numbers_to_come(&self) -> (NhsNumbers, u32) {
        (self.numbers.nhs.clone(), self.numbers.registrations)
    }

    /// The number of a registration or claim, each given once.
    pub(crate) fn next_registration(&mut self) -> u32 {
        self.numbers.registrations += 1;
        self.numbers.registrations
    }

    /// The pupil number of a child who has reached the reception year.
    pub(crate) fn next_upn(&mut self, area: AreaAt, born: Day) -> Option<Upn> {
        let entry = born.reception();
        if entry > self.as_of {
            return None;
        }
        let year = entry.date().year();
        let pupils = self.numbers.pupils.entry((area, year)).or_insert(0);
        let number = *pupils;
        *pupils += 1;
        Some(Upn {
            authority: 800 + area % 200,
            school: u16::try_from(2000 + number / 1000).unwrap_or(9999),
            year: u8::try_from(year.rem_euclid(100)).unwrap_or(0),
            serial: u16::try_from(number % 1000).unwrap_or(0),
        })
    }

    fn area_of(&self, family: u32) -> AreaAt {
        let family = self.families.get(family as usize);
        family.and_then(|family| family.address_on(self.as_of)).map_or(0, |address| address.area)
    }

    /// The day of the last schools census: the first of October, on or before the day of the population.
    pub(crate) fn census_day(&self) -> Day {
        let year = self.as_of.date().year();
        let this = Day::on(year, 10, 1);
        if this <= self.as_of { this } else { Day::on(year - 1, 10, 1) }
    }

    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground {
            facts: &self.facts,
            places: &self.places,
            seed: self.seed,
            as_of: self.as_of,
            eldest: self.as_of.years_before(18),
        }
    }
}
