//! The whole state as law 8 compares it: which records are one child, what is shown, and how much is stored.

use std::collections::{BTreeMap, BTreeSet};

use directory::disclosure::Disclosure;
use testkit::TestDatabases;

use crate::house::{House, by_number};
use crate::raw::Raw;

#[derive(Debug, PartialEq, Eq)]
pub struct State {
    pub partition: BTreeSet<BTreeSet<String>>,
    pub shown: BTreeMap<String, String>,
    pub stored: BTreeMap<&'static str, i64>,
}

pub const STORED: [&str; 11] = [
    "child",
    "child_number",
    "source_record",
    "source_version",
    "waiting_statement",
    "link",
    "match_key",
    "search_key",
    "barrier",
    "review",
    "quarantine",
];

/// Which of these records are one child.
pub async fn partition(house: &House, records: &[(&str, String)]) -> BTreeSet<BTreeSet<String>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (source, record) in records {
        let number = house.number_of(source, record).await.to_string();
        groups.entry(number).or_default().insert(format!("{source} {record}"));
    }
    groups.into_values().collect()
}

/// The state as a practitioner sees it and as the database counts it.
pub async fn state(house: &House, db: &TestDatabases, records: &[(&str, String)]) -> State {
    let nurse = house.nurse().await;
    let mut shown = BTreeMap::new();
    for (source, record) in records {
        let number = house.number_of(source, record).await;
        let mut pages = Vec::new();
        for found in house.find(&nurse, by_number(&number)).await {
            pages.push(match house.record(&nurse, &found).await {
                Disclosure::Full(view) => {
                    let mut page = serde_json::to_value(&*view).unwrap();
                    page["number"] = serde_json::Value::Null;
                    page.to_string()
                }
                Disclosure::Shielded(_) => "shielded".to_owned(),
                Disclosure::Special(_) | Disclosure::NotFound => "nothing".to_owned(),
            });
        }
        shown.insert(format!("{source} {record}"), pages.concat());
    }
    let mut raw = Raw::data(db).await;
    let mut stored = BTreeMap::new();
    for table in STORED {
        stored.insert(table, raw.count(table).await);
    }
    State { partition: partition(house, records).await, shown, stored }
}
