//! The first page: may the source rehearse, what stands against it, and what to do first.

use std::fmt::Write as _;

use super::html::{Field, Heading, Text, percent, table, whole};
use super::{chart, moved};
use crate::fault::{Check, Code, Dimension};
use crate::report::{Report, Trend};

/// Faults listed on the first page.
const MOST: usize = 10;

pub(super) fn verdict(report: &Report, trend: Option<&Trend>) -> String {
    let scores = &report.scores;
    let ready = scores.verdict.ready_to_rehearse;
    let words = if ready { "Ready to rehearse" } else { "Not ready to rehearse" };
    let mut page = format!(
        "<header>\n<p class=\"over\">{}</p>\n<h1>Data quality report</h1>\n<p>{} rows of {} measured on {}. \
         {} of them ({}) have at least one fault; a load would put {} ({}) aside.</p>\n</header>\n\
         <section class=\"verdict{}\" aria-labelledby=\"verdict\">\n<h2 id=\"verdict\">{words}</h2>\n\
         <p class=\"score\"><strong>{:.1}</strong> <span>out of 100; {:.0} is needed</span>",
        Text(&report.title),
        whole(report.rows),
        files(report),
        report.measured_on.strftime("%-d %B %Y"),
        whole(report.faulty_rows),
        percent(report.faulty_rows, report.rows),
        whole(report.quarantined_rows),
        percent(report.quarantined_rows, report.rows),
        if ready { " ready" } else { "" },
        scores.overall,
        report.needed.overall,
    );
    if let Some(trend) = trend {
        let _ = write!(
            page,
            " <span>({} since {}, when it was {:.1})</span>",
            moved(scores.overall, trend.overall),
            Text(&day(&trend.measured_on)),
            trend.overall
        );
    }
    page.push_str("</p>\n");
    if ready {
        page.push_str(
            "<p>Nothing stands against a rehearsal with these files: a load that is tried and changes nothing. The faults below \
             are still worth mending.</p>\n",
        );
    } else {
        page.push_str(
            "<p>A rehearsal is a load that is tried and changes nothing. What stands against one with these files:</p>\n<ul>\n",
        );
        for reason in &scores.verdict.reasons {
            let _ = writeln!(page, "<li>{}</li>", Text(reason));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</section>\n<dl class=\"tiles\">\n");
    for (dimension, score) in &scores.dimensions {
        let (value, bar) = match score {
            Some(score) => (format!("{score:.1}"), chart::score(*score, None)),
            None => ("not measured".to_owned(), String::new()),
        };
        let _ = writeln!(
            page,
            "<div><dt>{}</dt><dd class=\"n\">{value}</dd><dd class=\"why\">{}{bar}</dd></div>",
            dimension.title(),
            meaning(*dimension)
        );
    }
    page.push_str("</dl>\n");
    page
}

/// A day in words; as it stands where it is none.
fn day(text: &str) -> String {
    let day = text.parse::<jiff::civil::Date>();
    day.map_or_else(|_| text.to_owned(), |day| day.strftime("%-d %B %Y").to_string())
}

fn files(report: &Report) -> String {
    match report.files.as_slice() {
        [file] => Text(&file.name).to_string(),
        files => format!("{} files", files.len()),
    }
}

const fn meaning(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Completeness => "What should be there is there.",
        Dimension::Validity => "What is there can be right.",
        Dimension::Uniqueness => "Each child stands once.",
        Dimension::Consistency => "Nothing contradicts itself.",
        Dimension::Timeliness => "Records are not old.",
        Dimension::Forbidden => "Nothing is there that may not be.",
    }
}

