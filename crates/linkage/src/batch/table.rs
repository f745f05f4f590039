//! A parsed file: names of columns and rows of text, kept in one piece.

use rayon::prelude::*;

use crate::{Model, Prepared, RawRecord};

/// A file that was read: columns and rows. Cells are trimmed as they come in.
#[derive(Clone, Default)]
pub struct Table {
    columns: Vec<String>,
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<usize>,
}

impl Table {
    /// A table without rows.
    pub fn new<T: AsRef<str>>(columns: impl IntoIterator<Item = T>) -> Self {
        let columns = columns.into_iter().map(|name| name.as_ref().trim().to_owned()).collect();
        Self { columns, ..Self::default() }
    }

    /// Adds a row; cells that are missing at its end are empty, cells too many are dropped.
    pub fn push_row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut cells = cells.into_iter();
        for _ in 0..self.columns.len() {
            if let Some(cell) = cells.next() {
                self.text.push_str(cell.as_ref().trim());
            }
            self.ends.push(self.text.len());
        }
    }

    /// The names of the columns, trimmed.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The position of a column, without regard to case.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len().checked_div(self.columns.len()).unwrap_or(0)
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell, counted from 0; empty when there is none.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let position = row * self.columns.len() + column;
        let start = match position.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(position).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or("")
    }
}

/// Shows how large the table is, never a cell.
impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns)
            .field("rows", &self.len())
            .finish_non_exhaustive()
    }
}

/// Prepares every row. Columns are found by the names the model gives them; several columns of one field are
/// alternatives. Columns the model does not name are ignored.
#[must_use]
pub fn prepare_table(model: &Model, table: &Table) -> Vec<Prepared> {
    let columns = model.columns_of(table);
    (0..table.len())
        .into_par_iter()
        .map(|row| {
            let mut record = RawRecord::new();
            for (field, column) in &columns {
                record.push(field.clone(), table.cell(row, *column));
            }
            model.prepare(&record)
        })
        .collect()
}

impl Model {
    /// For each field of the model found among the table's columns, its name and the column's position, in the order
    /// the model lists them.
    #[must_use]
    pub fn columns_of(&self, table: &Table) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for field in &self.file.fields {
            let names =
                std::iter::once(&field.name).filter(|_| field.columns.is_empty()).chain(&field.columns);
            found.extend(names.filter_map(|name| Some((field.name.clone(), table.column(name)?))));
        }
        found
    }
}
