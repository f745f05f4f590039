//! The kit run on the product of these tests: the children, and what the product holds after each step of each case.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use conformance::{
    Agreed, Came, Cast, Given, Manner, Plan, Report, Run, Step, Tested, applying, judge, tell,
};
use directory::connecting::WayIn;
use feeds::Profile;
use jiff::Timestamp;
use population::{Config, Population, Source};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::product::{Record, export, file, message, messages, refusal};
use crate::sending::{Habits, requests};

pub const NOW: &str = "2026-11-27T12:00:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// All children of a profile, as the program chooses them.
pub fn cast(profile: &str) -> Cast {
    of_rows(profile, usize::MAX)
}

/// As few as every case can do with: the kit is run on them again and again.
pub fn few(profile: &str) -> Cast {
    let mut most = 50;
    loop {
        let cast = of_rows(profile, most);
        if cast.len() >= 24 {
            return cast;
        }
        most *= 2;
    }
}

fn of_rows(profile: &str, most: usize) -> Cast {
    static POPULATION: LazyLock<Population> =
        LazyLock::new(|| population::generate(&Config::new(20_000, 7)).unwrap());
    let source = Source::ALL.into_iter().find(|source| source.name() == profile);
    let (source, death) = match profile {
        "gro-deaths" => (Source::GroBirths, &[("entry", "registered"), ("date_of_death", "2026-11-20")][..]),
        _ => (source.unwrap_or(Source::HealthVisiting), &[][..]),
    };
    let columns = source.columns();
    let rows = POPULATION.records(source).take(most);
    let rows = rows.map(|record| {
        let death = death.iter().map(|(column, value)| (*column, (*value).to_owned()));
        columns.iter().copied().zip(record.values).chain(death).collect()
    });
    Cast::choose(Profile::named(profile).unwrap(), rows)
}

/// What each case's exports hold when everything is right: for every step the records of it.
pub fn right(cast: &Cast, way: WayIn) -> BTreeMap<String, Vec<Vec<Record>>> {
    let cases = applying(cast.profile(), way);
    cases.map(|case| (case.id.to_owned(), exports(&case.plan(cast, way)))).collect()
}

fn exports(plan: &Plan) -> Vec<Vec<Record>> {
    let mut before: Vec<Record> = Vec::new();
    let mut exports = Vec::new();
    for (nth, step) in plan.steps.iter().enumerate() {
        let entered =
            step.entered().into_iter().map(|child| (child.number, child.records, child.sheet.clone()));
        let now = export(entered, &before, nth);
        exports.push(now.clone());
        before = now;
    }
    exports
}

/// Runs the kit on what a product exported.
pub fn test(cast: &Cast, way: WayIn, exports: &BTreeMap<String, Vec<Vec<Record>>>) -> Report {
    sent(cast, way, exports, Habits::default())
}

/// The same of a product with habits of its own.
pub fn sent(cast: &Cast, way: WayIn, exports: &BTreeMap<String, Vec<Vec<Record>>>, habits: Habits) -> Report {
    let mut given = BTreeMap::new();
    for (case, steps) in exports {
        let plan = conformance::Case::named(case).unwrap().plan(cast, way);
        let mut before: &[Record] = &[];
        let files: Vec<Given> = (1..)
            .zip(steps)
            .zip(&plan.steps)
            .map(|((nth, records), step)| {
                let name = format!("{case}/{nth}");
                let came = match way {
                    WayIn::Files => told(cast, step, Given::bytes(name, file(cast.profile(), records))),
                    WayIn::Hl7 => Given::bytes(name, recorded(step, records, before)),
                    WayIn::Json | WayIn::Fhir => {
                        Given::requests(name, requests(cast.profile(), step, (records, before), habits))
                    }
                };
                before = records;
                came
            })
            .collect();
        given.insert(case.clone(), files);
    }
    judge(&run(cast, way), &given)
}

/// A file, with the receipts beside it that the product was given of it.
pub fn told(cast: &Cast, step: &Step, given: Given) -> Given {
    if !matches!(step.manner, Manner::PutsAside(_)) {
        return given;
    }
    let receipts = receipts(cast, step, &given);
    given.told(receipts)
}

/// The receipts of a file, as `contactpoint receipts` prints them.
pub fn receipts(cast: &Cast, step: &Step, given: &Given) -> Vec<u8> {
    let Came::Bytes(bytes) = &given.came else { panic!("it is no file") };
    let (file, mut text) = (hex::encode(Sha256::digest(bytes)), String::new());
    for (nth, row) in (1..).zip(tell(&run(cast, WayIn::Files), step, given).unwrap()) {
        let status = if row.faults.is_empty() { "accepted" } else { "quarantined" };
        let faults = row.faults.iter().map(|fault| json!({"field": fault.field, "rule": fault.code()}));
        let line = json!({"cursor": format!("1-{nth}"), "file": file, "sequence": null, "row": row.row, "record": row.record,
                          "status": status, "faults": faults.collect::<Vec<_>>()});
        text.push_str(&format!("{line}\n"));
    }
    text.into_bytes()
}

/// The messages of a step, and the answers to those about a child who is put aside.
fn recorded(step: &Step, records: &[Record], before: &[Record]) -> Vec<u8> {
    let Manner::PutsAside(child) = &step.manner else { return messages(records, before) };
    let answer = |record: &Record| if record.sheet == child.sheet { refusal(record) } else { String::new() };
    let said = records.iter().map(|record| message("A08", record, None) + &answer(record));
    said.collect::<String>().into_bytes()
}

pub fn run(cast: &Cast, way: WayIn) -> Run<'_> {
    let tested = Tested {
        supplier: "Harbour Systems".to_owned(),
        product: "Case Keeper".to_owned(),
        version: "4.2".to_owned(),
    };
    Run { tested, way, agreed: Agreed::default(), cast, now: now(), show_values: false }
}

/// The ids of the cases that were not passed, and what stands against them.
pub fn failed(report: &Report) -> Vec<(String, Vec<String>)> {
    let words = |finding: &conformance::Finding| format!("{}: {}", finding.place, finding.what);
    report.failed().map(|case| (case.id.clone(), case.findings.iter().map(words).collect())).collect()
}
