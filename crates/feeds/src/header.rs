//! The header row: does it name the profile's columns, all of them, and no other?

use crate::error::{Delimiter, FileFault, RefusedColumn};
use crate::forbidden;
use crate::form::Form;
use crate::judging::record_named;
use crate::profile::{Column, Profile};
use crate::records::Record;
use guards::Guard;

/// Where each column of the profile stands in the file.
#[derive(Debug)]
pub(crate) struct Layout {
    /// For each column of the profile, in its order: the index of the value in a record; none where a spare column is left out.
    places: Vec<Option<usize>>,
}

impl Layout {
    /// Reads the header row.
    pub(crate) fn of(header: &Record, profile: &'static Profile) -> Result<Self, FileFault> {
        let cells: Vec<&str> = header.values().map(clean).collect();
        let recognised = cells.iter().filter(|cell| profile.position(cell).is_some()).count();
        if recognised <= 1
            && let Some(found) = foreign_delimiter(header, |name| profile.position(name).is_some())
        {
            return Err(FileFault::Delimiter(found));
        }
        Self::of_names(&cells, profile)
    }

    /// The same of names that were already told apart: the first row of a workbook.
    pub(crate) fn of_names(cells: &[&str], profile: &'static Profile) -> Result<Self, FileFault> {
        let known: Vec<Option<usize>> =
            cells.iter().map(|cell| profile.position(cell).map(|(index, _)| index)).collect();
        if known.iter().flatten().count() == 0 {
            // The row may well be the first child's: nothing of it is repeated.
            let meant = cells.iter().filter_map(|cell| meant(cell, profile));
            let meant = meant.map(|column| column.name.into()).collect();
            return Err(FileFault::NoHeader { source_name: profile.name.into(), meant });
        }
        let refused: Vec<RefusedColumn> = cells
            .iter()
            .zip(&known)
            .enumerate()
            .filter(|(_, (cell, known))| known.is_none() && !cell.is_empty())
            .map(|(index, (cell, _))| refuse(index + 1, cell, profile))
            .collect();
        if !refused.is_empty() && Guard::ClosedSchema.stands() {
            return Err(FileFault::UnknownColumns(refused));
        }
        if let Some(index) = cells.iter().position(|cell| cell.is_empty()) {
            return Err(FileFault::UnnamedColumn { position: index + 1 });
        }
        let mut places = Vec::with_capacity(cells.len());
        let mut missing = Vec::new();
        for (index, column) in profile.columns().enumerate() {
            let mut at =
                known.iter().enumerate().filter(|(_, known)| **known == Some(index)).map(|(at, _)| at);
            match (at.next(), at.next()) {
                (Some(first), Some(second)) => {
                    return Err(FileFault::RepeatedColumn {
                        name: column.name.into(),
                        first: first + 1,
                        second: second + 1,
                    });
                }
                (None, _) if !column.may_lack => missing.push(column.name),
                (first, _) => places.push(first),
            }
        }
        if missing.is_empty() { Ok(Self { places }) } else { Err(FileFault::MissingColumns(missing)) }
    }

    /// Number of values each row must have.
    pub(crate) fn width(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// The record that a row of another width names. Behind a value too many or too few every column may be another, so one that has
    /// too many tells it in the first alone.
    pub(crate) fn record_named<'r>(
        &self,
        count: usize,
        value: impl Fn(usize) -> Option<&'r str>,
    ) -> Option<String> {
        let place = (*self.places.get(Form::RECORD_ID)?)?;
        record_named(value(place).filter(|_| place == 0 || count < self.width())?)
    }

    /// The places, in the profile's order of columns.
    pub(crate) fn places(&self) -> &[Option<usize>] {
        &self.places
    }
}

fn clean(cell: &str) -> &str {
    cell.trim()
}

/// The separator under which the row would have been a header of these columns.
pub(crate) fn foreign_delimiter(header: &Record, is_column: impl Fn(&str) -> bool) -> Option<Delimiter> {
    let line = std::str::from_utf8(&header.raw).ok()?;
    Delimiter::ALL.into_iter().find(|delimiter| {
        let parts = line.split(delimiter.character()).map(|part| part.trim().trim_matches('"'));
        parts.filter(|part| is_column(part)).count() >= 2
    })
}

fn refuse(position: usize, cell: &str, profile: &'static Profile) -> RefusedColumn {
    let shaped = cell.len() <= 60
        && cell.chars().all(|character| character.is_ascii_alphanumeric() || "_- .()/".contains(character));
    RefusedColumn {
        position,
        name: shaped.then(|| cell.to_owned()),
        forbidden: forbidden::reason(cell),
        meant: meant(cell, profile).map(|column| column.name),
    }
}

/// The permitted column that differs only in case, spaces and punctuation.
fn meant(cell: &str, profile: &'static Profile) -> Option<&'static Column> {
    profile.columns().find(|column| differ_only_in_writing(column.name, cell))
}

/// Whether two names differ only in case, spaces and punctuation.
pub fn differ_only_in_writing(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> String {
        name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(one) == letters(other)
}
