//! The values of one row in the profile's order, trimmed and in Unicode's composed form, and their canonical bytes.

use std::collections::BTreeMap;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::header::Layout;
use crate::profile::Profile;
use crate::records::Record;

/// One row's values. The buffers are kept from row to row.
#[derive(Debug, Default)]
pub(crate) struct Values {
    text: String,
    ends: Vec<usize>,
}

impl Values {
    /// Takes the values of a record that has the width of the layout.
    pub(crate) fn take(&mut self, record: &Record, layout: &Layout) {
        self.take_each(
            layout
                .places()
                .iter()
                .map(|place| place.and_then(|place| record.value(place)).unwrap_or_default()),
        );
    }

    /// Takes values one after the other.
    pub(crate) fn take_each<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        self.text.clear();
        self.ends.clear();
        for value in values {
            self.push(trim(value));
        }
    }

    fn push(&mut self, value: &str) {
        if is_nfc_quick(value.chars()) == IsNormalized::Yes {
            self.text.push_str(value);
        } else {
            self.text.extend(value.nfc());
        }
        self.ends.push(self.text.len());
    }

    /// The value of the column at `index` of the profile; empty when there is none.
    pub(crate) fn get(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The row as bytes for its digest: the form's name, the profile's name, then name and value of every
    /// column that has a value, in the profile's order, each text preceded by its length in bytes (four bytes,
    /// low byte first). The order of the columns in the file, white space around values, quoting and the
    /// choice of composed or decomposed accents therefore do not change it; nor does a column that a later
    /// version of the profile adds and the source leaves empty.
    pub(crate) fn canonical(&self, profile: &'static Profile) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len() + 1024);
        put(&mut bytes, "feed-row-1");
        put(&mut bytes, profile.name);
        for (index, column) in profile.columns().enumerate() {
            let value = self.get(index);
            if !value.is_empty() {
                put(&mut bytes, column.name);
                put(&mut bytes, value);
            }
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, text: &str) {
    // A row is at most a megabyte long; normalising cannot bring it near the four gigabytes of the prefix.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// What a canonical row says: each column of its profile that has a value, with it. Anything else says nothing.
pub(crate) fn of_canonical(bytes: &[u8]) -> BTreeMap<&'static str, String> {
    let (mut rest, mut said) = (bytes, BTreeMap::new());
    let (Some(_), Some(name)) = (get(&mut rest), get(&mut rest)) else { return said };
    let Some(profile) = Profile::named(name) else { return said };
    while let (Some(name), Some(value)) = (get(&mut rest), get(&mut rest)) {
        if let Some((_, column)) = profile.position(name) {
            said.insert(column.name, value.to_owned());
        }
    }
    said
}

fn get<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (text, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}

/// Without white space, and without the zero-width no-break space that some exports put before a value.
fn trim(value: &str) -> &str {
    value.trim_matches(|character: char| character.is_whitespace() || character == '\u{FEFF}')
}
