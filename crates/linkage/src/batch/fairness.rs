//! Whether records of some groups of people are found less often than those of others.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Records;
use super::link::{Link, PairOutcome};
use super::truth::true_pairs;

/// A group of fewer pairs says too little to be set against another.
pub const COMPARABLE_PAIRS: u64 = 30;

/// Which group each record belongs to.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    names: Vec<String>,
    of: Vec<Option<usize>>,
}

impl Groups {
    /// For a number of records, none of them in a group.
    #[must_use]
    pub fn new(records: usize) -> Self {
        Self { names: Vec::new(), of: vec![None; records] }
    }

    /// Puts a record in a group.
    pub fn put(&mut self, record: u32, group: &str) {
        let known = self.names.iter().position(|name| name == group);
        let number = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(group.to_owned());
        }
        if let Some(place) = self.of.get_mut(record as usize) {
            *place = Some(number);
        }
    }

    fn of(&self, record: u32) -> Option<usize> {
        self.of.get(record as usize).copied().flatten()
    }
}

/// Recall by group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fairness {
    /// The groups that have true pairs, by name.
    pub groups: Vec<GroupRecall>,
    /// Percentage points between the highest and the lowest recall of groups of at least [`COMPARABLE_PAIRS`] pairs;
    /// none when there are not two.
    pub largest_difference_points: Option<f64>,
}

/// How many of a group's pairs were linked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRecall {
    /// The group.
    pub group: String,
    /// Pairs of one person of the group, compared or not.
    pub true_pairs: u64,
    /// Those that are linked.
    pub linked: u64,
    /// The share linked.
    pub recall: f64,
    /// The ends of its 95 % interval (Wilson 1927).
    pub interval: [f64; 2],
    /// Whether it has pairs enough to be set against others.
    pub comparable: bool,
}

/// Recall of the links made, by the group of a pair's earlier record, or of the other where that one has none.
#[must_use]
pub fn fairness(links: &[Link], records: &Records, person: &[Option<u32>], groups: &Groups) -> Fairness {
    let linked: BTreeSet<(u32, u32)> = links
        .iter()
        .filter(|link| link.outcome == PairOutcome::Link)
        .map(|link| (link.left, link.right))
        .collect();
    let mut counts = vec![(0u64, 0u64); groups.names.len()];
    for (a, b) in true_pairs(records, person) {
        let group = groups.of(a).or_else(|| groups.of(b));
        if let Some((pairs, found)) = group.and_then(|group| counts.get_mut(group)) {
            *pairs += 1;
            *found += u64::from(linked.contains(&(a, b)));
        }
    }
    let with_pairs = groups.names.iter().zip(counts).filter(|(_, (pairs, _))| *pairs > 0);
    let mut groups: Vec<GroupRecall> =
        with_pairs.map(|(name, (pairs, found))| group(name, pairs, found)).collect();
    groups.sort_by(|a, b| a.group.cmp(&b.group));
    Fairness { largest_difference_points: largest_difference(&groups), groups }
}

fn group(name: &str, true_pairs: u64, linked: u64) -> GroupRecall {
    GroupRecall {
        group: name.to_owned(),
        true_pairs,
        linked,
        recall: linked as f64 / true_pairs as f64,
        interval: wilson(linked, true_pairs),
        comparable: true_pairs >= COMPARABLE_PAIRS,
    }
}

fn largest_difference(groups: &[GroupRecall]) -> Option<f64> {
    let recalls = || groups.iter().filter(|group| group.comparable).map(|group| group.recall);
    let (least, most) = (recalls().min_by(f64::total_cmp)?, recalls().max_by(f64::total_cmp)?);
    (recalls().count() > 1).then_some(100.0 * (most - least))
}

/// Where the share of the whole lies, of which `part` in `whole` were seen, with 95 % confidence.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> [f64; 2] {
    if whole == 0 {
        return [0.0, 1.0];
    }
    let (n, z) = (whole as f64, 1.959_964);
    let share = part as f64 / n;
    let middle = share + z * z / (2.0 * n);
    let reach = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    [((middle - reach) / scale).max(0.0), ((middle + reach) / scale).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;

    /// Two files of `people`: record N of the one and record `people` + N of the other are person N.
    fn files(people: u32) -> (Records, Vec<Option<u32>>) {
        let nobody = Model::children().prepare(&crate::RawRecord::new());
        let file = || vec![nobody.clone(); people as usize];
        let person = (0..people).chain(0..people).map(Some).collect();
        (Records::new(vec![file(), file()]), person)
    }

    fn link(left: u32, right: u32, outcome: PairOutcome) -> Link {
        Link { outcome, ..Link::found(left, right, 9.0, 0.99) }
    }

    #[test]
    fn of_forty_common_names_all_are_found_and_of_forty_single_names_thirty() {
        let (records, person) = files(80);
        let mut groups = Groups::new(160);
        (0..160).for_each(|record| groups.put(record, if record % 80 < 40 { "common" } else { "single" }));
        let linked = (0..70).map(|number| link(number, 80 + number, PairOutcome::Link));
        // A review is no link, and neither does a false link help anybody's recall.
        let others = [link(70, 150, PairOutcome::Review), link(71, 152, PairOutcome::Link)];
        let links: Vec<Link> = linked.chain(others).collect();
        let found = fairness(&links, &records, &person, &groups);
        let recalls: Vec<_> =
            found.groups.iter().map(|g| (g.group.as_str(), g.linked, g.true_pairs, g.recall)).collect();
        assert_eq!(recalls, [("common", 40, 40, 1.0), ("single", 30, 40, 0.75)]);
        assert_eq!(found.largest_difference_points, Some(25.0));
    }

    #[test]
    fn a_few_pairs_are_shown_and_not_set_against_others() {
        let (records, person) = files(60);
        let mut groups = Groups::new(120);
        (0..120).for_each(|record| groups.put(record, if record % 60 < 50 { "many" } else { "few" }));
        let found = fairness(&[], &records, &person, &groups);
        let comparable: Vec<_> = found.groups.iter().map(|g| (g.group.as_str(), g.comparable)).collect();
        assert_eq!(comparable, [("few", false), ("many", true)]);
        assert_eq!(found.largest_difference_points, None);
    }

    #[test]
    fn the_interval_of_eight_in_ten() {
        // Worked by hand: (0.8 + 3.8415/20 ± 1.96 √(0.016 + 3.8415/400)) / 1.38415.
        let [low, high] = wilson(8, 10);
        assert!((low - 0.4902).abs() < 1e-4 && (high - 0.9433).abs() < 1e-4, "{low} {high}");
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }
}
