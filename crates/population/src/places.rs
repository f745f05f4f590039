//! Where invented children live: real authorities and postcode sectors, invented streets and units.

use std::collections::BTreeSet;

use crate::chance::{Chance, Purpose};
use crate::facts::{Authority, Facts};
use crate::words::{POST_TOWNS, STREET_ENDS, STREET_FIRST, STREET_LAST, STREET_WORDS};

/// The home authority: its children's social care feeds the directory.
pub(crate) const HOME: &str = "E08000001";

/// Its neighbours, with their share of a thousand children of the neighbourhood. The first is also in the
/// health visiting trust's patch.
const NEIGHBOURS: &[(&str, u32)] = &[
    ("E08000002", 240),
    ("E08000010", 200),
    ("E08000006", 160),
    ("E08000003", 160),
    ("E08000005", 120),
    ("E06000008", 120),
];

/// Of a thousand children: in the home authority, next to it, elsewhere in England by population.
const HOME_SHARE: u32 = 400;
const NEIGHBOUR_SHARE: u32 = 500;

/// A region stays the size of a region: beyond this many children more of them live elsewhere in England.
const REGION_MOST: u32 = 220_000;

/// Current families to a street of one postcode; past and second households come on top.
const FAMILIES_TO_A_STREET: u32 = 4;

/// The place of an area in [`Places`].
pub(crate) type AreaAt = u16;

/// A dwelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) area: AreaAt,
    pub(crate) street: u32,
    pub(crate) house: u16,
    /// 0 for a house.
    pub(crate) flat: u8,
}

/// A street of one postcode.
#[derive(Debug)]
pub(crate) struct Street {
    pub(crate) name: String,
    pub(crate) town: &'static str,
    pub(crate) postcode: String,
}

/// An authority with its streets.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) code: &'static str,
    pub(crate) name: String,
    pub(crate) streets: Vec<Street>,
    /// How many of the children live here, of 2^20.
    share: u32,
}

/// All of them: home, neighbours, elsewhere.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) places: Vec<Place>,
    sums: Vec<u32>,
}

/// The whole of [`Place::share`].
const WHOLE: u64 = 1 << 20;

impl Places {
    pub(crate) fn new(facts: &Facts, seed: u64, children: u32) -> Places {
        let mut places = Vec::new();
        for (at, (authority, share)) in shares(facts, children).into_iter().enumerate() {
            let mut chance = Chance::new(seed, Purpose::Streets, at as u64);
            let families = u64::from(children) * u64::from(share) * 10 / (WHOLE * 17);
            let wanted = u32::try_from(families).unwrap_or(u32::MAX) / FAMILIES_TO_A_STREET;
            places.push(Place {
                code: authority.code,
                name: authority.name.clone(),
                streets: streets(&mut chance, authority, wanted.max(12)),
                share,
            });
        }
        let mut sum = 0;
        let sums = places
            .iter()
            .map(|place| {
                sum += place.share;
                sum
            })
            .collect();
        Places { places, sums }
    }

    pub(crate) fn get(&self, area: AreaAt) -> Option<&Place> {
        self.places.get(usize::from(area))
    }

    pub(crate) fn street(&self, address: Address) -> Option<&Street> {
        self.get(address.area)?.streets.get(address.street as usize)
    }

    /// The home authority.
    pub(crate) fn is_home(area: AreaAt) -> bool {
        area == 0
    }

    /// The patch of the health visiting trust: the home authority and one neighbour.
    pub(crate) fn is_trust_patch(area: AreaAt) -> bool {
        area <= 1
    }

    /// Home or next to it.
    pub(crate) fn is_neighbourhood(area: AreaAt) -> bool {
        usize::from(area) <= NEIGHBOURS.len()
    }

    /// An area, as often as children live there.
    pub(crate) fn pick_area(&self, chance: &mut Chance) -> AreaAt {
        let at = chance.below(self.sums.last().copied().unwrap_or(0));
        let place = self.sums.partition_point(|sum| *sum <= at);
        AreaAt::try_from(place.min(self.places.len().saturating_sub(1))).unwrap_or(0)
    }

    /// How many of `children` live there.
    pub(crate) fn children_in(&self, area: AreaAt, children: u32) -> u64 {
        self.get(area).map_or(0, |place| u64::from(place.share) * u64::from(children) / WHOLE)
    }

    /// Home or one of the neighbours.
    pub(crate) fn pick_neighbourhood(&self, chance: &mut Chance) -> AreaAt {
        AreaAt::try_from(chance.position(NEIGHBOURS.len() + 1)).unwrap_or(0)
    }

