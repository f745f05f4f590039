//! The run against the truth: the curve, the calibration, the fairness.

use std::fmt::Write as _;

use linkage::batch::{COMPARABLE_PAIRS, CurvePoint, Fairness, Quality, Reliability, ReliabilityBin, wilson};

use super::Run;
use crate::link::chart::{Anchor, Plot, figure, ticks};
use crate::link::html::{self, Text, number};
use crate::link::measured::Measured;
use crate::link::numbers::{bits, count, probability, threshold};

/// Probabilities the axis of the curve names.
const NAMED: [f64; 6] = [0.01, 0.1, 0.5, 0.9, 0.99, 0.999];

/// A line of the curve, and what it shows.
type Line = (&'static str, fn(&Quality) -> f64);
const LINES: [Line; 3] = [
    ("precision", |quality| quality.precision),
    ("recall", |quality| quality.recall),
    ("f1", |quality| quality.f1),
];

pub fn chapter(run: &Run, measured: &Measured) -> String {
    let Quality { true_links, false_links, missed, .. } = measured.quality;
    format!(
        "<section>\n<h2>Against the truth</h2>\n<p>{} links are right and {} wrong; {} pairs of one person were not linked, \
         of which {} were never compared because no blocking rule brings them together. Pairs of records of which the truth \
         does not tell count neither way.</p>\n{}{}{}</section>\n",
        count(true_links),
        count(false_links),
        count(missed),
        count(measured.never_compared),
        curve(run, measured),
        calibration(&measured.reliability),
        measured.fairness.as_ref().map(fairness).unwrap_or_default()
    )
}

fn curve(run: &Run, measured: &Measured) -> String {
    let best = measured.steps.iter().max_by(|a, b| a.quality.f1.total_cmp(&b.quality.f1));
    let best = best.map_or_else(String::new, |point| {
        let at = probability(point.threshold);
        format!(" F1 is best, {:.4}, at a threshold of {at} ({} bits).", point.quality.f1, bits(point.weight))
    });
    let assigned = measured.curve.iter().any(|point| point.assigned.is_some());
    let note = if assigned {
        " The curve takes every pair by itself; the last three columns decide about all together, as the run does."
    } else {
        ""
    };
    let mut headings = vec!["#Threshold", "#Precision", "#Recall", "#F1", "#Right", "#Wrong", "#Bits"];
    if assigned {
        headings.extend(["#Kept: precision", "#Kept: recall", "#Kept: F1"]);
    }
    let rows: String = measured.curve.iter().map(|point| row(run, point, assigned)).collect();
    format!(
        "<h3>Which threshold</h3>\n<p>What a threshold finds and how often it errs.{best}{note}</p>\n\
         <ul class=\"legend lines\"><li class=\"precision\">precision</li><li class=\"recall\">recall</li>\
         <li class=\"f1\">F1</li></ul>\n{}{}",
        figure("curve", |size, id| draw_curve(run, &measured.steps, size, id)),
        html::table("Thresholds", &headings, &rows)
    )
}

fn row(run: &Run, point: &CurvePoint, assigned: bool) -> String {
    let figures = |quality: &Quality| {
        let three = [quality.precision, quality.recall, quality.f1];
        three.map(|value| number(format_args!("{value:.4}"))).concat()
    };
    let kept = match &point.assigned {
        Some(quality) => figures(quality),
        None if assigned => number("–").repeat(3),
        None => String::new(),
    };
    let own = point.threshold == run.options.threshold;
    format!(
        "<tr{}><th scope=\"row\" class=\"n\">{}{}</th>{}{}{}{}{kept}</tr>\n",
        if own { " class=\"own\"" } else { "" },
        threshold(point.threshold),
        if own { "<span class=\"quiet\"> this run</span>" } else { "" },
        figures(&point.quality),
        number(count(point.quality.true_links)),
        number(count(point.quality.false_links)),
        number(bits(point.weight))
    )
}

fn draw_curve(run: &Run, steps: &[CurvePoint], size: f64, id: &str) -> String {
    let weight = |probability: f64| run.model.weight_for(probability);
    let x = (weight(0.005), weight(0.999_95));
    let within: Vec<&CurvePoint> =
        steps.iter().filter(|point| x.0 <= point.weight && point.weight <= x.1).collect();
    // The scale is that of thresholds somebody would take: beyond them a curve may leave the picture.
    let taken = within.iter().filter(|point| (0.05..0.9995).contains(&point.threshold));
    let all = taken.flat_map(|point| LINES.map(|(_, of)| of(&point.quality)));
    let least = ((all.fold(1.0, f64::min) * 20.0).floor() / 20.0).min(0.95);
    let mut plot = Plot::new((size, 300.0), (48.0, 42.0, 14.0, 46.0), x, (least, 1.0));
    for value in ticks((least, 1.0), 6.0) {
        plot.tick_up(value, &format!("{value:.2}"));
    }
    for named in NAMED {
        plot.tick_across(weight(named), &named.to_string());
    }
    for (class, of) in LINES {
        let seen = within.iter().map(|point| (point.weight, of(&point.quality)));
        plot.path(class, seen.filter(|(_, value)| *value >= least));
    }
    plot.mark(weight(run.options.threshold), "this run", Anchor::Middle);
    plot.names("threshold: least probability of a link", "share");
    plot.finish(
        id,
        "Precision, recall and F1 by threshold; figures for useful thresholds are in the table below.",
    )
}

fn calibration(reliability: &Reliability) -> String {
    let mut rows = String::new();
    for bin in &reliability.bins {
        let share =
            |value: Option<f64>| number(value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}")));
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\" class=\"n\">{:.1} to {:.1}</th>{}{}{}</tr>",
            bin.from,
            bin.to,
            number(count(bin.pairs)),
            share(bin.mean_probability),
            share(bin.share_true)
        );
    }
    let headings = ["#Probability", "#Pairs", "#Mean stated", "#Share true"];
    format!(
        "<h3>Whether the probabilities hold</h3>\n<p>Of pairs said to be one person with probability 0.7, seven in ten should \
         be. On average a pair's bin is off by <strong>{:.5}</strong> (expected calibration error); without the first bin, \
         whose pairs are mostly obviously different, by <strong>{:.5}</strong>. Bars in the chart are 95 % intervals; on the \
         diagonal the probabilities hold.</p>\n<div class=\"why\">\n{}{}</div>\n",
        reliability.expected_calibration_error,
        reliability.expected_calibration_error_from_0_1,
        one_figure(&reliability.bins),
        html::table("Reliability: compared pairs by stated probability", &headings, &rows)
    )
}

