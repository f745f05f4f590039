//! A report of this tool as the evidence for a source (rule 11.1): what was measured, and which of the agreed thresholds it does
//! not reach. The thresholds are those of the source's own profile, whatever the report says was needed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;

use crate::fault::{Check, Code};
use crate::name_sexes::KnownNames;
use crate::profile::{Profile, WEIGHTY};
use crate::report::FORMAT;

/// The longest report that is read, bytes.
const LONGEST: usize = 4 << 20;

/// What a report says of a pilot file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PilotReport {
    /// The day on which it was measured.
    pub measured_on: Date,
    /// Rows.
    pub rows: u64,
    /// The overall score, 0 to 100, rounded down.
    pub score: u8,
    /// The files that were measured, in the order given.
    pub files: Vec<PilotFile>,
    /// What is below its threshold: columns of the profile, and `overall`, `duplicates`, `forbidden`,
    /// `quarantined`, `header`, `missing`, `unattached`, `unread`.
    pub below: Vec<String>,
}

/// A file that was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PilotFile {
    /// Rows.
    pub rows: u64,
    /// SHA-256 of its bytes, in 64 small hexadecimal digits.
    pub sha256: String,
}

/// Why a text is not taken as a report of a pilot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PilotError {
    /// It is longer than any report.
    #[error("the file is longer than {LONGEST} bytes; hand in the JSON report of contactpoint quality")]
    TooLong,
    /// It is something else.
    #[error(
        "line {line} of the file is not what a report of contactpoint quality ({FORMAT}) has there; hand in the file that it wrote \
         with --json, as it is"
    )]
    Form {
        /// From 1.
        line: usize,
    },
    /// It was measured by another profile than the source's.
    #[error("the report was not measured by the source's profile; measure again with --profile {wanted}")]
    Profile {
        /// The source's profile.
        wanted: String,
    },
    /// It was measured by a profile of the same name that asks for other columns, or for less of them.
    #[error(
        "the report was measured by a changed profile: {column} is another there; measure again with --profile {wanted} and no file \
         of your own"
    )]
    Changed {
        /// A column of the source's profile.
        column: String,
        /// The source's profile.
        wanted: String,
    },
    /// There was nothing to measure.
    #[error("the report is of a file without rows; measure a pilot file of the installation")]
    Empty,
    /// The duplicates were not looked for.
    #[error("the report does not say how many records come twice; measure again without --no-duplicates")]
    NoDuplicates,
    /// It was measured before the rows that a load puts aside were counted.
    #[error(
        "the report does not say how many rows a load would put aside; measure again with this version of contactpoint quality"
    )]
    NoQuarantine,
    /// A file that was measured cannot be known again.
    #[error(
        "the report does not say by their SHA-256 which files were measured; measure again with this version of contactpoint quality"
    )]
    NoDigest,
}

#[derive(Deserialize)]
struct Told {
    format: String,
    profile: String,
    measured_on: Date,
    files: Vec<ToldFile>,
    rows: u64,
    #[serde(default)]
    quarantined_rows: Option<u64>,
    overall: f64,
    by_field: Vec<ToldField>,
    faults: Vec<ToldFault>,
    refused_columns: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    misnamed_columns: Vec<serde::de::IgnoredAny>,
    unpermitted: BTreeMap<String, u64>,
    unattached: BTreeMap<String, u64>,
    duplicates: Option<ToldDuplicates>,
    #[serde(default)]
    names_and_gender: Option<ToldNames>,
}

/// An earlier version did not measure by known names.
#[derive(Deserialize)]
struct ToldNames {
    #[serde(default)]
    by_known_names: Option<KnownNames>,
}

