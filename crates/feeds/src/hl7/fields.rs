//! A segment's fields, repeats and components, unescaped.

use hl7_parser::message::{Repeat, Separators};
use hl7_parser::parser::parse_segment_with_separators;

/// A segment that is taken.
#[derive(Debug)]
pub(super) struct Segment<'m> {
    inner: hl7_parser::message::Segment<'m>,
    separators: Separators,
}

impl<'m> Segment<'m> {
    /// Reads a line; `None` when it is no segment, or not to its end.
    pub(super) fn read(line: &'m str, separators: Separators) -> Option<Self> {
        let inner = parse_segment_with_separators(line, separators).ok()?;
        (inner.raw_value().len() == line.len()).then_some(Self { inner, separators })
    }

    pub(super) fn name(&self) -> &'m str {
        self.inner.name
    }

    /// The numbers of the fields in which something stands.
    pub(super) fn filled(&self) -> impl Iterator<Item = usize> {
        self.inner.fields().enumerate().filter(|(_, field)| !field.is_empty()).map(|(index, _)| index + 1)
    }

    pub(super) fn repeats(&self, field: usize) -> Vec<Value<'_>> {
        let repeats: Vec<_> =
            self.inner.field(field).map(|field| field.repeats().collect()).unwrap_or_default();
        let separators = &self.separators;
        repeats
            .into_iter()
            .filter(|repeat| !repeat.is_empty())
            .map(|repeat| Value { repeat, separators })
            .collect()
    }

    /// A component of a field's first repeat.
    pub(super) fn component(&self, field: usize, component: usize) -> String {
        self.repeats(field).first().map(|value| value.component(component)).unwrap_or_default()
    }
}

/// One repeat of a field.
#[derive(Debug)]
pub(super) struct Value<'m> {
    repeat: &'m Repeat<'m>,
    separators: &'m Separators,
}

impl Value<'_> {
    /// The first part of a component, unescaped; empty when there is none, or when it says that there is nothing (`""`).
    pub(super) fn component(&self, number: usize) -> String {
        self.part(number, 1)
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
        unescaped(first.raw_value(), self.separators).trim().to_owned()
    }
}

/// What a text with escapes means (HL7 v2.5.1, 2.7). One that is not ended, or not known, stays as it is written: nothing
/// is lost. Highlighting (`\H\`, `\N\`) goes, and a new line is a space.
fn unescaped(text: &str, separators: &Separators) -> String {
    let Separators { field, component, subcomponent, repetition, escape, .. } = *separators;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(escape) {
        plain.push_str(before);
        let Some((code, after)) = behind.split_once(escape) else {
            plain.push(escape);
            rest = behind;
            continue;
        };
        match code {
            "F" => plain.push(field),
            "S" => plain.push(component),
            "T" => plain.push(subcomponent),
            "R" => plain.push(repetition),
            "E" => plain.push(escape),
            "H" | "N" => {}
            ".br" => plain.push(' '),
            _ => match code.strip_prefix('X').and_then(characters) {
                Some(meant) => plain.push_str(&meant),
                None => plain.extend([escape.to_string().as_str(), code, escape.to_string().as_str()]),
            },
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// The characters that hexadecimal digits stand for in UTF-8, new lines as spaces; `None` for control characters.
fn characters(digits: &str) -> Option<String> {
    let bytes = hex::decode(digits).ok().filter(|bytes| !bytes.is_empty())?;
    let meant = String::from_utf8(bytes).ok()?.replace(['\r', '\n'], " ");
    (!meant.contains(char::is_control)).then_some(meant)
}
