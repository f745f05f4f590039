//! The leak detector finds what is planted, where it is planted, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use rand::RngExt;
use std::path::PathBuf;
use tempfile::TempDir;
use testkit::leaks::{Canaries, Finding};

/// Half a megabyte of noise with `planted` at byte 1,003.
fn folder_with(planted: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let deeper = folder.path().join("base").join("5");
    std::fs::create_dir_all(&deeper).unwrap();
    let mut noise = vec![0_u8; 500_000];
    testkit::seeded(7).fill(&mut noise[..]);
    noise[1003..1003 + planted.len()].copy_from_slice(planted);
    let file = deeper.join("16384");
    std::fs::write(&file, noise).unwrap();
    (folder, file)
}

fn search(canaries: &Canaries, folder: &TempDir) -> Vec<Finding> {
    canaries.search(&[folder.path().to_owned()])
}

fn names() -> Canaries {
    let mut canaries = Canaries::new();
    canaries.text("Zephyrine O'Kanarie");
    canaries
}

#[test]
fn a_name_is_found_in_every_form() {
    let name = "Zephyrine O'Kanarie";
    let utf16 = |to: fn(u16) -> [u8; 2]| name.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let planted: Vec<(&str, Vec<u8>)> = vec![
        ("plain", name.into()),
        ("lower case plain", name.to_lowercase().into()),
        ("upper case plain", name.to_uppercase().into()),
        ("hex", hex::encode(name).into()),
        ("hex, upper case", hex::encode_upper(name).into()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
        ("base64", STANDARD.encode(name).into()),
        ("base64", STANDARD.encode(format!("x{name} and more")).into()),
        ("base64", STANDARD.encode(format!("xy{name}!")).into()),
    ];
    for (form, bytes) in planted {
        let (folder, file) = folder_with(&bytes);
        let found = search(&names(), &folder);
        assert!(
            found
                .iter()
                .any(|f| f.form == form && f.file == file && f.offset.abs_diff(1003) <= 3 && f.certain),
            "{form} is not among {found:?}"
        );
    }
}

#[test]
fn a_date_of_birth_is_found_in_every_form() {
    let mut canaries = Canaries::new();
    canaries.date(date(2015, 3, 7));
    let seconds: i64 = 1_425_686_400;
    let planted: Vec<(&str, Vec<u8>)> = vec![
        ("plain", b"2015-03-07".to_vec()),
        ("plain", b"07/03/2015".to_vec()),
        ("plain", b"20150307".to_vec()),
        ("UTF-16LE", "2015-03-07".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("seconds since 1970, i64 LE", seconds.to_le_bytes().to_vec()),
        ("seconds since 1970, i64 BE", seconds.to_be_bytes().to_vec()),
        ("seconds since 1970, i32 LE", (seconds as i32).to_le_bytes().to_vec()),
        ("seconds since 1970, i32 BE", (seconds as i32).to_be_bytes().to_vec()),
        ("seconds since 1970, digits", seconds.to_string().into_bytes()),
        ("milliseconds since 1970, i64 LE", (seconds * 1000).to_le_bytes().to_vec()),
        ("milliseconds since 1970, i48 BE", (seconds * 1000).to_be_bytes()[2..].to_vec()),
        ("microseconds since 1970, i64 BE", (seconds * 1_000_000).to_be_bytes().to_vec()),
        ("days since 1970, i64 LE", 16_501_i64.to_le_bytes().to_vec()),
        ("days since 1970, i32 BE", 16_501_i32.to_be_bytes().to_vec()),
        ("days since 2000, i32 BE", 5_544_i32.to_be_bytes().to_vec()),
        ("YYYYMMDD, i32 LE", 20_150_307_i32.to_le_bytes().to_vec()),
    ];
    for (form, bytes) in planted {
        let (folder, _) = folder_with(&bytes);
        let found = search(&canaries, &folder);
        assert!(found.iter().any(|f| f.form == form && f.offset == 1003), "{form} is not among {found:?}");
    }
}

#[test]
fn noise_holds_no_certain_finding() {
    let (folder, _) = folder_with(b"");
    let mut canaries = names();
    for day in 1..=28 {
        canaries.date(date(2014, 6, day));
    }
    canaries.assert_absent(&[folder.path().to_owned()]);
}

#[test]
fn a_name_across_two_windows_of_a_large_file_is_found_once() {
    let folder = TempDir::new().unwrap();
    let mut bytes = vec![b'.'; (8 << 20) + 100];
    let at = (4 << 20) - 5;
    bytes[at..at + 19].copy_from_slice(b"Zephyrine O'Kanarie");
    std::fs::write(folder.path().join("data.db-wal"), bytes).unwrap();
    let offsets: Vec<u64> = search(&names(), &folder).iter().map(|f| f.offset).collect();
    assert_eq!(offsets, [at as u64]);
}

#[test]
fn a_name_in_a_file_name_is_found() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("zephyrine o'kanarie.tmp"), b"").unwrap();
    assert_eq!(search(&names(), &folder).len(), 1);
}

#[test]
#[should_panic(expected = "1 leaks, such as")]
fn asserting_absence_fails_on_a_leak() {
    let (folder, _) = folder_with(b"Zephyrine O'Kanarie");
    names().assert_absent(&[folder.path().to_owned()]);
}
