//! The clusters that grow within a component.

use super::constraints::{Barriers, Side, opposed};
use super::deciding::Weighing;
use super::link::Link;

/// A component's records, shared out among clusters.
#[derive(Debug)]
pub(super) struct Parts {
    /// Sorted.
    records: Vec<u32>,
    /// For each record the number of its part.
    of: Vec<u32>,
    parts: Vec<Part>,
}

/// A cluster that grows.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Positions among the component's records.
    members: Vec<u32>,
    /// The sides of barriers it is on, sorted.
    sides: Vec<Side>,
    /// The sources it has records of, sorted.
    sources: Vec<u16>,
}

impl Parts {
    /// Every record of the pairs by itself.
    pub fn of(weighing: &impl Weighing, barriers: &Barriers, links: &[Link]) -> Self {
        let mut records: Vec<u32> = links.iter().flat_map(|link| [link.left, link.right]).collect();
        records.sort_unstable();
        records.dedup();
        let parts = records.iter().zip(0..).map(|(record, position)| Part {
            members: vec![position],
            sides: barriers.of(*record).to_vec(),
            sources: vec![weighing.source(*record)],
        });
        Self { of: (0..records.len() as u32).collect(), parts: parts.collect(), records }
    }

    /// The number of a record's part.
    pub fn number(&self, record: u32) -> u32 {
        let position = self.records.binary_search(&record).ok();
        position.and_then(|position| self.of.get(position)).copied().unwrap_or(u32::MAX)
    }

    /// The parts of a pair's records; none when they are one.
    pub fn pair(&self, link: &Link) -> Option<(&Part, &Part)> {
        let (a, b) = (self.number(link.left), self.number(link.right));
        if a == b { None } else { self.parts.get(a as usize).zip(self.parts.get(b as usize)) }
    }

    /// Makes one part of the two a pair connects.
    pub fn join(&mut self, link: &Link) {
        let (mut kept, mut gone) = (self.number(link.left), self.number(link.right));
        if kept == gone {
            return;
        }
        let size = |part: u32| self.parts.get(part as usize).map_or(0, Part::len);
        if size(kept) < size(gone) {
            std::mem::swap(&mut kept, &mut gone);
        }
        let moved = self.parts.get_mut(gone as usize).map(std::mem::take).unwrap_or_default();
        for member in &moved.members {
            if let Some(place) = self.of.get_mut(*member as usize) {
                *place = kept;
            }
        }
        if let Some(part) = self.parts.get_mut(kept as usize) {
            part.take(moved);
        }
    }

    /// At most so many records of a part, at equal distances in the order they came to it.
    pub fn some(&self, part: &Part, most: usize) -> impl Iterator<Item = u32> {
        let count = part.members.len();
        let asked = count.min(most);
        let chosen = (0..asked).filter_map(move |number| part.members.get(number * count / asked));
        chosen.filter_map(|member| self.records.get(*member as usize).copied())
    }
}

impl Part {
    /// How many records it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether a barrier stands between the two.
    pub fn is_barred_from(&self, other: &Self) -> bool {
        opposed(&self.sides, &other.sides)
    }

    /// The sources both have records of.
    pub fn shared_sources<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u16> + 'a {
        self.sources.iter().copied().filter(|source| other.sources.binary_search(source).is_ok())
    }

    fn take(&mut self, other: Self) {
        self.members.extend(other.members);
        self.sides.extend(other.sides);
        self.sides.sort_unstable();
        self.sides.dedup();
        self.sources.extend(other.sources);
        self.sources.sort_unstable();
        self.sources.dedup();
    }
}
