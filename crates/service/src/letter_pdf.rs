//! A letter to a family as a document to print: the same parts in the same order as on the page, and nothing besides.

use directory::letter::{Letter, LetterRow};
use pdf_writer::types::StructRole;

use crate::document::{BOLD, Child, LEFT, Node, PLAIN, Writer};

/// Where the value of an item stands.
const VALUE: f32 = 220.0;
/// What an item needs to begin on a page: two lines.
const ITEM: f32 = 34.0;
/// What a part needs to begin on a page: its heading and some lines.
const PART: f32 = 80.0;

/// The document's bytes: a function of the letter alone, so that equal letters are equal files.
#[must_use]
pub fn letter_pdf(letter: &Letter, product: &str) -> Vec<u8> {
    let mut writer = Writer::new(letter.title.clone(), product.to_owned());
    let title = writer.paragraph(BOLD, 20.0, LEFT, &letter.title);
    writer.element(StructRole::H1, title);
    writer.y -= 6.0;
    let said = writer.paragraph(PLAIN, 11.0, LEFT, &format!("Our reference: {}", letter.reference));
    writer.element(StructRole::P, said);
    for part in &letter.sections {
        writer.y -= 14.0;
        writer.keep_together(PART);
        let heading = writer.paragraph(BOLD, 14.0, LEFT, &part.heading);
        writer.element(StructRole::H2, heading);
        writer.y -= 4.0;
        for said in &part.says {
            let said = writer.paragraph(PLAIN, 11.0, LEFT, said);
            writer.element(StructRole::P, said);
            writer.y -= 6.0;
        }
        let rows: Vec<Child> = part.rows.iter().map(|row| item(&mut writer, row)).collect();
        if !rows.is_empty() {
            writer.element(StructRole::Table, rows);
        }
    }
    writer.finish()
}

fn item(writer: &mut Writer, row: &LetterRow) -> Child {
    writer.keep_together(ITEM);
    let what = vec![writer.text(BOLD, 11.0, LEFT, &row.what)];
    let mut value = Vec::new();
    for line in &row.lines {
        value.extend(writer.paragraph(PLAIN, 11.0, VALUE, line));
    }
    if let Some(source) = &row.source {
        value.extend(writer.paragraph(PLAIN, 9.0, VALUE, &format!("Given by: {source}")));
    }
    writer.y += 8.0;
    writer.rule();
    writer.y -= 14.0;
    let head = Child::Node(Node { role: StructRole::TH, children: what });
    let value = Child::Node(Node { role: StructRole::TD, children: value });
    Child::Node(Node { role: StructRole::TR, children: vec![head, value] })
}
