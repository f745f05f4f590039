//! How the weights of all compared pairs are spread.

use std::fmt::Write as _;

use linkage::batch::PairOutcome;

use super::Run;
use crate::link::chart::{Anchor, Plot, figure, ticks};
use crate::link::html::{self, number};
use crate::link::numbers::{bits, count};

/// The most bars a chart has.
const BARS: f64 = 110.0;

/// Pairs of one range of weights.
#[derive(Clone, Copy)]
struct Bar {
    /// Its least weight.
    from: f64,
    below: u64,
    reviews: u64,
    links: u64,
}

impl Bar {
    /// How many of each, in the order in which they are drawn.
    fn parts(self) -> [(&'static str, u64); 3] {
        [("below", self.below), ("review", self.reviews), ("link", self.links)]
    }
}

pub fn chapter(run: &Run) -> String {
    let (bars, width) = bars(run);
    if bars.is_empty() {
        return "<section>\n<h2>Match weights</h2>\n<p>No pair was compared.</p>\n</section>\n".to_owned();
    }
    format!(
        "<section>\n<h2>Match weights</h2>\n<p>All compared pairs by weight. A step up is ten times as many pairs.{}</p>\n\
         <ul class=\"legend\"><li class=\"link\">links</li><li class=\"review\">for review</li>\
         <li class=\"below\">neither</li></ul>\n{}{}</section>\n",
        note(run),
        figure("weights", |size, id| draw(run, &bars, width, size, id)),
        figures(&bars)
    )
}

/// Why outcomes and lines need not agree.
fn note(run: &Run) -> &'static str {
    if run.options.one_to_one {
        " Pairs right of the line that are for review were kept apart by one-to-one, a constraint or what speaks strongly \
         against them; links left of it were left over when all others were linked."
    } else {
        " Pairs right of the line that are for review were kept apart by a constraint, by a record of the same source that \
         is there already, or by what speaks strongly against them; links left of it are joined through others."
    }
}

/// The bars and their width in bits: so many quarters of a bit that they can be told apart.
fn bars(run: &Run) -> (Vec<Bar>, f64) {
    let Some(counts) = &run.linkage.counts else { return (Vec::new(), 1.0) };
    let (Some((first, _)), Some((last, _))) = (counts.bins().next(), counts.bins().next_back()) else {
        return (Vec::new(), 1.0);
    };
    let widths = [0.25, 0.5, 1.0, 2.0, 4.0];
    let width = widths.into_iter().find(|width| (last - first) / width < BARS).unwrap_or(8.0);
    let lowest = (first / width).floor() * width;
    let place = |weight: f64| ((weight - lowest) / width).floor().max(0.0) as usize;
    let mut bars: Vec<Bar> = (0..=place(last))
        .map(|number| Bar { from: lowest + number as f64 * width, below: 0, reviews: 0, links: 0 })
        .collect();
    for (weight, count) in counts.bins() {
        if let Some(bar) = bars.get_mut(place(weight)) {
            bar.below += count.pairs;
        }
    }
    for link in &run.linkage.links {
        let Some(bar) = bars.get_mut(place(link.weight)) else { continue };
        bar.below = bar.below.saturating_sub(1);
        match link.outcome {
            PairOutcome::Link => bar.links += 1,
            PairOutcome::Review => bar.reviews += 1,
        }
    }
    (bars, width)
}

fn draw(run: &Run, bars: &[Bar], width: f64, size: f64, id: &str) -> String {
    let end = |bar: Option<&Bar>| bar.map_or(0.0, |bar| bar.from);
    let x = (end(bars.first()), end(bars.last()) + width);
    let most = bars.iter().flat_map(|bar| bar.parts()).map(|(_, pairs)| pairs).max().unwrap_or(1).max(1);
    // A bar of one pair is to be seen, so the scale begins below it.
    let y = (-0.3, (most as f64).log10().max(1.0) + 0.1);
    let mut plot = Plot::new((size, 320.0), (62.0, 42.0, 12.0, 46.0), x, y);
    for decade in 0..=y.1.floor() as u32 {
        plot.tick_up(f64::from(decade), &count(10u64.pow(decade)));
    }
    for tick in ticks(x, if size > 500.0 { 12.0 } else { 6.0 }) {
        plot.tick_across(tick, &format!("{tick:.0}").replace('-', "−"));
    }
    for bar in bars {
        // On this scale kinds cannot be piled up: the fewer stand narrower before the more.
        let mut parts: Vec<(&str, u64)> = bar.parts().into_iter().filter(|(_, pairs)| *pairs > 0).collect();
        parts.sort_by_key(|(_, pairs)| std::cmp::Reverse(*pairs));
        for (position, (class, pairs)) in parts.into_iter().enumerate() {
            let edge = width * 0.2 * position as f64;
            plot.bar(class, (bar.from + edge, bar.from + width - edge), (pairs as f64).log10());
        }
    }
    let (review, link) = (run.options.review, run.options.threshold);
    if review < link {
        plot.mark(run.model.weight_for(review), "review", Anchor::End);
    }
    plot.mark(run.model.weight_for(link), "link", Anchor::Start);
    plot.names("match weight, bits", "pairs");
    plot.finish(
        id,
        "Histogram of the match weights of all compared pairs; the figures are in the table below.",
    )
}

/// The same in figures, at most some twenty rows.
fn figures(bars: &[Bar]) -> String {
    let together = bars.len().div_ceil(20).max(1);
    let mut rows = String::new();
    for part in bars.chunks(together) {
        let Some(first) = part.first() else { continue };
        let sum = |of: fn(&Bar) -> u64| count(part.iter().map(of).sum());
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\" class=\"n\">{}</th>{}{}{}</tr>",
            bits(first.from),
            number(sum(|bar| bar.links)),
            number(sum(|bar| bar.reviews)),
            number(sum(|bar| bar.below))
        );
    }
    format!(
        "<details><summary>The figures</summary>\n{}</details>\n",
        html::table("Pairs by match weight", &["#From bits", "#Links", "#For review", "#Neither"], &rows)
    )
}
