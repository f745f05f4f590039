//! The explanation as a page: for each pair a waterfall, and a table of the same figures.

use std::fmt::Write as _;

use linkage::batch::{Link, PairOutcome};

use super::chart::{Anchor, Plot, ticks};
use super::explanation::{Explained, ExplainedField, Explainer};
use super::html::{self, Text};
use super::numbers::{bits, count, probability, share, threshold, whole};
use super::obstacles::Obstacles;

/// Pairs a page holds; more nobody reads.
const MOST: usize = 200;

/// Height of a line of the waterfall, in pixels.
const LINE: f64 = 26.0;

/// The page.
pub fn page(explainer: &Explainer, links: &[Link]) -> String {
    let pairs = explainer.nearest(links, MOST);
    let mut body = heading(explainer, links, pairs.len());
    for (position, pair) in pairs.iter().enumerate() {
        article(&mut body, explainer, position + 1, pair);
    }
    html::page("Linkage explained", "explanation", &body)
}

fn heading(explainer: &Explainer, links: &[Link], shown: usize) -> String {
    let linked = links.iter().filter(|link| link.outcome == PairOutcome::Link).count();
    let (linked, reviews) = (count(linked as u64), count((links.len() - linked) as u64));
    let (all, shown) = (count(links.len() as u64), count(shown as u64));
    let (version, at) = (Text(explainer.model.version()), threshold(explainer.options.threshold));
    let prior = bits(explainer.model.prior_log_odds());
    format!(
        "<header>\n<p class=\"over\">ContactPoint</p>\n<h1>Linkage explained</h1>\n\
         <p class=\"warning\"><strong>This page holds personal data.</strong> Keep it where the files that were linked \
         are kept, and delete it with them.</p>\n\
         <p>The run kept {all} pairs: {linked} links and {reviews} for review. This page shows {shown} of them, those \
         nearest to the threshold first.</p>\n\
         <p class=\"quiet\">Model {version}; threshold {at}; prior {prior} bits. A weight is log<sub>2</sub>(m/u) in \
         bits, adjusted for how rare the value is: +1 bit makes a match twice as likely, −1 bit half as likely. The \
         prior is how likely two records are one person before anything is compared; it is not in the match \
         weight.</p>\n</header>\n"
    )
}

fn article(body: &mut String, explainer: &Explainer, number: usize, pair: &Explained) {
    let (class, name) = match pair.link.outcome {
        PairOutcome::Link => ("link", "Link"),
        PairOutcome::Review => ("review", "Review"),
    };
    let title = format!("{} {} and {} {}", pair.left.0, pair.left.1, pair.right.0, pair.right.1);
    let (weight, likely) = (bits(pair.weight), probability(pair.link.probability));
    let _ = write!(
        body,
        "<article aria-labelledby=\"pair-{number}\">\n<h2 id=\"pair-{number}\"><bdi>{}</bdi> \
         <span class=\"tag {class}\">{name}</span></h2>\n\
         <p>Match weight <strong>{weight}</strong> bits, probability <strong>{likely}</strong>.{}</p>\n\
         <div class=\"why\">\n<figure>{}</figure>\n{}</div>\n</article>\n",
        Text(&title),
        besides(explainer, pair.link),
        waterfall(explainer, number, pair),
        table(pair)
    );
}

/// What decided about a pair besides its weight.
fn besides(explainer: &Explainer, link: &Link) -> String {
    let by_weight = explainer.model.probability(link.weight);
    let mut text = String::new();
    if (by_weight - link.probability).abs() > 1e-6 {
        let _ = write!(
            text,
            " By its weight alone it would be {}: with one-to-one it counts who else is left over.",
            probability(by_weight)
        );
    }
    if let Some(sentence) = Obstacles::new(explainer.model, explainer.sources).sentence(link) {
        let _ = write!(text, " {}", Text(&sentence));
    }
    text
}

/// The lines worth telling: a relation that takes nothing away is none.
fn told<'a>(pair: &'a Explained) -> impl Iterator<Item = &'a ExplainedField> {
    pair.fields.iter().filter(|field| field.left_value.is_some() || bits(field.evidence.weight) != "0")
}

fn is_missing(field: &ExplainedField) -> bool {
    field.evidence.level == "missing"
}

/// Names of comparisons and levels are written for files.
fn readable(name: &str) -> String {
    name.replace('_', " ")
}

fn table(pair: &Explained) -> String {
    // The roles keep it a table where a narrow screen lays it out line by line.
    let sources = match (pair.left.0, pair.right.0) {
        (left, right) if left == right => ("first", "second"),
        names => names,
    };
    let texts = ["Compared", sources.0, sources.1, "Level"].map(|name| (name, ""));
    let numbers = ["m", "u", "Rarity", "Weight"].map(|name| (name, " class=\"n\""));
    let head: String = texts
        .iter()
        .chain(&numbers)
        .map(|(name, class)| format!("<th role=\"columnheader\" scope=\"col\"{class}>{}</th>", Text(name)))
        .collect();
    let rows: String = told(pair).map(|field| row(field, sources)).collect();
    format!(
        "<div class=\"scroll\"><table class=\"pair\" role=\"table\"><caption class=\"hidden\">Values compared and what \
         each is worth in bits</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">{head}</tr></thead>\n\
         <tbody role=\"rowgroup\">\n{rows}</tbody>\n<tfoot role=\"rowgroup\"><tr role=\"row\" class=\"sum\">\
         <th role=\"rowheader\" scope=\"row\" colspan=\"7\">Match weight</th>\
         <td role=\"cell\" class=\"n weight\">{}</td></tr></tfoot>\n</table></div>\n",
        bits(pair.weight)
    )
}

