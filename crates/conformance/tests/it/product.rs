//! A product as a supplier would have it: it holds records and exports them, as a file or as messages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use conformance::{Cast, Given, Plan, Report, Run, Sheet, Step, Tested, applying, judge};
use directory::connecting::WayIn;
use feeds::Profile;
use jiff::Timestamp;
use population::{Config, Population, Source};

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

/// A row of an export.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: String,
    pub at: String,
    pub sheet: Sheet,
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
        let now = export(step, &before, nth);
        exports.push(now.clone());
        before = now;
    }
    exports
}

fn export(step: &Step, before: &[Record], nth: usize) -> Vec<Record> {
    let mut records = Vec::new();
    for expected in &step.expected {
        for copy in 0..expected.records {
            let id = format!("R-{}-{copy}", expected.number);
            let same = before.iter().find(|record| record.id == id && record.sheet == expected.sheet);
            let at = same
                .map_or_else(|| format!("2026-11-2{}T09:30:00+00:00", nth + 1), |record| record.at.clone());
            records.push(Record { id, at, sheet: expected.sheet.clone() });
        }
    }
    records
}

/// A file of the profile.
pub fn file(profile: &Profile, records: &[Record]) -> Vec<u8> {
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let mut text = format!("{}\r\n", profile.header());
    for record in records {
        let row = profile.columns().map(|column| match column.name {
            "record_id" => quoted(&record.id),
            "effective_at" => quoted(&record.at),
            name => quoted(record.sheet.get(name).map_or("", String::as_str)),
        });
        text.push_str(&row.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// The same as messages. A record that was there and is not any more is merged into the other of its child.
pub fn messages(records: &[Record], before: &[Record]) -> Vec<u8> {
    let mut text = String::new();
    let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    for record in records {
        text.push_str(&message("A08", record, None));
    }
    for ended in before.iter().filter(|record| !ids.contains(record.id.as_str())) {
        text.push_str(&message("A40", &records[0], Some(&ended.id)));
    }
    text.into_bytes()
}

fn message(event: &str, record: &Record, merged: Option<&str>) -> String {
    let of = |column: &str| {
        let value = record.sheet.get(column).map_or("", String::as_str);
        value
            .replace('\\', "\\E\\")
            .replace('|', "\\F\\")
            .replace('^', "\\S\\")
            .replace('&', "\\T\\")
            .replace('~', "\\R\\")
    };
    let at = record.at.replace(['-', ':', 'T'], "");
    let at = format!("{}+0000", at.split('+').next().unwrap());
    let number = of("nhs_number");
    let number = if number.is_empty() { String::new() } else { format!("~{number}^^^NHS^NH") };
    let mut text = format!(
        "MSH|^~\\&|PAS|TRUST|CP|CP|{at}||ADT^{event}|{}|P|2.5.1||||||UNICODE UTF-8\rEVN||{at}\r",
        record.id
    );
    if let Some(merged) = merged {
        // Without a name it says nothing about the child: with one it would be a whole statement without carers.
        text.push_str(&format!("PID|1||{}^^^TRUST^MR\rMRG|{merged}^^^TRUST^MR\r", record.id));
        return text;
    }
    text.push_str(&format!(
        "PID|1||{}^^^TRUST^MR{number}||{}^{}^^^^^L||{}|{}|||{}^{}^{}^^{}^^H\r",
        record.id,
        of("surname"),
        of("forenames"),
        of("date_of_birth").replace('-', ""),
        of("gender"),
        of("address_line_1"),
        of("address_line_2"),
        of("town"),
        of("postcode"),
    ));
    text.push_str(&format!("PD1|||{}^^{}\r", of("practice_name"), of("practice_code")));
    for carer in 1..=2 {
        let of = |column: &str| of(&format!("carer_{carer}_{column}"));
        let kin = match of("relationship").as_str() {
            "mother" => "MTH",
            "father" => "FTH",
            "parent" => "PAR",
            "guardian" => "GRD",
            "carer" => "CGV",
            _ => continue,
        };
        text.push_str(&format!(
            "NK1|{carer}|{}^{}|{kin}||{}~^NET^Internet^{}\r",
            of("surname"),
            of("forenames"),
            of("telephone"),
            of("email")
        ));
    }
    text
}

/// Runs the kit on what a product exported.
pub fn test(cast: &Cast, way: WayIn, exports: &BTreeMap<String, Vec<Vec<Record>>>) -> Report {
    let mut given = BTreeMap::new();
    for (case, steps) in exports {
        let mut before: &[Record] = &[];
        let files: Vec<Given> = steps
            .iter()
            .enumerate()
            .map(|(nth, records)| {
                let bytes = match way {
                    WayIn::Hl7 => messages(records, before),
                    _ => file(cast.profile(), records),
                };
                before = records;
                Given { name: format!("{case}/{}", nth + 1), bytes }
            })
            .collect();
        given.insert(case.clone(), files);
    }
    judge(&run(cast, way), &given)
}

pub fn run(cast: &Cast, way: WayIn) -> Run<'_> {
    let tested = Tested {
        supplier: "Harbour Systems".to_owned(),
        product: "Case Keeper".to_owned(),
        version: "4.2".to_owned(),
    };
    Run { tested, way, cast, now: now(), show_values: false }
}

/// The ids of the cases that were not passed, and what stands against them.
pub fn failed(report: &Report) -> Vec<(String, Vec<String>)> {
    let words = |finding: &conformance::Finding| format!("{}: {}", finding.place, finding.what);
    report.failed().map(|case| (case.id.clone(), case.findings.iter().map(words).collect())).collect()
}
