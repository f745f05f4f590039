//! Term frequencies: how often a value is seen among persons.

use std::sync::{Arc, LazyLock};

use ahash::AHashMap;

use crate::normalise::fold;

/// The share of persons with each value. Values that are not listed share one pooled frequency: a name nobody counted
/// is rare, but how rare nobody knows.
#[derive(Debug, Clone)]
pub struct Frequencies {
    shares: Arc<AHashMap<String, f32>>,
    pooled: f32,
}

impl Frequencies {
    /// No table: every value is as frequent as any other.
    pub fn none() -> Self {
        Self { shares: Arc::default(), pooled: 1.0 }
    }

    /// A table of shares (0..1) by folded value; what is not listed, or rarer than `pooled`, counts as `pooled`.
    pub fn new(shares: AHashMap<String, f32>, pooled: f64) -> Self {
        Self { shares: Arc::new(shares), pooled: pooled as f32 }
    }

    /// The same shares with another pooled frequency.
    pub fn with_pooled(&self, pooled: f64) -> Self {
        Self { shares: Arc::clone(&self.shares), pooled: pooled as f32 }
    }

    /// The listed share of a folded value.
    pub fn listed(&self, value: &str) -> Option<f32> {
        self.shares.get(value).copied()
    }

    /// log2 of the share of a folded value without spaces, never below the pooled one.
    pub fn log2(&self, value: &str) -> f32 {
        self.listed(value).unwrap_or(self.pooled).max(self.pooled).log2()
    }
}

/// Forenames of children born in England and Wales 2007-2024.
pub fn forenames() -> &'static Frequencies {
    static TABLE: LazyLock<Frequencies> =
        LazyLock::new(|| read(include_str!("../data/forenames.csv"), |row| row.split(',').nth(2)));
    &TABLE
}

/// Surnames of the United Kingdom.
pub fn surnames() -> &'static Frequencies {
    static TABLE: LazyLock<Frequencies> =
        LazyLock::new(|| read(include_str!("../data/surnames.csv"), |row| row.split(',').nth(1)));
    &TABLE
}

/// Reads a table of names and counts; hyphenated and spaced spellings of a name are one.
fn read(csv: &str, amount: impl Fn(&str) -> Option<&str>) -> Frequencies {
    let mut shares: AHashMap<String, f32> = AHashMap::new();
    let mut total = 0.0f64;
    for line in csv.lines().skip(1) {
        let Some(name) = line.split(',').next() else { continue };
        let Some(count) = amount(line).and_then(|text| text.trim().parse::<f32>().ok()) else { continue };
        total += f64::from(count);
        *shares.entry(fold(name).replace(' ', "")).or_default() += count;
    }
    for share in shares.values_mut() {
        *share = (f64::from(*share) / total) as f32;
    }
    Frequencies::new(shares, 1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_are_common_and_unlisted_names_are_pooled() {
        assert!(surnames().log2("smith") > -7.0);
        assert!(forenames().log2("oliver") > -8.0);
        let table = surnames().with_pooled(1e-5);
        assert_eq!(table.log2("zzyzx"), 1e-5f32.log2());
        assert!(table.listed("zzyzx").is_none());
    }
}
