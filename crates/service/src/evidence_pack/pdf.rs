//! A pack as a document to print.

use pdf_writer::Name;
use pdf_writer::types::StructRole;

use super::{EvidencePack, PackTable, words};
use crate::document::{BOLD, Child, LEFT, LOWEST, Node, PLAIN, RIGHT, Writer, width};

/// From line to line of a table.
const ROW: f32 = 20.0;
/// What a table needs to begin on a page: title, note, head and two rows.
const TABLE_HEAD: f32 = 110.0;

/// The document's bytes.
pub(super) fn document(pack: &EvidencePack) -> Vec<u8> {
    let mut writer =
        Writer::new(format!("Monthly evidence pack, {}", month_in_words(pack)), pack.owner.clone());
    opening(&mut writer, pack);
    for one in &pack.tables {
        table(&mut writer, one);
    }
    writer.finish()
}

fn month_in_words(pack: &EvidencePack) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::try_from(pack.month.month() - 1).ok().and_then(|at| NAMES.get(at));
    format!("{} {}", name.copied().unwrap_or_default(), pack.month.year())
}

fn opening(writer: &mut Writer, pack: &EvidencePack) {
    let owner = match &pack.code {
        Some(code) => format!("{} ({code})", pack.owner),
        None => pack.owner.clone(),
    };
    let title = writer.title.clone();
    let child = writer.text(BOLD, 20.0, LEFT, &title);
    writer.element(StructRole::H1, vec![child]);
    writer.y -= 26.0;
    for line in [
        owner.as_str(),
        "Counts without persons. Every count is rounded to the nearest 5, and one below 10 is",
        "shown as “under 10”, so that nobody can be picked out.",
    ] {
        let child = writer.text(PLAIN, 11.0, LEFT, line);
        writer.element(StructRole::P, vec![child]);
        writer.y -= 16.0;
    }
    writer.y -= 14.0;
}

fn table(writer: &mut Writer, table: &PackTable) {
    if writer.y - TABLE_HEAD < LOWEST {
        writer.new_page();
    }
    let child = writer.text(BOLD, 14.0, LEFT, table.title);
    writer.element(StructRole::H2, vec![child]);
    writer.y -= 17.0;
    let child = writer.text(PLAIN, 10.0, LEFT, table.note);
    writer.element(StructRole::P, vec![child]);
    writer.y -= 20.0;
    let mut rows = vec![row(writer, BOLD, StructRole::TH, "Counted", "Count")];
    for (what, count) in &table.rows {
        if writer.y < LOWEST {
            writer.new_page();
        }
        rows.push(row(writer, PLAIN, StructRole::TD, what, &words::count(*count)));
    }
    writer.element(StructRole::Table, rows);
    writer.y -= 18.0;
}

fn row(writer: &mut Writer, font: Name<'static>, cell: StructRole, what: &str, count: &str) -> Child {
    let what = writer.text(font, 11.0, LEFT, what);
    let count = writer.text(font, 11.0, RIGHT - width(count) * 11.0, count);
    writer.rule();
    writer.y -= ROW;
    // What was counted heads its row.
    let head = Child::Node(Node { role: StructRole::TH, children: vec![what] });
    let count = Child::Node(Node { role: cell, children: vec![count] });
    Child::Node(Node { role: StructRole::TR, children: vec![head, count] })
}
