//! Laws of the reader, on any bytes.

use std::io::{self, Read};

use feeds::{Outcome, Profile, Reader, examine};
use proptest::prelude::*;

use crate::files::{counts, options, profile, row};

/// Gives its bytes in pieces of the sizes asked for, over and over.
struct InPieces<'a> {
    bytes: &'a [u8],
    sizes: std::iter::Cycle<std::vec::IntoIter<usize>>,
}

impl<'a> InPieces<'a> {
    fn new(bytes: &'a [u8], sizes: Vec<usize>) -> Self {
        Self { bytes, sizes: sizes.into_iter().cycle() }
    }
}

impl Read for InPieces<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.next().unwrap_or(1).min(space.len());
        self.bytes.read(&mut space[..size])
    }
}

fn told(profile: &'static Profile, source: impl Read) -> (Vec<Outcome>, Option<String>) {
    match Reader::open(source, profile, options()) {
        Err(error) => (Vec::new(), Some(error.to_string())),
        Ok(reader) => {
            let mut outcomes = Vec::new();
            for item in reader {
                match item {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(error) => return (outcomes, Some(error.to_string())),
                }
            }
            (outcomes, None)
        }
    }
}

/// Bytes in which separators, quotes and line ends are frequent enough to meet.
fn csv_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just(b",".to_vec()),
        2 => Just(b"\"".to_vec()),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        4 => "[a-z0-9 ]{0,6}".prop_map(String::into_bytes),
        1 => "\\PC{0,3}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..3),
        1 => Just(b"2015-02-28".to_vec()),
    ];
    prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
}

/// A file of one source whose rows are the example with one value replaced, or not rows at all.
fn feed() -> impl Strategy<Value = (&'static Profile, Vec<u8>)> {
    let line = (any::<prop::sample::Index>(), "\\PC{0,12}", any::<bool>(), csv_like());
    let lines = prop::collection::vec(line, 0..8);
    (0..Profile::ALL.len(), lines, prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]).prop_map(
        |(which, lines, end)| {
            let profile = Profile::ALL[which];
            let columns: Vec<&str> = profile.columns().map(|column| column.name).collect();
            let mut bytes = format!("{}{end}", profile.header()).into_bytes();
            for (at, value, whole, junk) in lines {
                if whole {
                    bytes.extend(
                        row(profile, &[(*at.get(columns.as_slice()), value.as_str())]).trim_end().bytes(),
                    );
                } else {
                    bytes.extend(junk);
                }
                bytes.extend(end.bytes());
            }
            (profile, bytes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for profile in Profile::ALL {
            let _ = told(profile, bytes.as_slice());
        }
    }

    #[test]
    fn no_rows_make_the_reader_panic(rows in csv_like()) {
        for profile in Profile::ALL {
            let bytes = [profile.header().as_bytes(), b"\n", &rows].concat();
            let _ = told(profile, bytes.as_slice());
        }
    }

    #[test]
    fn the_sizes_in_which_bytes_arrive_change_nothing(
        (profile, bytes) in feed(),
        sizes in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let whole = told(profile, bytes.as_slice());
        prop_assert_eq!(told(profile, InPieces::new(&bytes, sizes)), whole.clone());
        prop_assert_eq!(told(profile, InPieces::new(&bytes, vec![1])), whole);
    }

    #[test]
    fn every_row_is_taken_or_quarantined_and_none_is_lost((profile, bytes) in feed()) {
        let (outcomes, error) = told(profile, bytes.as_slice());
        match examine(bytes.as_slice(), profile, &options()) {
            Ok(examined) => {
                prop_assert_eq!(outcomes.len() as u64, examined.rows);
                prop_assert_eq!(examined.bytes, bytes.len() as u64);
                prop_assert_eq!(error, None);
            }
            Err(examined) => prop_assert_eq!(error, Some(examined.to_string())),
        }
        let mut rows: Vec<u64> = outcomes
            .iter()
            .map(|outcome| match outcome {
                Outcome::Accepted(row) => row.row_number,
                Outcome::Quarantined(row) => row.row_number,
            })
            .collect();
        let numbers = rows.len();
        rows.dedup();
        prop_assert_eq!(rows.len(), numbers);
        prop_assert!(rows.is_sorted());
    }

    #[test]
    fn a_quarantined_row_has_a_fault_and_at_most_one_a_column((profile, bytes) in feed()) {
        for outcome in told(profile, bytes.as_slice()).0 {
            if let Outcome::Quarantined(row) = outcome {
                prop_assert!(!row.faults.is_empty());
                let mut fields: Vec<&str> = row.faults.iter().map(|fault| fault.field).collect();
                fields.sort_unstable();
                let count = fields.len();
                fields.dedup();
                prop_assert_eq!(fields.len(), count);
            }
        }
    }
}

/// Rows without end, made as they are asked for.
struct Rows {
    profile: &'static Profile,
    next: u64,
    last: u64,
    pending: Vec<u8>,
    at: usize,
}

impl Read for Rows {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.at == self.pending.len() {
            if self.next > self.last {
                return Ok(0);
            }
            self.pending = row(self.profile, &[("record_id", &format!("R-{}", self.next))]).into_bytes();
            self.at = 0;
            self.next += 1;
        }
        let count = (&self.pending[self.at..]).read(space)?;
        self.at += count;
        Ok(count)
    }
}

#[test]
fn a_long_file_is_read_row_by_row_without_running_ahead_of_the_reader() {
    let profile = profile("gro-births");
    let header = format!("{}\n", profile.header());
    let rows = Rows { profile, next: 1, last: 5_000, pending: Vec::new(), at: 0 };
    let mut reader = Reader::open(header.as_bytes().chain(rows), profile, options()).unwrap();
    let mut given = header.len() as u64;
    let mut outcomes = Vec::new();
    while let Some(item) = reader.next() {
        let outcome = item.unwrap();
        if let Outcome::Accepted(row) = &outcome {
            given += crate::files::row(profile, &[("record_id", &row.record_id)]).len() as u64;
        }
        // What has been taken but not given out fits the input buffer.
        assert!(reader.bytes_read() - given <= 64 << 10);
        outcomes.push(outcome);
    }
    assert_eq!(counts(&outcomes), (5_000, 0));
}
