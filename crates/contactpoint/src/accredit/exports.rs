//! What a product exported, found by the ids of the cases: `T01.csv` (or .xlsx, .xml, .ndjson), or a folder `T02` with one file a
//! step. Beside an export may stand the receipts of it that the product was given: `1.receipts.jsonl` beside `1.csv`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use conformance::{Given, applying};
use directory::connecting::WayIn;
use feeds::Profile;

use super::{Usage, case_named};

/// The largest file that is read, bytes: the case of many children has some hundred rows.
const LARGEST: u64 = 64 << 20;

/// How the name of a file with receipts ends.
const RECEIPTS: &str = ".receipts.jsonl";

/// The exports by the ids of their cases.
///
/// # Errors
/// When the folder or a file in it cannot be read, or holds nothing for any case.
pub fn read(
    folder: &Path,
    profile: &'static Profile,
    way: WayIn,
) -> Result<BTreeMap<String, Vec<Given>>, Usage> {
    let entries = sorted(folder)?;
    let mut given = BTreeMap::new();
    for case in applying(profile, way) {
        let own = entries.iter().filter(|path| case_named(&name_of(path), case));
        let mut files = Vec::new();
        for path in own {
            if path.is_dir() {
                files.extend(sorted(path)?.into_iter().filter(|path| path.is_file()));
            } else {
                files.push(path.clone());
            }
        }
        let read = files.iter().map(|path| one(folder, path)).collect::<Result<Vec<_>, _>>()?;
        if !read.is_empty() {
            given.insert(case.id.to_owned(), read);
        }
    }
    if given.is_empty() {
        return Err(Usage(format!(
            "--files {}: nothing in it is named by the id of a case; name the export of the first case T01.csv, T01.xlsx, T01.xml or T01.ndjson (docs/connect/cases.md)",
            folder.display()
        )));
    }
    Ok(given)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Usage> {
    let cannot = |error: std::io::Error| {
        Usage(format!(
            "--files {}: cannot be read: {error}; give the folder with the exports",
            folder.display()
        ))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let name = name_of(&path);
        // What an editor or a file manager leaves behind is no export; receipts are read with theirs.
        if !name.starts_with('.') && !name.ends_with(RECEIPTS) {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

fn one(folder: &Path, path: &Path) -> Result<Given, Usage> {
    let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    let (given, receipts) = (Given::bytes(name, whole(path)?), receipts_beside(path));
    Ok(if receipts.is_file() { given.told(whole(&receipts)?) } else { given })
}

/// Where the receipts of an export stand.
pub(super) fn receipts_beside(export: &Path) -> PathBuf {
    let stem = export.file_stem().unwrap_or_default().to_string_lossy();
    export.with_file_name(format!("{stem}{RECEIPTS}"))
}

fn whole(path: &Path) -> Result<Vec<u8>, Usage> {
    let shown = path.display();
    let cannot = |error: std::io::Error| Usage(format!("--files: {shown} cannot be read: {error}"));
    if path.metadata().map_err(cannot)?.len() > LARGEST {
        return Err(Usage(format!(
            "--files: {shown} is larger than {LARGEST} bytes; export the children of the sheets alone"
        )));
    }
    std::fs::read(path).map_err(cannot)
}
