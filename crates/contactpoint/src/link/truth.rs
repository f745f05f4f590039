//! Who is who, read from the file of `--truth`.

use std::collections::HashMap;
use std::path::Path;

use anyhow::bail;
use linkage::batch::Groups;

use super::sources::{self, Sources};

/// What the truth says of each record.
pub struct Truth {
    /// A number for each identity, none for records the truth does not tell.
    pub person: Vec<Option<u32>>,
    /// By how the child's name is made, when the file has a column `naming_pattern`.
    pub naming_patterns: Option<Groups>,
}

impl Truth {
    /// Reads it. Rows about other records than those of the run are passed over.
    ///
    /// # Errors
    /// When it cannot be read or lacks a column.
    pub fn read(path: &Path, sources: &Sources) -> anyhow::Result<Self> {
        let wanted = ["source", "record_id", "identity_id", "person_id", "naming_pattern"];
        let table =
            sources::read_table(path, |name| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))?;
        let column = |name: &str| table.column(name);
        let (Some(source), Some(id), Some(identity)) =
            (column("source"), column("record_id"), column("identity_id").or_else(|| column("person_id")))
        else {
            bail!("{}: needs the columns source, record_id and identity_id or person_id", path.display());
        };
        let pattern = column("naming_pattern");
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut person = vec![None; sources.records()];
        let mut groups = Groups::new(sources.records());
        for row in 0..table.len() {
            let next = numbers.len() as u32;
            let number = *numbers.entry(table.cell(row, identity)).or_insert(next);
            let Some(record) = sources.find(table.cell(row, source), table.cell(row, id)) else { continue };
            if table.cell(row, identity).is_empty() {
                continue;
            }
            if let Some(place) = person.get_mut(record as usize) {
                *place = Some(number);
            }
            match pattern.map(|pattern| table.cell(row, pattern)) {
                Some(name) if !name.is_empty() => groups.put(record, name),
                _ => {}
            }
        }
        let known = person.iter().filter(|person| person.is_some()).count();
        if known == 0 {
            let names: Vec<&str> = sources.all().iter().map(|source| source.name.as_str()).collect();
            bail!(
                "{}: tells of none of the {} records; its column source must name {} and its column record_id their ids",
                path.display(),
                sources.records(),
                names.join(" or ")
            );
        }
        if known < sources.records() {
            eprintln!(
                "the truth tells of {known} of the {} records; the run is measured on these",
                sources.records()
            );
        }
        Ok(Self { person, naming_patterns: pattern.map(|_| groups) })
    }
}
