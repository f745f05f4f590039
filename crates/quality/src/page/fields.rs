//! The score of every field, as bars and as figures.

use std::fmt::Write as _;

use super::html::{Field, Heading, percent, share, table, whole};
use super::{chart, moved};
use crate::report::{FieldReport, Report, Trend};

pub(super) fn table_of(report: &Report, trend: Option<&Trend>) -> String {
    let scored: Vec<&FieldReport> = report.by_field.iter().filter(|field| field.score.is_some()).collect();
    let mut page = format!(
        "<h2>Score by field</h2>\n<p>100 means that the field is filled as often as it should be and that no value has a \
         fault. The line in a bar is at {:.0}: fields by which children are matched have to reach it.</p>\n",
        report.needed.field
    );
    let mut rows = String::new();
    for field in &scored {
        let Some(score) = field.score else { continue };
        let needed = field.matched_by.then_some(report.needed.field);
        let low = needed.is_some_and(|needed| score < needed);
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">{}</th><td class=\"n b{}\" data-label=\"Score\">{score:.1}{}</td>\
             <td class=\"chart all\">{}</td><td class=\"n\" data-label=\"Filled\">{}</td>\
             <td class=\"n\" data-label=\"Expected\">{}</td><td class=\"n\" data-label=\"Faulty\">{}</td>",
            Field(&field.name),
            if low { " low-mark" } else { "" },
            if low { " <span class=\"quiet\">low</span>" } else { "" },
            chart::score(score, needed),
            percent(field.filled, report.rows),
            if field.expected > 0.0 { share(field.expected) } else { "–".to_owned() },
            whole(field.faulty),
        );
        if let Some(trend) = trend {
            let change = match trend.fields.get(&field.name) {
                Some(then) if (score - then).abs() < 0.05 => "none".to_owned(),
                Some(then) => moved(score, *then),
                None => "new".to_owned(),
            };
            let _ = write!(rows, "<td class=\"n\" data-label=\"Change\">{change}</td>");
        }
        rows.push_str("</tr>\n");
    }
    let mut headings = vec![
        Heading("Field", false),
        Heading("Score", true),
        Heading("0 to 100", false),
        Heading("Filled", true),
        Heading("Expected", true),
        Heading("Faulty values", true),
    ];
    if trend.is_some() {
        headings.push(Heading("Change", true));
    }
    page.push_str(&table("Fields, in the order of the profile", "fields stack", &headings, &rows));
    let unscored: Vec<String> = report
        .by_field
        .iter()
        .filter(|field| field.score.is_none())
        .map(|field| Field(&field.name).to_string())
        .collect();
    if !unscored.is_empty() {
        let _ = writeln!(
            page,
            "<details><summary>{} fields have no score</summary><p>They are empty in every row, and an empty one may be \
             right: {}.</p></details>",
            unscored.len(),
            unscored.join(", ")
        );
    }
    page
}
