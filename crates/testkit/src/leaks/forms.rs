//! The forms in which a value may hide.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// One form of one canary.
pub(super) struct Form {
    pub bytes: Vec<u8>,
    pub name: String,
    pub certain: bool,
}

/// What a found byte sequence means.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    pub canary: usize,
    pub form: String,
    pub certain: bool,
}

pub(super) fn of_text(text: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let cases =
        [("", text.to_owned()), ("lower case ", text.to_lowercase()), ("upper case ", text.to_uppercase())];
    for (case, text) in cases {
        let mut add = |bytes: Vec<u8>, name: &str| {
            // Cut base64 of a short text may leave too little to be sure of.
            let certain = bytes.len() >= 5 && !may_be_chance_in_hex(&bytes);
            if bytes.len() >= 4 {
                forms.push(Form { bytes, name: format!("{case}{name}"), certain });
            }
        };
        add(text.as_bytes().to_vec(), "plain");
        add(hex::encode(&text).into_bytes(), "hex");
        add(hex::encode_upper(&text).into_bytes(), "hex, upper case");
        add(text.encode_utf16().flat_map(u16::to_le_bytes).collect(), "UTF-16LE");
        add(text.encode_utf16().flat_map(u16::to_be_bytes).collect(), "UTF-16BE");
        for shift in 0..3 {
            add(base64_inside(&STANDARD_NO_PAD, text.as_bytes(), shift), "base64");
            add(base64_inside(&URL_SAFE_NO_PAD, text.as_bytes(), shift), "base64, URL alphabet");
        }
    }
    forms
}

/// A dump writes sealed bytes as hexadecimal digits: among megabytes of them any eight digits stand somewhere by chance.
fn may_be_chance_in_hex(bytes: &[u8]) -> bool {
    bytes.len() < 12 && bytes.iter().all(u8::is_ascii_hexdigit)
}

/// The characters that stand for these bytes whatever surrounds them, when `shift` bytes of something else come first.
fn base64_inside(alphabet: &impl base64::Engine, bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut shifted = vec![0_u8; shift];
    shifted.extend_from_slice(bytes);
    let encoded = alphabet.encode(&shifted).into_bytes();
    // A character of six bits is ours alone if it neither begins before our first byte nor ends after our last.
    let first = (shift * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    encoded[first..last].to_vec()
}

pub(super) fn of_date(day: Date) -> Vec<Form> {
    let (y, m, d) = (day.year(), day.month(), day.day());
    let spellings = [
        format!("{y:04}-{m:02}-{d:02}"),
        format!("{y:04}/{m:02}/{d:02}"),
        format!("{y:04}{m:02}{d:02}"),
        format!("{d:02}/{m:02}/{y:04}"),
        format!("{d}/{m}/{y:04}"),
        format!("{d:02}-{m:02}-{y:04}"),
        format!("{d:02}.{m:02}.{y:04}"),
        format!("{d:02}{m:02}{y:04}"),
    ];
    let mut forms: Vec<Form> = spellings.iter().flat_map(|spelling| of_text(spelling)).collect();
    forms.extend(of_number("YYYYMMDD", i64::from(y) * 10_000 + i64::from(m) * 100 + i64::from(d)));
    let midnight = day.to_zoned(TimeZone::UTC).expect("a date of our era").timestamp();
    forms.extend(of_number("days since 1970", midnight.as_second().div_euclid(86_400)));
    forms.extend(of_number("days since 2000", midnight.as_second().div_euclid(86_400) - 10_957));
    forms.extend(of_instant(midnight));
    forms
}

pub(super) fn of_instant(at: Timestamp) -> Vec<Form> {
    let since_2000 = at.as_microsecond()
        - date(2000, 1, 1).to_zoned(TimeZone::UTC).expect("a date of our era").timestamp().as_microsecond();
    [
        ("seconds since 1970", at.as_second()),
        ("milliseconds since 1970", at.as_millisecond()),
        ("microseconds since 1970", at.as_microsecond()),
        ("seconds since 2000", since_2000.div_euclid(1_000_000)),
        ("microseconds since 2000", since_2000),
        ("minutes since 1970", at.as_second().div_euclid(60)),
    ]
    .into_iter()
    .flat_map(|(unit, number)| of_number(unit, number))
    .collect()
}

/// A number as digits, and as integers of four and eight bytes in both orders.
fn of_number(unit: &str, number: i64) -> Vec<Form> {
    let mut forms = Vec::new();
    // Bytes that carry something: the others are zero (or 0xff) like most of any file.
    let significant = number.to_be_bytes().iter().filter(|byte| !matches!(byte, 0 | 0xff)).count();
    let mut add = |bytes: Vec<u8>, form: &str, certain: bool| {
        forms.push(Form { bytes, name: format!("{unit}, {form}"), certain });
    };
    add(number.to_le_bytes().to_vec(), "i64 LE", significant >= 5);
    add(number.to_be_bytes().to_vec(), "i64 BE", significant >= 5);
    if let Ok(number) = i32::try_from(number) {
        add(number.to_le_bytes().to_vec(), "i32 LE", false);
        add(number.to_be_bytes().to_vec(), "i32 BE", false);
    } else {
        // SQLite stores integers in as few bytes as it can: a number of milliseconds takes six.
        add(number.to_be_bytes()[2..].to_vec(), "i48 BE", significant >= 5);
    }
    let digits = number.to_string();
    if digits.len() >= 4 {
        let certain = !may_be_chance_in_hex(digits.as_bytes());
        add(digits.into_bytes(), "digits", certain);
    }
    forms
}
