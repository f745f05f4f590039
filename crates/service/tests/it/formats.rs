//! A file is loaded in whatever format it comes: the same rows have the same receipts and end in the same state.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::sync::Arc;

use feeds::Profile;
use serde_json::{Value, json};
use service::{FileBytes, FileLoad, FileLoaded, Following, NewSource, Policy};
use testkit::{TestClock, TestDatabases, formats, on_both_databases};

use crate::feeding::receipts;
use crate::house::{GP, House, OPENED, Row, child, file, nhs_number, open};
use crate::raw::Raw;
use crate::reloads::killed_after;

struct InMemory(Vec<u8>);

impl FileBytes for InMemory {
    type Reader = Cursor<Vec<u8>>;

    fn read_anew(&mut self) -> io::Result<Self::Reader> {
        Ok(Cursor::new(self.0.clone()))
    }
}

struct Nobody;

impl Following for Nobody {
    fn begins(&mut self, _rows: u64) {}
    fn taken(&mut self, _rows: usize) {}
}

/// Twelve children, of whom three break a rule, and one who comes twice.
fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = (0..12_usize)
        .map(|at| {
            let surname = ["Ashby-Hale", "O'Neill", "Lister"][at % 3];
            child(
                &format!("G-{at}"),
                ["Ann", "Bea", "Cyd", "Dot"][at % 4],
                surname,
                &format!("2015-{:02}-09", at + 1),
            )
            .with("gender", ["F", "M"][at % 2])
            .with("nhs_number", &nhs_number(u32::try_from(at).unwrap() + 40))
            .at(&format!("The Mill & Barn, {} Elm Row", at + 1), "LS7 3EF")
        })
        .collect();
    rows[3] = rows[3].clone().with("surname", "Unknown");
    rows[5] = rows[5].clone().with("nhs_number", "9990000019");
    rows[8] = rows[8].clone().with("date_of_birth", "2031-01-01");
    rows.push(rows[6].clone());
    rows
}

/// The system of the numbers of a case system.
const CARE_NUMBERS: &str = "https://care.example/Id/person";

/// Surname and date of birth.
fn about(number: &str) -> (&'static str, &'static str) {
    if number == "C-1" { ("Quist", "2017-04-05") } else { ("Ashby", "2018-06-07") }
}

/// A child with a social worker, as lines.
fn in_care(number: &str) -> [Value; 2] {
    let (surname, born) = about(number);
    let services = "https://contactpoint.example/fhir/CodeSystem/service";
    [
        json!({
            "resourceType": "Patient", "id": format!("internal-{number}"), "meta": {"lastUpdated": "2026-02-20"},
            "identifier": [{"system": CARE_NUMBERS, "value": number}],
            "birthDate": born, "name": [{"family": surname, "given": ["Nell"]}],
        }),
        json!({
            "resourceType": "EpisodeOfCare", "status": "active", "period": {"start": "2025-03-01"},
            "type": [{"coding": [{"system": services, "code": "social_worker"}]}],
            "patient": {"reference": format!("Patient/internal-{number}")},
            "managingOrganization": {"reference": "Organization/team"}, "careManager": {"display": "Jo Mensah"},
        }),
    ]
}

pub async fn load(house: &House, source: &str, bytes: &[u8], group: usize) -> FileLoaded {
    let how = FileLoad { name: source.to_owned(), group, ..FileLoad::default() };
    house.directory.load_file(source, InMemory(bytes.to_vec()), &how, &mut Nobody).await.unwrap()
}

