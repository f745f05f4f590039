//! Records of one child that stand twice, and records another file has too: told by the directory's own linkage engine,
//! field by field (law 12).

use linkage::Model;
use linkage::batch::{Link, LinkOptions, PairOutcome, Records, Scope, Table, link_files, wilson};
use serde::Serialize;

use crate::places::{Place, Places};
use crate::profile::Profile;
use crate::sample::Sample;

/// Pairs explained.
const EXAMPLES: usize = 10;

/// A share and where it lies with 95 % confidence. Where all rows were looked at, the interval is that of what would be
/// found in other files of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// 0 to 1.
    pub share: f64,
    /// Wilson's interval.
    pub interval: [f64; 2],
    /// Rows looked at.
    pub rows: u64,
    /// Of one in so many dates of birth all rows were looked at; 1: of all.
    pub one_in: u64,
}

impl Estimate {
    fn new(part: u64, sample: &Sample) -> Self {
        let rows = sample.rows().len() as u64;
        let share = if rows == 0 { 0.0 } else { part as f64 / rows as f64 };
        Self { share, interval: wilson(part, rows), rows, one_in: sample.one_in() }
    }

    /// Whether it was counted on all rows.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.one_in == 1
    }
}

/// Records of a child that has an earlier one in the same files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duplicates {
    /// Their share of all.
    pub estimate: Estimate,
    /// Pairs that a person would have to look at.
    pub to_review: u64,
    /// The likeliest pairs.
    pub examples: Vec<Example>,
    /// The model that compared them.
    pub model: String,
}

/// Two records of one child, and why they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// File and row of the earlier.
    pub left: (usize, u64),
    /// File and row of the other.
    pub right: (usize, u64),
    /// 0 to 1.
    pub probability: f64,
    /// What agreed and what did not.
    pub fields: Vec<FieldAgreement>,
    /// The values compared, where values are shown: column, left, right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, String, String)>,
}

/// One comparison of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldAgreement {
    /// The comparison.
    pub field: String,
    /// How well the two agree.
    pub level: String,
    /// Bits for (above 0) or against.
    pub weight: f64,
}

/// What another file is expected to know of these children.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The share of records that are expected to match one of the other file.
    pub estimate: Estimate,
    /// Records of the other file that were compared.
    pub other_rows: u64,
}

/// The columns of the profile by which records are compared.
pub(crate) fn compared(profile: &Profile) -> Vec<usize> {
    let model = Model::children();
    let columns = profile.columns.iter().enumerate();
    columns
        .filter(|(_, column)| column.means.is_some_and(|means| model.reads(means.name)))
        .map(|(at, _)| at)
        .collect()
}

fn table(profile: &Profile, sample: &Sample) -> Table {
    let columns = compared(profile);
    let names = columns.iter().filter_map(|at| profile.columns.get(*at)?.means).map(|means| means.name);
    let mut table = Table::new(names);
    for row in sample.rows() {
        table.push_row(row.values());
    }
    table
}

/// The model for files of so many children.
fn model(rows: u64) -> Model {
    Model::children().with_population(rows)
}

pub(crate) fn duplicates(
    profile: &Profile,
    sample: &Sample,
    rows: u64,
    places: &Places,
    show_values: bool,
) -> Option<Duplicates> {
    if sample.rows().is_empty() {
        return None;
    }
    let (model, table) = (model(rows), table(profile, sample));
    let records = Records::of_tables(&model, &[&table], Scope::Within);
    let linkage = link_files(&model, &records, &LinkOptions::default());
    let extra = sample.rows().len() - linkage.clusters.count();
    let place = |at: u32| {
        let Place { file, row } =
            sample.rows().get(at as usize).map_or(Place { file: 0, row: 0 }, |row| places.of(row.ordinal));
        (file, row)
    };
    let links = linkage.links.iter().filter(|link| link.outcome == PairOutcome::Link);
    let example = |link: &Link| {
        let (left, right) = (records.get(link.left)?, records.get(link.right)?);
        let fields = model.compare(&left, &right).fields.into_iter().filter(|field| field.level != "missing");
        let fields =
            fields.map(|of| FieldAgreement { field: of.field, level: of.level, weight: of.weight }).collect();
        let values = if show_values { values(&table, link) } else { Vec::new() };
        Some(Example {
            left: place(link.left),
            right: place(link.right),
            probability: link.probability,
            fields,
            values,
        })
    };
    let examples = links.take(EXAMPLES).filter_map(example).collect();
    let to_review = linkage.links.iter().filter(|link| link.outcome == PairOutcome::Review).count() as u64;
    let estimate = Estimate::new(extra as u64, sample);
    Some(Duplicates { estimate, to_review, examples, model: model.version().to_owned() })
}

fn values(table: &Table, link: &Link) -> Vec<(String, String, String)> {
    let cell = |row: u32, column: usize| table.cell(row as usize, column).to_owned();
    let columns = table.columns().iter().enumerate();
    columns
        .map(|(at, name)| (name.clone(), cell(link.left, at), cell(link.right, at)))
        .filter(|(_, left, right)| !left.is_empty() || !right.is_empty())
        .collect()
}

/// `others` is the sample of the other file, by its own profile. Both are brought to the same share first.
pub(crate) fn against(
    (profile, sample, rows): (&Profile, &Sample, u64),
    (other_profile, other, other_rows): (&Profile, &Sample, u64),
) -> Option<Against> {
    let (mut sample, mut other) = (sample.clone(), other.clone());
    let shift = sample.shift().max(other.shift());
    sample.narrow_to(shift);
    other.narrow_to(shift);
    if sample.rows().is_empty() || other.rows().is_empty() {
        return None;
    }
    let model = model(rows.max(other_rows));
    let (left, right) = (table(profile, &sample), table(other_profile, &other));
    let records = Records::of_tables(&model, &[&left, &right], Scope::Across);
    let linkage = link_files(&model, &records, &LinkOptions::default());
    let mut matched: Vec<u32> =
        linkage.links.iter().filter(|link| link.outcome == PairOutcome::Link).map(|link| link.left).collect();
    matched.sort_unstable();
    matched.dedup();
    Some(Against {
        estimate: Estimate::new(matched.len() as u64, &sample),
        other_rows: other.rows().len() as u64,
    })
}
