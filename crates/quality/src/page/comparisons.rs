//! Children who stand twice, and children another file knows.

use std::fmt::Write as _;

use super::html::{Heading, Text, share, table, whole};
use crate::linking::{Estimate, Example};
use crate::report::Report;

/// A comparison of the model and how well two records agree in it, in a reader's words; the model's own where it has others.
fn in_words(field: &str, level: &str) -> String {
    let field = match field {
        "given" => "given names",
        "family" => "family name",
        "birth" => "date of birth",
        "nhs_number" => "NHS number",
        "upn" => "UPN",
        other => other,
    };
    let (name, level) = (field.replace('_', " "), level.replace('_', " "));
    match (field, level.as_str()) {
        ("relation", level) => format!("could be a {}", Text(level)),
        (_, "exact") => format!("same {}", Text(&name)),
        (_, "else") => format!("other {}", Text(&name)),
        (_, level) => format!("{} ({})", Text(&name), Text(level)),
    }
}

/// How sure an estimate is, in a sentence.
fn sureness(estimate: &Estimate) -> String {
    let [least, most] = estimate.interval;
    let range = format!("95 times in 100 the true share lies between {} and {}", share(least), share(most));
    if estimate.is_whole() {
        format!(
            "All {} rows were compared. As a forecast for the next file of this kind, {range}.",
            whole(estimate.rows)
        )
    } else {
        format!(
            "This is an estimate from a sample of {} rows: all rows of one in {} dates of birth. {range}. Two records of one \
             child with different dates of birth are not in it, so the truth is rather higher.",
            whole(estimate.rows),
            estimate.one_in
        )
    }
}

pub(super) fn duplicates(report: &Report) -> String {
    let mut page = String::new();
    let Some(found) = &report.duplicates else { return page };
    let _ = writeln!(
        page,
        "<h2>Children who stand twice</h2>\n<p>Of the records, <strong>{}</strong> are second records of a child who has an earlier \
         one; at most {} is accepted. Pairs that a person would have to look at besides: {}. {}</p>",
        share(found.estimate.share),
        share(report.needed.duplicates),
        whole(found.to_review),
        sureness(&found.estimate)
    );
    if !found.examples.is_empty() {
        page.push_str("<p>The likeliest pairs, by row number, and why they are taken for one child:</p>\n");
        let rows: String = found.examples.iter().map(|example| row(report, example)).collect();
        let headings = [
            Heading("Rows", false),
            Heading("Likelihood", true),
            Heading("Speaks for one child", false),
            Heading("Speaks against", false),
        ];
        page.push_str(&table("Pairs of records that look like one child", "stack", &headings, &rows));
    }
    page
}

fn row(report: &Report, example: &Example) -> String {
    let list = |of: fn(f64) -> bool| {
        let fields = example.fields.iter().filter(|field| of(field.weight));
        let named: Vec<String> = fields.map(|field| in_words(&field.field, &field.level)).collect();
        if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
    };
    let values: String = example
        .values
        .iter()
        .map(|(name, left, right)| format!("<br>{}: {} | {}", Text(name), Text(left), Text(right)))
        .collect();
    let place = |(file, row): (usize, u64)| super::rows::place(report, file, row);
    format!(
        "<tr><th scope=\"row\">{} and {}{values}</th><td class=\"n\" data-label=\"Likelihood\">{}</td>\
         <td class=\"all\" data-label=\"Speaks for one child\">{}</td><td class=\"all\" data-label=\"Speaks against\">{}</td></tr>\n",
        place(example.left),
        place(example.right),
        share(example.probability),
        list(|weight| weight > 0.0),
        list(|weight| weight < 0.0)
    )
}

pub(super) fn against(report: &Report) -> String {
    let Some(found) = &report.against else { return String::new() };
    let names: Vec<String> = report.against_files.iter().map(|file| Text(&file.name).to_string()).collect();
    format!(
        "<h2>How many would match</h2>\n<p>Of the records, <strong>{}</strong> are expected to match a record of {} by themselves, \
         without anybody looking at them. {}</p>\n",
        share(found.estimate.share),
        names.join(", "),
        sureness(&found.estimate)
    )
}
