//! What must never come together, read from the file of `--constraints`, and what is known of the sources.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use linkage::batch::{Apart, Constraints};

use super::sources::{self, Sources};

/// How many ids that no file has are named.
const SHOWN_STRANGERS: usize = 5;

/// Reads the pairs and groups that must never come together. Records that are not among the files are passed over: one list
/// serves many runs. An id that is missing from a file that is there may be a slip of the pen: the first are named.
///
/// # Errors
/// When it cannot be read or lacks a column.
pub fn read(path: &Path, sources: &Sources) -> anyhow::Result<Constraints> {
    let table = sources::read_table(path, |_| true)?;
    let column = |names: [&str; 2]| {
        names.into_iter().find_map(|name| table.column(name)).with_context(|| {
            format!(
                "{}: has no column {}; it needs source_a,record_id_a,source_b,record_id_b",
                path.display(),
                names[0]
            )
        })
    };
    let (source_a, id_a) = (column(["source_a", "left_source"])?, column(["record_id_a", "left_id"])?);
    let (source_b, id_b) = (column(["source_b", "right_source"])?, column(["record_id_b", "right_id"])?);
    let group = table.column("group");
    let mut constraints = Constraints::default();
    let mut groups: BTreeMap<&str, Apart> = BTreeMap::new();
    let mut known = 0;
    let mut strangers = Vec::new();
    for row in 0..table.len() {
        let a = sources.find(table.cell(row, source_a), table.cell(row, id_a));
        let b = sources.find(table.cell(row, source_b), table.cell(row, id_b));
        for (found, source, id) in [(a, source_a, id_a), (b, source_b, id_b)] {
            let (source, id) = (table.cell(row, source), table.cell(row, id));
            if found.is_none() && sources.all().iter().any(|known| known.name == source) {
                strangers.push(format!("line {}: {source} has no record {id:?}", row + 2));
            }
        }
        match group.map(|group| table.cell(row, group)) {
            None | Some("") => {
                constraints.never.extend(a.zip(b));
                known += usize::from(a.is_some() && b.is_some());
            }
            Some(name) => {
                let apart = groups.entry(name).or_default();
                apart.one.extend(a);
                apart.other.extend(b);
                known += usize::from(a.is_some() || b.is_some());
            }
        }
    }
    constraints.apart = groups.into_values().collect();
    eprintln!("{known} of {} constraints are about these files", table.len());
    for stranger in strangers.iter().take(SHOWN_STRANGERS) {
        eprintln!("note: {}: {stranger}", path.display());
    }
    if strangers.len() > SHOWN_STRANGERS {
        eprintln!("note: and {} more such ids", strangers.len() - SHOWN_STRANGERS);
    }
    Ok(constraints)
}

/// Reads `SOURCE=RATE`.
///
/// # Errors
/// When there is no such source, or the rate is none.
pub fn duplicate_rates(given: &[String], sources: &Sources) -> anyhow::Result<Vec<Option<f64>>> {
    let mut rates = vec![None; sources.all().len()];
    for entry in given {
        // What is no source and rate was refused with the arguments.
        let Some((name, rate)) = rate(entry) else { continue };
        let position = sources.all().iter().position(|source| source.name == name);
        let Some(place) = position.and_then(|position| rates.get_mut(position)) else {
            let names: Vec<&str> = sources.all().iter().map(|source| source.name.as_str()).collect();
            bail!("--duplicates {entry}: there is no source {name:?}; there are {}", names.join(", "));
        };
        *place = Some(rate);
    }
    Ok(rates)
}

/// A source and its rate, of which 0 says that no child has a second record there.
pub fn rate(entry: &str) -> Option<(&str, f64)> {
    let (name, rate) = entry.rsplit_once('=')?;
    rate.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)).map(|rate| (name, rate))
}
