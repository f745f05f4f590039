//! The file of one step, in any format that a load takes, told by its first bytes as there; and whether the product was told of
//! the row that is put aside in it.

use std::io::Cursor;
use std::ops::ControlFlow;

use feeds::judge_file;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{Arrived, Given};
use crate::cast::{Sheet, identity};
use crate::judging::Run;
use crate::plan::{Manner, Step};
use crate::report::Finding;

/// What is looked at of a receipt: which row of which file it is about, and what became of that.
#[derive(Deserialize)]
struct Line {
    file: Option<String>,
    row: u64,
    status: String,
}

pub(super) fn read(
    given: &Given,
    bytes: &[u8],
    run: &Run<'_>,
    step: &Step,
    before: Option<&Arrived>,
) -> Arrived {
    let (name, mut arrived) = (&given.name, Arrived::default());
    let options = run.options(name);
    let read = judge_file(Cursor::new(bytes), run.cast.profile(), &options, |outcome| {
        arrived.take(|number| format!("{name}, row {number}"), outcome);
        ControlFlow::Continue(())
    });
    match read {
        Ok(()) => arrived.format = given.format(),
        Err(error) => {
            let place = format!("{}{}", error.file, error.place);
            let what = format!("the file was not taken ({}): {}", error.fault.code(), error.fault);
            arrived.findings.push(Finding::new(place, what, error.fault.remedy()));
        }
    }
    if let Some(before) = before {
        let again = |(record, statement): (&String, &super::Statement)| {
            let is_same = before.put_aside.contains(&(record.clone(), statement.undated()));
            is_same.then(|| statement.place.clone())
        };
        let again: Vec<String> = arrived.statements.iter().filter_map(again).collect();
        again.iter().for_each(|place| arrived.came_again(place));
    }
    if let Manner::PutsAside(child) = &step.manner {
        arrived.rows_aside(given, bytes, &child.sheet);
    }
    arrived
}

impl Arrived {
    /// The rows about a child are put aside, and the receipts beside the file say so.
    fn rows_aside(&mut self, given: &Given, bytes: &[u8], child: &Sheet) {
        let child = identity(child);
        let about = self.statements.iter().filter(|(_, statement)| identity(&statement.values()) == child);
        let about: Vec<String> = about.map(|(record, _)| record.clone()).collect();
        for record in about {
            let Some(statement) = self.statements.remove(&record) else { continue };
            self.put_aside.insert((record, statement.undated()));
            let wrong = match &given.receipts {
                None => Some((
                    "nothing beside the export shows that the product was told of the row that was put aside",
                    "Write the receipts of the export with contactpoint accredit receipts, give them to the product, and leave \
                     them beside it",
                )),
                Some(receipts) if !tells_of(receipts, bytes, statement.row.row_number) => Some((
                    "the receipts beside the export do not say of this row of this file that it was put aside",
                    "Write them anew with contactpoint accredit receipts, give those to the product, and go on with the next step",
                )),
                Some(_) => None,
            };
            if let Some((what, remedy)) = wrong {
                self.findings.push(Finding::new(&statement.place, what, remedy));
            }
        }
    }
}

/// Whether receipts say of a row of a file that it was put aside.
fn tells_of(receipts: &[u8], file: &[u8], row: u64) -> bool {
    let sha256 = hex::encode(Sha256::digest(file));
    let lines = receipts.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut lines = lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    lines.any(|line| {
        line.row == row && line.status == "quarantined" && line.file.as_deref() == Some(sha256.as_str())
    })
}
