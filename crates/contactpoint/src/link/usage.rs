//! What is wrong with the arguments themselves: told before anything is read.

use std::path::{Path, PathBuf};

use super::LinkArgs;
use super::constraints::rate;

/// The first fault, with its remedy; none when the run may begin.
pub fn fault(args: &LinkArgs) -> Option<String> {
    if !(args.threshold > 0.0 && args.threshold < 1.0) {
        return Some("--threshold must be between 0 and 1, for example 0.95".into());
    }
    if args.one_to_one && args.files.len() == 1 && args.source_column.is_none() {
        return Some(
            "--one-to-one links records of different sources, and there is one file; leave it out to find the duplicates in \
             the file, or name the column that tells its sources with --source-column"
                .into(),
        );
    }
    if let Some(entry) = args.duplicates.iter().find(|entry| rate(entry).is_none()) {
        return Some(format!(
            "--duplicates {entry}: give SOURCE=RATE with a rate from 0 (none) to 1, for example nhs-gp=0.01"
        ));
    }
    outputs(args)
}

/// Files that are written must have a folder and be none that is read, and no two of them one.
fn outputs(args: &LinkArgs) -> Option<String> {
    let optional = |name, path: &Option<PathBuf>| path.clone().map(|path| (name, path));
    let written = [("--out", args.out.clone())].into_iter().chain(
        [
            optional("--clusters", &args.clusters),
            optional("--explain", &args.explain),
            optional("--report", &args.report),
            optional("--save-model", &args.save_model),
        ]
        .into_iter()
        .flatten(),
    );
    let read = [&args.model, &args.constraints, &args.decisions, &args.truth].into_iter().flatten();
    let mut known: Vec<(&str, PathBuf)> =
        args.files.iter().chain(read).map(|path| ("a file that is read", place(path))).collect();
    for (option, path) in written {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Some(format!(
                "{option} {}: there is no folder {}; make it first",
                path.display(),
                folder.display()
            ));
        }
        if path.is_dir() {
            return Some(format!("{option} {}: is a folder; give the name of a file", path.display()));
        }
        let own = place(&path);
        if let Some((other, _)) = known.iter().find(|(_, place)| *place == own) {
            return Some(format!("{option} {}: would overwrite {other}; give another name", path.display()));
        }
        known.push((option, own));
    }
    None
}

/// The same for every way to write one path.
fn place(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    folder.canonicalize().map_or_else(|_| path.to_owned(), |folder| folder.join(name))
}