#[derive(Deserialize)]
struct ToldFile {
    rows: u64,
    #[serde(default)]
    sha256: Option<String>,
    refused: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct ToldField {
    name: String,
    score: Option<f64>,
    expected: f64,
    weight: f64,
}

#[derive(Deserialize)]
struct ToldFault {
    field: String,
    code: String,
    dimension: String,
}

#[derive(Deserialize)]
struct ToldDuplicates {
    estimate: ToldEstimate,
}

#[derive(Deserialize)]
struct ToldEstimate {
    share: f64,
}

impl PilotReport {
    /// Reads the report of a pilot file of a source.
    ///
    /// # Errors
    /// [`PilotError`], with the remedy.
    pub fn read(text: &str, profile: &Profile) -> Result<Self, PilotError> {
        if text.len() > LONGEST {
            return Err(PilotError::TooLong);
        }
        let told: Told =
            serde_json::from_str(text).map_err(|error| PilotError::Form { line: error.line().max(1) })?;
        if told.format != FORMAT {
            return Err(PilotError::Form { line: 1 });
        }
        let wanted = || profile.name.clone();
        if told.profile != profile.name {
            return Err(PilotError::Profile { wanted: wanted() });
        }
        let scores = by_column(&told, profile)?;
        if told.rows == 0 {
            return Err(PilotError::Empty);
        }
        let duplicates = told.duplicates.as_ref().ok_or(PilotError::NoDuplicates)?.estimate.share;
        let quarantined = told.quarantined_rows.ok_or(PilotError::NoQuarantine)? as f64 / told.rows as f64;
        let files = files(&told)?;
        let thresholds = profile.thresholds;
        let mut below: Vec<String> = profile
            .columns
            .iter()
            .zip(scores)
            .filter(|(column, score)| {
                column.weight >= WEIGHTY && score.is_some_and(|score| !reaches(score, thresholds.field))
            })
            .map(|(column, _)| column.name.clone())
            .collect();
        let forbidden = !told.refused_columns.is_empty()
            || !told.unpermitted.is_empty()
            || told.faults.iter().any(|fault| fault.dimension == "forbidden");
        for (holds, name) in [
            (reaches(told.overall, thresholds.overall), "overall"),
            (reaches(thresholds.duplicates, duplicates), "duplicates"),
            (reaches(thresholds.quarantined, quarantined), "quarantined"),
            (!forbidden, "forbidden"),
            (told.misnamed_columns.is_empty(), "header"),
            (!lacks_a_column(&told, profile), "missing"),
            (told.unattached.is_empty(), "unattached"),
            (told.files.iter().all(|file| file.refused.is_none()), "unread"),
        ] {
            if !holds {
                below.push(name.to_owned());
            }
        }
        let known_names = told.names_and_gender.as_ref().and_then(|names| names.by_known_names);
        if known_names.is_some_and(|names| names.are_swapped()) && !below.iter().any(|name| name == "gender")
        {
            below.push("gender".to_owned());
        }
        // Between 0 and 100, whatever the file says.
        let score = told.overall.clamp(0.0, 100.0).floor() as u8;
        Ok(Self { measured_on: told.measured_on, rows: told.rows, score, files, below })
    }
}

/// The files that were read to their end; one that was not is below by itself.
fn files(told: &Told) -> Result<Vec<PilotFile>, PilotError> {
    let read = told.files.iter().filter(|file| file.refused.is_none());
    read.map(|file| {
        let is_digest = |text: &String| {
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let sha256 = file.sha256.clone().filter(is_digest).ok_or(PilotError::NoDigest)?;
        Ok(PilotFile { rows: file.rows, sha256 })
    })
    .collect()
}

/// Whether a file lacked a column that a load demands.
fn lacks_a_column(told: &Told, profile: &Profile) -> bool {
    let missing = Code::Own(Check::MissingColumn).text().code;
    let demanded = |name: &str| {
        profile
            .columns
            .iter()
            .any(|column| column.name == name && column.means.is_some_and(|means| !means.may_lack))
    };
    told.faults.iter().any(|fault| fault.code == missing && demanded(&fault.field))
}

/// Whether a number is at least another. One that is no number reaches nothing.
fn reaches(number: f64, least: f64) -> bool {
    number.is_finite() && number >= least
}

/// The scores in the order of the profile's columns, which must be the ones that the report was measured by.
fn by_column(told: &Told, profile: &Profile) -> Result<Vec<Option<f64>>, PilotError> {
    let changed =
        |column: &str| PilotError::Changed { column: column.to_owned(), wanted: profile.name.clone() };
    let names: BTreeSet<&str> = told.by_field.iter().map(|field| field.name.as_str()).collect();
    let mut scores = Vec::new();
    for column in &profile.columns {
        let field = told.by_field.iter().find(|field| field.name == column.name);
        let same = |field: &&ToldField| {
            (field.expected - column.expected).abs() < 1e-9 && (field.weight - column.weight).abs() < 1e-9
        };
        scores.push(field.filter(same).ok_or_else(|| changed(&column.name))?.score);
    }
    if names.len() != profile.columns.len() || told.by_field.len() != names.len() {
        return Err(changed("a column beside those of the profile"));
    }
    Ok(scores)
}