    /// A dwelling in that area.
    pub(crate) fn pick_address(&self, chance: &mut Chance, area: AreaAt) -> Address {
        let streets = self.get(area).map_or(1, |place| place.streets.len());
        let street = u32::try_from(chance.position(streets)).unwrap_or(0);
        let house = u16::try_from(chance.between(1, 96)).unwrap_or(1);
        let flat = if chance.happens(13_000) { u8::try_from(chance.between(1, 24)).unwrap_or(1) } else { 0 };
        Address { area, street, house, flat }
    }
}

/// The authorities in order, each with its share of the children in 2^20ths.
fn shares(facts: &Facts, children: u32) -> Vec<(&Authority, u32)> {
    let region = u64::from(children.min(REGION_MOST)) * WHOLE / u64::from(children.max(1));
    let of = |thousandths: u32| u32::try_from(region * u64::from(thousandths) / 1000).unwrap_or(0);
    let find = |code: &str| facts.authorities.iter().find(|authority| authority.code == code);
    let mut all: Vec<_> = find(HOME).map(|home| (home, of(HOME_SHARE))).into_iter().collect();
    for (code, share) in NEIGHBOURS {
        all.extend(find(code).map(|authority| (authority, of(NEIGHBOUR_SHARE * share / 1000))));
    }
    let near: BTreeSet<_> = all.iter().map(|(authority, _)| authority.code).collect();
    let taken: u64 = all.iter().map(|(_, share)| u64::from(*share)).sum();
    let far = facts.authorities.iter().filter(|authority| !near.contains(authority.code));
    let people: u64 = far.clone().map(|authority| u64::from(authority.people)).sum();
    all.extend(far.map(|authority| {
        let share = (WHOLE - taken) * u64::from(authority.people) / people.max(1);
        (authority, u32::try_from(share).unwrap_or(0))
    }));
    all
}

/// The letters of a postcode unit: C, I, K, M, O and V are not used.
const UNIT_LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

fn streets(chance: &mut Chance, authority: &Authority, wanted: u32) -> Vec<Street> {
    let mut used = BTreeSet::new();
    (0..wanted)
        .map(|_| {
            let mut postcode = postcode(chance, authority);
            // A sector has 400 units; where a huge population needs more, streets share a postcode.
            for _ in 0..12 {
                if used.insert(postcode.clone()) {
                    break;
                }
                postcode = self::postcode(chance, authority);
            }
            Street { name: street_name(chance), town: post_town(&postcode), postcode }
        })
        .collect()
}

fn postcode(chance: &mut Chance, authority: &Authority) -> String {
    let mut postcode = chance.word(&authority.sectors).to_owned();
    for _ in 0..2 {
        postcode.extend(chance.pick(UNIT_LETTERS).copied().map(char::from));
    }
    postcode
}

fn street_name(chance: &mut Chance) -> String {
    let end = chance.weighted(STREET_ENDS).copied().unwrap_or("Road");
    if chance.happens(25_000) {
        format!("{} {end}", chance.word(STREET_WORDS))
    } else {
        format!("{}{} {end}", chance.word(STREET_FIRST), chance.word(STREET_LAST))
    }
}

/// The post town of the postcode's area: one for each area, though life has several.
fn post_town(postcode: &str) -> &'static str {
    let end = postcode.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(postcode.len());
    let area = postcode.get(..end).unwrap_or("");
    POST_TOWNS.iter().find(|(known, _)| *known == area).map_or("", |(_, town)| town)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_carried_sector_has_a_post_town() {
        let facts = Facts::read().unwrap();
        for sector in facts.authorities.iter().flat_map(|authority| &authority.sectors) {
            assert!(!post_town(sector).is_empty(), "{sector}");
        }
    }

    #[test]
    fn home_comes_first_and_the_shares_make_a_whole() {
        let facts = Facts::read().unwrap();
        let all = shares(&facts, 20_000);
        assert_eq!(all[0].0.code, HOME);
        let sum: u64 = all.iter().map(|(_, share)| u64::from(*share)).sum();
        assert!(WHOLE - sum < 1000, "{sum}");
    }

    #[test]
    fn a_country_does_not_live_in_one_town() {
        let facts = Facts::read().unwrap();
        let all = shares(&facts, 10_000_000);
        assert!(u64::from(all[0].1) * 10_000_000 / WHOLE < 100_000);
    }
}
