//! What a run found, for a machine: every figure of the page, and no value of a row unless values are shown.

use std::collections::BTreeMap;
use std::fmt;

use feeds::FileError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::fault::{Check, Code, CodeText, Dimension};
use crate::households::Households;
use crate::layout::{MisnamedColumn, RefusedColumn};
use crate::linking::{Against, Duplicates};
use crate::measures::Measures;
use crate::name_sexes::NamesAndGender;
use crate::places::Places;
use crate::profile::{Column, Profile, Thresholds, WEIGHTY};
use crate::score::{Scores, faulty};
use crate::worst::{WorstFault, WorstRow};

/// The form of the JSON, which says so itself.
pub const FORMAT: &str = "contactpoint-quality-1";

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: &'static str,
    /// The profile's name.
    pub profile: String,
    /// Its title.
    pub title: String,
    /// The day.
    pub measured_on: Date,
    /// The files in the order given.
    pub files: Vec<FileReport>,
    /// Rows.
    pub rows: u64,
    /// Rows with at least one fault.
    pub faulty_rows: u64,
    /// Rows that a load would put aside.
    pub quarantined_rows: u64,
    /// Scores and verdict.
    #[serde(flatten)]
    pub scores: Scores,
    /// The floors that the verdict went by.
    pub needed: Needed,
    /// By field.
    pub by_field: Vec<FieldReport>,
    /// Faults, the commonest first.
    pub faults: Vec<FaultReport>,
    /// Columns outside the profile; their cells were not read.
    pub refused_columns: Vec<RefusedColumn>,
    /// Columns that are to be called otherwise before a load takes the file; their cells were not read.
    pub misnamed_columns: Vec<MisnamedColumn>,
    /// Elements, attributes and further sheets outside the profile, by name, with how often they came; they were not read.
    pub unpermitted: BTreeMap<String, u64>,
    /// Clinical elements and resources that were left unread.
    pub clinical_left_unread: BTreeMap<String, u64>,
    /// Resources that could not be told to which child they belong.
    pub unattached: BTreeMap<String, u64>,
    /// Second records of one child.
    pub duplicates: Option<Duplicates>,
    /// Repeated record ids and numbers were estimated from a share of the values.
    pub repeats_estimated: bool,
    /// What another file is expected to know of these children.
    pub against: Option<Against>,
    /// That file, or those.
    pub against_files: Vec<FileReport>,
    /// Given names against gender.
    pub names_and_gender: NamesAndGender,
    /// Carers whose rows contradict one another; none where no carer stands in several rows with name and telephone.
    pub households: Option<Households>,
    /// Dates of birth on a 1 January; one in 365 is chance.
    pub born_first_january: u64,
    /// Children by age in years, 0 to 17, then older.
    pub ages: Vec<u64>,
    /// How old the statements are.
    pub timeliness: Timeliness,
    /// The rows with the most faults.
    pub worst_rows: Vec<WorstRow>,
}

/// The floors of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Needed {
    /// Overall score.
    pub overall: f64,
    /// Score of each field that carries weight in matching.
    pub field: f64,
    /// Greatest share of second records.
    pub duplicates: f64,
    /// Greatest share of rows that a load would put aside.
    pub quarantined: f64,
}

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// As it was given.
    pub name: String,
    /// What it was read as; none where it was not read to its end.
    pub format: Option<&'static str>,
    /// Rows that were read.
    pub rows: u64,
    /// SHA-256 of its bytes, by which a rehearsal knows it again; none where it was not read to its end.
    pub sha256: Option<String>,
    /// Why it was not read to its end.
    pub refused: Option<Refusal>,
}

/// Why a file was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// `E01`…
    pub code: &'static str,
    /// File, place, fault and remedy.
    pub message: String,
}

/// A field of the profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldReport {
    /// The column.
    pub name: String,
    /// 0 to 100; none where nothing is expected and nothing was found.
    pub score: Option<f64>,
    /// Rows with a value.
    pub filled: u64,
    /// The share of rows that should have one.
    pub expected: f64,
    /// Values with a fault.
    pub faulty: u64,
    /// What it counts for.
    pub weight: f64,
    /// Whether it must reach the floor by itself.
    pub matched_by: bool,
}

