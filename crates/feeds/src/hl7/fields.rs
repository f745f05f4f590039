//! A segment's fields, repeats and components, unescaped.

use hl7_parser::message::{Repeat, Separators};
use hl7_parser::parser::parse_segment_with_separators;

use super::characters::Characters;

/// How a message is written: its separators (MSH-1, MSH-2) and its characters (MSH-18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) separators: Separators,
    pub(super) characters: Characters,
}

/// A segment that is taken.
#[derive(Debug)]
pub(super) struct Segment<'m> {
    inner: hl7_parser::message::Segment<'m>,
    encoding: Encoding,
}

impl<'m> Segment<'m> {
    /// Reads a line; `None` when it is no segment, or not to its end.
    pub(super) fn read(line: &'m str, encoding: Encoding) -> Option<Self> {
        let inner = parse_segment_with_separators(line, encoding.separators).ok()?;
        (inner.raw_value().len() == line.len()).then_some(Self { inner, encoding })
    }

    pub(super) fn name(&self) -> &'m str {
        self.inner.name
    }

    /// The numbers of the fields in which something stands.
    pub(super) fn filled(&self) -> impl Iterator<Item = usize> {
        self.inner.fields().enumerate().filter(|(_, field)| !field.is_empty()).map(|(index, _)| index + 1)
    }

    /// Whether what its escapes mean is text of the message's characters. A field that is not is refused before it is read.
    pub(super) fn is_text(&self, field: usize) -> bool {
        let Some(field) = self.inner.field(field) else { return true };
        let components = field.repeats().flat_map(|repeat| repeat.components());
        let mut parts = components.flat_map(|component| component.subcomponents());
        parts.all(|part| unescaped(part.raw_value(), &self.encoding).is_some())
    }

    pub(super) fn repeats(&self, field: usize) -> Vec<Value<'_>> {
        let repeats: Vec<_> =
            self.inner.field(field).map(|field| field.repeats().collect()).unwrap_or_default();
        let encoding = &self.encoding;
        repeats
            .into_iter()
            .filter(|repeat| !repeat.is_empty())
            .map(|repeat| Value { repeat, encoding })
            .collect()
    }

    /// A component of a field's first repeat.
    pub(super) fn component(&self, field: usize, component: usize) -> String {
        self.repeats(field).first().map(|value| value.component(component)).unwrap_or_default()
    }

    /// The same of one that is text.
    pub(super) fn text(&self, field: usize, component: usize) -> String {
        self.repeats(field).first().map(|value| value.text(component)).unwrap_or_default()
    }
}

/// One repeat of a field.
#[derive(Debug)]
pub(super) struct Value<'m> {
    repeat: &'m Repeat<'m>,
    encoding: &'m Encoding,
}

impl Value<'_> {
    /// The first part of a component, unescaped; empty when there is none, or when it says that there is nothing (`""`).
    pub(super) fn component(&self, number: usize) -> String {
        self.part(number, 1)
    }

    /// A component of a type that has no parts, unescaped: an ampersand that is written bare in it is one, and cuts nothing.
    pub(super) fn text(&self, number: usize) -> String {
        let parts: Vec<&str> = self
            .repeat
            .component(number)
            .map(|component| component.subcomponents().map(|part| part.raw_value()).collect())
            .unwrap_or_default();
        if parts.as_slice() == ["\"\""] {
            return String::new();
        }
        let plain = parts.into_iter().map(|part| unescaped(part, self.encoding).unwrap_or_default());
        let ampersand = self.encoding.separators.subcomponent.to_string();
        plain.collect::<Vec<_>>().join(&ampersand).trim().to_owned()
    }

    /// A part of a component, in the same way.
    pub(super) fn part(&self, number: usize, part: usize) -> String {
        let component = self.repeat.component(number);
        let Some(first) = component.and_then(|component| component.subcomponent(part)) else {
            return String::new();
        };
        if first.raw_value() == "\"\"" {
            return String::new();
        }
        unescaped(first.raw_value(), self.encoding).unwrap_or_default().trim().to_owned()
    }
}

/// What a text with escapes means (HL7 v2.5.1, 2.7); `None` when the bytes of one are no text. One that is not ended, or not
/// known, stays as it is written: nothing is lost. Highlighting (`\H\`, `\N\`) goes, and a new line is a space.
fn unescaped(text: &str, encoding: &Encoding) -> Option<String> {
    let Separators { field, component, subcomponent, repetition, escape, .. } = encoding.separators;
    let mut plain = Plain { text: String::with_capacity(text.len()), bytes: Vec::new(), encoding };
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(escape) {
        plain.say(before)?;
        let Some((code, after)) = behind.split_once(escape) else {
            plain.say(escape.encode_utf8(&mut [0; 4]))?;
            rest = behind;
            continue;
        };
        let meant = match code {
            "F" => field,
            "S" => component,
            "T" => subcomponent,
            "R" => repetition,
            "E" => escape,
            ".br" => ' ',
            _ => {
                plain.other(code)?;
                rest = after;
                continue;
            }
        };
        plain.say(meant.encode_utf8(&mut [0; 4]))?;
        rest = after;
    }
    plain.say(rest)?;
    plain.end_bytes()?;
    Some(plain.text)
}

/// A text whose escapes are being replaced.
struct Plain<'e> {
    text: String,
    /// What escapes that stand side by side said: a character may be spread over them.
    bytes: Vec<u8>,
    encoding: &'e Encoding,
}

impl Plain<'_> {
    fn say(&mut self, text: &str) -> Option<()> {
        if !text.is_empty() {
            self.end_bytes()?;
            self.text.push_str(text);
        }
        Some(())
    }

    /// An escape that stands for no separator.
    fn other(&mut self, code: &str) -> Option<()> {
        if matches!(code, "H" | "N") {
            return Some(());
        }
        match code.strip_prefix('X').and_then(|digits| hex::decode(digits).ok()) {
            Some(bytes) if !bytes.is_empty() => self.bytes.extend(bytes),
            _ => {
                let escape = self.encoding.separators.escape;
                self.say(&format!("{escape}{code}{escape}"))?;
            }
        }
        Some(())
    }

    /// The bytes as characters of the message, new lines as spaces; `None` when they are none, or control characters.
    fn end_bytes(&mut self) -> Option<()> {
        let meant = self.encoding.characters.decode(&self.bytes)?.replace(['\r', '\n', '\t'], " ");
        self.bytes.clear();
        self.text.push_str(&meant);
        (!meant.contains(char::is_control)).then_some(())
    }
}
