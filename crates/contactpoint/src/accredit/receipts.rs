//! What a directory would tell of an export, in the words of `contactpoint receipts`: beside the export, for the product.

use std::path::{Path, PathBuf};

use conformance::{Agreed, Cast, Given, Manner, RowTold, Run, Step, Tested, applying, tell};
use directory::connecting::WayIn;
use service::{Receipt, ReceiptFault, RowStatus};
use sha2::{Digest as _, Sha256};

use super::{Usage, exports};
use crate::system;

/// Writes the receipts of each export after which a product is told of something, and says where.
///
/// # Errors
/// When there is no such export yet, it is refused whole, or nothing can be written beside it.
pub(super) fn write(folder: &Path, cast: &Cast, agreed: Agreed) -> Result<Vec<PathBuf>, Usage> {
    let profile = cast.profile();
    let mut given = exports::read(folder, profile, WayIn::Files)?;
    let tested = Tested { supplier: String::new(), product: String::new(), version: String::new() };
    let now = system::world().now();
    let run = Run { tested, way: WayIn::Files, agreed, cast, now, show_values: false };
    let mut written = Vec::new();
    for case in applying(profile, WayIn::Files) {
        let steps = case.plan(cast, WayIn::Files).steps;
        let came = given.remove(case.id).unwrap_or_default();
        let told = steps.iter().zip(&came).filter(|(step, _)| matches!(step.manner, Manner::PutsAside(_)));
        for (step, given) in told {
            let path = exports::receipts_beside(&folder.join(&given.name));
            std::fs::write(&path, of(&run, step, given)?)
                .map_err(|error| Usage(format!("{}: cannot be written: {error}", path.display())))?;
            written.push(path);
        }
    }
    if written.is_empty() {
        return Err(Usage(format!(
            "--files {}: the export of the first step of T14 is not there yet; let the product write T14/1.csv (or .xlsx, .xml, .ndjson)",
            folder.display()
        )));
    }
    Ok(written)
}

/// The receipts of one export, one JSON object a line.
fn of(run: &Run<'_>, step: &Step, given: &Given) -> Result<String, Usage> {
    let rows = tell(run, step, given).map_err(|error| {
        Usage(format!(
            "{}{}: the file was not taken ({}): {}. {}",
            error.file,
            error.place,
            error.fault.code(),
            error.fault,
            error.fault.remedy()
        ))
    })?;
    let sha256 = match &given.came {
        conformance::Came::Bytes(bytes) => hex::encode(Sha256::digest(bytes)),
        _ => String::new(),
    };
    let lines = (1..).zip(rows).map(|(nth, row)| {
        let receipt = receipt(&sha256, nth, row);
        serde_json::to_string(&receipt).map(|line| line + "\n")
    });
    lines.collect::<Result<_, _>>().map_err(|error| Usage(format!("no receipt can be written: {error}")))
}

fn receipt(sha256: &str, nth: usize, row: RowTold) -> Receipt {
    let status = if row.faults.is_empty() { RowStatus::Accepted } else { RowStatus::Quarantined };
    let told =
        |fault: &feeds::Fault| ReceiptFault { field: fault.field.to_owned(), rule: fault.code().to_owned() };
    Receipt {
        cursor: format!("1-{nth}"),
        file: Some(sha256.to_owned()),
        sequence: None,
        row: row.row,
        record: row.record,
        status,
        faults: row.faults.iter().map(told).collect(),
    }
}
