//! The report of a run as a page: what was linked, how well, by which weights, at what cost. Holds counts, no values.

use std::fmt::Write as _;

use linkage::batch::{LinkOptions, Linkage, PairOutcome, Records};
use linkage::{Model, TrainingReport};

use super::html::{self, Name, Text, number};
use super::measured::Measured;
use super::numbers::{bits, count, percent, share, threshold, whole};
use super::sources::Sources;

mod quality;
mod weights;

/// A run, to be reported.
pub struct Run<'a> {
    pub sources: &'a Sources,
    pub records: &'a Records,
    pub model: &'a Model,
    pub options: &'a LinkOptions,
    pub seed: u64,
    /// None when the model was given.
    pub training: Option<&'a TrainingReport>,
    pub linkage: &'a Linkage,
    /// None without a truth.
    pub measured: Option<&'a Measured>,
}

/// The page.
pub fn page(run: &Run) -> String {
    let mut body = heading(run);
    body += &linked(run);
    if let Some(measured) = run.measured {
        body += &quality::chapter(run, measured);
    }
    body += &weights::chapter(run);
    body += &blocking(run);
    body += &training(run);
    body += &levels(run);
    html::page("Linkage report", "report", &body)
}

fn outcomes(run: &Run) -> (u64, u64) {
    let linked = run.linkage.links.iter().filter(|link| link.outcome == PairOutcome::Link).count();
    (linked as u64, (run.linkage.links.len() - linked) as u64)
}

fn heading(run: &Run) -> String {
    let names: Vec<&str> = run.sources.all().iter().map(|source| source.name.as_str()).collect();
    let (links, reviews) = outcomes(run);
    let clusters = run.linkage.clusters.count() as u64;
    let mut facts = vec![
        ("links", count(links)),
        ("pairs for review", count(reviews)),
        ("clusters", count(clusters)),
        ("pairs compared", count(run.linkage.compared)),
    ];
    if let Some(measured) = run.measured {
        let quality = &measured.quality;
        facts.push(("precision", format!("{:.4}", quality.precision)));
        facts.push(("recall", format!("{:.4}", quality.recall)));
        facts.push(("F1", format!("{:.4}", quality.f1)));
    }
    let facts: String =
        facts.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n")).collect();
    format!(
        "<header>\n<p class=\"over\">ContactPoint</p>\n<h1>Linkage report</h1>\n<p class=\"lead\">{}</p>\n\
         <dl class=\"facts\">\n{facts}</dl>\n</header>\n",
        Text(&names.join(", "))
    )
}

fn linked(run: &Run) -> String {
    let mut rows = String::new();
    for source in run.sources.all() {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td>{}</tr>",
            Name(&source.name),
            Text(&source.file.display().to_string()),
            number(count(source.table.len() as u64))
        );
    }
    let options = run.options;
    let model = Text(run.model.version());
    let origin = match run.training {
        Some(_) => format!("built from the files and trained on them with seed {}", run.seed),
        None => format!("given, not trained in this run (seed {})", run.seed),
    };
    let mut settings = vec![
        ("Model", format!("{model}, {origin}")),
        ("Threshold", format!("{} ({} bits)", threshold(options.threshold), weight(run, options.threshold))),
        ("Review from", review(run)),
        ("Prior", format!("{} bits", bits(run.model.prior_log_odds()))),
        ("One to one", if options.one_to_one { "yes" } else { "no" }.to_owned()),
    ];
    let constraints = &options.constraints;
    if !constraints.is_empty() {
        let (pairs, groups) = (count(constraints.never.len() as u64), count(constraints.apart.len() as u64));
        settings.push((
            "Constraints",
            format!("{pairs} pairs and twice {groups} groups must never come together"),
        ));
    }
    let settings: String = settings
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"))
        .collect();
    format!(
        "<section>\n<h2>What was linked</h2>\n{}<dl class=\"settings\">\n{settings}</dl>\n</section>\n",
        html::table("Files and their records", &["Source", "File", "#Records"], &rows)
    )
}

fn weight(run: &Run, probability: f64) -> String {
    bits(run.model.weight_for(probability))
}

fn review(run: &Run) -> String {
    let options = run.options;
    if options.review < options.threshold {
        format!("{} ({} bits)", threshold(options.review), weight(run, options.review))
    } else {
        "the threshold: no pair lies between".to_owned()
    }
}

