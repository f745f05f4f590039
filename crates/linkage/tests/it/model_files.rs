//! Model files, good and bad.

use linkage::{Model, RawRecord};

const ADULTS: &str = r#"
format = 1
version = "adults-1"
[prior]
population = 50000
[thresholds]
link = 0.95
review = 0.5
hold = 0.1
[[field]]
name = "given"
type = "given_names"
columns = ["first_name"]
frequency = { builtin = "forenames", pooled = 1e-5 }
[[field]]
name = "born"
type = "date"
[[comparison]]
name = "given"
kind = "given_name"
fields = ["given"]
level = [
  { when = "exact", m = 0.9, u = 0.01, tf = 1.0 },
  { when = "similar", at_least = 0.9, m = 0.06, u = 0.02 },
  { when = "else", m = 0.04, u = 0.97 },
]
[[comparison]]
name = "born"
kind = "date"
fields = ["born"]
level = [
  { when = "exact", m = 0.97, u = 0.0001 },
  { when = "else", m = 0.03, u = 0.9999 },
]
[[blocking]]
name = "born and initial"
parts = ["born.full", "given.initial"]
"#;

#[test]
fn the_shipped_model_is_sound_and_survives_being_written() {
    let model = Model::children();
    let again = Model::from_toml(&model.to_toml()).unwrap();
    assert_eq!(again.to_toml(), model.to_toml());
    assert_eq!(again.version(), "children-2");
    let child =
        |model: &Model| model.prepare(&crate::child("Amy", "Wu", "2015-02-03", "F", "LS6 1AB", "2 Elm Road"));
    let other =
        |model: &Model| model.prepare(&crate::child("Aimee", "Wu", "2015-03-02", "F", "LS6 1AB", "2 Elm Rd"));
    assert_eq!(model.score(&child(&model), &other(&model)), again.score(&child(&again), &other(&again)));
}

#[test]
fn weights_are_what_the_file_says() {
    let model = Model::from_toml(ADULTS).unwrap();
    let record =
        |name: &str, born: &str| model.prepare(&RawRecord::new().with("given", name).with("born", born));
    let evidence = model.compare(&record("Zzyx", "1980-01-02"), &record("zzyx", "02/01/1980"));
    let expected = (0.9f64 / 1e-5).log2() + (0.97f64 / 0.0001).log2();
    assert!((evidence.weight - expected).abs() < 1e-4, "{evidence:?}");
    let odds = 2f64.powf(evidence.weight) / 49999.0;
    assert!((model.probability(evidence.weight) - odds / (1.0 + odds)).abs() < 1e-9);
}

#[test]
fn a_larger_population_makes_the_same_weight_less_likely() {
    let model = Model::from_toml(ADULTS).unwrap();
    assert!(model.with_population(10_000_000).probability(25.0) < model.probability(25.0));
}

#[test]
fn a_bad_model_file_is_refused_with_its_place_and_the_remedy() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("format = 1", "format = 9", &["format = 9", "reads format = 1"]),
        ("version = \"adults-1\"", "version = \"\"", &["version", "name the model"]),
        ("population = 50000", "population = 1", &["prior", "population (2 or more)"]),
        ("review = 0.5", "review = 0.99", &["hold <= review <= link"]),
        ("kind = \"date\"", "kind = \"code\"", &["comparison \"born\"", "type does not fit"]),
        (
            "when = \"similar\"",
            "when = \"alike\"",
            &["comparison \"given\", level 2", "use one of exact, first"],
        ),
        ("at_least = 0.9, ", "", &["level 2", "needs at_least"]),
        (
            "fields = [\"born\"]",
            "fields = [\"birth\"]",
            &["comparison \"born\"", "\"birth\"", "add [[field]]"],
        ),
        (
            "m = 0.97, u = 0.0001",
            "m = 1.97, u = 0.0001",
            &["comparison \"born\", level 1", "between 0 and 1"],
        ),
        (
            "m = 0.97, u = 0.0001",
            "m = 0, u = 0.0001",
            &["comparison \"born\", level 1", "m is 0", "however seldom"],
        ),
        (
            "m = 0.9, u = 0.01",
            "m = 0.99, u = 0.01",
            &["comparison \"given\"", "m of its levels", "more than 1"],
        ),
        ("builtin = \"forenames\"", "builtin = \"dogs\"", &["field \"given\"", "\"surnames\""]),
        ("given.initial", "given.soundex", &["blocking", "use one of full, code"]),
        ("given.initial", "postcode.full", &["blocking", "\"postcode\"", "does not exist"]),
        ("born.full", "born.code", &["blocking", "does not fit"]),
        ("{ when = \"else\", m = 0.03, u = 0.9999 },\n]", "]", &["comparison \"born\"", "needs 2 to"]),
        ("name = \"born\"\ntype", "name = \"given\"\ntype", &["field \"given\"", "stands twice"]),
        ("columns =", "colums =", &["colums"]),
        ("[[comparison]]", "[[comparison", &["cannot be read"]),
    ];
    for (from, to, expected) in cases {
        assert!(ADULTS.contains(from), "{from}");
        let error = Model::from_toml(&ADULTS.replacen(from, to, 1)).expect_err(to).to_string();
        for part in *expected {
            assert!(error.contains(part), "{to}: {error}");
        }
    }
}

#[test]
fn the_worked_examples_of_the_handbook_are_sound() {
    let handbook = include_str!("../../../../docs/linkage.md");
    let examples: Vec<&str> =
        handbook.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let whole: Vec<&&str> = examples.iter().filter(|text| text.contains("format = 1")).collect();
    assert!(whole.len() >= 2, "the handbook has {} whole models", whole.len());
    for text in whole {
        Model::from_toml(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}
