//! Rows as a workbook, as XML and as FHIR NDJSON: what a source sends that has no CSV.

use serde_json::json;

/// The first sheet of a workbook, its texts in the cells themselves, nothing packed.
pub fn workbook(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    workbook_beside(header, rows, &[])
}

/// The same with parts that no row stands in.
pub fn workbook_beside(header: &[&str], rows: &[Vec<String>], beside: &[(&str, String)]) -> Vec<u8> {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(text));
    let line = |number: usize, cells: Vec<String>| format!("<row r=\"{number}\">{}</row>", cells.concat());
    let names = line(1, header.iter().map(|name| cell(name)).collect());
    let rows = rows.iter().zip(2..);
    let rows: String =
        rows.map(|(row, number)| line(number, row.iter().map(|text| cell(text)).collect())).collect();
    let sheet = format!("<worksheet><sheetData>{names}{rows}</sheetData></worksheet>");
    let index =
        "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    let relations =
        "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
    let parts = [
        ("xl/workbook.xml", index.to_owned()),
        ("xl/_rels/workbook.xml.rels", relations.to_owned()),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    stored(&[&parts, beside].concat())
}

/// A ZIP container of these parts as they are.
fn stored(parts: &[(&str, String)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let offset = u32::try_from(file.len()).unwrap().to_le_bytes();
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        // Version, flags, method 0, time and checksum, sizes.
        let head = [&[20, 0, 0, 0, 0, 0][..], &[0; 8], &size, &size].concat();
        file.extend([b"PK\x03\x04", &head[..], &length, &[0, 0], name.as_bytes(), text.as_bytes()].concat());
        let entry = [b"PK\x01\x02", &[20, 0][..], &head, &length, &[0; 12], &offset, name.as_bytes()];
        directory.extend(entry.concat());
    }
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    let (size, start) = (u32::try_from(directory.len()).unwrap(), u32::try_from(file.len()).unwrap());
    file.extend(directory);
    let end =
        [b"PK\x05\x06", &[0; 4][..], &count, &count, &size.to_le_bytes(), &start.to_le_bytes(), &[0, 0]];
    file.extend(end.concat());
    file
}

/// An element a row, an element a value.
pub fn xml(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let row = |values: &Vec<String>| {
        let filled = header.iter().zip(values).filter(|(_, value)| !value.is_empty());
        let cells: String =
            filled.map(|(name, value)| format!("<{name}>{}</{name}>", escaped(value))).collect();
        format!("<row>{cells}</row>\n")
    };
    format!("<?xml version=\"1.0\"?>\n<rows>\n{}</rows>\n", rows.iter().map(row).collect::<String>())
        .into_bytes()
}

/// A Patient a line: names, date of birth, gender, NHS number and a present address.
pub fn ndjson(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let line = |values: &Vec<String>| {
        let value = |name: &str| {
            let at = header.iter().position(|column| *column == name);
            at.map_or("", |at| values[at].as_str()).to_owned()
        };
        let mut patient = json!({
            "resourceType": "Patient", "id": value("record_id"), "meta": {"lastUpdated": value("effective_at")},
            "name": [{"use": "official", "family": value("surname"), "given": [value("forenames")]}],
            "birthDate": value("date_of_birth"),
            "gender": match value("gender").as_str() { "F" => "female", "M" => "male", _ => "unknown" },
        });
        if !value("nhs_number").is_empty() {
            let system = "https://fhir.nhs.uk/Id/nhs-number";
            patient["identifier"] = json!([{"system": system, "value": value("nhs_number")}]);
        }
        if !value("address_line_1").is_empty() {
            patient["address"] = json!([{
                "use": "home", "line": [value("address_line_1")], "city": value("town"), "postalCode": value("postcode"),
            }]);
        }
        format!("{patient}\n")
    };
    rows.iter().map(line).collect::<String>().into_bytes()
}

/// A text as XML has it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
