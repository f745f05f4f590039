//! What training and blocking say before anything is linked.

use linkage::batch::{Counting, LinkOptions, Scope, Table, link_files, true_pairs};
use linkage::{Fitted, Model, TrainOptions};

use crate::invented::{COLUMNS, children, registers, row};

fn fit(tables: &[Table], block_cap: f64) -> Fitted {
    let options = TrainOptions { random_pairs: 100_000, block_cap, ..TrainOptions::default() };
    Model::fit(&tables.iter().collect::<Vec<_>>(), &[], Scope::Across, &options).unwrap()
}

#[test]
fn cost_and_recall_of_blocking_are_told_beforehand() {
    let (tables, persons) = registers(&children(800, 71), 72);
    let fitted = fit(&tables, 2e6);
    let told = fitted.training.report.blocking.unwrap();
    let counting = Counting::new(persons.clone(), &[]);
    let options = LinkOptions { counting: Some(counting), ..LinkOptions::default() };
    let found = link_files(&fitted.training.model, &fitted.records, &options);
    let met: u64 = found.counts.as_ref().unwrap().bins().map(|(_, count)| count.same).sum();
    let recall = met as f64 / true_pairs(&fitted.records, &persons).count() as f64;
    let expected = told.expected_recall.unwrap();
    assert!((expected - recall).abs() < 0.004, "{expected} was told, {recall} is true");
    let pairs: f64 = found.blocking.iter().map(|rule| rule.pairs).sum();
    assert!(
        (told.expected_pairs / pairs - 1.0).abs() < 1e-9,
        "{} told, {pairs} in the blocks",
        told.expected_pairs
    );
    assert!(told.expected_pairs < 20.0 * fitted.records.len() as f64);
    assert_eq!(told.rules.len(), found.blocking.len());
}

#[test]
fn the_rules_of_a_given_model_are_judged_in_the_same_way() {
    let (tables, _) = registers(&children(400, 73), 74);
    let fitted = fit(&tables, 2e6);
    let model = &fitted.training.model;
    let whole = model.forecast_blocking(&fitted.records, &TrainOptions::default());
    assert!(whole.expected_recall.unwrap() > 0.99, "{whole:?}");
    // With but one rule whoever moved is missed, a tenth of all, and it is known beforehand.
    let text = model.to_toml();
    let (head, _) = text.split_at(text.find("[[blocking]]").unwrap());
    let poor =
        "[[blocking]]\nname = \"home and year\"\nparts = [\"postcode.postcode\", \"date_of_birth.year\"]\n";
    let poor = Model::from_toml(&(head.to_owned() + poor)).unwrap();
    let poor = poor.forecast_blocking(&fitted.records, &TrainOptions::default());
    let recall = poor.expected_recall.unwrap();
    assert!((0.86..0.94).contains(&recall), "{recall}");
    assert_eq!(poor.rules.len(), 1);
}

#[test]
fn a_family_name_everybody_has_costs_little_and_loses_little() {
    let mut all = children(500, 75);
    all.iter_mut().for_each(|child| child.surname = "Khan".to_owned());
    let (tables, persons) = registers(&all, 76);
    let fitted = fit(&tables, 2000.0);
    let options = LinkOptions { block_cap: 2000.0, ..LinkOptions::default() };
    let found = link_files(&fitted.training.model, &fitted.records, &options);
    let quality = linkage::batch::evaluate(&found.links, &fitted.records, &persons);
    assert!(quality.recall > 0.93 && quality.precision > 0.98, "{quality:?}");
}

#[test]
fn what_could_not_be_learnt_is_said() {
    let few = children(6, 77);
    let mut tables = [Table::new(COLUMNS), Table::new(COLUMNS)];
    for table in &mut tables {
        few.iter().enumerate().for_each(|(number, child)| table.push_row(row(number, child)));
    }
    let report = fit(&tables, 2e6).training.report;
    assert!(report.warnings.iter().any(|warning| warning.contains("m is a guess")), "{:?}", report.warnings);
    assert_eq!(report.blocking.unwrap().expected_recall, None, "too few to tell");
}
