//! What people decided, and what must hold whatever the records say.

use ahash::AHashMap;

/// What must hold. Records are given by their positions, or by their numbers in a [`Standing`](super::Standing).
///
/// Where two of them contradict one another, apart goes before together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Pairs of records that must never be in one cluster, directly or through others.
    pub never: Vec<(u32, u32)>,
    /// Groups that must be kept apart: a refused link between two clusters, or the two identities of a child behind a seal.
    pub apart: Vec<Apart>,
    /// Pairs a person confirmed: they stay together whatever their weight, also against one-to-one.
    pub together: Vec<(u32, u32)>,
}

/// Two groups of records: none of the one may ever be in a cluster with any of the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Apart {
    /// The one group.
    pub one: Vec<u32>,
    /// The other.
    pub other: Vec<u32>,
}

impl Constraints {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.never.is_empty() && self.apart.is_empty() && self.together.is_empty()
    }
}

/// One side of a barrier: twice the barrier's number, and one more for its other side.
pub(super) type Side = u64;

/// Constraints ready to be asked. Only records that have any take space.
#[derive(Debug, Default)]
pub(super) struct Barriers {
    sides: AHashMap<u32, Vec<Side>>,
    count: u64,
}

impl Barriers {
    pub fn new(constraints: &Constraints) -> Self {
        let mut barriers = Self::default();
        constraints.never.iter().for_each(|(a, b)| barriers.put(&[*a], &[*b]));
        constraints.apart.iter().for_each(|apart| barriers.put(&apart.one, &apart.other));
        barriers
    }

    /// Puts a barrier between two groups.
    pub fn put(&mut self, one: &[u32], other: &[u32]) {
        for (records, side) in [(one, 2 * self.count), (other, 2 * self.count + 1)] {
            for record in records {
                let sides = self.sides.entry(*record).or_default();
                // Barriers are numbered as they come, so a record's sides are sorted.
                if sides.last() != Some(&side) {
                    sides.push(side);
                }
            }
        }
        self.count += 1;
    }

    /// The sides a record is on, sorted.
    pub fn of(&self, record: u32) -> &[Side] {
        self.sides.get(&record).map_or(&[], Vec::as_slice)
    }

    /// Whether the two records themselves must be kept apart.
    pub fn between(&self, a: u32, b: u32) -> bool {
        !self.sides.is_empty() && opposed(self.of(a), self.of(b))
    }
}

/// Whether some barrier has its one side among the one and its other among the other. Both are sorted.
pub(super) fn opposed(a: &[Side], b: &[Side]) -> bool {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    few.iter().any(|side| many.binary_search(&(side ^ 1)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_of_the_one_group_is_kept_from_every_record_of_the_other() {
        let barriers = Barriers::new(&Constraints {
            never: vec![(1, 2)],
            apart: vec![Apart { one: vec![1, 3], other: vec![4, 5] }],
            ..Constraints::default()
        });
        for (a, b) in [(1, 2), (2, 1), (1, 4), (5, 1), (3, 4), (3, 5)] {
            assert!(barriers.between(a, b), "{a} {b}");
        }
        for (a, b) in [(1, 3), (4, 5), (2, 4), (2, 3), (1, 9)] {
            assert!(!barriers.between(a, b), "{a} {b}");
        }
    }
}