/// Small enough for any screen, so it is drawn once.
fn one_figure(bins: &[ReliabilityBin]) -> String {
    let mut plot = Plot::new((343.0, 320.0), (44.0, 26.0, 14.0, 46.0), (0.0, 1.0), (0.0, 1.0));
    for number in 0..=5 {
        let value = f64::from(number) / 5.0;
        plot.tick_up(value, &format!("{value:.1}"));
        plot.tick_across(value, &format!("{value:.1}"));
    }
    plot.path("diagonal", [(0.0, 0.0), (1.0, 1.0)].into_iter());
    for bin in bins {
        let Some((stated, found)) = bin.mean_probability.zip(bin.share_true) else { continue };
        let [low, high] = wilson(bin.true_pairs, bin.pairs);
        let at = plot.across(stated);
        let ends = (plot.up(low), plot.up(high));
        plot.line("interval", (at, ends.0), (at, ends.1));
        plot.dot("found", stated, found);
    }
    plot.names("mean probability stated", "share true");
    let title = "Reliability diagram; the figures are in the table beside it.";
    format!("<figure>{}</figure>\n", plot.finish("reliability", title))
}

fn fairness(fairness: &Fairness) -> String {
    let least = fairness.groups.iter().map(|group| group.interval[0]).fold(1.0, f64::min);
    let least = ((least * 10.0).floor() / 10.0).min(0.9);
    let mut rows = String::new();
    for group in &fairness.groups {
        let few = if group.comparable { "" } else { "<span class=\"quiet\"> few</span>" };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}{few}</th>{}{}{}<td class=\"n\">{:.4} to {:.4}</td><td class=\"bar\">{}</td></tr>",
            Text(&group.group.replace('_', " ")),
            number(count(group.true_pairs)),
            number(count(group.linked)),
            number(format_args!("{:.4}", group.recall)),
            group.interval[0],
            group.interval[1],
            interval(group.recall, group.interval, least)
        );
    }
    let difference = match fairness.largest_difference_points {
        Some(points) => format!("The largest difference is <strong>{points:.1} percentage points</strong>."),
        None => "There are not two groups with pairs enough to be set against each other.".to_owned(),
    };
    let scale = format!("{least:.1} – 1");
    let headings = ["Naming pattern", "#True pairs", "#Linked", "#Recall", "#95 % interval", &scale];
    format!(
        "<h3>Who is found less often</h3>\n<p>Recall at the run's threshold, by how the child's name is made. {difference} \
         Groups of fewer than {COMPARABLE_PAIRS} pairs are shown and not counted in it.</p>\n{}",
        html::table("Recall by naming pattern", &headings, &rows)
    )
}

/// A dot within its interval, on a scale from `least` to 1.
fn interval(value: f64, ends: [f64; 2], least: f64) -> String {
    let at = |value: f64| 100.0 * ((value - least) / (1.0 - least)).clamp(0.0, 1.0);
    let [low, high] = ends.map(at);
    format!(
        "<svg class=\"lean\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <line class=\"middle\" x1=\"0\" x2=\"100\" y1=\"5\" y2=\"5\"/>\
         <rect class=\"recall-range\" x=\"{low:.1}\" y=\"2\" width=\"{:.1}\" height=\"6\"/>\
         <rect class=\"recall-dot\" x=\"{:.1}\" width=\"1.6\" height=\"10\"/></svg>",
        (high - low).max(0.5),
        (at(value) - 0.8).clamp(0.0, 98.4)
    )
}
