//! Bad files, one by one: each is refused with its name, the place and the remedy, in bounded time and memory.

use quality::Report;

use crate::rows::{report, sound};
use crate::workbook::{container, workbook, workbook_styled};

/// The code and the message, and that nobody may rehearse with it.
fn refused(what: &str, bytes: Vec<u8>) -> (&'static str, String) {
    let report: Report = report("nhs-gp", bytes);
    let refused =
        report.files[0].refused.clone().unwrap_or_else(|| panic!("{what}: the file is taken: {report:?}"));
    assert!(!report.scores.verdict.ready_to_rehearse && report.has_faults(), "{what}");
    assert!(refused.message.starts_with("feed.csv"), "{}", refused.message);
    assert!(refused.message.matches(". ").count() >= 1, "there is no remedy in: {}", refused.message);
    (refused.code, refused.message)
}

fn sheet(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

#[test]
fn every_refusal_says_what_where_and_what_to_do() {
    let good = String::from_utf8(sound("nhs-gp", 3).csv()).unwrap();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let header = good.lines().next().unwrap().to_owned();
    let whole = workbook(sheet("<row r=\"1\"><c t=\"inlineStr\"><is><t>record_id</t></is></c></row>"), "");
    let text = |text: &str| text.as_bytes().to_vec();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("an empty file", Vec::new(), "E01"),
        ("UTF-16", utf16, "E02"),
        (
            "Latin-1",
            good.replace("Oliver", "\u{1}liver").bytes().map(|b| if b == 1 { 0xF3 } else { b }).collect(),
            "E02",
        ),
        ("an old Excel workbook", b"\xD0\xCF\x11\xE0aaaa".to_vec(), "E03"),
        ("a NUL byte", good.replace("Leeds", "Le\0ds").into_bytes(), "E04"),
        ("a row of more than a megabyte", [header.as_bytes(), b"\n", &vec![b'a'; 3 << 20]].concat(), "E05"),
        ("semicolons", good.replace(',', ";").into_bytes(), "E06"),
        ("no header", good.lines().skip(1).collect::<Vec<_>>().join("\n").into_bytes(), "E07"),
        ("a column twice", good.replacen("town", "postcode", 1).into_bytes(), "E10"),
        ("a quote that is never closed", [good.as_bytes(), b"\"R-9,"].concat(), "E12"),
        ("100,000 columns", vec![b','; 100_000], "E20"),
        ("XML with a document type", text("<!DOCTYPE a [<!ENTITY b \"c\">]><rows><row/></rows>"), "E16"),
        ("XML with an entity", text("<rows><row><town>&b;</town></row></rows>"), "E16"),
        ("XML of another form", text("<children><child/></children>"), "E16"),
        (
            "XML with a second list",
            text("<rows><row><town>Leeds</town></row></rows>\n<rows><row><town>Bath</town></row></rows>"),
            "E16",
        ),
        ("XML that was cut", text("<rows><row><town>Lee"), "E16"),
        ("XML without rows", text("<!-- nothing -->"), "E01"),
        ("XML a thousand deep", ["<rows><row>", &"<a>".repeat(1000)].concat().into_bytes(), "E16"),
        (
            "one XML value of three megabytes",
            ["<rows><row><town>", &"a".repeat(3 << 20)].concat().into_bytes(),
            "E05",
        ),
        (
            "one XML tag of three megabytes",
            ["<rows><row a=\"", &"a".repeat(3 << 20)].concat().into_bytes(),
            "E05",
        ),
        (
            "a column twice in a row of XML",
            text("<rows><row><town>a</town><town>b</town></row></rows>"),
            "E16",
        ),
        ("a workbook that was cut", whole[..whole.len() - 30].to_vec(), "E17"),
        ("a container that is no workbook", container(&[("a.txt", b"hello".to_vec())]), "E17"),
        (
            "a workbook with a shared text that is not there",
            workbook(sheet("<row><c t=\"s\"><v>7</v></c></row>"), ""),
            "E17",
        ),
        ("a workbook whose rows go back", workbook(sheet("<row r=\"3\"/><row r=\"2\"/>"), ""), "E17"),
        ("a workbook without a cell", workbook(sheet(""), ""), "E01"),
        ("NDJSON that is not JSON", text("{\"resourceType\":\"Patient\",MARKED-VALUE}\n"), "E19"),
        ("NDJSON of no resource", text("{\"a\":1}\n"), "E19"),
        (
            "NDJSON with a date that is a number",
            text("{\"resourceType\":\"Patient\",\"birthDate\":20150228}\n"),
            "E19",
        ),
        (
            "a line of NDJSON of three megabytes",
            ["{\"a\":\"", &"a".repeat(3 << 20), "\"}"].concat().into_bytes(),
            "E05",
        ),
        (
            "JSON nested a hundred thousand deep",
            ["{\"a\":", &"[".repeat(100_000)].concat().into_bytes(),
            "E19",
        ),
    ];
    for (what, bytes, code) in cases {
        let (found, message) = refused(what, bytes);
        assert_eq!(found, code, "{what}: {message}");
        assert!(!message.contains("MARKED"), "{message}");
    }
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused_before_it_fills_the_memory() {
    // Sixteen megabytes of styles in sixteen kilobytes, and a promise of a hundred thousand million texts.
    let comment = format!("<!--{}-->", "a".repeat(1 << 19));
    let (code, message) = refused("a bomb", workbook_styled(sheet(""), "", &comment.repeat(32)));
    assert_eq!(code, "E18", "{message}");
    assert!(message.contains("list of styles is larger than 8388608 bytes"), "{message}");
}

#[test]
fn what_is_odd_and_no_fault_is_read() {
    let good = String::from_utf8(sound("nhs-gp", 4).csv()).unwrap();
    for (what, text) in [
        ("mixed line ends", good.replacen('\n', "\r\n", 2).replacen("\n", "\r", 3)),
        ("a byte order mark", format!("\u{FEFF}{good}")),
        ("blank lines", good.replace('\n', "\n\n \n")),
    ] {
        let report = report("nhs-gp", text.into_bytes());
        assert_eq!(
            (report.rows, report.faulty_rows, report.files[0].refused.clone()),
            (4, 0, None),
            "{what}"
        );
    }
    let only = report("nhs-gp", good.lines().next().unwrap().as_bytes().to_vec());
    assert_eq!(
        (only.rows, only.scores.overall, only.files[0].refused.clone()),
        (0, 0.0, None),
        "a header only"
    );
    assert!(!only.scores.verdict.ready_to_rehearse);
}

#[test]
fn columns_outside_the_profile_are_named_with_the_reason_and_the_rest_is_measured() {
    let mut rows = sound("nhs-gp", 4);
    rows.header.push("case_notes".into());
    rows.header.push("Smith, John".into());
    rows.rows.iter_mut().for_each(|row| row.extend(["MARKED-VALUE".to_owned(), "x".to_owned()]));
    let last = format!("column {}", rows.header.len());
    let report = report("nhs-gp", rows.csv());
    let named: Vec<_> =
        report.refused_columns.iter().map(|column| (column.name.as_str(), column.reason.is_some())).collect();
    assert_eq!(named, [("case_notes", true), (last.as_str(), false)]);
    assert_eq!((report.rows, report.faulty_rows), (4, 0));
    assert!(!report.scores.verdict.ready_to_rehearse);
}

#[test]
fn a_header_in_capitals_is_told_what_to_be_called() {
    let good = String::from_utf8(sound("nhs-gp", 4).csv()).unwrap();
    let (header, rows) = good.split_once('\n').unwrap();
    let (code, message) = refused("capitals", format!("{}\n{rows}", header.to_uppercase()).into_bytes());
    assert_eq!(code, "E07");
    assert!(
        message.contains("called record_id, effective_at, forenames, surname, date_of_birth and "),
        "{message}"
    );
    assert!(message.contains("exactly as the column is called"), "{message}");
    // The first child's row names nothing.
    let (_, message) = refused("no header", rows.as_bytes().to_vec());
    assert!(message.contains("names none of the columns"), "{message}");

    let written = [("surname", "Surname"), ("date_of_birth", "Date of Birth"), ("town", "")];
    let other =
        written.iter().fold(header.to_owned(), |header, (name, other)| header.replacen(name, other, 1));
    assert!(other.contains("alias_1_surname"), "only the child's own name is written otherwise: {other}");
    let report = report("nhs-gp", format!("{other}\n{rows}").into_bytes());
    let told: Vec<(&str, Option<&str>)> =
        report.misnamed_columns.iter().map(|of| (of.name.as_str(), of.called.as_deref())).collect();
    let nameless = format!("column {}", 1 + header.split(',').position(|name| name == "town").unwrap());
    assert_eq!(
        told,
        [("Surname", Some("surname")), ("Date of Birth", Some("date_of_birth")), (nameless.as_str(), None)]
    );
    assert_eq!(report.refused_columns, [], "a name written otherwise is not content that is never taken");
    assert!(!report.scores.verdict.reasons.iter().any(|reason| reason.contains("never takes")));
    assert!(report.scores.verdict.reasons.iter().any(|reason| reason.contains("headers of columns")));
    let page = quality::page(&report, None);
    assert!(page.contains("<li>Call <code>Surname</code> <code>surname</code>.</li>"), "{page}");
    assert!(!page.contains("Take this out first"), "{page}");
}

#[test]
fn a_comma_too_many_behind_the_header_is_no_forbidden_content_and_a_second_surname_is() {
    let good = String::from_utf8(sound("nhs-gp", 4).csv()).unwrap();
    let commas = good.replace('\n', ",\n");
    let of_commas = report("nhs-gp", commas.into_bytes());
    assert_eq!((of_commas.refused_columns.len(), of_commas.misnamed_columns.len()), (0, 1));
    assert_eq!((of_commas.rows, of_commas.faulty_rows), (4, 0));
    assert!(of_commas.has_faults() && !of_commas.scores.verdict.ready_to_rehearse, "a load refuses it (E09)");
    let (header, rows) = good.split_once('\n').unwrap();
    let second = format!("{header},Surname\n{}", rows.replace('\n', ",Hale\n"));
    let of_second = report("nhs-gp", second.into_bytes());
    let refused: Vec<&str> = of_second.refused_columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!((refused, of_second.misnamed_columns.len()), (vec!["Surname"], 0));
}
