//! XML in bounded memory: no document type, no entities of its own, no piece longer than a row may be.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::error::FileFault;
use crate::records::MAX_RECORD_BYTES;

/// What is wrong with the text itself.
const ILL_FORMED: &str = "it is not well-formed, or not UTF-8";

/// One piece of a document.
pub(super) enum Piece {
    Open(BytesStart<'static>),
    Close,
    Text(String),
    Letter(char),
    End,
}

/// A document, piece by piece.
pub(super) struct Markup<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    left: Rc<Cell<usize>>,
    depth: usize,
    deepest: usize,
}

impl<R: Read> Markup<R> {
    /// `deepest` is how many elements may stand inside one another.
    pub(super) fn new(source: R, deepest: usize) -> Self {
        let left = Rc::new(Cell::new(MAX_RECORD_BYTES));
        let metered = Metered { source: BufReader::with_capacity(1 << 16, source), left: left.clone() };
        let mut reader = Reader::from_reader(metered);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), left, depth: 0, deepest }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// The next piece; what says nothing about rows (comments, processing instructions, the declaration) is passed over.
    pub(super) fn next(&mut self) -> Result<Piece, FileFault> {
        loop {
            self.buffer.clear();
            self.left.set(MAX_RECORD_BYTES);
            if let Some(piece) = self.step()? {
                return Ok(piece);
            }
        }
    }

    /// One event of the parser; none where it says nothing about rows.
    fn step(&mut self) -> Result<Option<Piece>, FileFault> {
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(_) if self.left.get() == 0 => {
                return Err(FileFault::RecordTooLong { limit: MAX_RECORD_BYTES });
            }
            Err(quick_xml::Error::Io(error)) => {
                return Err(FileFault::Read(io::Error::new(error.kind(), error.to_string())));
            }
            Err(_) => return Err(FileFault::Markup(ILL_FORMED)),
        };
        match event {
            Event::Start(open) => {
                self.depth += 1;
                if self.depth > self.deepest {
                    return Err(FileFault::Markup(
                        "elements stand deeper inside one another than rows have them",
                    ));
                }
                Ok(Some(Piece::Open(open.into_owned())))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Some(Piece::Close))
            }
            Event::Text(text) => Ok(Some(Piece::Text(text.xml10_content().into_owned()))),
            Event::CData(text) => Ok(Some(Piece::Text(text.xml10_content().into_owned()))),
            Event::GeneralRef(reference) => {
                let letter = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                letter
                    .map(|letter| Some(Piece::Letter(letter)))
                    .ok_or(FileFault::Markup("it uses an entity that XML itself does not define"))
            }
            Event::DocType(_) => Err(FileFault::Markup("it has a document type (DTD), which is never read")),
            Event::Eof if self.depth > 0 => {
                Err(FileFault::Markup("it ends inside an element: the file was cut"))
            }
            Event::Eof => Ok(Some(Piece::End)),
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Ok(None),
        }
    }

    /// Passes over the rest of the element that was opened last, unread.
    pub(super) fn skip(&mut self) -> Result<(), FileFault> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if matches!(self.next()?, Piece::End) {
                break;
            }
        }
        Ok(())
    }

    /// The text up to the end of the element that was opened last; elements inside it are not permitted.
    pub(super) fn text(&mut self, into: &mut String) -> Result<(), FileFault> {
        let before = into.len();
        loop {
            match self.next()? {
                Piece::Text(text) => into.push_str(&text),
                Piece::Letter(letter) => into.push(letter),
                Piece::Close | Piece::End => return Ok(()),
                Piece::Open(_) => return Err(FileFault::Markup("an element stands inside a value")),
            }
            if into.len() - before > MAX_RECORD_BYTES {
                return Err(FileFault::RecordTooLong { limit: MAX_RECORD_BYTES });
            }
        }
    }
}

/// The value of an attribute, where it has one and it is plain.
pub(super) fn attribute<'a>(element: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    let found =
        element.attributes().with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok()
}

/// The names of the attributes of an element.
pub(super) fn attribute_names<'a>(
    element: &'a BytesStart<'_>,
) -> impl Iterator<Item = Result<&'a str, FileFault>> {
    let mut attributes = element.attributes();
    // Whether one stands twice is not asked: of very many that takes very long.
    attributes.with_checks(false);
    attributes.map(|attribute| {
        attribute.map(|attribute| attribute.key.into_inner()).map_err(|_| FileFault::Markup(ILL_FORMED))
    })
}

/// Passes on so many bytes until it is allowed more: a piece without an end must not become memory without one.
struct Metered<R> {
    source: BufReader<R>,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.source.read(space)
    }
}

impl<R: Read> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left.get() == 0 {
            return Err(io::Error::other("a piece of the document is longer than a row may be"));
        }
        self.source.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.left.set(self.left.get().saturating_sub(count));
        self.source.consume(count);
    }
}
