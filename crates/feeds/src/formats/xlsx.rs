//! The first sheet of an Excel workbook, row by row.
//!
//! The texts of a workbook stand in a part of their own and are kept in memory (at most [`TEXTS`] bytes of them); the sheet
//! itself is read as a stream. Numbers and dates become the text a feed has: 9990000018, 2015-02-28.

mod serial;
mod sheet;
mod strings;
mod styles;

use std::borrow::Cow;
use std::io::{self, Read, Seek};

use super::RowSink;
use super::container::Container;
use super::markup::{Markup, Piece, attribute};
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
/// Elements inside one another in any part; extensions of a workbook nest.
const DEEPEST: usize = 64;

pub(super) fn read<R: Read + Seek>(source: R, sink: &mut impl RowSink) -> Result<(), Stop> {
    let whole = |fault| (Place::FILE, fault);
    let mut container = Container::open(source).map_err(whole)?;
    let (sheet, from_1904) = first_sheet(&mut container).map_err(whole)?;
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
    let part = container.part(&sheet, SHEET).map_err(whole)?;
    let mut sheet = Sheet::new(part, &strings, &styles, from_1904);
    sheet.read(sink).map_err(|fault| (sheet.place(), of_part("sheet", SHEET, fault)))
}

/// The part that is the first sheet, and whether days are counted from 1904.
fn first_sheet(container: &mut Container<impl Read + Seek>) -> Result<(String, bool), FileFault> {
    let (mut relation, mut from_1904) = (None, false);
    let mut markup = Markup::new(container.part("xl/workbook.xml", SMALL)?, DEEPEST);
    loop {
        match markup.next().map_err(|fault| of_part("index", SMALL, fault))? {
            Piece::Open(element) if element.local_name().as_ref() == "workbookPr" => {
                from_1904 =
                    attribute(&element, "date1904").is_some_and(|value| value == "1" || value == "true");
            }
            Piece::Open(element) if element.local_name().as_ref() == "sheet" && relation.is_none() => {
                let mut names = element.attributes().flatten().map(|a| a.key.as_ref().to_owned());
                let name = names.find(|name| name.ends_with(":id"));
                relation = name.and_then(|name| attribute(&element, &name).map(Cow::into_owned));
            }
            Piece::End => break,
            _ => {}
        }
    }
    let relation = relation.ok_or(FileFault::Workbook("it has no sheet"))?;
    let mut markup = Markup::new(container.part("xl/_rels/workbook.xml.rels", SMALL)?, DEEPEST);
    loop {
        match markup.next().map_err(|fault| of_part("index", SMALL, fault))? {
            Piece::Open(element)
                if element.local_name().as_ref() == "Relationship"
                    && attribute(&element, "Id").is_some_and(|id| id == relation) =>
            {
                let target = attribute(&element, "Target").unwrap_or_default();
                let name = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("xl/{target}"),
                };
                return Ok((name, from_1904));
            }
            Piece::End => return Err(FileFault::Workbook("its first sheet is not in its index")),
            _ => {}
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
