//! Families: parents, households, moves, and the children born to them.

use std::sync::Arc;

use crate::calendar::Day;
use crate::chance::{Chance, Purpose};
use crate::facts::Facts;
use crate::identifiers::{NhsNumber, Upn};
use crate::names::tables::Custom;
use crate::names::{Couple, Sex, listed_surname};
use crate::places::{Address, AreaAt, Places};
use crate::truth::NamingPattern;

/// Deliveries in 100,000 that are of twins: about 3 children in 100 have a twin.
pub(crate) const TWIN_DELIVERIES: u32 = 1_500;
/// Families in 100,000 whose parents live apart, the children at home with each.
const TWO_HOUSEHOLDS: u32 = 11_000;
/// Families in 100,000 in which the elder children have another father.
const STEP_FAMILIES: u32 = 7_000;
/// Families in 100,000 that came from abroad: named from the lists, and others.
const CAME_LISTED: u32 = 4_000;
const CAME_OTHERS: u32 = 32_000;
/// Families in 100,000 in which the children's surname was changed.
const SURNAME_CHANGES: u32 = 5_000;
/// Births in 100,000 whose record names no father.
const NO_FATHER: u32 = 9_000;
/// Moves in 100,000 in a year: while a child is under five, and later.
const MOVES_YOUNG: u32 = 14_000;
const MOVES_LATER: u32 = 8_000;

/// A parent or other carer.
#[derive(Clone, Debug)]
pub(crate) struct Adult {
    pub(crate) forename: Arc<str>,
    pub(crate) surname: Arc<str>,
    pub(crate) relationship: &'static str,
    /// The last digits of a mobile number.
    pub(crate) mobile: u16,
}

/// A household: who lives there is not said, only where it has been and since when; oldest first.
pub(crate) type Residences = Vec<(Day, Address)>;

/// A family.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    /// The mother first, then the fathers of her children.
    pub(crate) adults: Vec<Adult>,
    pub(crate) residences: Residences,
    /// Where the other parent lives since they parted.
    pub(crate) second: Residences,
    /// Picks school, practice and team.
    pub(crate) preference: u16,
}

/// Whether an identity is a child's only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The only identity.
    Ordinary,
    /// The identity until that day, sealed since.
    Former { until: Day, why: &'static str },
    /// The identity since that day.
    Renewed { since: Day, why: &'static str },
}

/// One identity of one child.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) person: u32,
    /// 1, or 2 for the later identity.
    pub(crate) identity: u8,
    pub(crate) family: u32,
    pub(crate) standing: Standing,
    pub(crate) pattern: NamingPattern,
    pub(crate) custom: Custom,
    /// The first name and others; none while unnamed.
    pub(crate) forenames: Vec<Arc<str>>,
    pub(crate) surname: Arc<str>,
    /// The surname before that day.
    pub(crate) former_surname: Option<(Arc<str>, Day)>,
    /// The surname the child goes by, which is not the one in law.
    pub(crate) known_as: Option<Arc<str>>,
    pub(crate) sex: Sex,
    pub(crate) born: Day,
    /// The day of arrival of a child born abroad.
    pub(crate) arrived: Option<Day>,
    /// The father among the family's adults.
    pub(crate) father: Option<u8>,
    pub(crate) nhs: NhsNumber,
    pub(crate) upn: Option<Upn>,
    pub(crate) registration: u32,
    /// An elder or twin brother's or sister's place among the identities, for mixed-up numbers.
    pub(crate) sibling: Option<u32>,
}

/// What a family is made from.
pub(crate) struct Ground<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) places: &'a Places,
    pub(crate) seed: u64,
    pub(crate) as_of: Day,
    /// The first day of birth of a child who is not yet 18.
    pub(crate) eldest: Day,
}

/// A child of a new family, before numbers are given.
#[derive(Clone, Debug)]
pub(crate) struct Newborn {
    pub(crate) pattern: NamingPattern,
    pub(crate) custom: Custom,
    pub(crate) forenames: Vec<Arc<str>>,
    pub(crate) surname: Arc<str>,
    pub(crate) former_surname: Option<(Arc<str>, Day)>,
    pub(crate) known_as: Option<Arc<str>>,
    pub(crate) sex: Sex,
    pub(crate) born: Day,
    pub(crate) arrived: Option<Day>,
    pub(crate) father: Option<u8>,
}

impl Family {
    /// Where the household was on that day.
    pub(crate) fn address_on(&self, day: Day) -> Option<Address> {
        address_on(&self.residences, day)
    }

    /// Where the other parent was on that day, if the parents had parted by then.
    pub(crate) fn second_address_on(&self, day: Day) -> Option<Address> {
        let parted = self.second.first()?.0;
        if parted <= day { address_on(&self.second, day) } else { None }
    }
}