fn blocking(run: &Run) -> String {
    let expected: f64 = run.linkage.blocking.iter().map(|rule| rule.pairs).sum();
    let all = run.records.pairs();
    let of = |part: f64, whole: f64| percent(if whole > 0.0 { part / whole } else { 0.0 });
    let mut rows = String::new();
    for rule in &run.linkage.blocking {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th>{}{}{}</tr>",
            Name(&rule.rule),
            number(whole(rule.pairs)),
            number(of(rule.pairs, expected)),
            number(count(rule.skipped_blocks as u64))
        );
    }
    let skipped: usize = run.linkage.blocking.iter().map(|rule| rule.skipped_blocks).sum();
    let _ = writeln!(
        rows,
        "<tr class=\"sum\"><th scope=\"row\">Expected before comparing</th>{}{}{}</tr>",
        number(whole(expected)),
        number(of(expected, expected)),
        number(count(skipped as u64))
    );
    let compared = run.linkage.compared;
    format!(
        "<section>\n<h2>What blocking cost</h2>\n\
         <p>Of {} possible pairs the rules were expected to bring {} together. {} were compared ({} of the possible \
         ones): a pair that several rules bring together is compared once.{}</p>\n{}</section>\n",
        whole(all),
        whole(expected),
        count(compared),
        of(compared as f64, all),
        if skipped > 0 {
            " Blocks that are too large are skipped; their records meet under other rules."
        } else {
            ""
        },
        html::table("Pairs by blocking rule", &["Rule", "#Pairs", "#Share", "#Blocks skipped"], &rows)
    )
}

fn training(run: &Run) -> String {
    let Some(report) = run.training else {
        return "<section>\n<h2>Training</h2>\n<p>The model was given: nothing was trained.</p>\n</section>\n"
            .to_owned();
    };
    let mut rows = String::new();
    for pass in &report.passes {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th>{}{}{}<td>{}</td></tr>",
            Name(&pass.rule),
            number(count(pass.pairs)),
            number(percent(pass.matches)),
            number(pass.rounds),
            if pass.used { "yes" } else { "no" }
        );
    }
    let warnings = match report.warnings.as_slice() {
        [] => "<p>There were no warnings.</p>\n".to_owned(),
        all => {
            let items: String = all.iter().map(|text| format!("<li>{}</li>\n", Text(text))).collect();
            format!("<h3>Warnings</h3>\n<ul class=\"warnings\">\n{items}</ul>\n")
        }
    };
    format!(
        "<section>\n<h2>Training</h2>\n<p>u was learnt from {} random pairs, m in the blocks of each rule. The files are \
         expected to hold {} matching pairs.</p>\n{}{warnings}</section>\n",
        count(report.random_pairs),
        whole(report.expected_matches),
        html::table("Passes for m", &["Blocks of", "#Pairs", "#Matches", "#Rounds", "Used"], &rows)
    )
}

fn levels(run: &Run) -> String {
    let heaviest = run
        .model
        .levels()
        .iter()
        .flat_map(|comparison| &comparison.levels)
        .map(|level| level.weight.abs())
        .fold(1.0, f64::max);
    let mut tables = String::new();
    for comparison in run.model.levels() {
        let mut rows = String::new();
        for level in &comparison.levels {
            let rarity = if level.tf > 0.0 { "<span class=\"quiet\"> + rarity</span>" } else { "" };
            let _ = writeln!(
                rows,
                "<tr><th scope=\"row\">{}</th>{}{}<td class=\"n\">{}{rarity}</td><td class=\"bar\">{}</td></tr>",
                Name(&level.level),
                shared("m", level.m),
                shared("u", level.u),
                bits(level.weight),
                leaning(level.weight / heaviest)
            );
        }
        let headings = ["Level", "#m", "#u", "#Weight", "Against – for"];
        tables += &html::table(&comparison.comparison, &headings, &rows);
    }
    format!(
        "<section>\n<h2>What agreement is worth</h2>\n<p>m is the share of pairs of one person at a level, u the share of \
         pairs of different persons. The weight is log<sub>2</sub>(m/u), in bits. Where rarity counts, the frequency of \
         the value itself takes the place of u.</p>\n<div class=\"levels\">\n{tables}</div>\n</section>\n"
    )
}

/// m or u with a bar as long as the share.
fn shared(class: &str, value: f64) -> String {
    let width = 100.0 * value.clamp(0.0, 1.0);
    format!(
        "<td class=\"n\">{}<svg class=\"share\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"{class}\" width=\"{width:.1}\" height=\"6\"/></svg></td>",
        share(value)
    )
}

/// A bar to the left or to the right of the middle, −1 to 1.
fn leaning(part: f64) -> String {
    let width = 50.0 * part.abs().min(1.0);
    let (class, x) = if part < 0.0 { ("against", 50.0 - width) } else { ("for", 50.0) };
    format!(
        "<svg class=\"lean\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"{class}\" x=\"{x:.1}\" width=\"{width:.1}\" height=\"10\"/>\
         <line class=\"middle\" x1=\"50\" x2=\"50\" y1=\"0\" y2=\"10\"/></svg>"
    )
}
