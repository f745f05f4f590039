//! Comparing records of a row: equal values are looked up, only others are compared.

use rayon::prelude::*;

use super::{Records, Row};
use crate::compare::{self, Hit, Hits, Values};
use crate::model::Compiled;
use crate::model::file::ComparisonKind;
use crate::prepared::Slot;

/// Compares the records of a row under one model.
pub(crate) struct Scorer<'a> {
    model: &'a Compiled,
    /// For each comparison and each of its values, the hit of the value with itself; none where a record gives several.
    with_itself: Vec<Vec<Option<Hit>>>,
}

impl<'a> Scorer<'a> {
    pub fn new(model: &'a Compiled, records: &Records) -> Self {
        let with_itself = model
            .comparisons
            .iter()
            .enumerate()
            .map(|(position, comparison)| {
                let values = records.values(position).par_iter().with_min_len(1024);
                values
                    .map(|slot| (slot.count() < 2).then(|| compare::single(comparison, slot, slot)))
                    .collect()
            })
            .collect();
        Self { model, with_itself }
    }

    /// The levels two records are at: what [`compare::hits`] finds.
    #[inline]
    pub fn hits(&self, a: Row<'_>, b: Row<'_>) -> Hits {
        let mut hits = [Hit::NONE; crate::model::compile::MAX_COMPARISONS];
        for (position, comparison) in self.model.comparisons.iter().enumerate() {
            match (comparison.kind, comparison.partner) {
                (ComparisonKind::FamilyName, Some(_)) => {}
                (ComparisonKind::GivenName, Some(partner)) => {
                    let Some(family) = self.model.comparisons.get(partner) else { continue };
                    let equal = self.equal(position, a, b).zip(self.equal(partner, a, b));
                    let equal = equal.map(|hits| compare::names::together(comparison, family, hits));
                    let (given, family) = equal.unwrap_or_else(|| {
                        let names = |record: Row<'_>| (record.code(position), record.code(partner));
                        if names(a) == (0, 0) || names(b) == (0, 0) {
                            return (Hit::NONE, Hit::NONE);
                        }
                        let x = compare::names::FullNames::of(a.slot(position), a.slot(partner));
                        let y = compare::names::FullNames::of(b.slot(position), b.slot(partner));
                        compare::names::full(comparison, family, x, y)
                    });
                    compare::put(&mut hits, position, given);
                    compare::put(&mut hits, partner, family);
                }
                _ if a.code(position) == 0 || b.code(position) == 0 => {}
                _ => {
                    let hit = self
                        .equal(position, a, b)
                        .unwrap_or_else(|| compare::single(comparison, a.slot(position), b.slot(position)));
                    compare::put(&mut hits, position, hit);
                }
            }
        }
        hits
    }

    /// The hit of two equal values.
    #[inline]
    fn equal(&self, comparison: usize, a: Row<'_>, b: Row<'_>) -> Option<Hit> {
        let code = a.code(comparison);
        if code != b.code(comparison) {
            return None;
        }
        self.with_itself.get(comparison)?.get(code as usize).copied().flatten()
    }
}

impl Slot {
    /// How many values there are.
    fn count(&self) -> usize {
        match self {
            Self::Missing => 0,
            Self::Names(names) => names.len(),
            Self::Dates(dates) => dates.len(),
            Self::Places(places) => places.len(),
            Self::Identifiers(identifiers) => identifiers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;
    use crate::batch::{Scope, Table};

    /// Records that share values, some with several names, some with hardly anything.
    fn table() -> Table {
        let columns = [
            "record_id",
            "forenames",
            "surname",
            "alias_forenames",
            "alias_surname",
            "date_of_birth",
            "gender",
            "postcode",
            "address",
            "nhs_number",
        ];
        let mut table = Table::new(columns);
        let given = ["Amelia", "AMELIA", "Amelia Rose", "Rose", "Muhammad Ali", "Mohammed", "", "Okafor"];
        let family = ["Okafor", "Smith", "Smith-Jones", "", "Amelia", "Xhosavili", "xhosavili"];
        let alias = ["", "", "", "Jones", "Okafor"];
        let born = ["2014-03-02", "2014-02-03", "2014-01-01", "", "2014-03"];
        let post = ["M14 5RT", "m145rt", "M14 5RU", "", "LS6"];
        let address = ["12 High Street", "12 high st", "Flat 2, 12 High Street", "", "Rose Cottage"];
        for row in 0..160usize {
            let pick = |list: &[&'static str], by: usize| list[row * by % 1009 % list.len()];
            let id = row.to_string();
            table.push_row([
                id.as_str(),
                pick(&given, 7),
                pick(&family, 11),
                "",
                pick(&alias, 13),
                pick(&born, 17),
                pick(&["F", "M", "N"], 19),
                pick(&post, 23),
                pick(&address, 29),
                pick(&["", "9434765919", "9434765870"], 31),
            ]);
        }
        table
    }

    #[test]
    fn records_of_a_row_are_compared_as_records_alone_are() {
        let (model, table) = (Model::children(), table());
        let records = Records::of_tables(&model, &[&table], Scope::Within);
        let scorer = Scorer::new(&model.compiled, &records);
        let alone = crate::batch::prepare_table(&model, &table);
        for a in 0..160u32 {
            for b in 0..160u32 {
                let of = |place: u32| &alone[records.position(place) as usize];
                let expected = compare::hits(&model.compiled, of(a), of(b));
                let found = scorer.hits(records.row(a).unwrap(), records.row(b).unwrap());
                assert_eq!(found, expected, "{} {}", records.position(a), records.position(b));
            }
        }
    }
}
