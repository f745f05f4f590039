//! The first sheet of an Excel workbook, row by row.
//!
//! The texts of a workbook stand in a part of their own and are kept in memory (at most [`TEXTS`] bytes of them); the sheet
//! itself is read as a stream. Numbers and dates become the text a feed has: 9990000018, 2015-02-28. Other sheets are looked
//! into up to their first value and named.

mod escapes;
mod serial;
mod sheet;
mod strings;
mod styles;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

use super::container::Container;
use super::markup::{Markup, Piece, attribute, attribute_names};
use super::{RowSink, Unread};
use crate::error::{FileFault, Place};
use crate::records::Stop;
use sheet::Sheet;
use strings::Strings;
use styles::Styles;

/// Bytes that the small parts may unpack to.
const SMALL: u64 = 8 << 20;
/// Bytes of shared texts.
const TEXTS: u64 = 256 << 20;
/// Bytes of the sheet: a million rows of two kilobytes.
const SHEET: u64 = 2 << 30;
/// Bytes that the other sheets may unpack to, together, until each was seen to be empty.
const LOOKED_INTO: u64 = 8 << 20;
/// Elements inside one another in any part; extensions of a workbook nest.
const DEEPEST: usize = 64;

pub(super) fn read<R: Read + Seek>(source: R, sink: &mut impl RowSink) -> Result<(), Stop> {
    let whole = |fault| (Place::FILE, fault);
    let mut container = Container::open(source).map_err(whole)?;
    let Index { sheets, from_1904 } = index(&mut container).map_err(whole)?;
    let Some((first, further)) = sheets.split_first() else {
        return Err(whole(FileFault::Workbook("it has no sheet")));
    };
    let first = first
        .part
        .clone()
        .ok_or_else(|| whole(FileFault::Workbook("its first sheet is not in its index")))?;
    name_further(&mut container, further, sink);
    let strings = match container.has("xl/sharedStrings.xml") {
        true => {
            let part = container.part("xl/sharedStrings.xml", TEXTS).map_err(whole)?;
            Strings::read(part).map_err(|fault| whole(of_part("list of texts", TEXTS, fault)))?
        }
        false => Strings::default(),
    };
    let styles = match container.has("xl/styles.xml") {
        true => {
            let part = container.part("xl/styles.xml", SMALL).map_err(whole)?;
            Styles::read(part).map_err(|fault| whole(of_part("list of styles", SMALL, fault)))?
        }
        false => Styles::default(),
    };
    let part = container.part(&first, SHEET).map_err(whole)?;
    let mut sheet = Sheet::new(part, &strings, &styles, from_1904);
    sheet.read(sink).map_err(|fault| (sheet.place(), of_part("sheet", SHEET, fault)))
}

/// What the index of a workbook says.
struct Index {
    sheets: Vec<Indexed>,
    /// Days are counted from 1904.
    from_1904: bool,
}

/// A sheet, hidden or not.
struct Indexed {
    name: String,
    relation: Option<String>,
    /// The part it stands in, where the index knows it.
    part: Option<String>,
}

fn index(container: &mut Container<impl Read + Seek>) -> Result<Index, FileFault> {
    let mut index = Index { sheets: Vec::new(), from_1904: false };
    let mut markup = Markup::new(container.part("xl/workbook.xml", SMALL)?, DEEPEST);
    loop {
        match markup.next().map_err(|fault| of_part("index", SMALL, fault))? {
            Piece::Open(element) if element.local_name().as_ref() == "workbookPr" => {
                index.from_1904 =
                    attribute(&element, "date1904").is_some_and(|value| value == "1" || value == "true");
            }
            Piece::Open(element) if element.local_name().as_ref() == "sheet" => {
                let id = attribute_names(&element).flatten().find(|name| name.ends_with(":id"));
                let relation = id.and_then(|id| attribute(&element, id)).map(Cow::into_owned);
                let name = attribute(&element, "name").unwrap_or_default().into_owned();
                index.sheets.push(Indexed { name, relation, part: None });
            }
            Piece::End => break,
            _ => {}
        }
    }
    let mut parts = BTreeMap::new();
    let mut markup = Markup::new(container.part("xl/_rels/workbook.xml.rels", SMALL)?, DEEPEST);
    loop {
        match markup.next().map_err(|fault| of_part("index", SMALL, fault))? {
            Piece::Open(element) if element.local_name().as_ref() == "Relationship" => {
                let target = attribute(&element, "Target").unwrap_or_default();
                let part = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("xl/{target}"),
                };
                let id = attribute(&element, "Id").unwrap_or_default().into_owned();
                parts.entry(id).or_insert(part);
            }
            Piece::End => break,
            _ => {}
        }
    }
    for sheet in &mut index.sheets {
        sheet.part = sheet.relation.as_ref().and_then(|relation| parts.get(relation).cloned());
    }
    Ok(index)
}

/// Names the sheets in which something stands: what nobody reads must not pass unsaid (law 8). They are looked into up to their
/// first value; one that is not found empty within [`LOOKED_INTO`] bytes, or cannot be read, is named too.
fn name_further(container: &mut Container<impl Read + Seek>, further: &[Indexed], sink: &mut impl RowSink) {
    let mut left = LOOKED_INTO;
    for (sheet, position) in further.iter().zip(2..) {
        let part = sheet.part.as_ref().and_then(|part| container.part(part, left).ok());
        let empty = part.is_some_and(|part| {
            let mut markup = Markup::new(part, DEEPEST);
            let empty = matches!(holds_a_value(&mut markup), Ok(false));
            left = left.saturating_sub(markup.position());
            empty
        });
        if !empty {
            sink.unread(Unread::Sheet { position, name: &sheet.name });
        }
    }
}

/// Whether a text, a number or a formula stands in a cell.
fn holds_a_value<R: Read>(markup: &mut Markup<R>) -> Result<bool, FileFault> {
    let (mut depth, mut cells) = (0_usize, None);
    loop {
        match markup.next()? {
            Piece::Open(element) => {
                depth += 1;
                if element.local_name().as_ref() == "sheetData" {
                    cells = Some(depth);
                }
            }
            Piece::Text(text) if cells.is_some() && !text.trim().is_empty() => return Ok(true),
            Piece::Letter(_) if cells.is_some() => return Ok(true),
            // Behind the cells stand rules of how they look and are printed.
            Piece::Close if cells == Some(depth) => return Ok(false),
            Piece::Close => depth = depth.saturating_sub(1),
            Piece::End => return Ok(false),
            Piece::Text(_) | Piece::Letter(_) => {}
        }
    }
}

/// Says of which part a fault is.
pub(super) fn of_part(part: &'static str, limit: u64, fault: FileFault) -> FileFault {
    match fault {
        FileFault::Read(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            FileFault::UnpacksTooLarge { part, limit }
        }
        FileFault::Read(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            FileFault::Workbook("its ZIP container is cut or damaged")
        }
        FileFault::Markup(_) => FileFault::Workbook("a part of it is not the XML it should be, or was cut"),
        other => other,
    }
}
