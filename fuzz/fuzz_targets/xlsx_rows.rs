//! Workbooks: a container as it comes, and a sound container around a sheet, texts and styles as they come.
#![no_main]

use libfuzzer_sys::fuzz_target;

const INDEX: &[u8] = b"<workbook xmlns:r=\"r\"><sheets><sheet r:id=\"a\"/></sheets></workbook>";
const RELATIONS: &[u8] = b"<Relationships><Relationship Id=\"a\" Target=\"s.xml\"/></Relationships>";

/// A container of parts that are not packed.
fn container(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in parts {
        let offset = (file.len() as u32).to_le_bytes();
        let size = (bytes.len() as u32).to_le_bytes();
        let head = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &size, &size].concat();
        let length = (name.len() as u16).to_le_bytes();
        file.extend([b"PK\x03\x04", &head[..], &length, &[0, 0], name.as_bytes(), bytes].concat());
        directory.extend([b"PK\x01\x02", &[20, 0][..], &head, &length, &[0; 12], &offset, name.as_bytes()].concat());
    }
    let (size, start) = ((directory.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes());
    file.extend(directory);
    file.extend([b"PK\x05\x06", &[0; 8][..], &size, &start, &[0, 0]].concat());
    file
}

fuzz_target!(|bytes: &[u8]| {
    fuzz::read(&[b"PK\x03\x04", bytes].concat());
    // The parts are parted by bytes that XML does not have.
    let mut parts = bytes.splitn(3, |byte| *byte == 0);
    let (sheet, texts, styles) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    fuzz::read(&container(&[
        ("xl/workbook.xml", INDEX),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", styles),
        ("xl/s.xml", sheet),
    ]));
});
