//! The report as a page for whoever mends the product: what was not passed first, with place and remedy.

use std::fmt::Write as _;

use conformance::{Finding, Outcome, Report};

use crate::link::html::{Text, page, table};

/// The page; it needs nothing beside itself.
pub fn of(report: &Report) -> String {
    let tested = &report.tested;
    let failed = report.failed().count();
    let verdict = match failed {
        0 => "Every case was passed".to_owned(),
        1 => "1 case was not passed".to_owned(),
        failed => format!("{failed} cases were not passed"),
    };
    let mut body = format!(
        "<header>\n<p class=\"over\">{} {} by {}</p>\n<h1>{verdict}</h1>\n<p class=\"lead\">Tested on {} by {} with the profile {}, version \
         {} of the published cases.</p>\n</header>\n",
        Text(&tested.product),
        Text(&tested.version),
        Text(&tested.supplier),
        report.on.strftime("%-d %B %Y"),
        Text(&report.way_in_words()),
        Text(&report.profile),
        Text(&report.kit),
    );
    for (what, agreed) in
        [("system", &report.agreed.fhir_system), ("assigning authority", &report.agreed.assigning_authority)]
    {
        if let Some(agreed) = agreed {
            let _ = writeln!(body, "<p>Its own numbers were read by the agreed {what} {}.</p>", Text(agreed));
        }
    }
    if report.values_shown {
        body.push_str(
            "<p class=\"warning\">Values are shown. This report is for whoever mends the product; a directory does not take it.</p>\n",
        );
    }
    let mut rows = String::new();
    for case in &report.cases {
        let became = match case.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "<strong>failed</strong>",
            Outcome::NotGiven => "<strong>nothing was given</strong>",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{became}</td></tr>",
            Text(&case.id),
            Text(&case.title)
        );
    }
    body.push_str(&table("The cases", &["Case", "What it is about", "What became of it"], &rows));
    for case in report.failed() {
        let _ = writeln!(body, "<h2>{}: {}</h2>", Text(&case.id), Text(&case.title));
        body.push_str(&findings(&case.id, &case.findings, report.values_shown));
    }
    page(&format!("Conformance of {} {}", tested.product, tested.version), "report", &body)
}

fn findings(case: &str, findings: &[Finding], values_shown: bool) -> String {
    let mut rows = String::new();
    for finding in findings {
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>",
            Text(&finding.place),
            Text(&finding.what),
            Text(&finding.remedy)
        );
        if values_shown {
            let values = finding.values.as_ref();
            let _ = write!(
                rows,
                "<td>{}</td><td>{}</td>",
                Text(values.map_or("", |values| &values.asked)),
                Text(values.map_or("", |values| &values.came))
            );
        }
        rows.push_str("</tr>\n");
    }
    let mut headings = vec!["Place", "What is wrong", "What to do"];
    if values_shown {
        headings.extend(["Asked for", "Came"]);
    }
    table(&format!("What stands against {case}"), &headings, &rows)
}
