//! What a model gives for each level and which columns it reads, told for reports and explanations.

use serde::Serialize;

use super::Table;
use crate::Model;

/// The levels of one comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonLevels {
    /// The comparison.
    pub comparison: String,
    /// Its levels, most agreeing first.
    pub levels: Vec<LevelWeight>,
}

/// What one level is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelWeight {
    /// The level.
    pub level: String,
    /// The share of pairs of one person at it, 0..1.
    pub m: f64,
    /// The share of pairs of different persons at it, 0..1.
    pub u: f64,
    /// log2(m/u), in bits.
    pub weight: f64,
    /// How much of the rarity of a value counts at it, 0..1.
    pub tf: f64,
}

impl Model {
    /// The levels of every comparison, in the order of the evidence.
    #[must_use]
    pub fn levels(&self) -> Vec<ComparisonLevels> {
        let comparisons = self.compiled.comparisons.iter();
        comparisons
            .map(|comparison| ComparisonLevels {
                comparison: comparison.name.clone(),
                levels: comparison
                    .levels
                    .iter()
                    .map(|level| LevelWeight {
                        level: level.label.clone(),
                        m: level.m,
                        u: level.u,
                        weight: level.weight,
                        tf: f64::from(level.tf),
                    })
                    .collect(),
            })
            .collect()
    }

    /// For every comparison, in the order of the evidence, the positions of the table's columns it reads.
    #[must_use]
    pub fn columns_compared(&self, table: &Table) -> Vec<Vec<usize>> {
        let columns = self.columns_of(table);
        let of_field = |position: &usize| {
            let name = self.compiled.fields.get(*position).map(|field| field.name.as_str());
            columns.iter().filter(move |(field, _)| Some(field.as_str()) == name).map(|(_, column)| *column)
        };
        let comparisons = self.compiled.comparisons.iter();
        comparisons.map(|comparison| comparison.fields.iter().flat_map(of_field).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_reads_the_columns_of_its_fields() {
        let model = Model::children();
        let table = Table::new(["record_id", "address", "surname", "postcode", "alias_surname"]);
        let read: Vec<_> = model.comparisons().zip(model.columns_compared(&table)).collect();
        let of = |name: &str| read.iter().find(|(comparison, _)| *comparison == name).unwrap().1.clone();
        assert_eq!(of("family"), [2, 4]);
        assert_eq!(of("home"), [3, 1], "postcode and address in turn, wherever they stand");
        assert!(of("birth").is_empty());
    }

    #[test]
    fn the_levels_of_a_model_are_its_own() {
        let model = Model::children();
        let levels = model.levels();
        assert!(levels.iter().map(|c| c.comparison.as_str()).eq(model.comparisons()));
        for level in levels.iter().flat_map(|comparison| &comparison.levels) {
            assert!((level.weight - (level.m / level.u).log2()).abs() < 1e-9, "{level:?}");
        }
    }
}