/// A fault of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultReport {
    /// The column, or `(row)`.
    pub field: String,
    /// The code.
    pub code: Code,
    /// Under what it is counted.
    pub dimension: Dimension,
    /// What is wrong.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Rows; of a missing column, files.
    pub rows: u64,
}

/// How old the statements are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeliness {
    /// A statement older than so many days is stale; none where age says nothing.
    pub fresh_days: Option<u32>,
    /// Up to a week, a month, a quarter, half a year, a year, and older.
    pub by_age: [u64; 6],
}

/// What is told beside the counts of rows.
pub(crate) struct Unmerged {
    pub(crate) files: Vec<FileReport>,
    pub(crate) refused: Vec<RefusedColumn>,
    pub(crate) misnamed: Vec<MisnamedColumn>,
    pub(crate) unpermitted: BTreeMap<String, u64>,
    pub(crate) clinical: BTreeMap<String, u64>,
    pub(crate) unattached: BTreeMap<String, u64>,
    pub(crate) repeats_estimated: bool,
    pub(crate) against_files: Vec<FileReport>,
    pub(crate) duplicates: Option<Duplicates>,
    pub(crate) against: Option<Against>,
    pub(crate) households: Option<Households>,
}

impl FileReport {
    pub(crate) fn new(
        name: &str,
        format: Option<&'static str>,
        rows: u64,
        digested: Result<String, &FileError>,
    ) -> Self {
        let refusal = |error: &FileError| Refusal { code: error.fault.code(), message: error.to_string() };
        let (sha256, refused) = match digested {
            Ok(sha256) => (Some(sha256), None),
            Err(error) => (None, Some(refusal(error))),
        };
        Self { name: name.to_owned(), format, rows, sha256, refused }
    }
}

impl Report {
    pub(crate) fn new(
        profile: &Profile,
        today: Date,
        measures: &Measures,
        scores: Scores,
        beside: Unmerged,
        places: &Places,
    ) -> Self {
        let Thresholds { overall, field, duplicates, quarantined } = profile.thresholds;
        Self {
            format: FORMAT,
            profile: profile.name.clone(),
            title: profile.title.clone(),
            measured_on: today,
            files: beside.files,
            rows: measures.rows,
            faulty_rows: measures.faulty_rows,
            quarantined_rows: measures.quarantined_rows,
            needed: Needed { overall, field, duplicates, quarantined },
            by_field: by_field(profile, measures, &scores),
            faults: faults(profile, measures),
            refused_columns: beside.refused,
            misnamed_columns: beside.misnamed,
            unpermitted: beside.unpermitted,
            clinical_left_unread: beside.clinical,
            unattached: beside.unattached,
            duplicates: beside.duplicates,
            repeats_estimated: beside.repeats_estimated,
            against: beside.against,
            against_files: beside.against_files,
            names_and_gender: measures.names.tell(),
            households: beside.households,
            born_first_january: measures.born_first_january,
            ages: measures.ages.to_vec(),
            timeliness: Timeliness { fresh_days: profile.fresh_days, by_age: measures.freshness },
            worst_rows: worst_rows(profile, measures, places),
            scores,
        }
    }

    /// Whether anything at all is wrong: the command ends with status 1.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        !self.faults.is_empty()
            || !self.refused_columns.is_empty()
            || !self.misnamed_columns.is_empty()
            || !self.unpermitted.is_empty()
            || !self.unattached.is_empty()
            || self.files.iter().chain(&self.against_files).any(|file| file.refused.is_some())
    }
}

fn by_field(profile: &Profile, measures: &Measures, scores: &Scores) -> Vec<FieldReport> {
    let fields = profile.columns.iter().enumerate().zip(&scores.fields);
    let report = |((at, column), score): ((usize, &Column), &Option<f64>)| FieldReport {
        name: column.name.clone(),
        score: *score,
        filled: measures.fields.get(at).map_or(0, |field| field.filled),
        expected: column.expected,
        faulty: faulty(measures, at, |of| of != Dimension::Completeness),
        weight: column.weight,
        matched_by: column.weight >= WEIGHTY,
    };
    fields.map(report).collect()
}

