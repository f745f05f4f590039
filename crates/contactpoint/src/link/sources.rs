//! The files of a run: read, told apart by source, their rows named.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use linkage::batch::{Scope, Table};

/// The records of one source.
pub struct Source {
    /// Its name: the file's without folder and ending, or the value of the source column.
    pub name: String,
    /// The file it is from, the first when there are several.
    pub file: PathBuf,
    /// Its rows.
    pub table: Table,
    id_column: Option<usize>,
    ids: Vec<String>,
}

/// All sources, their records numbered one after the other.
pub struct Sources {
    all: Vec<Source>,
    starts: Vec<usize>,
    /// Source and id → position.
    positions: BTreeMap<(usize, String), u32>,
    scope: Scope,
}

impl Sources {
    /// Reads the files.
    ///
    /// # Errors
    /// When one cannot be read, or an id stands twice in a source.
    pub fn read(files: &[PathBuf], source_column: Option<&str>) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        for file in files {
            let table = read_table(file)?;
            match source_column {
                None => all.push(Source::new(source_name(file, files), file, table)),
                Some(column) => split(&mut all, file, &table, column)?,
            }
        }
        let scope = match (all.len(), source_column) {
            (0 | 1, _) => Scope::Within,
            (2, None) => Scope::Across,
            _ => Scope::All,
        };
        let mut sources = Self { all, starts: Vec::new(), positions: BTreeMap::new(), scope };
        sources.number()?;
        Ok(sources)
    }

    fn number(&mut self) -> anyhow::Result<()> {
        let mut next = 0;
        for (position, source) in self.all.iter_mut().enumerate() {
            source.ids = (0..source.table.len()).map(|row| source.id(row)).collect();
            self.starts.push(next);
            for (row, id) in source.ids.iter().enumerate() {
                if self.positions.insert((position, id.clone()), (next + row) as u32).is_some() {
                    bail!(
                        "{}: record {} of the source has an id that an earlier one has ({} characters); make the ids \
                         unique, or remove the column and rows are numbered",
                        source.file.display(),
                        row + 1,
                        id.len()
                    );
                }
            }
            next += source.table.len();
        }
        if u32::try_from(next).is_err() {
            bail!("there are {next} records; at most {} can be linked at once", u32::MAX);
        }
        Ok(())
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
    pub fn name(&self, record: u32) -> (&str, &str) {
        let (position, row) = self.row(record);
        let source = self.all.get(position);
        let id = source.and_then(|source| source.ids.get(row)).map_or("", String::as_str);
        (source.map_or("", |source| source.name.as_str()), id)
    }

    /// The record of a source and an id.
    pub fn find(&self, source: &str, id: &str) -> Option<u32> {
        let position = self.all.iter().position(|known| known.name == source)?;
        self.positions.get(&(position, id.to_owned())).copied()
    }
}

impl Source {
    fn new(name: String, file: &Path, table: Table) -> Self {
        let id_column = table.id_column();
        if id_column.is_none() {
            eprintln!(
                "note: {} has no id column (rec_id, id, record_id …): its rows are numbered from 1",
                file.display()
            );
        }
        Self { name, file: file.to_owned(), table, id_column, ids: Vec::new() }
    }

    fn id(&self, row: usize) -> String {
        match self.id_column.map(|column| self.table.cell(row, column)) {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => (row + 1).to_string(),
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
fn split(all: &mut Vec<Source>, file: &Path, table: &Table, column: &str) -> anyhow::Result<()> {
    let Some(position) = table.column(column) else {
        bail!("{}: has no column {column:?}; it has {}", file.display(), table.columns().join(", "));
    };
    for row in 0..table.len() {
        let name = table.cell(row, position);
        if name.is_empty() {
            bail!(
                "{}: record {} has no value in {column:?}; every row needs its source",
                file.display(),
                row + 1
            );
        }
        let known = all.iter().position(|source| source.name == name);
        if known.is_none() {
            all.push(Source::new(name.to_owned(), file, Table::new(table.columns())));
        }
        let source = known.unwrap_or(all.len() - 1);
        if let Some(source) = all.get_mut(source) {
            if source.table.columns() != table.columns() {
                bail!(
                    "{}: its columns differ from those of the file source {name:?} began in",
                    file.display()
                );
            }
            source.table.push_row((0..table.columns().len()).map(|column| table.cell(row, column)));
        }
    }
    Ok(())
}

/// Reads a CSV file: any of the usual delimiters, quoted or not, with or without a byte-order mark.
///
/// # Errors
/// Names the file, the line and the remedy.
pub fn read_table(path: &Path) -> anyhow::Result<Table> {
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
    let delimiter = delimiter(&head);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(BufReader::new(head.as_slice().chain(file)));
    let headers = reader.headers().map_err(|error| explain(path, &error))?.clone();
    let mut table = Table::new(&headers);
    if let Some((position, name)) = headers.iter().enumerate().find(|(position, name)| {
        !name.is_empty() && headers.iter().take(*position).any(|earlier| earlier.eq_ignore_ascii_case(name))
    }) {
        bail!("{shown}: line 1: column {} is called {name:?} like an earlier one; rename one", position + 1);
    }
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(|error| explain(path, &error))? {
        table.push_row(&row);
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
