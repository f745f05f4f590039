//! A workbook made by hand: the parts Excel writes, stored or packed, in a container of our own.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A container of these parts; the packed size and offsets are what they should be.
pub fn container(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in parts {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        let packed = packer.finish().unwrap();
        let offset = file.len() as u32;
        let sizes = [(packed.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
        let head = [&20_u16.to_le_bytes()[..], &[0, 0], &8_u16.to_le_bytes(), &[0; 8], &sizes].concat();
        let length = (name.len() as u16).to_le_bytes();
        file.extend([b"PK\x03\x04", &head[..], &length, &[0, 0], name.as_bytes(), &packed].concat());
        directory.extend(
            [b"PK\x01\x02", &[20, 0][..], &head, &length, &[0; 12], &offset.to_le_bytes(), name.as_bytes()]
                .concat(),
        );
    }
    let count = (parts.len() as u16).to_le_bytes();
    let (size, start) = ((directory.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes());
    file.extend(directory);
    file.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &size, &start, &[0, 0]].concat());
    file
}

/// A workbook of one sheet.
pub fn workbook(sheet: String, strings: &str) -> Vec<u8> {
    workbook_styled(sheet, strings, "")
}

/// The same with more in its list of styles.
pub fn workbook_styled(sheet: String, strings: &str, more_styles: &str) -> Vec<u8> {
    workbook_of_sheets(sheet, strings, more_styles, &[])
}

/// The same with further sheets: name, whether it is hidden, and what stands in it.
fn workbook_of_sheets(
    sheet: String,
    strings: &str,
    more_styles: &str,
    further: &[(&str, &str, &str)],
) -> Vec<u8> {
    let named = further.iter().zip(2..);
    let (mut sheets, mut relations) = (String::new(), String::new());
    for ((name, state, _), at) in named {
        sheets += &format!("<sheet name=\"{name}\" sheetId=\"{at}\" state=\"{state}\" r:id=\"rId{at}0\"/>");
        relations += &format!("<Relationship Id=\"rId{at}0\" Target=\"worksheets/sheet{at}.xml\"/>");
    }
    let parts = [
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns:r=\"r\"><workbookPr/><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId7\"/>{sheets}\
                 </sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships><Relationship Id=\"rId7\" Target=\"worksheets/sheet1.xml\"/>{relations}</Relationships>"
            ),
        ),
        ("xl/sharedStrings.xml", format!("<sst uniqueCount=\"99999999999\">{strings}</sst>")),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet>{more_styles}<numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts>\
                 <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
                 <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let paths: Vec<String> =
        (0..further.len()).map(|at| format!("xl/worksheets/sheet{}.xml", at + 2)).collect();
    let mut all: Vec<(&str, Vec<u8>)> =
        parts.into_iter().map(|(name, text): (&str, String)| (name, text.into_bytes())).collect();
    all.extend(
        paths.iter().zip(further).map(|(path, (_, _, text))| (path.as_str(), text.as_bytes().to_vec())),
    );
    container(&all)
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Rows as a workbook: texts shared, days as numbers with a style, NHS numbers as numbers.
pub fn of(rows: &crate::rows::Rows) -> Vec<u8> {
    with_sheets(rows, &[])
}

/// The same with further sheets behind it.
pub fn with_sheets(rows: &crate::rows::Rows, further: &[(&str, &str, &str)]) -> Vec<u8> {
    use std::fmt::Write as _;
    let (mut sheet, mut strings, mut count) = (String::from("<worksheet><sheetData>"), String::new(), 0);
    for (number, row) in std::iter::once(&rows.header).chain(&rows.rows).enumerate() {
        let _ = write!(sheet, "<row r=\"{}\">", number + 1);
        for (at, value) in row.iter().enumerate() {
            let letters = match at / 26 {
                0 => char::from(b'A' + at as u8).to_string(),
                first => {
                    format!("{}{}", char::from(b'A' + first as u8 - 1), char::from(b'A' + (at % 26) as u8))
                }
            };
            let day = value.parse::<jiff::civil::Date>().ok();
            let since = day
                .and_then(|day| jiff::civil::date(1899, 12, 30).until(day).ok())
                .map(|span| span.get_days());
            let place = format!("{letters}{}", number + 1);
            if let Some(days) = since.filter(|days| *days > 60) {
                let _ = write!(sheet, "<c r=\"{place}\" s=\"1\"><v>{days}</v></c>");
            } else if value.len() == 10 && value.bytes().all(|byte| byte.is_ascii_digit()) {
                let _ =
                    write!(sheet, "<c r=\"{place}\" s=\"0\"><v>{:E}</v></c>", value.parse::<f64>().unwrap());
            } else if !value.is_empty() {
                let _ = write!(sheet, "<c r=\"{place}\" t=\"s\"><v>{count}</v></c>");
                let _ = write!(strings, "<si><r><t>{}</t></r><rPh><t>x</t></rPh></si>", escaped(value));
                count += 1;
            }
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    workbook_of_sheets(sheet, &strings, "", further)
}

#[test]
fn an_escape_of_excel_is_the_character_it_means() {
    let rows = crate::rows::sound("nhs-gp", 3);
    let at = |name: &str| rows.header.iter().position(|column| column == name).unwrap();
    let (surname, town, line) = (at("surname"), at("town"), at("address_line_1"));
    let inline = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let cell = |number: usize, column: usize, value: &String| match (number, column) {
        (0, at) if at == surname => "<c t=\"s\"><v>0</v></c>".to_owned(),
        (0, at) if at == town => inline("Mill_x002D_by_x002D_Sea"),
        (0, at) if at == line => "<c t=\"str\"><v>1 Mill_x0020_Lane</v></c>".to_owned(),
        (1, at) if at == town => inline("Lee_x0001_ds"),
        (2, at) if at == town => inline("Mill_x005F_x002D_by"),
        _ => inline(&escaped(value)),
    };
    let row = |(number, values): (usize, &Vec<String>)| {
        let cells = values.iter().enumerate().map(|(column, value)| cell(number, column, value));
        format!("<row>{}</row>", cells.collect::<String>())
    };
    let header: String = rows.header.iter().map(|name| inline(&name.replace('_', "_x005F_"))).collect();
    let body: String = rows.rows.iter().enumerate().map(row).collect();
    let sheet = format!("<worksheet><sheetData><row>{header}</row>{body}</sheetData></worksheet>");
    let bytes = workbook(sheet, "<si><t>O_x0027_Connor</t></si>");

    let profile = feeds::Profile::named("nhs-gp").unwrap();
    let options = feeds::Options::new("feed.xlsx", crate::rows::TODAY);
    let mut texts = Texts { wanted: [surname, town, line], rows: Vec::new() };
    let expected: Vec<&str> = profile.columns().map(|column| column.name).collect();
    feeds::read_rows(std::io::Cursor::new(bytes.clone()), &expected, &options, &mut texts).unwrap();
    assert_eq!(texts.rows[0], ["O'Connor", "Mill-by-Sea", "1 Mill Lane"]);
    assert_eq!(texts.rows[2][1], "Mill_x002D_by", "an underscore that was written so");

    let found = crate::rows::faults(&crate::rows::report("nhs-gp", bytes));
    assert_eq!(found, [("town".to_owned(), "F006", 1)], "a control character is one, however it is written");
}

/// The values of a few columns.
struct Texts {
    wanted: [usize; 3],
    rows: Vec<[String; 3]>,
}

impl feeds::RowSink for Texts {
    fn columns(&mut self, _: &[&str]) -> Result<(), feeds::FileFault> {
        Ok(())
    }

    fn row(&mut self, row: feeds::TextRow<'_>) -> std::ops::ControlFlow<()> {
        self.rows.push(self.wanted.map(|at| row.value(at).unwrap_or_default().to_owned()));
        std::ops::ControlFlow::Continue(())
    }

    fn unread(&mut self, _: feeds::Unread<'_>) {}
}
