//! Decisions of a person make a model better, and never much worse.

use linkage::batch::{LinkOptions, Quality, Records, Scope, evaluate, link_files, prepare_table};
use linkage::{Decision, Model, TrainOptions};

use crate::invented::{children, registers};

struct Scene {
    records: Records,
    persons: Vec<Option<u32>>,
    trained: Model,
    wrong: Model,
}

/// A town, the model trained on it, and one spoilt on purpose: it minds neither another given name nor another birth date, takes
/// a moved home for a contradiction, and a match for twenty times less likely than it is.
fn scene() -> Scene {
    let all = children(500, 21);
    let (tables, persons) = registers(&all, 22);
    let options = TrainOptions { random_pairs: 200_000, ..TrainOptions::default() };
    let fitted = Model::fit(&[&tables[0], &tables[1]], &[], Scope::Across, &options).unwrap();
    let trained = fitted.training.model;
    let wrong = spoilt(&trained);
    let files = tables.iter().map(|table| prepare_table(&wrong, table)).collect();
    Scene { records: Records::with_scope(files, Scope::Across), persons, trained, wrong }
}

fn spoilt(model: &Model) -> Model {
    let (mut comparison, mut level) = (String::new(), String::new());
    let mut lines = Vec::new();
    for line in model.to_toml().lines() {
        if line.starts_with("[[") && line != "[[comparison.level]]" {
            comparison.clear();
        }
        if let Some(kind) = line.strip_prefix("kind = ") {
            comparison = kind.trim_matches('"').to_owned();
        }
        if let Some(when) = line.strip_prefix("when = ") {
            level = when.trim_matches('"').to_owned();
        }
        let m = match (comparison.as_str(), level.as_str()) {
            ("given_name" | "date", "exact") => "0.5",
            ("given_name" | "date", "else") => "0.4",
            ("given_name" | "date", _) => "0.01",
            ("home", "same_place") => "0.97",
            ("home", "else") => "0.001",
            ("home", _) => "0.002",
            _ => "",
        };
        lines.push(match line.split(" = ").next() {
            Some("m") if !m.is_empty() => format!("m = {m}"),
            Some("probability") => format!("probability = {:e}", 0.05 * model_prior(model)),
            _ => line.to_owned(),
        });
    }
    Model::from_toml(&lines.join("\n")).unwrap()
}

fn model_prior(model: &Model) -> f64 {
    1.0 / (1.0 + (-model.prior_log_odds()).exp2())
}

impl Scene {
    fn quality(&self, model: &Model) -> Quality {
        let found = link_files(model, &self.records, &LinkOptions::default());
        evaluate(&found.links, &self.records, &self.persons)
    }

    /// What a person says of the pairs the spoilt model is least sure of, and of some it links.
    fn reviewed(&self, most: usize) -> Vec<Decision> {
        let options = LinkOptions { review: 0.001, threshold: 0.999, ..LinkOptions::default() };
        let mut links = link_files(&self.wrong, &self.records, &options).links;
        links.sort_by(|a, b| (a.probability - 0.5).abs().total_cmp(&(b.probability - 0.5).abs()));
        let step = links.len().div_ceil(most).max(1);
        let decide = |link: &linkage::batch::Link| Decision {
            left: link.left,
            right: link.right,
            same: self.persons[link.left as usize] == self.persons[link.right as usize],
        };
        let doubtful = links.iter().take(most / 2);
        let others = links.iter().skip(most / 2).step_by(step);
        doubtful.chain(others).take(most).map(decide).collect()
    }
}

#[test]
fn decisions_mend_a_model_that_is_wrong() {
    let scene = scene();
    let before = scene.quality(&scene.wrong);
    let best = scene.quality(&scene.trained);
    assert!(before.f1 + 0.005 < best.f1, "it is spoilt: {before:?} {best:?}");
    let refined = scene.wrong.refine(&scene.records, &scene.reviewed(300)).unwrap();
    let after = scene.quality(&refined.model);
    assert!(after.f1 > before.f1 + 0.5 * (best.f1 - before.f1), "{before:?} {after:?} {best:?}");
    assert!(refined.report.surprise_after < 0.8 * refined.report.surprise_before, "{:?}", refined.report);
}

#[test]
fn a_few_decisions_or_those_of_one_kind_do_no_harm() {
    let scene = scene();
    let good = scene.quality(&scene.trained);
    let decisions = scene.reviewed(300);
    let only = |same: bool| decisions.iter().copied().filter(|d| d.same == same).collect::<Vec<_>>();
    let ten: Vec<Decision> = decisions.iter().copied().step_by(30).take(10).collect();
    for (what, decisions) in
        [("ten", ten), ("confirmed", only(true)), ("refused", only(false)), ("none", Vec::new())]
    {
        let refined = scene.trained.refine(&scene.records, &decisions).unwrap();
        let quality = scene.quality(&refined.model);
        assert!(quality.f1 > good.f1 - 0.004, "{what}: {good:?} {quality:?}");
        assert!(refined.report.surprise_after <= refined.report.surprise_before, "{what}");
        assert!(!refined.report.warnings.is_empty(), "{what}: it is said that there are few of a kind");
        assert!(refined.report.prior_shift.abs() < 5.0, "{what}: {:?}", refined.report);
    }
}

#[test]
fn what_was_decided_both_ways_counts_not_at_all() {
    let scene = scene();
    let decisions = scene.reviewed(40);
    let mut both = decisions.clone();
    both.extend(decisions.iter().map(|d| Decision { left: d.right, right: d.left, same: !d.same }));
    both.push(Decision { left: 0, right: 4_000_000, same: true });
    both.push(Decision { left: 3, right: 3, same: true });
    let refined = scene.wrong.refine(&scene.records, &both).unwrap();
    assert_eq!(refined.model.to_toml(), scene.wrong.to_toml());
    assert!(refined.report.warnings.iter().any(|w| w.contains("both ways")), "{:?}", refined.report);
}

#[test]
fn equal_decisions_in_any_order_make_equal_models() {
    let scene = scene();
    let decisions = scene.reviewed(60);
    let mut turned: Vec<Decision> =
        decisions.iter().rev().map(|d| Decision { left: d.right, right: d.left, ..*d }).collect();
    turned.extend(&decisions);
    let one = scene.wrong.refine(&scene.records, &decisions).unwrap().model.to_toml();
    assert_eq!(scene.wrong.refine(&scene.records, &turned).unwrap().model.to_toml(), one);
}
