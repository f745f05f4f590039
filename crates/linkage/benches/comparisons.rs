//! What one comparison costs: the distances, each kind of comparison by the level it ends at, a whole pair, the preparation of
//! a record and its keys.

#![allow(clippy::expect_used, reason = "a bench that cannot go on fails, and says where")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use linkage::distance::{damerau_levenshtein, jaro_winkler};
use linkage::{Model, RawRecord};

fn child(forenames: &str, surname: &str, born: &str, postcode: &str, address: &str) -> RawRecord {
    RawRecord::new()
        .with("forenames", forenames)
        .with("surname", surname)
        .with("date_of_birth", born)
        .with("gender", "F")
        .with("postcode", postcode)
        .with("address", address)
        .with("nhs_number", "9434765919")
}

fn distances(c: &mut Criterion) {
    let words = [("elizabeth", "elisabeth"), ("hughes", "featherstone"), ("mohammed", "muhammad")];
    c.bench_function("distance/jaro_winkler, three pairs", |b| {
        b.iter(|| words.map(|(x, y)| jaro_winkler(black_box(x), black_box(y))))
    });
    c.bench_function("distance/damerau_levenshtein, three pairs", |b| {
        b.iter(|| words.map(|(x, y)| damerau_levenshtein(black_box(x), black_box(y))));
    });
}

/// A model of one comparison, or of the two halves of a name.
fn model_of(fields: &[(&str, &str)], comparisons: &str) -> Model {
    let form = match fields.first() {
        Some((_, "postcode")) => "postcode",
        Some((_, "address")) => "number",
        _ => "full",
    };
    let fields: String =
        fields.iter().map(|(name, kind)| format!("[[field]]\nname = {name:?}\ntype = {kind:?}\n")).collect();
    let text = format!(
        "format = 1\nversion = \"bench\"\n[prior]\npopulation = 1000\n[thresholds]\nlink = 0.9\nreview = 0.5\nhold = 0.1\n\
         {fields}{comparisons}[[blocking]]\nname = \"all\"\nparts = [\"x.{form}\"]\n"
    );
    Model::from_toml(&text).expect("a sound model")
}

fn levels(tests: &[&str]) -> String {
    tests.iter().map(|test| format!("[[comparison.level]]\nwhen = {test}\nm = 0.1\nu = 0.01\n")).collect()
}

const NAMES: &[&str] = &[
    "\"exact\"",
    "\"first\"",
    "\"nickname\"",
    "\"transliterated\"",
    "\"edits\"\nat_most = 1",
    "\"similar\"\nat_least = 0.92",
    "\"phonetic\"",
    "\"part\"",
    "\"else\"",
];

type Pairs = &'static [(&'static str, &'static [&'static str], &'static [&'static str])];

