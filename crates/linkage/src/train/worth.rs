//! The pairs training learns from and blocking is judged by, before anything else is compared.
//!
//! Of small files these are all pairs that any rule brings together. Of large ones a sample: records at random would hold next
//! to no pair of one person, so whole groups are taken, the records of some birth dates, of some family names, of some homes. A
//! pair that agrees on one of these is in the sample as often as its group is, and stands for as many pairs of the files. What
//! agrees on none of them is rare, and not seen.

use ahash::AHashMap;
use rayon::prelude::*;

use super::TrainOptions;
use super::patterns::{Pattern, PatternCounts};
use crate::batch::{Blocks, Records};
use crate::blocking::Rule;
use crate::model::file::ComparisonKind;
use crate::{Model, compare};

/// Records of one sample; files of twice as many are looked at as a whole.
const SAMPLE: usize = 30_000;
/// Groups tried: each brings in the matches that the earlier ones miss.
const MOST_VIEWS: usize = 3;
/// Pairs less likely than this are left out: their sum is nothing.
const LEAST_PROBABILITY: f64 = 0.01;

/// A pair that was looked at.
#[derive(Debug, Clone, Copy)]
struct Pair {
    a: u32,
    b: u32,
    pattern: Pattern,
    /// The rules that bring it together, one bit each.
    rules: u128,
    /// The parts of keys on which it agrees, one bit each.
    parts: u64,
}

/// A pair that is likely one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// The rules that bring it together, one bit each.
    pub rules: u128,
    /// The parts of keys on which it agrees, one bit each.
    pub parts: u64,
    /// The comparisons of which both records have a value, one bit each.
    pub known: u32,
    /// Matches of the files it stands for.
    pub matches: f64,
}

/// Some records, and how many pairs of the files a pair of them stands for.
struct View {
    records: Records,
    /// For every record the groups it was taken for; none when all records were taken.
    groups: Option<Groups>,
    /// The keys whose groups were taken before.
    earlier: Vec<Rule>,
    anchor: Option<Rule>,
    every: u64,
}

/// For every record the blocks it is in.
struct Groups(Vec<Vec<u32>>);

/// What was looked at.
pub struct Observed {
    views: Vec<(View, Vec<Pair>)>,
}

impl Observed {
    /// Looks at the pairs that any of the affordable rules brings together. `parts` are parts of keys, each as a rule of its own.
    pub fn of(
        model: &Model,
        records: &Records,
        affordable: &[bool],
        parts: &[Rule],
        options: &TrainOptions,
    ) -> Self {
        let look = |view: View| {
            let pairs = view.pairs(model, affordable, parts, options);
            (view, pairs)
        };
        Self { views: views(model, records).into_iter().map(look).collect() }
    }

    fn pairs(&self) -> impl Iterator<Item = (&Pair, u64)> {
        self.views.iter().flat_map(|(view, pairs)| pairs.iter().map(|pair| (pair, view.every)))
    }

    /// The patterns of all pairs.
    pub fn patterns(&self) -> PatternCounts {
        PatternCounts::weighed(self.pairs().map(|(pair, every)| (pair.pattern, every)))
    }

    /// The patterns of the pairs that one rule brings together.
    pub fn patterns_of(&self, rule: usize) -> PatternCounts {
        let own = self.pairs().filter(|(pair, _)| pair.rules >> rule & 1 == 1);
        PatternCounts::weighed(own.map(|(pair, every)| (pair.pattern, every)))
    }

    /// The likely matches among them, as a trained model sees it.
    pub fn matches(&self, model: &Model) -> Vec<Seen> {
        let comparisons = 0..model.compiled.comparisons.len();
        let seen = |view: &View, pair: &Pair| {
            let (x, y) = (view.records.row(pair.a)?, view.records.row(pair.b)?);
            let probability =
                model.probability(compare::weigh(&model.compiled, &compare::hits(&model.compiled, &x, &y)));
            let known = comparisons.clone().filter(|position| pair.pattern.level(*position).is_some());
            (probability >= LEAST_PROBABILITY).then(|| Seen {
                rules: pair.rules,
                parts: pair.parts,
                known: known.fold(0, |mask, position| mask | 1 << position),
                matches: probability * view.every as f64,
            })
        };
        let of_view = |(view, pairs): &(View, Vec<Pair>)| {
            pairs.par_iter().filter_map(|pair| seen(view, pair)).collect::<Vec<_>>()
        };
        self.views.iter().flat_map(of_view).collect()
    }
}

