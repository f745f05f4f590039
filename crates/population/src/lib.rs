//! Invented children: a seeded population with families, moves, errors, and the truth about them.
//!
//! [`generate`] builds a world of families from a seed; [`Population::write`] says what six sources hold
//! about its children, one CSV a source with exactly the columns of the feeds, with a register of deaths and
//! the census of two terms before, beside `truth.csv` (who is who), `constraints.csv` (what must never be
//! joined) and `stories.csv` (children worth showing).
//!
//! The same [`Config`] gives the same bytes on every machine: chance is ChaCha8 from the seed with a stream
//! of its own for every family and record, all arithmetic on chances is integer, and nothing depends on a
//! clock, on the operating system's randomness or on the order of a hash table.
//!
//! No child here is real, and no telephone number or e-mail address reaches anybody.

mod calendar;
mod chance;
mod config;
mod coverage;
mod deaths;
mod distort;
mod error;
mod facts;
mod family;
mod half_year;
mod identifiers;
mod names;
mod observe;
mod output;
mod places;
mod population;
pub mod rates;
mod record;
mod services;
mod source;
mod statement;
mod stories;
mod story;
mod terms;
mod truth;
mod words;
mod world;

pub use config::{Config, DEFAULT_AS_OF, LEAST_CHILDREN, MOST_CHILDREN};
pub use deaths::{Death, SOURCE as REGISTER_OF_DEATHS};
pub use error::PopulationError;
pub use half_year::{Adoption, HalfYear, Happening, Later};
pub use output::{CONSTRAINT_COLUMNS, STORY_COLUMNS, Summary, TRUTH_COLUMNS};
pub use population::{Area, Population, generate};
pub use record::Record;
pub use source::Source;
pub use story::{Story, StoryRecord};
pub use terms::Term;
pub use truth::{Change, Constraint, NamingPattern, Truth};
