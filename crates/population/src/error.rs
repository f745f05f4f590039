//! What can go wrong, said once.

use std::path::PathBuf;

use crate::config::{LEAST_CHILDREN, MOST_CHILDREN};

/// Why a population could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum PopulationError {
    /// The number of children is outside what can be invented.
    #[error("cannot invent {asked} children: ask for {LEAST_CHILDREN} to {MOST_CHILDREN}")]
    Size {
        /// What was asked for.
        asked: u32,
    },
    /// The day is too early or too late for birth dates and school years to be computed.
    #[error("cannot see a population on {asked}: give a day from 1950-01-01 to 2150-12-31")]
    AsOf {
        /// What was asked for.
        asked: jiff::civil::Date,
    },
    /// A list carried in the crate does not read: the build is damaged.
    #[error("the list {list} carried in this program is damaged at line {line}; reinstall the program")]
    Facts {
        /// The file in `data/`.
        list: &'static str,
        /// The line, counted from 1.
        line: usize,
    },
    /// A file or folder could not be written.
    #[error("cannot write {path}: {cause}; check that the folder exists, is writable and has room")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
}
