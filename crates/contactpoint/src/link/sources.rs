//! The files of a run: read, told apart by source, their rows named.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use linkage::batch::{RowIds, Scope, Table};
use rayon::prelude::*;

/// The records of one source.
pub struct Source {
    /// Its name: the file's without folder and ending, or the value of the source column.
    pub name: String,
    /// The file it is from, the first when there are several.
    pub file: PathBuf,
    /// Its rows.
    pub table: Table,
    id_column: Option<usize>,
    ids: RowIds,
}

/// All sources, their records numbered one after the other.
pub struct Sources {
    all: Vec<Source>,
    starts: Vec<usize>,
    scope: Scope,
}

impl Sources {
    /// Reads the files, side by side: the ids, the source column, and of the other columns those that are wanted.
    ///
    /// # Errors
    /// When one cannot be read, or an id stands twice in a source.
    pub fn read(
        files: &[PathBuf],
        source_column: Option<&str>,
        id_column: Option<&str>,
        wanted: impl Fn(&str) -> bool + Sync,
    ) -> anyhow::Result<Self> {
        let wanted = |name: &str| {
            Table::is_id(name)
                || id_column.is_some_and(|id| id.eq_ignore_ascii_case(name))
                || source_column.is_some_and(|source| source.eq_ignore_ascii_case(name))
                || wanted(name)
        };
        let tables: Vec<Table> =
            files.par_iter().map(|file| identified(file, id_column, wanted)).collect::<Result<_, _>>()?;
        let mut parts: Vec<(String, PathBuf, Table)> = Vec::new();
        for (file, table) in files.iter().zip(tables) {
            match source_column {
                None => parts.push((source_name(file, files), file.clone(), table)),
                Some(column) => split(&mut parts, file, &table, column)?,
            }
        }
        let scope = match (parts.len(), source_column) {
            (0 | 1, _) => Scope::Within,
            (2, None) => Scope::Across,
            _ => Scope::All,
        };
        let all = parts
            .into_par_iter()
            .map(|(name, file, table)| Source::new(name, file, table))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut next = 0;
        let mut starts = Vec::new();
        for source in &all {
            starts.push(next);
            next += source.table.len();
        }
        if u32::try_from(next).is_err() {
            bail!("there are {next} records; at most {} can be linked at once", u32::MAX);
        }
        Ok(Self { all, starts, scope })
    }

    /// Every source.
    pub fn all(&self) -> &[Source] {
        &self.all
    }

    /// Which pairs are compared.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// How many records there are.
    pub fn records(&self) -> usize {
        self.all.iter().map(|source| source.table.len()).sum()
    }

    /// The names of the columns that hold the rows' ids.
    pub fn id_columns(&self) -> impl Iterator<Item = &str> {
        self.all.iter().filter_map(|source| source.table.columns().get(source.id_column?)).map(String::as_str)
    }

    /// The number of a record's source, and the row there.
    pub fn row(&self, record: u32) -> (usize, usize) {
        let record = record as usize;
        let position = self.starts.partition_point(|start| *start <= record).saturating_sub(1);
        (position, record - self.starts.get(position).copied().unwrap_or(0))
    }

    /// Source and id of a record.
    pub fn name(&self, record: u32) -> (&str, Cow<'_, str>) {
        let (position, row) = self.row(record);
        self.all
            .get(position)
            .map_or(("", Cow::Borrowed("")), |source| (source.name.as_str(), source.id(row)))
    }

    /// The record of a source and an id.
    pub fn find(&self, source: &str, id: &str) -> Option<u32> {
        let position = self.all.iter().position(|known| known.name == source)?;
        let source = self.all.get(position)?;
        let row = match source.id_column {
            Some(_) => source.ids.row(&source.table, id)?,
            None => id.parse::<usize>().ok()?.checked_sub(1).filter(|row| *row < source.table.len())?,
        };
        Some((self.starts.get(position)? + row) as u32)
    }
}

impl Source {
    fn new(name: String, file: PathBuf, table: Table) -> anyhow::Result<Self> {
        let shown = file.display();
        let ids = match RowIds::of(&table) {
            Ok(ids) => ids,
            Err((row, "")) => bail!(
                "{shown}: record {} of the source has no id; give it one, or remove the column and rows are numbered",
                row + 1
            ),
            Err((row, id)) => bail!(
                "{shown}: record {} of the source has an id that an earlier one has ({} characters); make the ids \
                 unique, or remove the column and rows are numbered",
                row + 1,
                id.chars().count()
            ),
        };
        let id_column = table.id_column();
        if id_column.is_none() {
            eprintln!(
                "note: {shown} has no id column (rec_id, id, record_id …): its rows are numbered from 1"
            );
        }
        Ok(Self { name, file, id_column, table, ids })
    }

    fn id(&self, row: usize) -> Cow<'_, str> {
        match self.id_column {
            Some(column) => Cow::Borrowed(self.table.cell(row, column)),
            None => Cow::Owned((row + 1).to_string()),
        }
    }
}

/// The file's name without folder and ending; with them when two files would have one name.
fn source_name(file: &Path, files: &[PathBuf]) -> String {
    let stem =
        |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = stem(file);
    if files.iter().filter(|other| stem(other) == name).count() > 1 {
        file.display().to_string()
    } else {
        name
    }
}