/// The level. Values can stand in both records and still not count: one says "unknown", an identifier fails its check, a
/// family name was weighed with the given name it changed places with.
fn level(field: &ExplainedField) -> String {
    let has = |value: &Option<String>| value.as_ref().is_some_and(|value| !value.is_empty());
    if is_missing(field) && has(&field.left_value) && has(&field.right_value) {
        "not counted".to_owned()
    } else {
        readable(&field.evidence.level)
    }
}

fn row(field: &ExplainedField, sources: (&str, &str)) -> String {
    let evidence = &field.evidence;
    let figure = |label: &str, figure: String| {
        format!("<td role=\"cell\" class=\"n\" data-label=\"{label}\">{figure}</td>")
    };
    format!(
        "<tr role=\"row\"{}><th role=\"rowheader\" scope=\"row\">{}</th>{}{}<td role=\"cell\" class=\"level\" data-label=\"level\">{}</td>\
         {}{}{}<td role=\"cell\" class=\"n weight\">{}</td></tr>\n",
        if is_missing(field) { " class=\"missing\"" } else { "" },
        Text(&readable(&evidence.field)),
        value(sources.0, field.left_value.as_deref()),
        value(sources.1, field.right_value.as_deref()),
        Text(&level(field)),
        figure("m", share_of(field, evidence.m)),
        figure("u", share_of(field, evidence.u)),
        figure("rarity", bits(evidence.term_frequency)),
        bits(evidence.weight),
    )
}

/// m or u. Of a missing value they say nothing; u of a relation is how many times likelier it makes the agreement.
fn share_of(field: &ExplainedField, value: f64) -> String {
    match value {
        _ if is_missing(field) => "–".to_owned(),
        value if value >= 10.0 => format!("× {}", whole(value)),
        value if value > 1.0 => format!("× {value:.1}"),
        value => share(value),
    }
}

fn value(source: &str, value: Option<&str>) -> String {
    let cell = match value {
        None => return "<td role=\"cell\" class=\"value\">–</td>".to_owned(),
        Some("") => "<span class=\"none\">no value</span>".to_owned(),
        Some(value) => format!("<bdi>{}</bdi>", Text(value)),
    };
    format!("<td role=\"cell\" class=\"value\" data-label=\"{}\">{cell}</td>", Text(source))
}

/// The running total, field after field, down to the sum; with lines where review and linking begin. What is missing
/// moves nothing and is left to the table.
fn waterfall(explainer: &Explainer, number: usize, pair: &Explained) -> String {
    let options = explainer.options;
    let marks = [options.review.min(options.threshold), options.threshold];
    let [review, link] = marks.map(|probability| explainer.model.weight_for(probability));
    let fields: Vec<&ExplainedField> = told(pair).filter(|field| !is_missing(field)).collect();
    let mut totals = vec![0.0];
    totals.extend(fields.iter().scan(0.0, |total, field| {
        *total += field.evidence.weight;
        Some(*total)
    }));
    let (least, most) =
        totals.iter().fold((review, link), |(least, most), total| (total.min(least), total.max(most)));
    let spare = (most - least) * 0.04;
    let x = (least - spare, most + spare);
    let height = 58.0 + LINE * (fields.len() + 1) as f64;
    let mut plot = Plot::new((460.0, height), (130.0, 26.0, 62.0, 32.0), x, (0.0, 1.0));
    for tick in ticks(x, 5.0) {
        plot.tick_across(tick, &format!("{tick:.0}").replace('-', "−"));
    }
    if review < link {
        plot.mark(review, "review", Anchor::End);
    }
    plot.mark(link, "link", Anchor::Start);
    for (position, (field, ends)) in fields.iter().zip(totals.windows(2)).enumerate() {
        let [from, to] = ends else { continue };
        let class = if to < from { "against" } else { "for" };
        bar(&mut plot, position, class, (*from, *to));
        label(&mut plot, position, "name", &readable(&field.evidence.field), &bits(field.evidence.weight));
        let (at, under) = (plot.across(*to), 26.0 + LINE * (position + 1) as f64);
        plot.line("join", (at, under - 5.0), (at, under + 5.0));
    }
    bar(&mut plot, fields.len(), "sum", (0.0, pair.weight));
    label(&mut plot, fields.len(), "name sum-name", "match weight", &bits(pair.weight));
    plot.finish(&format!("why-{number}"), &spoken(pair))
}

fn bar(plot: &mut Plot, line: usize, class: &str, ends: (f64, f64)) {
    let (from, to) = (plot.across(ends.0.min(ends.1)), plot.across(ends.0.max(ends.1)));
    plot.rect(class, (from, 31.0 + LINE * line as f64), ((to - from).max(1.0), LINE - 10.0));
}

fn label(plot: &mut Plot, line: usize, class: &str, name: &str, figure: &str) {
    let at = 43.0 + LINE * line as f64;
    let short: String = if name.chars().count() > 15 {
        name.chars().take(14).chain(['…']).collect()
    } else {
        name.to_owned()
    };
    plot.text(class, (122.0, at), Anchor::End, &short);
    plot.text(class, (454.0, at), Anchor::End, figure);
}

/// The picture in words; the table has the rest.
fn spoken(pair: &Explained) -> String {
    let mut text = format!("Waterfall of the match weight, {} bits:", bits(pair.weight));
    for field in told(pair).filter(|field| !is_missing(field)) {
        let _ = write!(text, " {} {},", readable(&field.evidence.field), bits(field.evidence.weight));
    }
    text.pop();
    text.push('.');
    text
}
