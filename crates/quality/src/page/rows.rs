//! Ages of children and of statements, and the worst rows.

use std::fmt::Write as _;

use super::chart;
use super::html::{Field, Heading, Text, percent, table, whole};
use crate::measures::FRESHNESS;
use crate::report::Report;

/// A row as a reader finds it.
pub(super) fn place(report: &Report, file: usize, row: u64) -> String {
    match report.files.as_slice() {
        [_] => format!("row {row}"),
        files => {
            let name = files.get(file).map_or("", |file| file.name.as_str());
            format!("{} row {row}", Text(name))
        }
    }
}

fn counted(caption: &str, first: &'static str, bars: &[(String, u64)], all: u64) -> String {
    let mut rows = String::new();
    for (name, count) in bars {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Text(name),
            whole(*count),
            percent(*count, all)
        );
    }
    let headings = [Heading(first, false), Heading("Records", true), Heading("Share", true)];
    let figures = table(caption, "", &headings, &rows);
    format!("<details><summary>The figures</summary>{figures}</details>\n")
}

pub(super) fn ages(report: &Report) -> String {
    let known: u64 = report.ages.iter().sum();
    if known == 0 {
        return String::new();
    }
    let name = |age: usize| if age < 18 { age.to_string() } else { "18+".to_owned() };
    let bars: Vec<(String, u64)> =
        report.ages.iter().enumerate().map(|(age, count)| (name(age), *count)).collect();
    let mut page = format!(
        "<h2>Ages</h2>\n<p>Children by their age in years today. A gap, or a year that stands out, often is a mistake of the \
         export. {} are born on a 1 January; by chance it would be about {}.</p>\n",
        whole(report.born_first_january),
        whole(known / 365)
    );
    page.push_str(&chart::figure("ages", "Records by age in years", &bars, 18));
    page.push_str(&counted("Records by age in years", "Age", &bars, known));
    page.push_str(&genders(report));
    page
}

/// Given names against gender, by the file's own names and by known ones.
fn genders(report: &Report) -> String {
    let names = report.names_and_gender;
    let mut page = match names.telling_names {
        0 => "<p>Given names against gender, by the names of the file: not measured, because no name has \
              enough bearers.</p>\n"
            .to_owned(),
        telling => format!(
            "<p>{} given names of the file are nearly always borne by one gender. Of the {} records that bear them {} ({}) state \
             the other: some of these genders are probably wrong. A child may bear any name, so no row is blamed.</p>\n",
            whole(telling),
            whole(names.records),
            whole(names.contradicting),
            percent(names.contradicting, names.records)
        ),
    };
    match names.by_known_names {
        None => page.push_str(
            "<p>Given names against gender, by common names: not measured, because too few records bear one.</p>\n",
        ),
        Some(known) => {
            let _ = writeln!(
                page,
                "<p>{} records bear a name that is nearly always a girl's or a boy's in England; {} ({}) state the other \
                 gender.{}</p>",
                whole(known.records),
                whole(known.contradicting),
                percent(known.contradicting, known.records),
                if known.are_swapped() { " Girls and boys probably have each other's code." } else { "" }
            );
        }
    }
    page
}

/// Carers whose rows contradict one another.
pub(super) fn households(report: &Report) -> String {
    let Some(found) = report.households else {
        return "<h2>Households</h2>\n<p>Not measured: no carer with a name and a telephone stands in several \
                rows.</p>\n".to_owned();
    };
    let estimate = if found.one_in > 1 { " The figures are an estimate." } else { "" };
    format!(
        "<h2>Households</h2>\n<p>{} carers, by name and telephone, stand in several rows. {} of them are the mother in one row and \
         the father in another. {} children are born within nine months of another child of their mother and are no twins. \
         Families are as they are, so no row is blamed.{estimate}</p>\n",
        whole(found.carers),
        whole(found.mother_and_father),
        whole(found.births_too_close)
    )
}

pub(super) fn timeliness(report: &Report) -> String {
    let dated: u64 = report.timeliness.by_age.iter().sum();
    if dated == 0 {
        return String::new();
    }
    let names = ["week", "month", "quarter", "half year", "year", "older"];
    let bars: Vec<(String, u64)> =
        names.iter().zip(report.timeliness.by_age).map(|(name, count)| ((*name).to_owned(), count)).collect();
    let (sentence, late) = match report.timeliness.fresh_days {
        Some(days) => (
            format!("A statement older than {days} days is counted as stale."),
            FRESHNESS.iter().position(|most| *most > i64::from(days)).unwrap_or(FRESHNESS.len()),
        ),
        None => ("Of this source age says nothing: it states a thing once.".to_owned(), usize::MAX),
    };
    let mut page = format!(
        "<h2>How old the records are</h2>\n<p>Days since the source last knew a record to be so: up to a week, a month, a \
         quarter, half a year, a year, and older. {sentence}</p>\n"
    );
    page.push_str(&chart::figure("age-of-records", "Records by the age of the statement", &bars, late));
    page.push_str(&counted("Records by the age of the statement", "Up to a", &bars, dated));
    page
}

pub(super) fn worst(report: &Report) -> String {
    if report.worst_rows.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for worst in &report.worst_rows {
        let faults: Vec<String> = worst
            .faults
            .iter()
            .map(|fault| {
                let value = fault.value.as_ref().filter(|value| !value.is_empty());
                let value = value.map_or_else(String::new, |value| format!(": {}", Text(value)));
                format!("{} ({}{value})", Field(&fault.field), fault.code.text().code)
            })
            .collect();
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td class=\"n\" data-label=\"Faults\">{}</td>\
             <td class=\"all\" data-label=\"Where\">{}</td></tr>",
            place(report, worst.file, worst.row),
            worst.faults.len(),
            faults.join(", ")
        );
    }
    let headings =
        [Heading("Row", false), Heading("Faults", true), Heading("Where, by field and code", false)];
    format!(
        "<h2>The worst rows</h2>\n<p>Rows are numbered as a spreadsheet shows them. The list of faults (<code class=\"o\">--faults</code>) \
         has every row, and what each code means.</p>\n{}",
        table("Rows with the most faults", "stack", &headings, &rows)
    )
}
