//! Why a pair weighs what it weighs: the values compared, and what each is worth.

use std::borrow::Cow;
use std::io::Write;

use linkage::batch::{Link, LinkOptions, Records};
use linkage::{Evidence, FieldEvidence, Model};
use serde::Serialize;
use serde_json::json;

use super::obstacles::Obstacles;
use super::sources::Sources;

/// Explains the pairs of a run.
pub struct Explainer<'a> {
    pub model: &'a Model,
    pub sources: &'a Sources,
    pub options: &'a LinkOptions,
    records: &'a Records,
    /// For each source and each comparison, the columns it reads.
    columns: Vec<Vec<Vec<usize>>>,
}

/// A pair explained. Holds personal data.
pub struct Explained<'a> {
    pub link: &'a Link,
    /// Source and id.
    pub left: (&'a str, Cow<'a, str>),
    pub right: (&'a str, Cow<'a, str>),
    pub weight: f64,
    pub fields: Vec<ExplainedField>,
}

/// One line of an explanation.
#[derive(Serialize)]
pub struct ExplainedField {
    #[serde(flatten)]
    pub evidence: FieldEvidence,
    /// The cells as they stand in the file, `; ` between those of several columns; none of a relation.
    pub left_value: Option<String>,
    pub right_value: Option<String>,
}

impl<'a> Explainer<'a> {
    pub fn new(
        model: &'a Model,
        sources: &'a Sources,
        records: &'a Records,
        options: &'a LinkOptions,
    ) -> Self {
        let columns = sources.all().iter().map(|source| model.columns_compared(&source.table)).collect();
        Self { model, sources, options, records, columns }
    }

    /// None for a pair of records that are not there.
    pub fn explain<'b>(&'b self, link: &'b Link) -> Option<Explained<'b>> {
        let (a, b) = (self.records.get(link.left)?, self.records.get(link.right)?);
        let Evidence { weight, fields } = self.model.compare(&a, &b);
        let lines = fields.into_iter().enumerate().map(|(position, evidence)| ExplainedField {
            evidence,
            left_value: self.value(link.left, position),
            right_value: self.value(link.right, position),
        });
        let (left, right) = (self.sources.name(link.left), self.sources.name(link.right));
        Some(Explained { link, left, right, weight, fields: lines.collect() })
    }

    /// What a record holds in the columns of a comparison.
    fn value(&self, record: u32, comparison: usize) -> Option<String> {
        let (position, row) = self.sources.row(record);
        let columns = self.columns.get(position)?.get(comparison)?;
        let table = &self.sources.all().get(position)?.table;
        let cells = columns.iter().map(|column| table.cell(row, *column)).filter(|cell| !cell.is_empty());
        Some(cells.collect::<Vec<_>>().join("; "))
    }

    /// A JSON array, one pair a line.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_json(&self, links: &[Link], out: &mut impl Write) -> std::io::Result<()> {
        let obstacles = Obstacles::new(self.model, self.sources);
        write!(out, "[")?;
        for (position, pair) in links.iter().filter_map(|link| self.explain(link)).enumerate() {
            let (left, right, link) = (pair.left, pair.right, pair.link);
            let object = json!({
                "left_source": left.0, "left_id": left.1, "right_source": right.0, "right_id": right.1,
                "match_weight": link.weight, "match_probability": link.probability,
                "outcome": super::outcome(link), "obstacle": obstacles.code(link), "model_version": self.model.version(),
                "prior_log_odds": self.model.prior_log_odds(), "fields": pair.fields,
            });
            write!(out, "{}\n{object}", if position == 0 { "" } else { "," })?;
        }
        writeln!(out, "\n]")
    }

    /// The pairs a person would want to look at: those nearest to the threshold first, at most `most` of them.
    pub fn nearest<'b>(&'b self, links: &'b [Link], most: usize) -> Vec<Explained<'b>> {
        let threshold = self.model.weight_for(self.options.threshold);
        // One-to-one can give a pair another probability than its weight's; of the certain ones all are 1.
        let stated = |link: &Link| (self.model.weight_for(link.probability) - threshold).abs();
        let heaviest = |link: &Link| (link.weight - threshold).abs();
        let mut nearest: Vec<&Link> = links.iter().collect();
        nearest.sort_by(|a, b| {
            let order = stated(a).total_cmp(&stated(b)).then(heaviest(a).total_cmp(&heaviest(b)));
            order.then((a.left, a.right).cmp(&(b.left, b.right)))
        });
        nearest.into_iter().take(most).filter_map(|link| self.explain(link)).collect()
    }
}