impl View {
    fn pairs(&self, model: &Model, affordable: &[bool], parts: &[Rule], options: &TrainOptions) -> Vec<Pair> {
        let sample = &self.records;
        let anchored = |rule: &Rule| {
            self.anchor.as_ref().is_some_and(|anchor| {
                anchor.comparisons().all(|own| rule.comparisons().any(|other| other == own))
            })
        };
        let mut brought: Vec<(u32, u32, u128)> = Vec::new();
        for (number, (rule, _)) in
            model.compiled.rules.iter().zip(affordable).enumerate().filter(|(_, (_, a))| **a)
        {
            // A block is whole in the sample when the sample was taken by what stands in its key.
            let thinned = if anchored(rule) { 1.0 } else { self.every as f64 };
            let blocks = Blocks::new(rule, sample, options.block_cap / (thinned * thinned));
            for block in blocks.iter() {
                for (position, a) in block.iter().enumerate() {
                    let others = block.iter().skip(position + 1).filter(|b| sample.in_scope(*a, **b));
                    brought.extend(others.map(|b| (*a.min(b), *a.max(b), 1 << number)));
                }
            }
        }
        brought.par_sort_unstable();
        let earlier: Vec<Groups> = self.earlier.iter().map(|rule| Groups::of(rule, sample)).collect();
        let parts: Vec<Groups> = parts.iter().map(|part| Groups::of(part, sample)).collect();
        let look = |same: &[(u32, u32, u128)]| {
            let (a, b, _) = *same.first()?;
            let here = self.groups.as_ref().is_none_or(|groups| groups.share(a, b));
            if !here || earlier.iter().any(|groups| groups.share(a, b)) {
                return None;
            }
            let pattern = Pattern::of(&compare::hits(&model.compiled, &sample.row(a)?, &sample.row(b)?));
            let rules = same.iter().fold(0, |mask, (.., rule)| mask | rule);
            let agrees = |(n, groups): (usize, &Groups)| u64::from(groups.share(a, b)) << n;
            Some(Pair {
                a,
                b,
                pattern,
                rules,
                parts: parts.iter().enumerate().map(agrees).fold(0, |m, bit| m | bit),
            })
        };
        let pairs: Vec<&[(u32, u32, u128)]> = brought.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)).collect();
        pairs.into_par_iter().filter_map(look).collect()
    }
}

impl Groups {
    fn of(rule: &Rule, records: &Records) -> Self {
        Self::among(Blocks::new(rule, records, f64::INFINITY).iter(), records.len())
    }

    fn among<'a>(blocks: impl Iterator<Item = &'a [u32]>, records: usize) -> Self {
        let mut groups = vec![Vec::new(); records];
        for (number, block) in blocks.enumerate() {
            for record in block {
                if let Some(own) = groups.get_mut(*record as usize) {
                    own.push(number as u32);
                }
            }
        }
        Self(groups)
    }

    fn share(&self, a: u32, b: u32) -> bool {
        let of = |record: u32| self.0.get(record as usize).map_or(&[][..], Vec::as_slice);
        of(a).iter().any(|group| of(b).contains(group))
    }
}

/// All records when they are few; otherwise the groups of some dates, family names, given names or homes.
fn views(model: &Model, records: &Records) -> Vec<View> {
    let all = |records: Records, every: u64| View {
        records,
        groups: None,
        earlier: Vec::new(),
        anchor: None,
        every,
    };
    if records.len() <= 2 * SAMPLE {
        return vec![all(records.thinned(|_| true), 1)];
    }
    let every = records.len().div_ceil(SAMPLE);
    let mut views: Vec<View> = Vec::new();
    for anchor in anchors(model) {
        let blocks = Blocks::new(&anchor, records, f64::INFINITY);
        let chosen: Vec<&[u32]> = blocks.iter().step_by(every).collect();
        let mut kept: Vec<u32> = chosen.iter().copied().flatten().copied().collect();
        kept.sort_unstable();
        kept.dedup();
        // A value that many have, or few records have at all, makes no sample.
        if !(SAMPLE / 20..=2 * SAMPLE).contains(&kept.len()) {
            continue;
        }
        let place: AHashMap<u32, u32> =
            kept.iter().zip(0..).map(|(record, place)| (*record, place)).collect();
        let moved: Vec<Vec<u32>> = chosen
            .iter()
            .map(|block| block.iter().filter_map(|record| place.get(record).copied()).collect())
            .collect();
        views.push(View {
            records: records.thinned(|position| place.contains_key(&(position as u32))),
            groups: Some(Groups::among(moved.iter().map(Vec::as_slice), kept.len())),
            earlier: views.iter().filter_map(|view| view.anchor.clone()).collect(),
            anchor: Some(anchor),
            every: every as u64,
        });
        if views.len() == MOST_VIEWS {
            break;
        }
    }
    if views.is_empty() {
        // Nothing groups them: every so-manieth record, which shows little.
        views.push(all(records.thinned(|position| position.is_multiple_of(every)), (every * every) as u64));
    }
    views
}

/// The keys that group records best.
fn anchors(model: &Model) -> Vec<Rule> {
    use ComparisonKind as K;
    let order =
        [K::Date, K::FamilyName, K::Home, K::Postcode, K::GivenName, K::Text, K::Address, K::Identifier];
    let entries =
        order.iter().flat_map(|kind| model.file.comparisons.iter().filter(move |c| c.kind == *kind));
    let rule = |entry| {
        let entry = super::choose::rule(vec![super::choose::part(entry)?]);
        Rule::compile(&entry, &model.compiled.comparisons).ok()
    };
    entries.filter_map(rule).collect()
}
