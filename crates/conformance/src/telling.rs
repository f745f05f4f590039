//! What a directory tells of an export, row by row, as receipts are (docs/receipts.md): who writes files learns from them what was
//! put aside.

use std::io::Cursor;
use std::ops::ControlFlow;

use feeds::{Fault, FileError, Outcome, judge_file};

use crate::arrived::{Came, Given};
use crate::cast::identity;
use crate::judging::Run;
use crate::plan::{Manner, Step, TOLD};

/// What is told of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowTold {
    /// Its number, as a load counts it.
    pub row: u64,
    /// The source's own identifier; none of a row put aside.
    pub record: Option<String>,
    /// The rules that it breaks; none of a row that was taken.
    pub faults: Vec<Fault>,
}

/// What is told of the rows of an export after a step, in their order. What did not come in a file is told of no rows.
///
/// # Errors
/// When the file cannot be read on: such a file is refused whole, and has no receipts.
pub fn tell(run: &Run<'_>, step: &Step, given: &Given) -> Result<Vec<RowTold>, Box<FileError>> {
    let Came::Bytes(bytes) = &given.came else { return Ok(Vec::new()) };
    let child = match &step.manner {
        Manner::PutsAside(child) => Some(identity(&child.sheet)),
        _ => None,
    };
    let mut rows = Vec::new();
    judge_file(Cursor::new(bytes), run.cast.profile(), &run.options(&given.name), |outcome| {
        rows.push(match outcome {
            Outcome::Accepted(row) if child.as_ref() == Some(&identity(&row.said())) => {
                RowTold { row: row.row_number, record: None, faults: vec![TOLD] }
            }
            Outcome::Accepted(row) => {
                RowTold { row: row.row_number, record: Some(row.record_id), faults: Vec::new() }
            }
            Outcome::Quarantined(row) => RowTold { row: row.row_number, record: None, faults: row.faults },
        });
        ControlFlow::Continue(())
    })
    .map_err(Box::new)?;
    Ok(rows)
}
