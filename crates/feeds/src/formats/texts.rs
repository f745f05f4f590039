//! Every text of a file, also what no row says: for whoever looks for words that must be nowhere in it (law 1).

use std::io::{Cursor, Read as _};

use serde_json::Value;

use super::Format;
use super::container::Container;
use super::xlsx::of_part;
use crate::error::FileFault;

/// Bytes that the parts of a workbook may unpack to together.
const PARTS: u64 = 256 << 20;

/// The texts of a file, or of one JSON message, as they are written and without the notation of their format: of a workbook those
/// of every part (other sheets, comments), of XML also attributes and comments, of JSON the names and texts, resources that are
/// discarded unread included.
///
/// # Errors
/// When a workbook is damaged, or unpacks to more than any feed needs.
pub fn every_text(bytes: &[u8]) -> Result<Vec<String>, FileFault> {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    Ok(match Format::of(bytes) {
        Format::Xlsx => return of_workbook(bytes),
        Format::Xml => of_markup(text()),
        Format::FhirNdjson => of_json(&text()),
        // A list of statements, as a request has it.
        Format::Csv if bytes.trim_ascii_start().starts_with(b"[") => of_json(&text()),
        Format::Csv => vec![text()],
    })
}

fn of_workbook(bytes: &[u8]) -> Result<Vec<String>, FileFault> {
    let mut container = Container::open(Cursor::new(bytes))?;
    let (mut texts, mut left) = (Vec::new(), PARTS);
    for name in container.names() {
        let mut part = Vec::new();
        let read = container.part(&name, left)?.read_to_end(&mut part);
        read.map_err(|error| of_part("content", PARTS, FileFault::Read(error)))?;
        left = left.saturating_sub(part.len() as u64);
        texts.extend(of_markup(String::from_utf8_lossy(&part).into_owned()));
    }
    Ok(texts)
}

/// As it is written, and the text of its elements alone: words may run on from one element into the next.
fn of_markup(written: String) -> Vec<String> {
    let mut bare = String::new();
    let mut inside = false;
    for letter in written.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => bare.push(letter),
            _ => {}
        }
    }
    let bare = quick_xml::escape::unescape(&bare).map_or_else(|_| bare.clone(), |text| text.into_owned());
    vec![written, bare]
}

/// One value, or one a line; a line that is no JSON stays as it is written.
fn of_json(written: &str) -> Vec<String> {
    let told = |text: &str| {
        serde_json::from_str::<Value>(text).ok().map(|value| {
            let mut said = String::new();
            collect(&value, &mut said);
            said
        })
    };
    match told(written) {
        Some(said) => vec![said],
        None => written.lines().map(|line| told(line).unwrap_or_else(|| line.to_owned())).collect(),
    }
}

fn collect(value: &Value, said: &mut String) {
    let mut say = |text: &str| {
        said.push_str(text);
        said.push('\n');
    };
    match value {
        Value::String(text) => say(text),
        Value::Array(values) => values.iter().for_each(|value| collect(value, said)),
        Value::Object(members) => {
            for (name, value) in members {
                said.push_str(name);
                said.push('\n');
                collect(value, said);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(bytes: &str, words: &str) -> bool {
        every_text(bytes.as_bytes()).unwrap().iter().any(|text| text.contains(words))
    }

    #[test]
    fn words_are_found_however_the_format_writes_them() {
        assert!(says("surname\nOak tree\n", "Oak tree"));
        assert!(says("{\"a\":[{\"b\":\"Oak\\u0020tree\"}]}", "Oak tree"));
        assert!(says("{\"a\":1}\n{\"a\":\"Oak\\ntree\"}\n", "Oak\ntree"));
        assert!(says("[{\"a\":\"Oak tree\"}]", "Oak tree"));
        assert!(says("<rows><row><a>Oak</a><b>&#32;tree</b></row></rows>", "Oak tree"));
        assert!(says("<rows><!-- Oak tree --></rows>", "Oak tree"));
        assert!(!says("<rows><row><a>Oak</a></row></rows>", "tree"));
    }

    #[test]
    fn a_workbook_that_is_cut_is_refused() {
        assert!(matches!(every_text(b"PK\x03\x04 and no more"), Err(FileFault::Workbook(_))));
    }
}
