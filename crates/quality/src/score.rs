//! The scores, by the formula of docs/quality.md, and the verdict.

use serde::Serialize;

use crate::fault::Dimension;
use crate::measures::Measures;
use crate::profile::{Profile, WEIGHTY};

/// What each dimension counts for in the overall score. Where timeliness is not measured the others share its part.
const PARTS: [(Dimension, f64); 5] = [
    (Dimension::Completeness, 25.0),
    (Dimension::Validity, 30.0),
    (Dimension::Uniqueness, 20.0),
    (Dimension::Consistency, 15.0),
    (Dimension::Timeliness, 10.0),
];

/// What is known beside the counts when scores are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    /// The share of records that are second ones.
    pub(crate) duplicates: f64,
    /// Something stands in the files that the directory never holds.
    pub(crate) forbidden: bool,
    /// Columns are not called as the profile calls them.
    pub(crate) misnamed: bool,
    /// A header lacks columns that a load demands.
    pub(crate) missing: bool,
    /// Resources belong to no child of the file.
    pub(crate) unattached: bool,
    /// Girls and boys have each other's code throughout.
    pub(crate) genders_swapped: bool,
    /// A file could not be read to its end.
    pub(crate) unread: bool,
}

/// Scores from 0 to 100.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// The whole.
    pub overall: f64,
    /// By dimension; none where it was not measured.
    pub dimensions: Vec<(Dimension, Option<f64>)>,
    /// By column of the profile; none where nothing is expected and nothing was found.
    pub fields: Vec<Option<f64>>,
    /// Whether the source may rehearse.
    pub verdict: Verdict,
}

/// Whether the source is ready to rehearse, and what keeps it from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// No reason stands against it.
    pub ready_to_rehearse: bool,
    /// In sentences.
    pub reasons: Vec<String>,
}

/// Rows in which the field has a fault of one of these dimensions. A row has at most one fault a field.
pub(crate) fn faulty(measures: &Measures, column: usize, of: impl Fn(Dimension) -> bool) -> u64 {
    let faults = measures.faults.iter();
    faults.filter(|((at, code), _)| *at == Some(column) && of(code.dimension())).map(|(_, rows)| rows).sum()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The share of the rows that should be filled which are.
fn complete(measures: &Measures, profile: &Profile, at: usize) -> f64 {
    let expected = profile.columns.get(at).map_or(0.0, |column| column.expected);
    let filled = share(measures.fields.get(at).map_or(0, |field| field.filled), measures.rows);
    if expected <= 0.0 { 1.0 } else { (filled / expected).min(1.0) }
}

/// The share of a field's values without a fault.
fn sound(measures: &Measures, at: usize, of: impl Fn(Dimension) -> bool) -> f64 {
    let filled = measures.fields.get(at).map_or(0, |field| field.filled);
    if filled == 0 { 1.0 } else { 1.0 - share(faulty(measures, at, of).min(filled), filled) }
}

fn weighted(of: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weights) =
        of.fold((0.0, 0.0), |(sum, weights), (weight, value)| (sum + weight * value, weights + weight));
    (weights > 0.0).then(|| 100.0 * sum / weights)
}

pub(crate) fn scores(measures: &Measures, profile: &Profile, beside: Beside) -> Scores {
    let fields: Vec<Option<f64>> =
        (0..profile.columns.len()).map(|at| field(measures, profile, at)).collect();
    let dimensions: Vec<(Dimension, Option<f64>)> =
        PARTS.iter().map(|(of, _)| (*of, dimension(measures, profile, beside, *of))).collect();
    let parts =
        PARTS.iter().zip(&dimensions).filter_map(|((_, part), (_, score))| Some((*part, (*score)? / 100.0)));
    let overall = if measures.rows == 0 { 0.0 } else { weighted(parts).unwrap_or(0.0) };
    let verdict = verdict(measures, profile, beside, overall, &fields);
    Scores { overall, dimensions, fields, verdict }
}

fn field(measures: &Measures, profile: &Profile, at: usize) -> Option<f64> {
    let column = profile.columns.get(at)?;
    let filled = measures.fields.get(at).map_or(0, |field| field.filled);
    if column.expected <= 0.0 && filled == 0 {
        return None;
    }
    let counts = |of: Dimension| of != Dimension::Completeness;
    Some(100.0 * complete(measures, profile, at) * sound(measures, at, counts))
}

