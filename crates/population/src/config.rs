//! What a population is made from.

use jiff::civil::{Date, date};

/// The day the invented world is seen on when nobody says otherwise: fixed, so that two runs agree.
pub const DEFAULT_AS_OF: Date = date(2026, 11, 22);

/// The smallest population: the stories need this many children.
pub const LEAST_CHILDREN: u32 = 50;

/// The largest population: every child needs an NHS number of their own outside the issued ranges.
pub const MOST_CHILDREN: u32 = 12_000_000;

/// What a population is made from. Equal configurations give equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many children (persons, not records), from [`LEAST_CHILDREN`] to [`MOST_CHILDREN`].
    pub children: u32,
    /// The seed of all chance.
    pub seed: u64,
    /// The day the world is seen on: ages are 0-17 on it and nothing in the files is later.
    pub as_of: Date,
}

impl Config {
    /// A population of `children` from `seed`, seen on [`DEFAULT_AS_OF`].
    pub fn new(children: u32, seed: u64) -> Config {
        Config { children, seed, as_of: DEFAULT_AS_OF }
    }
}