/// What the directory never takes, and what could not be read.
pub(super) fn forbidden(report: &Report) -> String {
    let mut page = String::new();
    for file in &report.files {
        if let Some(refused) = &file.refused {
            let _ = writeln!(
                page,
                "<div class=\"warning\"><h3>{} was not read to its end</h3><p>{} ({})</p></div>",
                Text(&file.name),
                Text(&refused.message),
                refused.code
            );
        }
    }
    let text_faults = report.faults.iter().filter(|fault| fault.dimension == Dimension::Forbidden);
    let text_rows: u64 = text_faults.map(|fault| fault.rows).sum();
    if report.refused_columns.is_empty() && report.unpermitted.is_empty() && text_rows == 0 {
        return page;
    }
    page.push_str(
        "<h2>Take this out first</h2>\n<p>The directory says who works with a child, and nothing else about the child. \
         It refuses a file that holds more. None of it stands in this report.</p>\n<ul>\n",
    );
    for column in &report.refused_columns {
        let reason = column.reason.unwrap_or("it is not on the list of permitted columns");
        let _ = writeln!(page, "<li>The column <code>{}</code>: {}.</li>", Text(&column.name), Text(reason));
    }
    for (name, count) in &report.unpermitted {
        let _ = writeln!(
            page,
            "<li>Outside the list, and not read: <code>{}</code>, {} times.</li>",
            Text(name),
            whole(*count)
        );
    }
    if text_rows > 0 {
        let _ = writeln!(
            page,
            "<li>Values that read like text about a child, {} of them; the table below says in which fields.</li>",
            whole(text_rows)
        );
    }
    page.push_str("</ul>\n");
    page
}

/// Columns that are to be called otherwise.
pub(super) fn misnamed(report: &Report) -> String {
    if report.misnamed_columns.is_empty() {
        return String::new();
    }
    let mut page = "<h2>Rename these columns</h2>\n<p>A column is known by its exact name. A load refuses a file with another \
                    header; here the cells below it were not read.</p>\n<ul>\n"
        .to_owned();
    for column in &report.misnamed_columns {
        let name = Text(&column.name);
        let _ = match &column.called {
            Some(called) => {
                writeln!(page, "<li>Call <code>{name}</code> <code>{}</code>.</li>", Field(called))
            }
            None => {
                writeln!(page, "<li>{name} has no name: name it, or remove it (often a comma too many).</li>")
            }
        };
    }
    page.push_str("</ul>\n");
    page
}

/// The commonest faults, each with what to do.
pub(super) fn to_do(report: &Report) -> String {
    if report.faults.is_empty() {
        return "<h2>What to do</h2>\n<p>No fault was found in any row.</p>\n".to_owned();
    }
    let missing: Vec<&str> = report
        .faults
        .iter()
        .filter(|fault| fault.code == Code::Own(Check::MissingColumn))
        .map(|fault| fault.field.as_str())
        .collect();
    let mut page = "<h2>What to do first</h2>\n<p>The commonest faults, and how each is mended at the source: it comes back \
         with every file until it is.</p>\n"
        .to_owned();
    if !missing.is_empty() {
        let _ = writeln!(
            page,
            "<div class=\"warning\"><p>Columns missing from the file: {}. Add them to the export; a column may be empty, but \
             must be there.</p></div>",
            missing.iter().map(|name| format!("<code>{}</code>", Field(name))).collect::<Vec<_>>().join(", ")
        );
    }
    let in_rows = report.faults.iter().filter(|fault| fault.code != Code::Own(Check::MissingColumn));
    let mut rows = String::new();
    for fault in in_rows.clone().take(MOST) {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\" class=\"what\">{}</th><td data-label=\"Field\">{}</td>\
             <td class=\"n\" data-label=\"Rows\">{} <span class=\"quiet\">({})</span></td>\
             <td class=\"all\" data-label=\"What to do\">{}</td></tr>",
            Text(fault.meaning),
            Field(&fault.field),
            whole(fault.rows),
            percent(fault.rows, report.rows),
            Text(fault.remedy)
        );
    }
    let all = in_rows.count();
    if all > 0 {
        let headings = [
            Heading("What is wrong", false),
            Heading("Field", false),
            Heading("Rows", true),
            Heading("What to do", false),
        ];
        let caption = match all {
            _ if all <= MOST => "Every kind of fault found".to_owned(),
            _ => format!("The {MOST} commonest of {all} kinds of fault"),
        };
        page.push_str(&table(&caption, "todo stack", &headings, &rows));
    }
    page
}
