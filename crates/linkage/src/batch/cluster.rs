//! Clusters: records linked to one another directly or through others, never against a constraint.

use std::collections::BTreeSet;

use super::Records;
use super::left_over;
use super::link::{Link, LinkOptions, PairOutcome};

/// The cluster of every record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    of: Vec<u32>,
}

impl Clusters {
    /// The cluster a record is in: the position of the cluster's first record.
    #[must_use]
    pub fn of(&self, record: u32) -> u32 {
        self.of.get(record as usize).copied().unwrap_or(record)
    }

    /// How many clusters there are, records alone in theirs included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.of.iter().enumerate().filter(|(position, cluster)| *position == **cluster as usize).count()
    }
}

/// What a growing cluster remembers.
#[derive(Default)]
struct Group {
    members: Vec<u32>,
    /// Records it must not hold.
    never: BTreeSet<u32>,
}

/// Takes the pairs heaviest first and joins what may be joined. A pair at or above the threshold that must not be
/// joined stays for review; a pair that is forbidden itself disappears.
pub(super) fn cluster(records: &Records, links: &mut Vec<Link>, options: &LinkOptions) -> Clusters {
    let mut of: Vec<u32> = (0..records.len() as u32).collect();
    let mut groups: Vec<Group> =
        of.iter().map(|record| Group { members: vec![*record], ..Group::default() }).collect();
    let forbidden: BTreeSet<(u32, u32)> = options.never.iter().map(|(a, b)| (*a.min(b), *a.max(b))).collect();
    for (a, b) in &forbidden {
        for (record, other) in [(a, b), (b, a)] {
            if let Some(group) = groups.get_mut(*record as usize) {
                group.never.insert(*other);
            }
        }
    }
    links.retain(|link| !forbidden.contains(&(link.left, link.right)));
    join_all(records, links, options, &mut of, &mut groups);
    if options.one_to_one {
        left_over::weigh_again(records, links);
        join_all(records, links, options, &mut of, &mut groups);
    }
    // The name of a cluster is its first record.
    for group in groups.iter().filter(|group| !group.members.is_empty()) {
        let name = group.members.iter().min().copied().unwrap_or(0);
        for member in &group.members {
            if let Some(place) = of.get_mut(*member as usize) {
                *place = name;
            }
        }
    }
    Clusters { of }
}

/// Joins, heaviest first, what the threshold and the constraints allow.
fn join_all(
    records: &Records,
    links: &mut [Link],
    options: &LinkOptions,
    of: &mut [u32],
    groups: &mut [Group],
) {
    let open =
        |link: &&mut Link| link.probability >= options.threshold && link.outcome == PairOutcome::Review;
    for link in links.iter_mut().filter(open) {
        let root = |record: u32| of.get(record as usize).copied().unwrap_or(record);
        let (a, b) = (root(link.left), root(link.right));
        if a == b || join(records, of, groups, a, b, options.one_to_one) {
            link.outcome = PairOutcome::Link;
        }
    }
}

fn join(records: &Records, of: &mut [u32], groups: &mut [Group], a: u32, b: u32, one_to_one: bool) -> bool {
    let (Some(x), Some(y)) = (groups.get(a as usize), groups.get(b as usize)) else { return false };
    if y.members.iter().any(|member| x.never.contains(member)) {
        return false;
    }
    let source = |record: &u32| records.source(*record);
    if one_to_one
        && x.members.iter().map(source).any(|held| y.members.iter().map(source).any(|other| held == other))
    {
        return false;
    }
    let (kept, gone) = if x.members.len() >= y.members.len() { (a, b) } else { (b, a) };
    let moved = groups.get_mut(gone as usize).map(std::mem::take).unwrap_or_default();
    for member in &moved.members {
        if let Some(place) = of.get_mut(*member as usize) {
            *place = kept;
        }
    }
    if let Some(group) = groups.get_mut(kept as usize) {
        group.members.extend(moved.members);
        group.never.extend(moved.never);
    }
    true
}