fn address_on(residences: &Residences, day: Day) -> Option<Address> {
    let since = residences.partition_point(|(from, _)| *from <= day);
    residences.get(since.saturating_sub(1)).map(|(_, address)| *address)
}

/// Family number `index` of the population: its children in order of birth.
pub(crate) fn found(ground: &Ground<'_>, index: u64) -> (Family, Vec<Newborn>) {
    let chance = &mut Chance::new(ground.seed, Purpose::Family, index);
    let births = births(ground, chance);
    let couple = Couple::new(ground.facts, chance);
    with_births(ground, chance, &couple, &births)
}

/// The family that a child of that birth and sex belonged to, or belongs to since: no other child in it.
pub(crate) fn found_for(ground: &Ground<'_>, index: u64, born: Day, sex: Sex) -> (Family, Vec<Newborn>) {
    let chance = &mut Chance::new(ground.seed, Purpose::Family, index);
    let couple = Couple::new(ground.facts, chance);
    with_births(ground, chance, &couple, &[(born, sex)])
}

fn with_births(
    ground: &Ground<'_>,
    chance: &mut Chance,
    couple: &Couple,
    births: &[(Day, Sex)],
) -> (Family, Vec<Newborn>) {
    let oldest = births.first().map_or(ground.as_of, |(born, _)| *born);
    let youngest = births.last().map_or(ground.as_of, |(born, _)| *born);
    let listed = matches!(couple.people.custom, Custom::Lists | Custom::Joined);
    let came = if listed { CAME_LISTED } else { CAME_OTHERS };
    let arrived = chance
        .happens(came)
        .then(|| ground.as_of.plus(-chance.between(10, 4_000)))
        .filter(|arrived| *arrived > oldest);
    let others = (births.len() > 1 && chance.happens(STEP_FAMILIES))
        .then(|| (couple.with_other_father(ground.facts, chance), chance.position(births.len() - 1)));

    let mut adults =
        vec![adult(chance, couple.mother.forename.clone(), couple.mother.surname.clone(), "mother")];
    let named_father = !chance.happens(NO_FATHER);
    if named_father {
        adults.push(adult(chance, couple.father.forename.clone(), couple.father.surname.clone(), "father"));
    }
    if let Some((before, _)) = &others {
        adults.push(adult(chance, before.father.forename.clone(), before.father.surname.clone(), "father"));
    }
    let last_adult = u8::try_from(adults.len() - 1).unwrap_or(0);

    let mut taken = Vec::new();
    let mut children = Vec::new();
    for (place, (born, sex)) in births.iter().enumerate() {
        let step = others.as_ref().filter(|(_, last)| place <= *last);
        let parents = step.map_or(couple, |(before, _)| before);
        let mut forenames = parents.forenames(ground.facts, chance, *sex, &taken);
        taken.extend(forenames.first().cloned());
        let unnamed = ground.as_of.since(*born) < 42 && chance.happens(45_000);
        let pattern = if unnamed { NamingPattern::Baby } else { parents.people.pattern };
        if unnamed {
            forenames.clear();
        }
        let surname = parents.surname(*sex);
        let known_as = step
            .filter(|_| listed && chance.happens(30_000))
            .map(|_| couple.surname(*sex))
            .or_else(|| (listed && chance.happens(1_500)).then(|| listed_surname(ground.facts, chance)))
            .filter(|other| *other != surname);
        children.push(Newborn {
            pattern,
            custom: parents.people.custom,
            forenames,
            surname,
            former_surname: None,
            known_as,
            sex: *sex,
            born: *born,
            arrived: arrived.filter(|arrived| arrived > born),
            father: if step.is_some() { Some(last_adult) } else { named_father.then_some(1) },
        });
    }
    if couple.people.custom != Custom::One && chance.happens(SURNAME_CHANGES) {
        change_surname(ground, chance, couple, &mut children);
    }

    let area = ground.places.pick_area(chance);
    let since = arrived.unwrap_or_else(|| oldest.plus(-400));
    let residences = residences(ground, chance, area, since, youngest);
    let parted = named_father && chance.happens(TWO_HOUSEHOLDS);
    let second = if parted { second_household(ground, chance, area, youngest) } else { Vec::new() };
    let preference = u16::try_from(chance.below(60_000)).unwrap_or(0);
    (Family { adults, residences, second, preference }, children)
}

fn adult(chance: &mut Chance, forename: Arc<str>, surname: Arc<str>, relationship: &'static str) -> Adult {
    let mobile = u16::try_from(chance.below(1000)).unwrap_or(0);
    Adult { forename, surname, relationship, mobile }
}

