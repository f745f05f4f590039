//! An attack on the clear columns: from everything that is readable without a key, singly and in pairs, guess the birth
//! dates of half the children after having learnt from the other half.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use store::Key16;
use vault::RootKeyName;

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
    // What is guessed from a column depends on which children it tells apart, not on its words: columns that tell the same
    // ones apart are one, and thousands of pairs are left out.
    let births: Vec<[i64; 3]> = children.iter().map(|(_, born)| *born).collect();
    let mut told: Vec<(&str, Vec<usize>)> = Vec::new();
    for column in columns {
        let parting = parting(children.iter().map(|(seen, _)| seen.get(column)));
        if told.iter().all(|(_, known)| *known != parting) {
            told.push((column.as_str(), parting));
        }
    }
    assert!(told.len() > 10, "{:?}", told.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for (at, (one, by_one)) in told.iter().enumerate() {
        for (other, by_other) in &told[at..] {
            let shares = shares_guessed(&parting(by_one.iter().zip(by_other)), &births);
            for ((what, at_most), right) in AT_MOST.into_iter().zip(shares) {
                assert!(right < at_most, "{one} with {other} tells the {what} of birth of {right:.3}");
            }
        }
    }
}

/// Which children have the same value, each value by the number of its first appearance.
fn parting<T: Hash + Eq>(values: impl Iterator<Item = T>) -> Vec<usize> {
    let mut numbers: HashMap<T, usize> = HashMap::new();
    values
        .map(|value| {
            let next = numbers.len();
            *numbers.entry(value).or_insert(next)
        })
        .collect()
}

/// Learns from every second child which part of a birth date goes with which value, and tries the rest: the share that was
/// right, for each part.
fn shares_guessed(values: &[usize], births: &[[i64; 3]]) -> [f64; 3] {
    let kinds = values.iter().max().map_or(0, |most| most + 1);
    [0, 1, 2].map(|part| {
        let least = births.iter().map(|born| born[part]).min().unwrap();
        let answer = |child: usize| usize::try_from(births[child][part] - least).unwrap();
        let answers = (0..births.len()).map(answer).max().unwrap() + 1;
        // One row a value, and after them the row of them all, for values that were not seen while learning.
        let mut counts = vec![0_u32; (kinds + 1) * answers];
        for child in (0..values.len()).step_by(2) {
            counts[values[child] * answers + answer(child)] += 1;
            counts[kinds * answers + answer(child)] += 1;
        }
        let most = |row: usize| {
            let row = &counts[row * answers..(row + 1) * answers];
            row.iter().enumerate().max_by_key(|(_, count)| **count).filter(|(_, count)| **count > 0)
        };
        let best: Vec<usize> = (0..kinds)
            .map(|value| most(value).or_else(|| most(kinds)).map_or(0, |(answer, _)| answer))
            .collect();
        let tried = (1..values.len()).step_by(2);
        let right = tried.clone().filter(|child| best[values[*child]] == answer(*child)).count();
        right as f64 / tried.count() as f64
    })
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
    let ring = here.key_ring().await;
    let local_ids = ring.hashes(RootKeyName::LocalId).unwrap();
    let mut raw = Raw::connect(&here.db.data_url).await;
    let sources: HashMap<String, Vec<u8>> = raw
        .table("source_system")
        .await
        .iter()
        .map(|row| (row["name"].text().to_owned(), row["source_id"].bytes().to_vec()))
        .collect();
    let linked = raw
        .rows(
            "SELECT s.local_key, l.child_id FROM source_record s \
             JOIN link l ON l.record_id = s.record_id AND l.bucket = s.bucket",
        )
        .await;
    let child_of: HashMap<Vec<u8>, Cell> =
        linked.iter().map(|row| (row["local_key"].bytes().to_vec(), row["child_id"].clone())).collect();
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
