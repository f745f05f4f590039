//! What stands outside the closed list refuses an XML file or a workbook by its name, as a column does a CSV file (law 1).

use std::io::Cursor;
use std::ops::ControlFlow;

use feeds::{FileError, FileFault, examine_file, judge_file};

use crate::files::{options, profile};

const SOURCE: &str = "gro-births";

/// The refusal of a load, which examines a file before it takes a row; none where it is taken.
fn refused(bytes: &[u8]) -> Option<FileError> {
    let source = || Cursor::new(bytes.to_vec());
    let judged = judge_file(source(), profile(SOURCE), &options(), |_| ControlFlow::Continue(())).err();
    let examined = examine_file(source(), profile(SOURCE), &options()).err();
    let words = |error: &Option<FileError>| error.as_ref().map(ToString::to_string);
    assert_eq!(words(&judged), words(&examined), "examining says the same as reading");
    judged
}

/// A row with the values of the examples; `within` stands in its tag.
fn xml(outside: &str, within: &str, of_a_value: &str) -> String {
    let filled = profile(SOURCE).columns().filter(|column| !column.example.is_empty());
    let cells: String = filled
        .map(|column| {
            let tag = if column.name == "surname" {
                format!("surname{of_a_value}")
            } else {
                column.name.to_owned()
            };
            format!("<{tag}>{}</{}>", column.example, column.name)
        })
        .collect();
    format!("<rows{outside}><row{within}>{cells}</row></rows>")
}

#[test]
fn an_attribute_outside_the_list_refuses_the_file_by_name() {
    let of_xml =
        " xmlns=\"urn:feed\" xmlns:xsi=\"urn:i\" xsi:schemaLocation=\"urn:feed feed.xsd\" xml:lang=\"en\"";
    assert!(refused(xml(of_xml, "", " xsi:type=\"name\"").as_bytes()).is_none());
    let noted = " case_notes=\"MARKED autistic\"";
    for (text, named) in [
        (xml("", noted, ""), "row@case_notes"),
        (xml(noted, "", ""), "rows@case_notes"),
        (xml("", "", noted), "surname@case_notes"),
        (xml("", " xml:notes='MARKED'", ""), "row@xml:notes"),
        (xml("", " MARKÉD='MARKED'", ""), "an attribute whose name is not shaped like one"),
    ] {
        let error = refused(text.as_bytes()).unwrap_or_else(|| panic!("{text} is taken"));
        assert_eq!(error.fault.code(), "E08", "{error}");
        let words = error.to_string();
        assert!(words.contains(named) && !words.contains("MARK"), "{words}");
    }
    let many = (0..150_000).map(|number| format!(" a{number}=\"\"")).collect::<String>();
    assert!(refused(xml("", &many[..1_000_000], "").as_bytes()).is_some(), "and it takes no time");
}

/// A container of these parts as they are.
fn stored(parts: &[(String, String)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    let four = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    for (name, text) in parts {
        let (offset, size) = (four(file.len()), four(text.len()));
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let head = [&[20, 0, 0, 0, 0, 0][..], &[0; 8], &size, &size].concat();
        file.extend([b"PK\x03\x04", &head[..], &length, &[0, 0], name.as_bytes(), text.as_bytes()].concat());
        let entry = [b"PK\x01\x02", &[20, 0][..], &head, &length, &[0; 12], &offset, name.as_bytes()];
        directory.extend(entry.concat());
    }
    let (size, start) = (four(directory.len()), four(file.len()));
    file.extend(directory);
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    file.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &size, &start, &[0, 0]].concat());
    file
}

fn sheet(rows: &[Vec<&str>]) -> String {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |cells: &Vec<&str>| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    format!("<worksheet><sheetData>{}</sheetData></worksheet>", rows.iter().map(row).collect::<String>())
}

/// A workbook of the example, with further sheets: name, whether it is hidden, and its rows.
fn workbook(further: &[(&str, &str, &[Vec<&str>])]) -> Vec<u8> {
    let columns = || profile(SOURCE).columns();
    let first =
        [columns().map(|column| column.name).collect(), columns().map(|column| column.example).collect()];
    let mut sheets = vec![("Births", "visible", &first[..])];
    sheets.extend_from_slice(further);
    let (mut index, mut relations, mut parts) = (String::new(), String::new(), Vec::new());
    for ((name, state, rows), at) in sheets.into_iter().zip(1..) {
        index += &format!("<sheet name=\"{name}\" sheetId=\"{at}\" state=\"{state}\" r:id=\"r{at}\"/>");
        relations += &format!("<Relationship Id=\"r{at}\" Target=\"worksheets/sheet{at}.xml\"/>");
        parts.push((format!("xl/worksheets/sheet{at}.xml"), sheet(rows)));
    }
    parts.push(("xl/workbook.xml".to_owned(), format!("<workbook><sheets>{index}</sheets></workbook>")));
    let relations = format!("<Relationships>{relations}</Relationships>");
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations));
    stored(&parts)
}

#[test]
fn a_second_sheet_is_named_and_refuses_the_load() {
    let noted: &[Vec<&str>] = &[vec!["MARKED"]];
    let empty: &[Vec<&str>] = &[vec![], vec!["", " "]];
    assert!(refused(&workbook(&[])).is_none());
    assert!(refused(&workbook(&[("Sheet2", "visible", &[]), ("Sheet3", "hidden", empty)])).is_none());
    for (state, name, told) in [
        ("visible", "Case notes", "sheet Case notes"),
        ("hidden", "Old", "sheet Old"),
        ("veryHidden", "MARKÉD", "sheet number 3"),
    ] {
        let error = refused(&workbook(&[("Sheet2", "visible", &[]), (name, state, noted)])).unwrap();
        assert!(matches!(error.fault, FileFault::FurtherSheets(_)) && error.fault.code() == "E22", "{error}");
        let words = error.to_string();
        assert!(words.contains(told) && words.contains("Delete") && !words.contains("MARK"), "{words}");
    }
}