/// Each pair of values, one value a field.
fn run(c: &mut Criterion, kind: &str, model: &Model, fields: &[&'static str], pairs: Pairs) {
    let record = |values: &[&str]| {
        let raw =
            fields.iter().zip(values).fold(RawRecord::new(), |raw, (field, value)| raw.with(*field, *value));
        model.prepare(&raw)
    };
    for (what, a, b) in pairs {
        let (a, b) = (record(a), record(b));
        c.bench_function(&format!("{kind}/{what}"), |bench| {
            bench.iter(|| model.score(black_box(&a), black_box(&b)));
        });
    }
}

fn single(c: &mut Criterion, kind: &str, field: &str, tests: &[&str], pairs: Pairs) {
    let comparison =
        format!("[[comparison]]\nname = \"x\"\nkind = {kind:?}\nfields = [\"x\"]\n{}", levels(tests));
    run(c, kind, &model_of(&[("x", field)], &comparison), &["x"], pairs);
}

fn names(c: &mut Criterion) {
    let pairs: Pairs = &[
        ("equal", &["Elizabeth"], &["Elizabeth"]),
        ("a slip", &["Elizabeth Ann"], &["Elisabeth"]),
        ("alike", &["Christopher"], &["Kristofer"]),
        ("strangers", &["Elizabeth Ann"], &["Mohammed Yusuf"]),
    ];
    single(c, "given_name", "given_names", NAMES, pairs);
    let pairs: Pairs = &[
        ("equal", &["Featherstone"], &["Featherstone"]),
        ("a slip", &["Featherstone"], &["Fetherstone"]),
        ("one of two names", &["Holt-Brennan"], &["Brennan"]),
        ("strangers", &["Featherstone"], &["Okonkwo"]),
    ];
    single(c, "family_name", "family_name", NAMES, pairs);
    let given = [&["\"exact\"", "\"swapped\""], NAMES.get(1..).unwrap_or(&[])].concat();
    let comparisons = format!(
        "[[comparison]]\nname = \"x\"\nkind = \"given_name\"\nfields = [\"x\"]\n{}\
         [[comparison]]\nname = \"y\"\nkind = \"family_name\"\nwith = \"x\"\nfields = [\"y\"]\n{}",
        levels(&given),
        levels(NAMES)
    );
    let model = model_of(&[("x", "given_names"), ("y", "family_name")], &comparisons);
    let pairs: Pairs = &[
        ("equal", &["Elizabeth Ann", "Hughes"], &["Elizabeth Ann", "Hughes"]),
        ("swapped", &["Elizabeth Ann", "Hughes"], &["Hughes", "Elizabeth"]),
        ("strangers", &["Elizabeth Ann", "Hughes"], &["Mohammed", "Rahman"]),
    ];
    run(c, "full name", &model, &["x", "y"], pairs);
}

fn others(c: &mut Criterion) {
    let dates = [
        "\"exact\"",
        "\"partial\"",
        "\"day_month_swapped\"",
        "\"year_off_by_one\"",
        "\"one_digit\"",
        "\"default_day\"",
        "\"year_month\"",
        "\"else\"",
    ];
    let pairs: Pairs = &[
        ("equal", &["2014-03-09"], &["2014-03-09"]),
        ("a digit", &["2014-03-09"], &["2014-03-08"]),
        ("strangers", &["2014-03-09"], &["2011-11-27"]),
    ];
    single(c, "date", "date", &dates, pairs);
    let postcodes = ["\"exact\"", "\"edits\"\nat_most = 1", "\"sector\"", "\"district\"", "\"else\""];
    let pairs: Pairs = &[
        ("equal", &["LS6 1AB"], &["LS6 1AB"]),
        ("a slip", &["LS6 1AB"], &["LS6 1AC"]),
        ("strangers", &["LS6 1AB"], &["BN1 4HH"]),
    ];
    single(c, "postcode", "postcode", &postcodes, pairs);
    let addresses = ["\"exact\"", "\"same_street_address\"", "\"overlap\"\nat_least = 0.7", "\"else\""];
    let pairs: Pairs = &[
        ("equal", &["Flat 2, 12 High Street"], &["Flat 2, 12 High St"]),
        ("a slip", &["12 Featherstone Road"], &["12 Fetherstone Road"]),
        ("strangers", &["12 Featherstone Road"], &["3 Elm Tree Avenue"]),
    ];
    single(c, "address", "address", &addresses, pairs);
    let pairs: Pairs = &[
        ("equal", &["9434765919"], &["9434765919"]),
        ("a slip", &["9434765919"], &["9434765991"]),
        ("strangers", &["9434765919"], &["4010232137"]),
    ];
    single(c, "identifier", "identifier", &["\"exact\"", "\"edits\"\nat_most = 1", "\"else\""], pairs);
    let pairs: Pairs = &[("equal", &["F"], &["F"]), ("strangers", &["F"], &["M"])];
    single(c, "code", "code", &["\"exact\"", "\"else\""], pairs);
    let texts =
        ["\"exact\"", "\"edits\"\nat_most = 1", "\"similar\"\nat_least = 0.9", "\"part\"", "\"else\""];
    let pairs: Pairs = &[
        ("equal", &["St Mary Primary School"], &["St Mary Primary School"]),
        ("a slip", &["St Mary Primary School"], &["St Mary Primray School"]),
        ("strangers", &["St Mary Primary School"], &["Highford Health Centre"]),
    ];
    single(c, "text", "text", &texts, pairs);
}

fn homes(c: &mut Criterion) {
    let tests = [
        "\"same_place\"",
        "\"same_postcode\"",
        "\"neighbours\"",
        "\"same_street_address\"",
        "\"sector\"",
        "\"else\"",
    ];
    let comparison =
        format!("[[comparison]]\nname = \"x\"\nkind = \"home\"\nfields = [\"p\", \"a\"]\n{}", levels(&tests));
    let model = model_of(&[("p", "postcode"), ("a", "address")], &comparison);
    let pairs: Pairs = &[
        ("equal", &["LS6 1AB", "12 High Street"], &["LS6 1AB", "12 High St"]),
        ("neighbours", &["LS6 1AB", "12 High Street"], &["LS6 1AB", "14 High Street"]),
        ("strangers", &["LS6 1AB", "12 High Street"], &["BN1 4HH", "3 Elm Tree Avenue"]),
    ];
    run(c, "home", &model, &["p", "a"], pairs);
}

fn records(c: &mut Criterion) {
    let model = Model::children();
    let known = child("Elizabeth Ann", "Hughes", "2013-04-09", "LS6 1AB", "12 High Street");
    let others = [
        ("record/same child", child("Lizzie", "Hughes", "2013-04-09", "LS6 1AB", "12 High St")),
        ("record/moved and misspelt", child("Elisabeth", "Hewes", "2013-09-04", "M1 1AE", "3 Elm Road")),
        ("record/swapped", child("Hughes", "Elizabeth", "2013-04-09", "LS6 1AB", "12 High Street")),
        ("record/strangers", child("Amina", "Okafor", "2011-11-30", "M1 1AE", "3 Elm Road")),
    ];
    let prepared = model.prepare(&known);
    for (name, other) in &others {
        let other = model.prepare(other);
        c.bench_function(name, |b| b.iter(|| model.score(black_box(&prepared), black_box(&other))));
    }
    c.bench_function("record/compare with evidence", |b| {
        b.iter(|| model.compare(black_box(&prepared), black_box(&prepared)))
    });
    c.bench_function("record/prepare", |b| b.iter(|| model.prepare(black_box(&known))));
    c.bench_function("record/blocking keys", |b| b.iter(|| model.blocking_keys(black_box(&prepared))));
}

criterion_group!(benches, distances, names, others, homes, records);
criterion_main!(benches);