fn name_of(profile: &Profile, column: Option<usize>) -> String {
    column.and_then(|at| profile.columns.get(at)).map_or("(row)", |column| column.name.as_str()).to_owned()
}

fn faults(profile: &Profile, measures: &Measures) -> Vec<FaultReport> {
    let mut faults: Vec<FaultReport> = measures
        .faults
        .iter()
        .map(|((column, code), rows)| {
            let CodeText { meaning, remedy, dimension, .. } = code.text();
            let field = name_of(profile, *column);
            FaultReport { field, code: *code, dimension, meaning, remedy, rows: *rows }
        })
        .collect();
    // A column that is missing is missing in every row.
    let size = |fault: &FaultReport| match fault.code {
        Code::Own(Check::MissingColumn) => u64::MAX,
        _ => fault.rows,
    };
    faults.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| (&a.field, a.code).cmp(&(&b.field, b.code))));
    faults
}

fn worst_rows(profile: &Profile, measures: &Measures, places: &Places) -> Vec<WorstRow> {
    let rows = measures.worst.rows().iter().map(|row| {
        let place = places.of(row.ordinal);
        let faults = row.faults.iter().zip(&row.values).map(|((column, code), value)| WorstFault {
            field: name_of(profile, *column),
            code: *code,
            value: value.clone(),
        });
        WorstRow { file: place.file, row: place.row, faults: faults.collect() }
    });
    rows.collect()
}

/// How the scores moved since an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// The day of the earlier run.
    pub measured_on: String,
    /// Rows then.
    pub rows: u64,
    /// Overall score then.
    pub overall: f64,
    /// Scores by field then.
    pub fields: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Earlier {
    format: String,
    profile: String,
    measured_on: String,
    rows: u64,
    overall: f64,
    by_field: Vec<EarlierField>,
}

#[derive(Deserialize)]
struct EarlierField {
    name: String,
    score: Option<f64>,
    expected: f64,
    weight: f64,
}

/// Why an earlier report cannot be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviousError {
    /// It is no report of this tool.
    Form,
    /// It was made by another profile.
    Profile(String),
    /// It was made by a profile of this name with other columns, or other expectations or weights of them: the scores are not of one
    /// measure.
    Changed,
}

impl fmt::Display for PreviousError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => write!(f, "is no report of this tool ({FORMAT}); give a file written by --json"),
            Self::Profile(other) => {
                write!(f, "was measured by the profile {other}; give a report of the same profile")
            }
            Self::Changed => write!(
                f,
                "was measured by a profile of this name whose columns, expectations or weights were others; measure that file anew"
            ),
        }
    }
}

impl std::error::Error for PreviousError {}

/// Reads the report of an earlier run.
///
/// # Errors
/// When the text is no report, or of another profile, or of this one as it no longer is.
pub fn previous(text: &str, profile: &Profile) -> Result<Trend, PreviousError> {
    let earlier: Earlier = serde_json::from_str(text).map_err(|_| PreviousError::Form)?;
    if earlier.format != FORMAT {
        return Err(PreviousError::Form);
    }
    if earlier.profile != profile.name {
        let shaped = feeds::shaped_like_a_name(&earlier.profile);
        return Err(PreviousError::Profile(if shaped { earlier.profile } else { "another".to_owned() }));
    }
    let is_same = |column: &Column| {
        let field = earlier.by_field.iter().find(|field| field.name == column.name);
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        field.is_some_and(|field| near(field.expected, column.expected) && near(field.weight, column.weight))
    };
    if earlier.by_field.len() != profile.columns.len() || !profile.columns.iter().all(is_same) {
        return Err(PreviousError::Changed);
    }
    let fields = earlier.by_field.into_iter().filter_map(|field| Some((field.name, field.score?))).collect();
    let Earlier { measured_on, rows, overall, .. } = earlier;
    Ok(Trend { measured_on, rows, overall, fields })
}