/// Shares out the rows of a file by the value of the source column, in the order the values first appear.
fn split(
    parts: &mut Vec<(String, PathBuf, Table)>,
    file: &Path,
    table: &Table,
    column: &str,
) -> anyhow::Result<()> {
    let Some(position) = table.column(column) else {
        bail!("{}: has no column {column:?}; it has {}", file.display(), table.columns().join(", "));
    };
    let mut known: HashMap<String, usize> =
        (0..).zip(parts.iter()).map(|(number, (name, ..))| (name.clone(), number)).collect();
    for row in 0..table.len() {
        let name = table.cell(row, position);
        if name.is_empty() {
            bail!(
                "{}: record {} has no value in {column:?}; every row needs its source",
                file.display(),
                row + 1
            );
        }
        let number = known.get(name).copied().unwrap_or_else(|| {
            parts.push((name.to_owned(), file.to_owned(), table.without_rows()));
            known.insert(name.to_owned(), parts.len() - 1);
            parts.len() - 1
        });
        if let Some((_, _, part)) = parts.get_mut(number) {
            if part.columns() != table.columns() {
                bail!(
                    "{}: its columns differ from those of the file source {name:?} began in",
                    file.display()
                );
            }
            part.push_row((0..table.columns().len()).map(|column| table.cell(row, column)));
        }
    }
    Ok(())
}

/// Reads a file whose rows are told apart by this column.
fn identified(file: &Path, id_column: Option<&str>, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Table> {
    let mut table = read_table(file, wanted)?;
    if let Some(column) = id_column
        && !table.tell_rows_by(column)
    {
        bail!("{}: has no column {column:?}; it has {}", file.display(), table.columns().join(", "));
    }
    Ok(table)
}

/// Passes a file on and counts its quotation marks.
struct Quotes<'a, R> {
    file: R,
    count: &'a Cell<usize>,
}

impl<R: Read> Read for Quotes<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read(buffer)?;
        let read = buffer.get(..length).unwrap_or(&[]);
        self.count.set(self.count.get() + read.iter().filter(|byte| **byte == b'"').count());
        Ok(length)
    }
}

/// Reads a CSV file: any of the usual delimiters, quoted or not, with or without a byte-order mark. Only the cells of wanted
/// columns are kept.
///
/// # Errors
/// Names the file, the line and the remedy.
pub fn read_table(path: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<Table> {
    let shown = path.display();
    let mut file = File::open(path).with_context(|| format!("{shown}: cannot be opened; check the name"))?;
    let mut head = Vec::new();
    file.by_ref()
        .take(64 * 1024)
        .read_to_end(&mut head)
        .with_context(|| format!("{shown}: cannot be read"))?;
    let mark: &[u8] = b"\xef\xbb\xbf";
    let head = head.strip_prefix(mark).map(<[u8]>::to_vec).unwrap_or(head);
    if head.iter().all(u8::is_ascii_whitespace) {
        bail!("{shown}: is empty; it needs a line with the names of the columns");
    }
    let count = Cell::new(head.iter().filter(|byte| **byte == b'"').count());
    let rest = Quotes { file: BufReader::with_capacity(1 << 20, file), count: &count };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&head))
        .buffer_capacity(1 << 18)
        .from_reader(head.as_slice().chain(rest));
    let headers = reader.headers().map_err(|error| explain(path, &error))?.clone();
    let mut table = Table::keeping(&headers, wanted);
    let names = || table.columns().iter().enumerate();
    if let Some((position, name)) = names().find(|(position, name)| {
        !name.is_empty() && names().take(*position).any(|(_, earlier)| earlier.eq_ignore_ascii_case(name))
    }) {
        bail!("{shown}: line 1: column {} is called {name:?} like an earlier one; rename one", position + 1);
    }
    let kept: Vec<bool> = (0..headers.len()).map(|column| table.keeps(column)).collect();
    let mut row = csv::ByteRecord::new();
    let mut begins = 0;
    while reader.read_byte_record(&mut row).map_err(|error| explain(path, &error))? {
        begins = row.position().map_or(0, csv::Position::line);
        let mut is_text = true;
        table.push_row(row.iter().zip(&kept).map(|(cell, kept)| match std::str::from_utf8(cell) {
            _ if !kept => "",
            Ok(cell) => cell,
            Err(_) => {
                is_text = false;
                ""
            }
        }));
        if !is_text {
            bail!("{shown}: line {begins}: is not UTF-8; save the file as UTF-8 (it may be Windows-1252)");
        }
    }
    // A quotation mark that is never closed swallows all lines to the end of the file.
    if count.get() % 2 == 1 && reader.position().line() > begins + 1 {
        bail!(
            "{shown}: line {begins}: a value begins with a quotation mark that is never closed; close or double it"
        );
    }
    Ok(table)
}

/// The character that stands most often in the first line outside quotes.
fn delimiter(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    let mut quoted = false;
    let outside: Vec<u8> = line
        .iter()
        .copied()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted
        })
        .collect();
    let count = |wanted: u8| outside.iter().filter(|byte| **byte == wanted).count();
    // The first of equals wins, so the comma comes last in the search for the maximum.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

fn explain(path: &Path, error: &csv::Error) -> anyhow::Error {
    let shown = path.display();
    let line = |position: &Option<csv::Position>| position.as_ref().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => anyhow::anyhow!(
            "{shown}: line {}: has {len} values where the header has {expected_len}; check for an unquoted delimiter or \
             a missing quote",
            line(pos)
        ),
        csv::ErrorKind::Utf8 { pos, .. } => anyhow::anyhow!(
            "{shown}: line {}: is not UTF-8; save the file as UTF-8 (it may be Windows-1252)",
            line(pos)
        ),
        _ => anyhow::anyhow!("{shown}: cannot be read: {error}"),
    }
}
