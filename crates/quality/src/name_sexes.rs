//! Which given names are borne by girls and which by boys: learnt from the file itself, and by a short list of names that are
//! known. A name that is nearly always one and
//! sometimes the other hints at wrong genders; about a single child it says nothing, so rows are never blamed.

mod known;

use std::collections::HashMap;

use crate::keys::{hash, is_in};

/// Names kept; above it a fixed share of the names is looked at.
const MOST: usize = 200_000;
/// A name says something from so many bearers on…
const BEARERS: u32 = 30;
/// …of whom so many in a hundred are of one gender.
const MAJORITY: u32 = 97;
/// So many records with a known name say something of a file…
const KNOWN_RECORDS: u64 = 30;
/// …of which, where so many in a hundred contradict it, girls and boys have each other's code.
const SWAPPED: u64 = 80;

/// Girls and boys by the hash of their first given name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NameSexes {
    shift: u8,
    names: HashMap<u64, [u32; 2]>,
}

/// What the names say about the genders. Names that nobody knows beforehand are learnt from the file, where it is long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct NamesAndGender {
    /// Names that are nearly always one gender's.
    pub telling_names: u64,
    /// Records that bear one of them and have a gender.
    pub records: u64,
    /// Records of the other gender.
    pub contradicting: u64,
    /// By names that are nearly always one gender's in England; none, where too few records bear one: it was not measured.
    pub by_known_names: Option<KnownNames>,
}

/// Records with a gender whose given name is nearly always one gender's in England.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KnownNames {
    /// Records.
    pub records: u64,
    /// Records of the other gender.
    pub contradicting: u64,
}

impl KnownNames {
    /// Whether girls and boys have each other's code throughout.
    #[must_use]
    pub fn are_swapped(&self) -> bool {
        self.records >= KNOWN_RECORDS
            && self.contradicting.saturating_mul(100) >= self.records.saturating_mul(SWAPPED)
    }
}

impl NameSexes {
    pub(crate) fn blank(&self) -> Self {
        Self { shift: self.shift, names: HashMap::new() }
    }

    pub(crate) fn count(&mut self, forenames: &str, gender: &str) {
        let sex = match gender {
            "F" => 0,
            "M" => 1,
            _ => return,
        };
        let Some(first) = forenames.split_whitespace().next() else { return };
        let hash = hash(&first.to_lowercase());
        if is_in(hash, self.shift) {
            if let Some(count) = self.names.entry(hash).or_default().get_mut(sex) {
                *count += 1;
            }
            self.settle();
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.shift = self.shift.max(other.shift);
        for (name, [girls, boys]) in other.names {
            let counts = self.names.entry(name).or_default();
            *counts = [counts[0] + girls, counts[1] + boys];
        }
        let shift = self.shift;
        self.names.retain(|name, _| is_in(*name, shift));
        self.settle();
    }

    fn settle(&mut self) {
        while self.names.len() > MOST {
            self.shift += 1;
            let shift = self.shift;
            self.names.retain(|name, _| is_in(*name, shift));
        }
    }

    pub(crate) fn tell(&self) -> NamesAndGender {
        let mut told = NamesAndGender {
            telling_names: 0,
            records: 0,
            contradicting: 0,
            by_known_names: self.by_known_names(),
        };
        for [girls, boys] in self.names.values().copied() {
            let (all, most) = (girls + boys, girls.max(boys));
            if all >= BEARERS && u64::from(most) * 100 >= u64::from(all) * u64::from(MAJORITY) {
                told.telling_names += 1;
                told.records += u64::from(all);
                told.contradicting += u64::from(all - most);
            }
        }
        told
    }

    fn by_known_names(&self) -> Option<KnownNames> {
        let mut found = KnownNames { records: 0, contradicting: 0 };
        let girls = known::GIRLS.iter().map(|name| (name, 0));
        for (name, sex) in girls.chain(known::BOYS.iter().map(|name| (name, 1))) {
            let Some(counts) = self.names.get(&hash(name)) else { continue };
            let all = u64::from(counts[0]) + u64::from(counts[1]);
            found.records += all;
            found.contradicting += all - counts.get(sex).copied().map_or(all, u64::from);
        }
        (found.records >= KNOWN_RECORDS).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::known::{BOYS, GIRLS};

    #[test]
    fn a_known_name_stands_in_one_list_and_once() {
        let mut all: Vec<&str> = GIRLS.iter().chain(&BOYS).copied().collect();
        assert!(all.iter().all(|name| *name == name.to_lowercase()));
        all.sort_unstable();
        let listed = all.len();
        all.dedup();
        assert_eq!(all.len(), listed);
    }
}
