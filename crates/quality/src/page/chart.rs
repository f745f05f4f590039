//! Bars as inline SVG. The figures stand beside them in a table, so a bar is decoration to whoever hears the page.

use std::fmt::Write as _;

use super::html::{Text, whole};

/// A bar of a score, with a mark where it has to reach.
pub(super) fn score(score: f64, needed: Option<f64>) -> String {
    let class = match needed {
        Some(needed) if score < needed => "low",
        _ => "good",
    };
    let mark = needed.map_or_else(String::new, |needed| {
        format!("<line class=\"mark\" x1=\"{needed:.1}\" x2=\"{needed:.1}\" y1=\"0\" y2=\"12\"/>")
    });
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"track\" width=\"100\" height=\"12\"/>\
         <rect class=\"{class}\" width=\"{:.1}\" height=\"12\"/>{mark}</svg>",
        score.clamp(0.0, 100.0)
    )
}

/// Columns side by side, each with its name below; drawn for a screen or for a telephone.
fn columns(width: f64, id: &str, title: &str, bars: &[(String, u64)], late: usize) -> String {
    let (height, foot, head) = (220.0, 28.0, 22.0);
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let step = width / bars.len().max(1) as f64;
    let mut body = String::new();
    for (at, (name, count)) in bars.iter().enumerate() {
        let tall = (height - foot - head) * *count as f64 / most as f64;
        let (left, top) = (step * at as f64, height - foot - tall);
        let class = if at >= late { "low" } else { "good" };
        // Writing to a string does not fail.
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            left + step * 0.12,
            step * 0.76,
            tall.max(if *count > 0 { 1.0 } else { 0.0 }),
            left + step / 2.0,
            height - 8.0,
            Text(name)
        );
    }
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"{id}\">\
         <title id=\"{id}\">{}</title>\n\
         <line class=\"grid\" x1=\"0\" x2=\"{width}\" y1=\"{head}\" y2=\"{head}\"/>\
         <text x=\"0\" y=\"14\">{}</text>\n{body}\
         <line class=\"axis\" x1=\"0\" x2=\"{width}\" y1=\"{foot_at}\" y2=\"{foot_at}\"/></svg>\n",
        Text(title),
        whole(most),
        foot_at = height - foot,
    )
}

/// The chart for wide and for narrow screens; the style shows the one that fits. Bars from `late` on are marked.
pub(super) fn figure(id: &str, title: &str, bars: &[(String, u64)], late: usize) -> String {
    let wide = columns(920.0, &format!("{id}-wide"), title, bars, late);
    let narrow = columns(343.0, &format!("{id}-narrow"), title, bars, late);
    format!("<figure><div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div></figure>\n")
}
