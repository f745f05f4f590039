//! Pairs a person decided about, read from the file of `--decisions`, and the model refined by them.

use std::path::Path;

use anyhow::{Context, bail};
use linkage::batch::Records;
use linkage::{Decision, Model, RefinementReport};

use super::sources::{self, Sources};

/// The model refined when there are decisions; says what changed.
pub fn refined(
    records: &Records,
    model: Model,
    decisions: &[Decision],
) -> anyhow::Result<(Model, Option<RefinementReport>)> {
    if decisions.is_empty() {
        return Ok((model, None));
    }
    let refined = model.refine(records, decisions)?;
    let report = refined.report;
    eprintln!(
        "refined by {} confirmed and {} refused pairs: mean surprise {:.3} bits, before {:.3}",
        report.confirmed, report.refused, report.surprise_after, report.surprise_before
    );
    report.warnings.iter().for_each(|warning| eprintln!("decisions: {warning}"));
    Ok((refined.model, Some(report)))
}

/// Decisions about records of this run; `review` and nothing are no decision.
///
/// # Errors
/// When the file cannot be read, lacks a column, or says something else.
pub fn read(path: &Path, sources: &Sources) -> anyhow::Result<Vec<Decision>> {
    let table = sources::read_table(path, |_| true)?;
    let column = |name: &str| {
        table.column(name).with_context(|| {
            format!(
                "{}: has no column {name}; it needs left_source,left_id,right_source,right_id,decision",
                path.display()
            )
        })
    };
    let (left_source, left_id) = (column("left_source")?, column("left_id")?);
    let (right_source, right_id) = (column("right_source")?, column("right_id")?);
    let decision = table.column("decision").map_or_else(|| column("outcome"), Ok)?;
    let mut decisions = Vec::new();
    for row in 0..table.len() {
        let same = match table.cell(row, decision).to_lowercase().as_str() {
            "link" => true,
            "apart" => false,
            "" | "review" => continue,
            other => bail!("{}: line {}: {other:?} is neither link nor apart", path.display(), row + 2),
        };
        let left = sources.find(table.cell(row, left_source), table.cell(row, left_id));
        let right = sources.find(table.cell(row, right_source), table.cell(row, right_id));
        decisions.extend(left.zip(right).map(|(left, right)| Decision { left, right, same }));
    }
    eprintln!("{} of {} decisions are about these files", decisions.len(), table.len());
    Ok(decisions)
}
