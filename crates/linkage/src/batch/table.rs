//! A parsed file: names of columns and, column by column, each distinct cell once.

use ahash::RandomState;
use hashbrown::HashTable;

use crate::{Model, Prepared, RawRecord};

/// A file that was read: columns and rows, column by column. Cells are trimmed as they come in.
#[derive(Clone, Default)]
pub struct Table {
    columns: Vec<String>,
    /// The column that tells rows apart, where it was named.
    id: Option<usize>,
    cells: Vec<Column>,
    rows: usize,
}

/// The cells of one column.
#[derive(Clone, Default)]
struct Column {
    /// Whether its cells are kept at all.
    kept: bool,
    /// The cells, end to end.
    text: String,
    /// Where in the text each [`BLOCK`] of cells begins.
    blocks: Vec<usize>,
    /// Where in its block each cell ends.
    ends: Vec<u32>,
}

/// Cells whose places are counted from one place.
const BLOCK: usize = 1024;

impl Table {
    /// A table without rows.
    pub fn new<T: AsRef<str>>(columns: impl IntoIterator<Item = T>) -> Self {
        Self::keeping(columns, |_| true)
    }

    /// A table without rows that will hold only the cells of the columns that are wanted; the others are known by name and
    /// read as empty.
    pub fn keeping<T: AsRef<str>>(
        columns: impl IntoIterator<Item = T>,
        wanted: impl Fn(&str) -> bool,
    ) -> Self {
        let columns: Vec<String> = columns.into_iter().map(|name| name.as_ref().trim().to_owned()).collect();
        let column = |name: &String| Column { kept: wanted(name), ..Column::default() };
        let cells = columns.iter().map(column).collect();
        Self { columns, id: None, cells, rows: 0 }
    }

    /// Adds a row; cells that are missing at its end are empty, cells too many are dropped.
    pub fn push_row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut cells = cells.into_iter();
        for column in &mut self.cells {
            let cell = cells.next();
            if column.kept {
                column.push(cell.as_ref().map_or("", |cell| cell.as_ref().trim()));
            }
        }
        self.rows += 1;
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
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether the cells of a column are kept.
    #[must_use]
    pub fn keeps(&self, column: usize) -> bool {
        self.cells.get(column).is_some_and(|column| column.kept)
    }

    /// A table of the same columns without rows.
    #[must_use]
    pub fn without_rows(&self) -> Self {
        let kept = |name: &str| self.column(name).is_some_and(|column| self.keeps(column));
        Self { id: self.id, ..Self::keeping(&self.columns, kept) }
    }

    /// Names the column that tells rows apart. Says no when there is no such column.
    pub fn tell_rows_by(&mut self, name: &str) -> bool {
        self.id = self.column(name);
        self.id.is_some()
    }

    /// The column that was named to tell rows apart.
    pub(crate) fn named_id(&self) -> Option<usize> {
        self.id
    }

    /// A cell, counted from 0; empty when there is none.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.cells.get(column).map_or("", |cells| cells.cell(row))
    }
}

impl Column {
    fn push(&mut self, cell: &str) {
        if self.ends.len().is_multiple_of(BLOCK) {
            self.blocks.push(self.text.len());
        }
        let begins = self.blocks.last().copied().unwrap_or(0);
        // A cell that would end 4 GiB behind the beginning of its block is no value of a person.
        let end = u32::try_from(self.text.len() + cell.len() - begins);
        if end.is_ok() {
            self.text.push_str(cell);
        }
        self.ends.push(end.unwrap_or((self.text.len() - begins) as u32));
    }

    fn cell(&self, row: usize) -> &str {
        let Some(begins) = self.blocks.get(row / BLOCK) else { return "" };
        let from = if row.is_multiple_of(BLOCK) { Some(&0) } else { self.ends.get(row - 1) };
        let (Some(from), Some(to)) = (from, self.ends.get(row)) else { return "" };
        self.text.get(begins + *from as usize..begins + *to as usize).unwrap_or("")
    }
}

/// Rows by their ids.
pub struct RowIds {
    column: Option<usize>,
    rows: HashTable<u32>,
}

impl RowIds {
    /// The rows of a table by its id column; none where it has no such column.
    ///
    /// # Errors
    /// The first row without an id, or with the id of an earlier one, and that id.
    pub fn of(table: &Table) -> Result<Self, (usize, &str)> {
        let column = table.id_column();
        let Some(position) = column else { return Ok(Self { column, rows: HashTable::new() }) };
        let state = hasher();
        let id = |row: u32| table.cell(row as usize, position);
        let mut rows: HashTable<u32> = HashTable::with_capacity(table.len());
        for row in 0..table.len() as u32 {
            let hash = state.hash_one(id(row));
            if id(row).is_empty() || rows.find(hash, |earlier| id(*earlier) == id(row)).is_some() {
                return Err((row as usize, id(row)));
            }
            rows.insert_unique(hash, row, |row| state.hash_one(id(*row)));
        }
        Ok(Self { column, rows })
    }

    /// The row of an id in the table they are of.
    #[must_use]
    pub fn row(&self, table: &Table, id: &str) -> Option<usize> {
        let column = self.column?;
        let row = self.rows.find(hasher().hash_one(id), |row| table.cell(*row as usize, column) == id)?;
        Some(*row as usize)
    }
}

/// Where a cell is found does not matter, so equal runs may hash alike.
fn hasher() -> RandomState {
    RandomState::with_seeds(1, 2, 3, 4)
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

/// Prepares every row by itself. [`Records::of_tables`](super::Records::of_tables) does the same much faster for whole
/// files.
#[must_use]
pub fn prepare_table(model: &Model, table: &Table) -> Vec<Prepared> {
    let columns = model.columns_of(table);
    let prepared = |row| {
        let mut record = RawRecord::new();
        for (field, column) in &columns {
            record.push(field.clone(), table.cell(row, *column));
        }
        model.prepare(&record)
    };
    (0..table.len()).map(prepared).collect()
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

    /// The fields of the model of which the table has no column.
    #[must_use]
    pub fn fields_missing_in(&self, table: &Table) -> Vec<&str> {
        let found = self.columns_of(table);
        let fields = self.file.fields.iter().map(|field| field.name.as_str());
        fields.filter(|name| !found.iter().any(|(field, _)| field == name)).collect()
    }

    /// Whether a column of this name is one that the model reads.
    #[must_use]
    pub fn reads(&self, column: &str) -> bool {
        self.file.fields.iter().any(|field| {
            let mut names =
                std::iter::once(&field.name).filter(|_| field.columns.is_empty()).chain(&field.columns);
            names.any(|name| name.eq_ignore_ascii_case(column))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_back_what_was_put_in_trimmed() {
        let mut table = Table::keeping([" id", "name ", "note"], |name| name != "note");
        for row in 0..3000 {
            table.push_row([row.to_string().as_str(), [" Ann ", "Bela"][row % 2], "dropped"]);
        }
        table.push_row(["last"]);
        assert_eq!((table.columns()[0].as_str(), table.column("NAME"), table.len()), ("id", Some(1), 3001));
        assert_eq!([table.cell(2999, 0), table.cell(2999, 1)], ["2999", "Bela"]);
        assert_eq!(
            [table.cell(0, 1), table.cell(3000, 1), table.cell(0, 2), table.cell(0, 9)],
            ["Ann", "", "", ""]
        );
        assert_eq!([table.cell(1023, 1), table.cell(1024, 1), table.cell(1024, 0)], ["Bela", "Ann", "1024"]);
    }
}