fn dimension(measures: &Measures, profile: &Profile, beside: Beside, of: Dimension) -> Option<f64> {
    let rows_with = |of: Dimension| measures.rows_by_dimension.get(&of).copied().unwrap_or(0);
    let columns = || profile.columns.iter().enumerate();
    match of {
        Dimension::Completeness => {
            let expected = columns().filter(|(_, column)| column.expected > 0.0);
            weighted(expected.map(|(at, column)| (column.weight, complete(measures, profile, at))))
        }
        Dimension::Validity => {
            let invalid = |of: Dimension| matches!(of, Dimension::Validity | Dimension::Forbidden);
            let filled =
                columns().filter(|(at, _)| measures.fields.get(*at).is_some_and(|field| field.filled > 0));
            let fields = weighted(filled.map(|(at, column)| (column.weight, sound(measures, at, invalid))));
            // A row that cannot be split into its columns has no valid value at all.
            let split =
                measures.faults.iter().filter(|((at, _), _)| at.is_none()).map(|(_, rows)| *rows).sum();
            fields.map(|score| score * (1.0 - share(split, measures.rows)))
        }
        Dimension::Uniqueness => {
            let repeated = share(rows_with(Dimension::Uniqueness).min(measures.rows), measures.rows);
            Some(100.0 * (1.0 - repeated.max(beside.duplicates)))
        }
        Dimension::Consistency => {
            Some(100.0 * (1.0 - share(rows_with(Dimension::Consistency), measures.rows)))
        }
        Dimension::Timeliness => {
            profile.fresh_days?;
            let dated: u64 = measures.freshness.iter().sum();
            (dated > 0).then(|| 100.0 * (1.0 - share(rows_with(Dimension::Timeliness).min(dated), dated)))
        }
        Dimension::Forbidden => None,
    }
}

fn verdict(
    measures: &Measures,
    profile: &Profile,
    beside: Beside,
    overall: f64,
    fields: &[Option<f64>],
) -> Verdict {
    let floor = profile.thresholds;
    let mut reasons = Vec::new();
    if measures.rows == 0 {
        reasons.push("There are no rows to measure.".to_owned());
    }
    if beside.unread {
        reasons.push("A file could not be read to its end.".to_owned());
    }
    if beside.misnamed {
        reasons.push("The headers of columns are to be put right: a load would refuse the file.".to_owned());
    }
    if beside.missing {
        reasons.push("Columns are missing from the file: a load would refuse it.".to_owned());
    }
    if beside.unattached {
        reasons.push("Resources belong to no child of the file: a load would refuse it.".to_owned());
    }
    if beside.genders_swapped {
        reasons.push(
            "Nearly all genders contradict the given names: girls and boys probably have each other's code."
                .to_owned(),
        );
    }
    if beside.forbidden {
        reasons.push(
            "The files hold content that the directory never takes: take it out of the export first."
                .to_owned(),
        );
    }
    if measures.rows > 0 && overall < floor.overall {
        reasons.push(format!("The overall score is {overall:.1}; {:.0} is needed.", floor.overall));
    }
    for (column, score) in profile.columns.iter().zip(fields) {
        if let Some(score) = score.filter(|score| column.weight >= WEIGHTY && *score < floor.field) {
            reasons.push(format!(
                "{} has a score of {score:.1}; {:.0} is needed, because records are matched by it.",
                column.name, floor.field
            ));
        }
    }
    if beside.duplicates > floor.duplicates {
        reasons.push(format!(
            "About {:.1} in 100 records are second records of a child; at most {:.1} are accepted.",
            100.0 * beside.duplicates,
            100.0 * floor.duplicates
        ));
    }
    let quarantined = share(measures.quarantined_rows, measures.rows);
    if quarantined > floor.quarantined {
        reasons.push(format!(
            "A load would put {:.1} in 100 rows aside; at most {:.1} are accepted.",
            100.0 * quarantined,
            100.0 * floor.quarantined
        ));
    }
    Verdict { ready_to_rehearse: reasons.is_empty(), reasons }
}
