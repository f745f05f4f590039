//! Brothers, sisters and twins share home, family name and even birth date. Training holds them for classes of their own.

use linkage::batch::{LinkOptions, Linkage, PairOutcome, Records, Scope, Table, link_files};
use linkage::{Fitted, Model, TrainOptions};

use crate::invented::{Child, children, registers};

struct Town {
    all: Vec<Child>,
    tables: [Table; 2],
    persons: Vec<Option<u32>>,
}

fn town() -> Town {
    let all = children(900, 7);
    let (tables, persons) = registers(&all, 8);
    Town { all, tables, persons }
}

fn fit(town: &Town) -> Fitted {
    let tables: Vec<&Table> = town.tables.iter().collect();
    let options = TrainOptions { random_pairs: 300_000, ..TrainOptions::default() };
    Model::fit(&tables, &[], Scope::Across, &options).unwrap()
}

/// The same model with no relations, trained on the same records.
fn without_relations(fitted: &Fitted) -> Model {
    let text = fitted.training.model.to_toml();
    let start = text.find("[[relation]]").unwrap();
    let end = start + text[start..].find("[[blocking]]").unwrap();
    let model = Model::from_toml(&(text[..start].to_owned() + &text[end..])).unwrap();
    let options = TrainOptions { random_pairs: 300_000, ..TrainOptions::default() };
    model.train(&fitted.records, &options).unwrap().model
}

/// Pairs that are likely enough to be linked by their weights although they are two children of one family.
fn joined_relations(town: &Town, model: &Model, linkage: &Linkage) -> usize {
    let links = linkage.links.iter().filter(|link| model.probability(link.weight) >= 0.95);
    let child = |record: u32| town.persons[record as usize].unwrap() as usize;
    let joined = links.filter(|link| {
        let (a, b) = (child(link.left), child(link.right));
        a != b && town.all[a].family == town.all[b].family
    });
    joined.count()
}

#[test]
fn twins_are_told_apart_because_they_are_a_class_of_their_own() {
    let town = town();
    let fitted = fit(&town);
    let with = link_files(&fitted.training.model, &fitted.records, &LinkOptions::default());
    let unrelated = without_relations(&fitted);
    let without = link_files(&unrelated, &fitted.records, &LinkOptions::default());
    // This is what taking the classes out does; with them gone from training, the first figure is as bad as the second.
    let joined = joined_relations(&town, &unrelated, &without);
    assert!(joined >= 20, "{joined}");
    assert_eq!(joined_relations(&town, &fitted.training.model, &with), 0);
    let found = with.links.iter().filter(|link| link.outcome == PairOutcome::Link).count();
    let all = linkage::batch::true_pairs(&fitted.records, &town.persons).count();
    assert!(found * 100 >= all * 97, "{found} of {all} are still found");
}

#[test]
fn who_may_be_a_twin_or_known_by_another_name_is_for_review() {
    let town = town();
    let Fitted { training, .. } = fit(&town);
    let model = training.model;
    let record = |forename: &str, born: &str| {
        model.prepare(
            &linkage::RawRecord::new()
                .with("forenames", forename)
                .with("surname", "Bakatol")
                .with("date_of_birth", born)
                .with("gender", "F")
                .with("postcode", "LS7 2AB")
                .with("address_line_1", "3 Dorvo Street"),
        )
    };
    let probability = |forename: &str, born: &str| {
        model.probability(model.score(&record("Mirenka", "2011-05-17"), &record(forename, born)))
    };
    assert!(probability("Mirenka", "2011-05-17") > 0.999, "herself");
    let twin = probability("Volipel", "2011-05-17");
    assert!((0.005..0.9).contains(&twin), "herself by another name, or a twin: {twin}");
    let slip = probability("Mirenka", "2011-05-27");
    assert!(slip > 0.95, "herself with a slip in the birth date: {slip}");
    assert!(probability("Volipel", "2014-09-03") < 0.001, "a sister");
}

#[test]
fn how_brothers_and_sisters_differ_is_learnt_from_the_files() {
    let town = town();
    let fitted = fit(&town);
    let text = fitted.training.model.to_toml();
    let household = &text[text.find("name = \"household\"").unwrap()..];
    let others: f64 = household.split("others = ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    // Two of one family in two registers, to one child in both: 0.9 × 0.9 on both sides.
    let mut sizes = std::collections::BTreeMap::new();
    town.all.iter().for_each(|child| *sizes.entry(child.family).or_insert(0.0f64) += 1.0);
    let true_others = sizes.values().map(|n| n * (n - 1.0)).sum::<f64>() / town.all.len() as f64;
    assert!((others / true_others - 1.0).abs() < 0.3, "{others} learnt, {true_others} invented");
}

#[test]
fn records_prepared_twice_teach_the_same() {
    let town = town();
    let first = fit(&town);
    let records = Records::with_scope(
        town.tables.iter().map(|table| linkage::batch::prepare_table(&first.training.model, table)).collect(),
        Scope::Across,
    );
    let links = |records: &Records| link_files(&first.training.model, records, &LinkOptions::default()).links;
    assert!(links(&records) == links(&first.records), "equal links");
    assert_eq!(fit(&town).training.model.to_toml(), first.training.model.to_toml());
}
