//! How it was measured, for whoever doubts it.

use std::fmt::Write as _;

use super::html::{Heading, Text, table, whole};
use crate::report::Report;

pub(super) fn notes(report: &Report) -> String {
    let mut rows = String::new();
    for file in report.files.iter().chain(&report.against_files) {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td></tr>",
            Text(&file.name),
            file.format.unwrap_or("not read to its end"),
            whole(file.rows)
        );
    }
    let headings = [Heading("File", false), Heading("Read as", false), Heading("Rows", true)];
    let mut page = format!(
        "<h2>How this was measured</h2>\n{}\
         <p>The profile is <code>{}</code>. The score of a field is 100 × (share filled ÷ share expected, at most 1) × (share of \
         values without a fault). The overall score weighs completeness 25, validity 30, uniqueness 20, consistency 15 and \
         timeliness 10; where timeliness is not measured the others share its part. What a load would quarantine has a code that \
         begins with F, what it would take although it is probably wrong one that begins with Q.</p>\n\
         <p>The report was made on the machine that holds the files, and nothing was sent anywhere. Values of rows stand in it \
         only where somebody asked for them, and text about a child never does.</p>\n",
        table("Files measured", "", &headings, &rows),
        Text(&report.profile)
    );
    if report.repeats_estimated {
        page.push_str(
            "<p>There are so many rows that repeated record numbers were counted for a share of all numbers, and the count \
             multiplied.</p>\n",
        );
    }
    for (title, names, remedy) in [
        (
            "Clinical content that was left unread",
            &report.clinical_left_unread,
            "Leave it out of the export.",
        ),
        (
            "Resources that belong to no child of the file",
            &report.unattached,
            "Put them behind the Patient that they name, or leave them out: a load refuses the file.",
        ),
    ] {
        if !names.is_empty() {
            let list: Vec<String> =
                names.iter().map(|(name, count)| format!("{} ({})", Text(name), whole(*count))).collect();
            let _ = writeln!(page, "<p>{title}: {}. {remedy}</p>", list.join(", "));
        }
    }
    page
}
