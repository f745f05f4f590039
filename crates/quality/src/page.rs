//! The report as a page that a manager reads without training: the verdict first, then what to do, then every figure.

mod chart;
mod comparisons;
mod fields;
mod first;
mod html;
mod method;
mod rows;

use crate::report::{Report, Trend};

/// The page; it needs nothing beside itself. `trend` is an earlier run.
#[must_use]
pub fn page(report: &Report, trend: Option<&Trend>) -> String {
    let parts = [
        first::verdict(report, trend),
        first::forbidden(report),
        first::misnamed(report),
        first::to_do(report),
        fields::table_of(report, trend),
        comparisons::duplicates(report),
        comparisons::against(report),
        rows::ages(report),
        rows::households(report),
        rows::timeliness(report),
        rows::worst(report),
        method::notes(report),
    ];
    html::document(&format!("Data quality of {}", report.title), &parts.concat())
}

/// How a score moved, in words; nothing where it did not.
fn moved(now: f64, then: f64) -> String {
    let change = now - then;
    match change {
        _ if change.abs() < 0.05 => "no change".to_owned(),
        _ if change > 0.0 => format!("up {change:.1}"),
        _ => format!("down {:.1}", -change),
    }
}
