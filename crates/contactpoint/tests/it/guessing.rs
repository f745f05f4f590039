//! An attack on the clear columns: from everything that is readable without a key, singly and in pairs, guess the birth
//! dates of half the children after having learnt from the other half.

use std::collections::{BTreeMap, HashMap};

use store::Key16;
use vault::{KeyRing, RootKeyName, WrappedGeneration, WrappedRing, WrappedRootKey};

use crate::canaries::Planted;
use crate::installation::Installation;
use crate::raw::{Cell, Raw, Row};

/// Whoever guesses blindly is right one time in twelve (month), eighteen (year, as planted one in seventeen), thirty-one
/// (day). With some 450 guesses, chance alone stays under these shares for every column and pair.
const AT_MOST: [(&str, f64); 3] = [("month", 0.16), ("year", 0.15), ("day", 0.10)];

/// Fails if some clear column, or two together, tell a part of the date of birth.
pub async fn birth_dates_cannot_be_guessed(here: &Installation, planted: &[Planted]) {
    let births = births(here, planted).await;
    assert!(births.len() > 800, "{}", births.len());
    let mut raw = Raw::connect(&here.db.data_url).await;
    let mut seen: BTreeMap<Cell, BTreeMap<String, String>> = BTreeMap::new();
    for table in ["child", "child_number"] {
        for row in raw.table(table).await {
            add(seen.entry(row["child_id"].clone()).or_default(), table, &row);
        }
    }
    let records: HashMap<Cell, Row> =
        raw.table("source_record").await.into_iter().map(|row| (row["record_id"].clone(), row)).collect();
    for row in raw.table("link").await {
        let child = seen.entry(row["child_id"].clone()).or_default();
        add(child, "link", &row);
        add(child, "source_record", &records[&row["record_id"]]);
    }
    let children: Vec<(&BTreeMap<String, String>, [i64; 3])> =
        births.iter().map(|(child, born)| (&seen[child], *born)).collect();
    let mut columns: Vec<&String> = children.iter().flat_map(|(seen, _)| seen.keys()).collect();
    columns.sort();
    columns.dedup();
    assert!(columns.len() > 20, "{columns:?}");
    // A value is told from another by its number: thousands of pairs of columns are tried for every child.
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let told: Vec<(Vec<u32>, [i64; 3])> = children
        .iter()
        .map(|(seen, born)| {
            let number = |column: &&String| {
                let next = numbers.len() as u32;
                *numbers.entry(seen.get(*column).map_or("", String::as_str)).or_insert(next)
            };
            (columns.iter().map(number).collect(), *born)
        })
        .collect();
    for (part, (what, at_most)) in AT_MOST.iter().enumerate() {
        for one in 0..columns.len() {
            for other in one..columns.len() {
                let pairs =
                    told.iter().map(|(values, born)| ((values[one], values[other]), born[part])).collect();
                let right = share_guessed(pairs);
                assert!(
                    right < *at_most,
                    "{} with {} tells the {what} of birth of {right:.3}",
                    columns[one],
                    columns[other]
                );
            }
        }
    }
}

/// Learns from every second child which answer goes with which values, and tries the rest.
fn share_guessed(told: Vec<((u32, u32), i64)>) -> f64 {
    let mut counts: HashMap<(u32, u32), BTreeMap<i64, usize>> = HashMap::new();
    let mut overall: BTreeMap<i64, usize> = BTreeMap::new();
    for (values, answer) in told.iter().step_by(2) {
        *counts.entry(*values).or_default().entry(*answer).or_default() += 1;
        *overall.entry(*answer).or_default() += 1;
    }
    let most =
        |answers: &BTreeMap<i64, usize>| answers.iter().max_by_key(|(_, count)| **count).map(|(a, _)| *a);
    let tried = told.iter().skip(1).step_by(2);
    let right = tried
        .clone()
        .filter(|(values, answer)| most(counts.get(values).unwrap_or(&overall)) == Some(*answer));
    right.count() as f64 / tried.count() as f64
}

/// What a clear column may be read as: itself, and for numbers and dates the parts in which a birth date could hide.
fn add(child: &mut BTreeMap<String, String>, table: &str, row: &Row) {
    for (column, cell) in row {
        let mut put = |way: &str, value: String| child.insert(format!("{table}.{column}{way}"), value);
        match cell {
            Cell::Nothing => {}
            Cell::Number(number) => {
                put("", number.to_string());
                for part in [12, 31, 100, 365, 1_000] {
                    put(&format!(" mod {part}"), number.rem_euclid(part).to_string());
                }
            }
            Cell::Text(text) => {
                put("", text.clone());
                if let Some((year, month)) = text.split_once('-').filter(|_| text.len() == 7) {
                    put(" year", year.to_owned());
                    put(" month", month.to_owned());
                }
            }
            Cell::Bytes(bytes) => {
                put(" first", bytes.first().map_or(0, |byte| byte % 32).to_string());
                put(" last", bytes.last().map_or(0, |byte| byte % 32).to_string());
                put(" length", bytes.len().to_string());
            }
        }
    }
}

/// The truth: month, year and day of birth by child. It takes every key of the installation to know it.
async fn births(here: &Installation, planted: &[Planted]) -> Vec<(Cell, [i64; 3])> {
    let kek = vault::load_key_file(&here.path("secret/key")).unwrap();
    let mut keys = Raw::connect(&here.db.keys_url).await;
    let bytes = |cell: &Cell| match cell {
        Cell::Bytes(bytes) => bytes.clone(),
        other => panic!("{other:?} is no bytes"),
    };
    let generations = keys.table("generation").await;
    let roots = keys.table("root_key").await;
    let ring = WrappedRing {
        generations: generations
            .iter()
            .map(|row| WrappedGeneration {
                generation: row["generation"].number(),
                wrapped: bytes(&row["wrapped"]),
            })
            .collect(),
        roots: roots
            .iter()
            .map(|row| WrappedRootKey {
                name: row["name"].text().to_owned(),
                epoch: row["epoch"].number(),
                wrapped: bytes(&row["wrapped"]),
            })
            .collect(),
    };
    let ring = KeyRing::unwrap(&kek, &ring).unwrap();
    let local_ids = ring.hashes(RootKeyName::LocalId).unwrap();
    let mut raw = Raw::connect(&here.db.data_url).await;
    let sources: HashMap<String, Vec<u8>> = raw
        .table("source_system")
        .await
        .iter()
        .map(|row| (row["name"].text().to_owned(), bytes(&row["source_id"])))
        .collect();
    let linked = raw
        .rows(
            "SELECT s.local_key, l.child_id FROM source_record s \
             JOIN link l ON l.record_id = s.record_id AND l.bucket = s.bucket",
        )
        .await;
    let child_of: HashMap<Vec<u8>, Cell> =
        linked.iter().map(|row| (bytes(&row["local_key"]), row["child_id"].clone())).collect();
    let mut births: BTreeMap<Cell, [i64; 3]> = BTreeMap::new();
    for child in planted {
        let Key16(local_key) =
            Key16(local_ids.hash_parts(0, &[&sources[child.source], child.record_id.as_bytes()]));
        // Rows that were put aside have no child.
        if let Some(id) = child_of.get(local_key.as_slice()) {
            let (year, month, day) = (child.born.year(), child.born.month(), child.born.day());
            births.insert(id.clone(), [i64::from(month), i64::from(year), i64::from(day)]);
        }
    }
    births.into_iter().collect()
}
