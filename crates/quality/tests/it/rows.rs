//! Files of invented children, made row by row, and a run over them.

use std::io::Cursor;

use jiff::civil::{Date, date};
use quality::{Code, Input, Profile, Report, Settings, measure};

pub const TODAY: Date = date(2026, 11, 1);

/// Rows of a source: the header and, for each row, the values in its order.
#[derive(Clone)]
pub struct Rows {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Sound children, each like no other. `count` up to some hundreds.
pub fn sound(source: &str, count: usize) -> Rows {
    let profile = feeds::Profile::named(source).unwrap();
    let header: Vec<String> = profile.columns().map(|column| column.name.to_owned()).collect();
    let given =
        ["Amelia", "Oliver", "Isla", "Harun", "Zofia", "Chidi", "Mei", "Tomos", "Freya", "Idris", "Noor"];
    let family = [
        "Okafor",
        "Wójcik",
        "Hargreaves",
        "Tanaka",
        "Begum",
        "Llewellyn",
        "Brannigan",
        "Achterberg",
        "Quist",
    ];
    let row = |number: usize| {
        header
            .iter()
            .map(|column| match column.as_str() {
                "record_id" => format!("R-{number:05}"),
                "effective_at" => "2026-10-20".to_owned(),
                "forenames" => given[number % given.len()].to_owned(),
                "surname" => {
                    format!("{}{}", family[(number / 11) % family.len()], ["", "-Hale", "-Brook"][number % 3])
                }
                "date_of_birth" => {
                    format!("{}-{:02}-{:02}", 2010 + number % 14, 2 + number % 11, 2 + number % 26)
                }
                "gender" => ["F", "M"][number % 2].to_owned(),
                "nhs_number" => nhs_number(999_000_000 + number as u32 * 7),
                "address_kind" => "current".to_owned(),
                "address_line_1" => format!("{} Mill Lane", 1 + number),
                "town" => "Leeds".to_owned(),
                "postcode" => format!("LS{} {}AP", 1 + number % 20, number % 10),
                "practice_code" => "B86001".to_owned(),
                "practice_name" => "Mill Lane Surgery".to_owned(),
                "date_of_death" => "2026-09-15".to_owned(),
                "entry" => "registered".to_owned(),
                "education_status" => "in_school".to_owned(),
                "school_urn" => "107654".to_owned(),
                "school_name" => "Mill Lane School".to_owned(),
                _ => String::new(),
            })
            .collect()
    };
    Rows { rows: (0..count).map(row).collect(), header }
}

/// The number with its check digit; the next one where none fits.
fn nhs_number(nine: u32) -> String {
    let digits = format!("{nine:09}");
    let sum: u32 =
        digits.bytes().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    match 11 - sum % 11 {
        11 => format!("{digits}0"),
        10 => nhs_number(nine + 1),
        check => format!("{digits}{check}"),
    }
}

impl Rows {
    pub fn set(&mut self, row: usize, column: &str, value: &str) {
        let at = self
            .header
            .iter()
            .position(|name| name == column)
            .unwrap_or_else(|| panic!("no column {column}"));
        value.clone_into(&mut self.rows[row][at]);
    }

    pub fn with(mut self, row: usize, changes: &[(&str, &str)]) -> Self {
        changes.iter().for_each(|(column, value)| self.set(row, column, value));
        self
    }

    pub fn csv(&self) -> Vec<u8> {
        let cell = |text: &String| {
            if text.contains([',', '"', '\n']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.clone()
            }
        };
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",");
        let lines: Vec<String> = std::iter::once(&self.header).chain(&self.rows).map(line).collect();
        format!("{}\n", lines.join("\n")).into_bytes()
    }
}

pub fn settings(profile: &Profile) -> Settings<'_> {
    Settings {
        profile,
        today: TODAY,
        show_values: false,
        against_profile: None,
        duplicates: true,
        own_system: None,
    }
}

pub fn input(name: &str, bytes: Vec<u8>) -> Input<Cursor<Vec<u8>>> {
    Input { name: name.to_owned(), source: Cursor::new(bytes), snapshot: None }
}

pub fn report(source: &str, bytes: Vec<u8>) -> Report {
    let profile = Profile::named(source).unwrap();
    measure(vec![input("feed.csv", bytes)], Vec::new(), &settings(&profile), None).unwrap()
}

/// Field, code and rows of every fault, in the order of field and code.
pub fn faults(report: &Report) -> Vec<(String, &'static str, u64)> {
    let code = |code: Code| code.text().code;
    let mut faults: Vec<_> =
        report.faults.iter().map(|fault| (fault.field.clone(), code(fault.code), fault.rows)).collect();
    faults.sort();
    faults
}
