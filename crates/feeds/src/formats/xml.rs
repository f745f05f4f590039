//! XML: `<rows><row><surname>…</surname>…</row>…</rows>`, the elements of a row named as the columns, in any order.

use std::io::Read;

use quick_xml::events::BytesStart;

use super::cells::Cells;
use super::markup::{Markup, Piece, attribute_names};
use super::{Expected, RowSink, Unread};
use crate::error::{FileFault, Place};
use crate::records::Stop;

/// `rows`, `row` and a column; what stands inside an element that is not permitted may be a little deeper.
const DEEPEST: usize = 16;

/// Attributes of XML itself and of its schemas, which say nothing about a child.
const OF_XML: &[&str] = &[
    "xmlns",
    "xml:lang",
    "xml:space",
    "xml:base",
    "xml:id",
    "xsi:schemaLocation",
    "xsi:noNamespaceSchemaLocation",
    "xsi:type",
    "xsi:nil",
];

pub(super) fn read(source: impl Read, expected: Expected<'_>, sink: &mut impl RowSink) -> Result<(), Stop> {
    let mut document = Document { markup: Markup::new(source, DEEPEST), rows: 0 };
    document.read(expected, sink).map_err(|fault| {
        let place = Place {
            row: (document.rows > 0).then_some(document.rows),
            byte: Some(document.markup.position()),
        };
        (place, fault)
    })
}

struct Document<R> {
    markup: Markup<R>,
    rows: u64,
}

impl<R: Read> Document<R> {
    fn read(&mut self, expected: Expected<'_>, sink: &mut impl RowSink) -> Result<(), FileFault> {
        if !self.open("rows", false, sink)? {
            return Err(FileFault::Empty);
        }
        sink.columns(expected.names)?;
        let mut values = vec![String::new(); expected.names.len()];
        let mut cells = Cells::default();
        while self.open("row", true, sink)? {
            self.rows += 1;
            values.iter_mut().for_each(String::clear);
            self.row(expected, &mut values, sink)?;
            cells.clear();
            for value in &values {
                cells.push(value)?;
            }
            if sink.row(cells.row(self.rows)).is_break() {
                return Ok(());
            }
        }
        self.nothing_more()
    }

    /// Behind the list stands nothing: rows of another list would be left unread.
    fn nothing_more(&mut self) -> Result<(), FileFault> {
        loop {
            match self.markup.next()? {
                Piece::End => return Ok(()),
                Piece::Close => {}
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Open(_) | Piece::Text(_) | Piece::Letter(_) => {
                    return Err(FileFault::Markup(
                        "something stands behind the list of rows: a file has one list",
                    ));
                }
            }
        }
    }

    /// Goes on to the next element, which must have this name; `false` where the document or the list ends before one.
    fn open(&mut self, name: &str, inside: bool, sink: &mut impl RowSink) -> Result<bool, FileFault> {
        loop {
            match self.markup.next()? {
                Piece::Open(element) if element.name().as_ref() == name => {
                    attributes(&element, sink)?;
                    return Ok(true);
                }
                Piece::Open(_) => return Err(FileFault::Markup("an element is not named rows or row")),
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Text(_) | Piece::Letter(_) => {
                    return Err(FileFault::Markup("text stands outside the rows"));
                }
                Piece::Close if inside => return Ok(false),
                Piece::Close => {}
                Piece::End => return Ok(false),
            }
        }
    }

    /// The columns of a row up to its end.
    fn row(
        &mut self,
        expected: Expected<'_>,
        values: &mut [String],
        sink: &mut impl RowSink,
    ) -> Result<(), FileFault> {
        loop {
            let element = match self.markup.next()? {
                Piece::Open(element) => element,
                Piece::Close | Piece::End => return Ok(()),
                Piece::Text(text) if text.trim().is_empty() => continue,
                Piece::Text(_) | Piece::Letter(_) => {
                    return Err(FileFault::Markup("text stands in a row outside its columns"));
                }
            };
            let name = element.name();
            let name: &str = name.as_ref();
            match expected.position(name) {
                Some(index) => {
                    attributes(&element, sink)?;
                    let Some(value) = values.get_mut(index) else { continue };
                    if !value.is_empty() {
                        return Err(FileFault::Markup("a column stands twice in a row"));
                    }
                    self.markup.text(value)?;
                }
                None => {
                    sink.unread(Unread::Unpermitted(name));
                    self.markup.skip()?;
                }
            }
        }
    }
}

/// Names what stands in the tag of an element: the closed list has no attribute, so none is passed over unsaid (law 1).
fn attributes(element: &BytesStart<'_>, sink: &mut impl RowSink) -> Result<(), FileFault> {
    for name in attribute_names(element) {
        let name = name?;
        if !OF_XML.contains(&name) && !name.starts_with("xmlns:") {
            sink.unread(Unread::Attribute { element: element.name().into_inner(), name });
        }
    }
    Ok(())
}
