//! The local data quality tool: what a file would be worth to the directory, measured before anything is sent (rule 10.9).
//!
//! [`measure`] reads files of one [`Profile`] and counts: which values are there, which keep the rules of docs/feeds, which
//! contradict one another, which come twice, how old they are, and what should not be in the file at all (law 1). The
//! counts are [`Measures`]: streaming, in bounded memory, and mergeable, so that halves measured apart give the whole.
//! [`Report`] is what a machine reads of them and [`page`] what a manager does; the faults go row by row to whoever mends
//! them. No value of a row stands in any of it unless that was asked for, and forbidden content never does.
//!
//! No clock, no chance, no file is opened here: the day and the readers are arguments.

mod batch;
mod check;
mod digesting;
mod fault;
mod faults_file;
mod households;
mod keys;
mod layout;
mod linking;
mod measures;
mod name_sexes;
mod numbers;
mod page;
mod pilot;
mod places;
mod profile;
mod repeats;
mod report;
mod row_marks;
mod run;
mod sample;
mod score;
mod worst;

pub use fault::{Check, Code, CodeText, Dimension};
pub use households::Households;
pub use layout::{MisnamedColumn, RefusedColumn};
pub use linking::{Against, Duplicates, Estimate, Example, FieldAgreement};
pub use measures::{FieldCounts, Measures};
pub use name_sexes::{KnownNames, NamesAndGender};
pub use page::page;
pub use pilot::{PilotError, PilotFile, PilotReport};
pub use profile::{Column, Profile, ProfileError, Thresholds, ValueKind};
pub use report::{
    FORMAT, FaultReport, FieldReport, FileReport, PreviousError, Report, Timeliness, Trend, previous,
};
pub use run::{Input, Settings, measure};
pub use sample::Sample;
pub use score::{Scores, Verdict};
pub use worst::WorstRow;
