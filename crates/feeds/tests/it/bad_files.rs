//! Bad files, one by one: each is refused with its name, the place and the remedy.

use std::io::{self, Read};

use feeds::{
    Delimiter, Encoding, Examined, FileError, FileFault, FileSnapshot, MAX_RECORD_BYTES, Options, Outcome,
    Reader, examine,
};

use crate::files::{counts, file, options, profile, read, row};

const SOURCE: &str = "gro-births";

fn refused(bytes: &[u8]) -> FileError {
    let error = read(profile(SOURCE), bytes).expect_err("the file is taken");
    let examined = examine(bytes, profile(SOURCE), &options()).expect_err("the examination passes");
    assert_eq!(examined.to_string(), error.to_string(), "examining says the same as reading");
    error
}

fn header_with(change: impl Fn(&str) -> String) -> Vec<u8> {
    profile(SOURCE).columns().map(|column| change(column.name)).collect::<Vec<_>>().join(",").into_bytes()
}

fn utf16(text: &str, mark: bool, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xFEFF);
    mark.into_iter().chain(text.encode_utf16()).flat_map(to_bytes).collect()
}

#[test]
fn every_refusal_says_what_where_and_what_to_do() {
    let profile = profile(SOURCE);
    let good = file(profile, &[]);
    let in_latin_1 = {
        let (before, after) = good.split_once("Amelia").unwrap();
        [before.as_bytes(), b"Zo\xEB", after.as_bytes()].concat()
    };
    let cut = {
        let text = format!("{}\nR-1,2026-01-31,Zo\u{EB}", profile.header());
        text.as_bytes()[..text.len() - 1].to_vec()
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("an empty file", Vec::new()),
        ("a byte order mark and nothing else", b"\xEF\xBB\xBF".to_vec()),
        ("blank lines only", b"\n\r\n  \n".to_vec()),
        ("UTF-16 with its mark", utf16(&good, true, u16::to_le_bytes)),
        ("UTF-16 the other way round", utf16(&good, true, u16::to_be_bytes)),
        ("UTF-16 without its mark", utf16(&good, false, u16::to_le_bytes)),
        ("UTF-32", b"\xFF\xFE\0\0r\0\0\0".to_vec()),
        ("Windows-1252", in_latin_1),
        ("a file cut inside a character", cut),
        ("an Excel workbook", b"PK\x03\x04\x14\0\x06\0".to_vec()),
        ("a PDF", b"%PDF-1.7\n".to_vec()),
        ("a JSON list", b"[{\"record_id\": \"R-1\"}]".to_vec()),
        ("a NUL byte in a row", good.replace("Rose", "Ro\0e").into_bytes()),
        ("a NUL byte in the header", b"record_id,\0surname\n".to_vec()),
        ("a row of more than a megabyte", [good.as_bytes(), &vec![b'a'; MAX_RECORD_BYTES + 1]].concat()),
        ("semicolons", good.replace(',', ";").into_bytes()),
        ("tabs", good.replace(',', "\t").into_bytes()),
        ("vertical bars", good.replace(',', "|").into_bytes()),
        ("no header", row(profile, &[]).into_bytes()),
        ("a column of case notes", header_with(|name| if name == "town" { "town,Case Notes".into() } else { name.into() })),
        ("two columns not on the list", header_with(|name| if name == "town" { "diagnosis,town,shoe_size".into() } else { name.into() })),
        ("a column in capitals", header_with(|name| if name == "town" { "Date of Birth".into() } else { name.into() })),
        ("a header cell that may be a value", header_with(|name| if name == "town" { "town,Zoë's notes".into() } else { name.into() })),
        ("a column without a name", header_with(|name| if name == "town" { "town,".into() } else { name.into() })),
        ("a column twice", header_with(|name| if name == "town" { "town,surname".into() } else { name.into() })),
        ("two columns missing", b"record_id,effective_at,forenames,surname,date_of_birth,gender,birth_registration,address_kind,address_line_1,address_line_2,town,carer_1_forenames,carer_1_surname,carer_1_relationship,carer_1_responsibility,carer_1_telephone,carer_1_email,carer_2_forenames,carer_2_surname,carer_2_relationship,carer_2_responsibility,carer_2_telephone\n".to_vec()),
        ("a quote that is never closed", format!("{good}R-2,2026-01-31,\"Amelia,\n{}", row(profile, &[])).into_bytes()),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(what, bytes)| {
            let error = refused(bytes);
            format!("{what}\n  {} {error}", error.fault.code())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_place_of_a_byte_that_is_not_utf_8_is_exact() {
    let good = file(profile(SOURCE), &[]);
    let at = good.find("Amelia").unwrap();
    let mut bytes = good.into_bytes();
    bytes[at] = 0xE9;
    let error = refused(&bytes);
    assert!(matches!(error.fault, FileFault::Encoding(Encoding::Windows1252)));
    assert_eq!((error.place.row, error.place.byte), (Some(2), Some(at as u64)));
}

#[test]
fn a_file_with_a_byte_order_mark_is_taken_and_its_places_count_the_mark() {
    let good = format!("\u{FEFF}{}", file(profile(SOURCE), &[]));
    assert_eq!(counts(&read(profile(SOURCE), good.as_bytes()).unwrap()), (1, 0));
    let error = refused(good.replace("Rose", "R\0se").as_bytes());
    assert_eq!(error.place.byte, Some(good.find("Rose").unwrap() as u64 + 1));
}

#[test]
fn a_file_of_a_header_only_has_no_rows_and_no_fault() {
    for text in [profile(SOURCE).header(), format!("{}\r\n", profile(SOURCE).header())] {
        assert!(read(profile(SOURCE), text.as_bytes()).unwrap().is_empty());
        let examined = examine(text.as_bytes(), profile(SOURCE), &options()).unwrap();
        assert_eq!(examined, Examined { rows: 0, bytes: text.len() as u64 });
    }
}

#[test]
fn each_foreign_separator_is_named() {
    for (separator, expected) in [(";", Delimiter::Semicolon), ("\t", Delimiter::Tab), ("|", Delimiter::Pipe)]
    {
        let error = refused(file(profile(SOURCE), &[]).replace(',', separator).as_bytes());
        assert!(matches!(error.fault, FileFault::Delimiter(found) if found == expected), "{error}");
    }
}

#[test]
fn a_first_row_that_is_a_childs_is_not_repeated() {
    let error = refused(row(profile(SOURCE), &[("surname", "Zebedee")]).as_bytes());
    assert!(!error.to_string().contains("Zebedee"), "{error}");
}

#[test]
fn rows_before_the_fault_are_given_out_and_nothing_after_it() {
    let text = format!("{}R-2,\"", file(profile(SOURCE), &[]));
    let mut reader = Reader::open(text.as_bytes(), profile(SOURCE), options()).unwrap();
    assert!(matches!(reader.next(), Some(Ok(Outcome::Accepted(_)))));
    assert!(matches!(reader.next(), Some(Err(FileError { fault: FileFault::UnterminatedQuote, .. }))));
    assert!(reader.next().is_none());
}

/// Ten megabytes without a line end, counted as they are taken.
struct Endless {
    left: usize,
    taken: usize,
}

impl Read for &mut Endless {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = space.len().min(self.left);
        space[..count].fill(b'a');
        self.left -= count;
        self.taken += count;
        Ok(count)
    }
}

#[test]
fn a_line_of_ten_megabytes_is_refused_after_the_first_one() {
    for prefix in ["", "\""] {
        let header = format!("{}\n{prefix}", profile(SOURCE).header());
        let mut endless = Endless { left: 10 << 20, taken: 0 };
        let error = read(profile(SOURCE), header.as_bytes().chain(&mut endless)).unwrap_err();
        assert!(matches!(error.fault, FileFault::RecordTooLong { .. }));
        assert_eq!(error.place.row, Some(2));
        assert!(endless.taken <= MAX_RECORD_BYTES + (128 << 10), "{} bytes were taken", endless.taken);
    }
}

#[test]
fn the_longest_row_is_measured_to_the_byte() {
    let header = profile(SOURCE).header();
    for (extra, fits) in [(0, true), (1, false)] {
        for end in ["\n", "\r\n", ""] {
            let text = format!("{header}\n{}{end}", "a".repeat(MAX_RECORD_BYTES + extra));
            assert_eq!(read(profile(SOURCE), text.as_bytes()).is_ok(), fits, "{extra} {end:?}");
        }
    }
}

fn snapshot(length: usize) -> Options {
    Options { snapshot: Some(FileSnapshot::new(length as u64)), ..options() }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_refused_before_its_half_row_is_taken() {
    let whole = format!("{}{}", file(profile(SOURCE), &[]), row(profile(SOURCE), &[("record_id", "R-2")]));
    // At opening the second row stood there but for its last column's end.
    let seen = whole.len() - 10;
    let mut reader = Reader::open(whole.as_bytes(), profile(SOURCE), snapshot(seen)).unwrap();
    assert!(matches!(reader.next(), Some(Ok(Outcome::Accepted(_)))));
    let error = reader.next().unwrap().unwrap_err();
    assert!(matches!(error.fault, FileFault::Grew { length } if length == seen as u64), "{error}");
    assert!(reader.next().is_none());
}

#[test]
fn a_file_that_grows_by_whole_rows_is_told_at_its_end() {
    let first = file(profile(SOURCE), &[]);
    let whole = format!("{first}{}", row(profile(SOURCE), &[("record_id", "R-2")]));
    let mut reader = Reader::open(whole.as_bytes(), profile(SOURCE), snapshot(first.len())).unwrap();
    assert!(matches!(reader.next(), Some(Ok(Outcome::Accepted(_)))));
    assert!(matches!(reader.next(), Some(Err(FileError { fault: FileFault::Grew { .. }, .. }))));
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_refused() {
    let text = file(profile(SOURCE), &[]);
    let mut reader = Reader::open(text.as_bytes(), profile(SOURCE), snapshot(text.len() + 1)).unwrap();
    assert!(matches!(reader.next(), Some(Ok(Outcome::Accepted(_)))));
    assert!(matches!(reader.next(), Some(Err(FileError { fault: FileFault::Shrank { .. }, .. }))));
}

#[test]
fn a_file_at_rest_is_read_whole_by_its_snapshot() {
    let text = file(profile(SOURCE), &[]);
    let mut on_disk = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut on_disk, text.as_bytes()).unwrap();
    io::Seek::rewind(&mut on_disk).unwrap();
    let options = Options { snapshot: Some(FileSnapshot::of(&on_disk).unwrap()), ..options() };
    let outcomes: Vec<_> = Reader::open(on_disk, profile(SOURCE), options).unwrap().collect();
    assert!(matches!(outcomes.as_slice(), [Ok(Outcome::Accepted(_))]), "{outcomes:?}");
}

/// Gives its bytes, then fails as a disk does.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::Error::other("the disk is gone")) } else { self.0.read(space) }
    }
}

#[test]
fn a_disk_that_fails_is_named_with_the_place_reached() {
    let text = file(profile(SOURCE), &[]);
    let mut reader = Reader::open(Failing(text.as_bytes()), profile(SOURCE), options()).unwrap();
    assert!(matches!(reader.next(), Some(Ok(Outcome::Accepted(_)))));
    let error = reader.next().unwrap().unwrap_err();
    assert!(matches!(error.fault, FileFault::Read(_)));
    assert_eq!(error.place.byte, Some(text.len() as u64));
}

#[test]
fn a_header_in_capitals_is_told_what_to_be_called() {
    let profile = profile("nhs-gp");
    let text = format!("{}\n", profile.header().to_uppercase());
    let error = read(profile, text.as_bytes()).unwrap_err();
    assert_eq!(error.fault.code(), "E07");
    let message = error.to_string();
    assert!(
        message.contains("called record_id, effective_at, forenames, surname, date_of_birth and "),
        "{message}"
    );
    assert!(message.contains("case, spaces and underscores count"), "{message}");
    assert!(!message.contains("SURNAME"), "{message}");
}
