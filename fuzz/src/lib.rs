//! What every target does with its bytes: reads them as a file of the widest profile, judges each row, and throws it away.

use std::io::Cursor;
use std::ops::ControlFlow;

use feeds::{FileFault, Judge, Options, Profile, RowSink, RowValues, TextRow, Unread, read_rows};
use jiff::civil::date;

struct Judging {
    judge: Judge,
    values: RowValues,
    width: usize,
    rows: u64,
}

impl RowSink for Judging {
    fn columns(&mut self, names: &[&str]) -> Result<(), FileFault> {
        self.width = names.len();
        Ok(())
    }

    fn row(&mut self, row: TextRow<'_>) -> ControlFlow<()> {
        assert!(row.number > 0);
        self.values.take((0..self.width).map(|at| row.value(at).unwrap_or_default()));
        let faults = self.judge.faults(&self.values, date(2026, 11, 1));
        assert!(faults.iter().all(|fault| !fault.field.is_empty()));
        self.rows += 1;
        ControlFlow::Continue(())
    }

    fn unread(&mut self, what: Unread<'_>) {
        let _ = feeds::shaped_like_a_name(&what.told());
    }
}

/// Reads the bytes as a file.
pub fn read(bytes: &[u8]) {
    let Some(profile) = Profile::named("social-care") else { return };
    let columns: Vec<_> = profile.columns().collect();
    let expected: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let judge = Judge::new(&columns.into_iter().map(Some).collect::<Vec<_>>());
    let mut sink = Judging { judge, values: RowValues::default(), width: 0, rows: 0 };
    let options = Options::new("fuzzed", date(2026, 11, 1));
    if let Err(error) = read_rows(Cursor::new(bytes), &expected, &options, &mut sink) {
        let text = error.to_string();
        assert!(text.starts_with("fuzzed") && !error.fault.remedy().is_empty());
    }
}