on_both_databases! {
    async fn the_same_rows_in_four_formats_have_the_same_receipts_and_are_the_same_children(db: TestDatabases) {
        let house = House::open(&db).await;
        let profile = Profile::named("nhs-gp").unwrap();
        let header: Vec<&str> = profile.columns().map(|column| column.name).collect();
        let cells: Vec<Vec<String>> = rows().iter().map(|row| row.cells(profile)).collect();
        let files = [
            ("csv", file("nhs-gp", &rows()).into_bytes()),
            ("xlsx", formats::workbook(&header, &cells)),
            ("xml", formats::xml(&header, &cells)),
            ("ndjson", formats::ndjson(&header, &cells)),
        ];
        let mut killed = 0;
        for (name, bytes) in &files {
            let source = NewSource {
                name: (*name).to_owned(),
                profile: "nhs-gp".to_owned(),
                organisation: "Health".to_owned(),
                precedence: 20,
                one_record_per_child: false,
                accredited_until: Some(jiff::civil::date(2040, 3, 31)),
            };
            house.directory.declare_source(source).await.unwrap();
            // Killed in the middle, it goes on where it stopped.
            for polls in [9, 14] {
                killed += usize::from(killed_after(polls, load(&house, name, bytes, 3)).await.is_none());
            }
            let loaded = load(&house, name, bytes, 3).await;
            let summary = &loaded.summary;
            assert_eq!((summary.refused.as_ref(), summary.rows, summary.accepted), (None, 13, 9), "{name}: {summary:?}");
            let faults: Vec<_> = summary.faults.iter().map(|fault| (fault.field, fault.rule.code(), fault.rows)).collect();
            assert_eq!(
                faults,
                [("date_of_birth", "F012", 1), ("nhs_number", "F040", 1), ("record_id", "F003", 1), ("surname", "F021", 1)],
                "{name}"
            );
        }
        assert!(killed > 0);
        house.minutes_pass(10);
        let of_csv = receipts(&house.directory, "csv").await;
        assert_eq!(of_csv.len(), 13);
        for (name, _) in &files[1..] {
            let told = receipts(&house.directory, name).await;
            for (told, of_csv) in told.iter().zip(&of_csv) {
                assert_eq!(
                    (&told.record, told.status, &told.faults),
                    (&of_csv.record, of_csv.status, &of_csv.faults),
                    "{name}"
                );
                // A workbook is numbered as a spreadsheet; XML and NDJSON by the place of the row in the file.
                assert_eq!(told.row, if *name == "xlsx" { of_csv.row } else { of_csv.row - 1 }, "{name}");
            }
            assert_eq!(told.len(), 13, "{name}");
            for record in ["G-0", "G-6", "G-11"] {
                assert_eq!(house.number_of(name, record).await, house.number_of("csv", record).await, "{name}");
            }
        }
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("quarantine").await, raw.count("child").await), (4 * 4, 9));

        // What stands outside the closed list refuses the file by its name, and nothing of it is taken.
        let patient = String::from_utf8(files[3].1.clone()).unwrap();
        let first = patient.lines().next().unwrap();
        let photographed = first.replacen('{', "{\"photo\":[{\"data\":\"MARKED\"}],", 1);
        let kin = "{\"resourceType\":\"RelatedPerson\",\"patient\":{\"reference\":\"Patient/nobody\"}}";
        let noted = "<rows><row><record_id>X-1</record_id><case_notes>MARKED</case_notes></row></rows>";
        let mut too_wide = header.clone();
        too_wide.push("case_notes");
        let wide: Vec<Vec<String>> = cells.iter().map(|row| [row.clone(), vec!["MARKED".to_owned()]].concat()).collect();
        for (name, bytes, code, named) in [
            ("xml", noted.as_bytes().to_vec(), "E08", "case_notes"),
            ("xlsx", formats::workbook(&too_wide, &wide), "E08", "case_notes"),
            ("ndjson", format!("{first}\n{photographed}\n").into_bytes(), "E08", "Patient.photo"),
            ("ndjson", format!("{first}\n{kin}\n").into_bytes(), "E21", "RelatedPerson"),
        ] {
            let refused = load(&house, name, &bytes, 3).await.summary.refused.unwrap();
            assert_eq!(refused.code, code, "{name}");
            assert!(refused.message.contains(named) && !refused.message.contains("MARKED"), "{}", refused.message);
        }
        assert_eq!(raw.count("source_record").await, 4 * 9);
    }

    async fn a_late_row_is_in_the_sums_of_its_file(db: TestDatabases) {
        let house = House::open(&db).await;
        let said = |record: &str, gender: &str, day: &str| {
            let born = format!("2015-0{}-09", record.trim_start_matches("G-"));
            child(record, "Ann", "Lister", &born).with("gender", gender).with("effective_at", day)
        };
        let first = [said("G-1", "F", "2026-02-01"), said("G-2", "F", "2026-02-01"), said("G-3", "F", "2026-02-01")];
        let first = load(&house, GP, house.file(GP, &first).await.as_bytes(), 2).await.summary;
        assert_eq!((first.rows, first.accepted, first.superseded), (3, 3, 0));
        // Said again, said anew, said of a day before, said for the first time, and against a rule.
        let second = [
            said("G-1", "F", "2026-02-01"),
            said("G-2", "M", "2026-02-03"),
            said("G-3", "M", "2026-01-05"),
            said("G-4", "F", "2026-02-01"),
            said("G-5", "F", "2026-02-01").with("date_of_birth", "2031-01-01"),
        ];
        let sums = load(&house, GP, house.file(GP, &second).await.as_bytes(), 2).await.summary;
        let parts = [sums.accepted, sums.unchanged, sums.updated, sums.superseded, sums.quarantined];
        assert_eq!((parts, parts.iter().sum::<u64>()), ([1; 5], sums.rows), "{sums:?}");
    }

    async fn a_file_of_fhir_says_who_works_with_a_child_under_the_number_that_was_agreed(db: TestDatabases) {
        let clock = TestClock::starting(OPENED);
        let opened = Arc::into_inner(open(&db, &clock, 1, Policy::default()).await).unwrap();
        let agreed = BTreeMap::from([("case-system".to_owned(), CARE_NUMBERS.to_owned())]);
        let house = House::furnished(Arc::new(opened.with_own_systems(agreed)), clock).await;
        let source = NewSource {
            name: "case-system".to_owned(),
            profile: "social-care".to_owned(),
            organisation: "Health".to_owned(),
            precedence: 20,
            one_record_per_child: false,
            accredited_until: Some(jiff::civil::date(2040, 3, 31)),
        };
        house.directory.declare_source(source).await.unwrap();
        let mut lines = vec![json!({"resourceType": "Organization", "id": "team", "name": "Harbour Team"})];
        lines.extend(["C-1", "C-2"].iter().flat_map(|number| in_care(number)));
        let ndjson: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let loaded = load(&house, "case-system", ndjson.as_bytes(), 3).await;
        assert_eq!((loaded.summary.rows, loaded.summary.accepted), (2, 2), "{:?}", loaded.summary);
        house.minutes_pass(10);
        let told = receipts(&house.directory, "case-system").await;
        let records: Vec<_> = told.iter().map(|receipt| receipt.record.as_deref()).collect();
        assert_eq!(records, [Some("C-1"), Some("C-2")]);
        // The same statements as CSV say nothing new.
        let rows = ["C-1", "C-2"].map(|number| {
            let (surname, born) = about(number);
            child(number, "Nell", surname, born)
                .with("effective_at", "2026-02-20")
                .with("gender", "")
                .with("involvement_1_service", "social_worker")
                .with("involvement_1_organisation", "Harbour Team")
                .with("involvement_1_practitioner", "Jo Mensah")
                .with("involvement_1_start", "2025-03-01")
        });
        let loaded = load(&house, "case-system", file("social-care", &rows).as_bytes(), 3).await;
        assert_eq!((loaded.summary.rows, loaded.summary.unchanged), (2, 2), "{:?}", loaded.summary);
    }
}
