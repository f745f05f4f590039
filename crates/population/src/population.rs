//! The invented world and what the six sources say about it.

use std::path::Path;

use crate::{Config, Constraint, PopulationError, Record, Source, Story};

/// An invented population: the world, and what each source holds of it.
#[derive(Debug)]
pub struct Population {
    config: Config,
    areas: Vec<Area>,
    stories: Vec<Story>,
    constraints: Vec<Constraint>,
}

/// A local authority in which invented children live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The GSS code.
    pub code: String,
    /// The name.
    pub name: String,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Children (persons).
    pub children: u32,
    /// Rows by source, in the order of [`Source::ALL`].
    pub records: Vec<(Source, u64)>,
    /// Pairs in `constraints.csv`.
    pub constraints: u64,
    /// Rows of `stories.csv`.
    pub story_records: u64,
}

/// Invents the children of `config`.
///
/// # Errors
/// [`PopulationError::Size`] or [`PopulationError::AsOf`] if the configuration asks for the impossible.
pub fn generate(config: &Config) -> Result<Population, PopulationError> {
    Ok(Population { config: config.clone(), areas: Vec::new(), stories: Vec::new(), constraints: Vec::new() })
}

impl Population {
    /// What the population was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The authorities: first the home authority (whose social care feeds the directory), then its
    /// neighbours, then the rest of England.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The stories, always the same names in the same order.
    pub fn stories(&self) -> &[Story] {
        &self.stories
    }

    /// The story of that name.
    pub fn story(&self, name: &str) -> Option<&Story> {
        self.stories.iter().find(|story| story.name == name)
    }

    /// The pairs that must never be joined.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// The records of one source, made as they are asked for, in the order of its file.
    pub fn records(&self, _source: Source) -> impl Iterator<Item = Record> + '_ {
        std::iter::empty()
    }

    /// Writes one CSV a source, `truth.csv`, `constraints.csv` and `stories.csv` into `dir` (made if
    /// absent). Each file appears whole or not at all; existing files of these names are replaced.
    /// `progress` is told of each record written: its source, how many of it are written, and how many there are.
    ///
    /// # Errors
    /// [`PopulationError::Write`] names the file or folder.
    pub fn write(
        &self,
        _dir: &Path,
        _progress: &mut dyn FnMut(Source, u64, u64),
    ) -> Result<Summary, PopulationError> {
        Ok(Summary { children: self.config.children, records: Vec::new(), constraints: 0, story_records: 0 })
    }
}
