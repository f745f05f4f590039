//! What is kept of each row until the last is read: whether a fault was found in it, and whether a load would put it
//! aside, a bit each, and, where values are shown, the
//! source's own identifier. Only then is known which rows come twice.

/// Bytes of identifiers kept; the list of faults leaves the cell empty for rows beyond.
const MOST_BYTES: usize = 256 << 20;

/// The marks of the rows, in the order of reading.
#[derive(Debug, Default)]
pub(crate) struct RowMarks {
    faulty: Bits,
    quarantined: Bits,
    ids: String,
    ends: Vec<u32>,
}

impl RowMarks {
    /// Notes that a fault was found in a row.
    pub(crate) fn blame(&mut self, ordinal: u32) {
        self.faulty.set(ordinal);
    }

    pub(crate) fn is_faulty(&self, ordinal: u32) -> bool {
        self.faulty.get(ordinal)
    }

    /// Notes that a load would put a row aside.
    pub(crate) fn quarantine(&mut self, ordinal: u32) {
        self.quarantined.set(ordinal);
    }

    pub(crate) fn is_quarantined(&self, ordinal: u32) -> bool {
        self.quarantined.get(ordinal)
    }

    /// Keeps the identifier of the next row.
    pub(crate) fn push_id(&mut self, id: &str) {
        if self.ids.len() + id.len() <= MOST_BYTES {
            self.ids.push_str(id);
        }
        // The ceiling is below four gigabytes.
        self.ends.push(u32::try_from(self.ids.len()).unwrap_or(u32::MAX));
    }

    /// The identifier of a row, where it was kept.
    pub(crate) fn id(&self, ordinal: u32) -> Option<&str> {
        let at = ordinal as usize;
        let end = *self.ends.get(at)? as usize;
        let start =
            at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |start| *start as usize);
        self.ids.get(start..end).filter(|id| !id.is_empty())
    }
}

/// A bit a row, by its number in the order of reading.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, ordinal: u32) {
        let (word, bit) = place(ordinal);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    fn get(&self, ordinal: u32) -> bool {
        let (word, bit) = place(ordinal);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

fn place(ordinal: u32) -> (usize, u64) {
    ((ordinal / 64) as usize, 1 << (ordinal % 64))
}