/// Births in a family of which one child was born on a day that is as likely as any other.
fn births(ground: &Ground<'_>, chance: &mut Chance) -> Vec<(Day, Sex)> {
    let window = ground.as_of.since(ground.eldest);
    let anchor = seasonal(chance, |chance| ground.eldest.plus(chance.between(0, window)));
    let deliveries = chance.weighted(&[(1, 21), (2, 46), (3, 21), (4, 8), (5, 4)]).copied().unwrap_or(1);
    let elder = chance.below(deliveries);
    let mut days = vec![anchor];
    let mut earliest = anchor;
    for _ in 0..elder {
        earliest = seasonal(chance, |chance| earliest.plus(-chance.between(400, 1_700)));
        days.insert(0, earliest);
    }
    let mut latest = anchor;
    for _ in elder + 1..deliveries {
        latest = seasonal(chance, |chance| latest.plus(chance.between(400, 1_700)));
        days.push(latest);
    }
    let mut births = Vec::new();
    for day in days.into_iter().filter(|day| (ground.eldest..=ground.as_of).contains(day)) {
        let sex = sex(chance);
        births.push((day, sex));
        if chance.happens(TWIN_DELIVERIES) {
            // A third are identical; of the others half are of the same sex.
            let same = chance.happens(67_000);
            births.push((day, if same { sex } else { sex.other() }));
        }
    }
    births
}

pub(crate) fn sex(chance: &mut Chance) -> Sex {
    if chance.happens(51_300) { Sex::Boy } else { Sex::Girl }
}

/// A day, drawn again when its weekday or month has fewer births: fewer at weekends, more in September.
fn seasonal(chance: &mut Chance, mut draw: impl FnMut(&mut Chance) -> Day) -> Day {
    let mut day = draw(chance);
    for _ in 0..8 {
        let weekday = match day.weekday() {
            5 => 88_000,
            6 => 80_000,
            _ => 100_000,
        };
        let month = match day.date().month() {
            9 | 10 => 100_000,
            7 | 8 => 98_000,
            1 | 2 | 12 => 93_000,
            _ => 95_500,
        };
        if chance.happens(weekday) && chance.happens(month) {
            break;
        }
        day = draw(chance);
    }
    day
}

/// Changes the surname of all children born before some day: a parent's marriage, divorce or choice.
fn change_surname(ground: &Ground<'_>, chance: &mut Chance, couple: &Couple, children: &mut [Newborn]) {
    let Some(first) = children.first().map(|child| child.born.plus(200)) else { return };
    if first >= ground.as_of {
        return;
    }
    let day = first.plus(chance.between(0, ground.as_of.since(first) - 1));
    let mothers = couple.mother.surname.clone();
    let other = listed_surname(ground.facts, chance);
    for child in children.iter_mut() {
        let new = if child.surname == mothers { other.clone() } else { mothers.clone() };
        let old = std::mem::replace(&mut child.surname, new);
        if child.born < day {
            child.former_surname = Some((old, day));
        }
    }
}

/// Where a family has lived from `since` until now, oldest first; it lives in `area` now.
fn residences(
    ground: &Ground<'_>,
    chance: &mut Chance,
    area: AreaAt,
    since: Day,
    youngest: Day,
) -> Residences {
    let mut residences = Vec::new();
    let mut address = ground.places.pick_address(chance, area);
    let mut until = ground.as_of;
    // Backwards, a year at a time.
    while until > since {
        let from = until.plus(-365);
        let young = until.since(youngest) < 5 * 365;
        if chance.happens(if young { MOVES_YOUNG } else { MOVES_LATER }) {
            let moved = from.plus(chance.between(1, 365));
            if moved > since {
                residences.push((moved, address));
                address = earlier_address(ground, chance, address.area);
            }
        }
        until = from;
    }
    residences.push((since, address));
    residences.reverse();
    residences
}

/// Most moves are within an authority.
fn earlier_address(ground: &Ground<'_>, chance: &mut Chance, area: AreaAt) -> Address {
    let from = match chance.below(100) {
        0..74 => area,
        74..90 if Places::is_neighbourhood(area) => ground.places.pick_neighbourhood(chance),
        _ => ground.places.pick_area(chance),
    };
    ground.places.pick_address(chance, from)
}

fn second_household(ground: &Ground<'_>, chance: &mut Chance, area: AreaAt, youngest: Day) -> Residences {
    let window = ground.as_of.since(youngest);
    if window < 100 {
        return Vec::new();
    }
    let parted = youngest.plus(chance.between(60, window));
    let from = if chance.happens(70_000) { area } else { ground.places.pick_area(chance) };
    let mut residences = vec![(parted, ground.places.pick_address(chance, from))];
    if chance.happens(35_000) && ground.as_of.since(parted) > 400 {
        let moved = parted.plus(chance.between(200, ground.as_of.since(parted)));
        residences.push((moved, ground.places.pick_address(chance, from)));
    }
    residences
}
