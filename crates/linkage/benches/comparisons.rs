//! What one comparison costs: the distances, a whole pair, the preparation of a record and its keys.

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
    c.bench_function("jaro_winkler", |b| {
        b.iter(|| words.map(|(x, y)| jaro_winkler(black_box(x), black_box(y))))
    });
    c.bench_function("damerau_levenshtein", |b| {
        b.iter(|| words.map(|(x, y)| damerau_levenshtein(black_box(x), black_box(y))));
    });
}

fn pairs(c: &mut Criterion) {
    let model = Model::children();
    let known = child("Elizabeth Ann", "Hughes", "2013-04-09", "LS6 1AB", "12 High Street");
    let others = [
        ("score, same child", child("Lizzie", "Hughes", "2013-04-09", "LS6 1AB", "12 High St")),
        ("score, moved and misspelt", child("Elisabeth", "Hewes", "2013-09-04", "M1 1AE", "3 Elm Road")),
        ("score, strangers", child("Amina", "Okafor", "2011-11-30", "M1 1AE", "3 Elm Road")),
    ];
    let prepared = model.prepare(&known);
    for (name, other) in &others {
        let other = model.prepare(other);
        c.bench_function(name, |b| b.iter(|| model.score(black_box(&prepared), black_box(&other))));
    }
    c.bench_function("compare with evidence", |b| {
        b.iter(|| model.compare(black_box(&prepared), black_box(&prepared)))
    });
    c.bench_function("prepare a record", |b| b.iter(|| model.prepare(black_box(&known))));
    c.bench_function("blocking keys", |b| b.iter(|| model.blocking_keys(black_box(&prepared))));
}

criterion_group!(benches, distances, pairs);
criterion_main!(benches);
