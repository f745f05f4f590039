//! Nicknames from the shipped list; never learnt from live data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const LIST: &str = include_str!("../../data/nicknames.csv");

/// Name to nicknames and nickname to names, both ways.
static RELATED: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut related: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, nickname) in LIST.lines().skip(1).filter_map(|line| line.split_once(',')) {
        for (from, to) in [(name.trim(), nickname.trim()), (nickname.trim(), name.trim())] {
            let known = related.entry(from).or_default();
            if from != to && !known.contains(&to) {
                known.push(to);
            }
        }
    }
    related
});

/// The nicknames of a forename and the forenames it is a nickname of, in plain form.
pub(super) fn related(forename: &str) -> &'static [&'static str] {
    RELATED.get(forename).map_or(&[], Vec::as_slice)
}

/// Whether one is a nickname of the other.
pub(super) fn are_related(a: &str, b: &str) -> bool {
    related(a).contains(&b)
}
