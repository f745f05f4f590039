//! The sheets of the cases: what is entered of whom, and when the product exports.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use conformance::{Cast, Plan, applying};
use directory::connecting::WayIn;

/// Writes `cases.txt` and one CSV a case, and says how many cases there are.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, cast: &Cast, way: WayIn) -> anyhow::Result<usize> {
    let cannot = |path: &Path| format!("{}: cannot be written", path.display());
    std::fs::create_dir_all(folder).with_context(|| cannot(folder))?;
    let mut text = format!(
        "The cases for a product that feeds {} by {}.\n\nIn a CSV of its own each case has the children of its steps: what is not on the \
         sheet is not known.\nNo child here is real. Use an installation that holds nobody else.\n",
        cast.profile().name,
        way.code()
    );
    if way == WayIn::Files {
        text.push_str(
            "\nExport in the format that the product will feed: CSV, .xlsx, XML or FHIR NDJSON. Where a file is called .csv below, give \
             it the ending of\nthat format: .xlsx, .xml or .ndjson.\n",
        );
    }
    let mut count = 0;
    for case in applying(cast.profile(), way) {
        let plan = case.plan(cast, way);
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{}  {}\n", case.id, case.title);
        for (number, step) in (1..).zip(&plan.steps) {
            let _ = writeln!(text, "  step {number}: {}", step.asks);
        }
        let _ = writeln!(text, "  must arrive: {}", case.arrives);
        if !case.otherwise(way).is_empty() {
            let _ = writeln!(text, "  {}", case.otherwise(way));
        }
        let _ = match (way, plan.steps.len()) {
            (WayIn::Json | WayIn::Fhir, _) => Ok(()),
            (WayIn::Hl7, steps) => {
                writeln!(text, "  put it in: {}/1.hl7 to {}/{steps}.hl7", case.id, case.id)
            }
            (_, 1) => writeln!(text, "  put it in: {}.csv", case.id),
            (_, steps) => writeln!(text, "  put it in: {}/1.csv to {}/{steps}.csv", case.id, case.id),
        };
        let path = folder.join(format!("{}.csv", case.id));
        sheet(&path, cast, &plan).with_context(|| cannot(&path))?;
        count += 1;
    }
    let path = folder.join("cases.txt");
    std::fs::write(&path, text).with_context(|| cannot(&path))?;
    Ok(count)
}

/// One row for each child of each step, with the columns of the profile that the product does not fill by itself.
fn sheet(path: &Path, cast: &Cast, plan: &Plan) -> csv::Result<()> {
    let own = ["record_id", "effective_at"];
    let columns: Vec<&str> =
        cast.profile().columns().map(|column| column.name).filter(|name| !own.contains(name)).collect();
    let mut csv = csv::Writer::from_path(path)?;
    csv.write_record(["step", "child", "records"].into_iter().chain(columns.iter().copied()))?;
    for (number, step) in (1_usize..).zip(&plan.steps) {
        for expected in step.entered() {
            let facts = [number, expected.number, expected.records].map(|fact| fact.to_string());
            let values = columns.iter().map(|column| expected.sheet.get(column).map_or("", String::as_str));
            csv.write_record(facts.iter().map(String::as_str).chain(values))?;
        }
    }
    csv.flush()?;
    Ok(())
}
