//! The list of faults for the person who mends them: CSV, one line a fault.

use crate::check::Found;
use crate::fault::CodeText;
use crate::profile::Profile;

/// The header.
pub(crate) const HEADER: &str = "file,row,record_id,field,code,what_is_wrong,what_to_do\n";

/// Adds the lines of one row. The source's own identifier is a value, and given only where values are shown.
pub(crate) fn lines(
    out: &mut Vec<u8>,
    profile: &Profile,
    (file, row): (&str, u64),
    record_id: Option<&str>,
    found: &[Found],
) {
    let mut in_order: Vec<&Found> = found.iter().collect();
    in_order.sort_by_key(|fault| (fault.column, fault.code));
    for fault in in_order {
        let field = fault
            .column
            .and_then(|at| profile.columns.get(at))
            .map_or("(row)", |column| column.name.as_str());
        let CodeText { code, meaning, remedy, .. } = fault.code.text();
        let row = row.to_string();
        let cells = [file, &row, record_id.unwrap_or_default(), field, code, meaning, remedy];
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            put(out, cell);
        }
        out.push(b'\n');
    }
}

/// A cell; one that a spreadsheet would take for a formula gets an apostrophe before it.
fn put(out: &mut Vec<u8>, cell: &str) {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !cell.contains([',', '"', '\n', '\r']) {
        out.extend_from_slice(cell.as_bytes());
        return;
    }
    out.push(b'"');
    if formula {
        out.push(b'\'');
    }
    out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::put;

    #[test]
    fn a_cell_is_never_a_formula_and_quotes_stay_quotes() {
        let written = |cell: &str| {
            let mut out = Vec::new();
            put(&mut out, cell);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written("R-1"), "R-1");
        assert_eq!(written("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(written("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
