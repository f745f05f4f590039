//! What being left over says where a record is linked to at most one of each other file.
//!
//! Two records of different persons are mostly taken: each has, as a rule, a record of its own person in the other file and is
//! linked to it. Two records of one person that are hard to tell are still there when everybody else is linked. So of a pair of
//! which both are left over, the odds are higher than its weight alone says: by 1 in the share of the one file that is left
//! over, times the same of the other; and lower where others who are left over are as likely.

use std::collections::{BTreeMap, BTreeSet};

use super::Records;
use super::link::{Link, PairOutcome};
use super::statistics::LeftOver;

/// At most so many bits are added: the shares are estimates, and records that are hard to link are more often left over.
pub(super) const MOST_BITS: f64 = 6.0;
/// A file of fewer records tells too little about its shares.
const LEAST_RECORDS: f64 = 100.0;

/// Gives the pairs of a component that were not linked, and of which neither record is linked to one of the other's file, the
/// probability that they have beside all others. `bits` are what being left over adds, for each two files.
pub(super) fn weigh_again(source: impl Fn(u32) -> u16, bits: &BTreeMap<(u16, u16), f64>, links: &mut [Link]) {
    if links.iter().all(|link| link.outcome == PairOutcome::Link) {
        return;
    }
    let taken = taken(&source, links);
    let free = |record: u32, other: u32| !taken.contains(&(record, source(other)));
    let odds = |link: &Link| {
        let more = bits.get(&(source(link.left), source(link.right))).copied().unwrap_or(0.0);
        link.probability / (1.0 - link.probability).max(1e-12) * more.exp2()
    };
    let is_open = |link: &Link| {
        link.outcome == PairOutcome::Review && free(link.left, link.right) && free(link.right, link.left)
    };
    let mut rivals: BTreeMap<(u32, u16), f64> = BTreeMap::new();
    for link in links.iter().filter(|link| is_open(link)) {
        *rivals.entry((link.left, source(link.right))).or_default() += odds(link);
        *rivals.entry((link.right, source(link.left))).or_default() += odds(link);
    }
    for link in links.iter_mut().filter(|link| is_open(link)) {
        let own = odds(link);
        let others =
            |record: u32, other: u32| rivals.get(&(record, source(other))).copied().unwrap_or(own) - own;
        let against = 1.0 + others(link.left, link.right).max(0.0) + others(link.right, link.left).max(0.0);
        link.probability = own / (own + against);
    }
}

/// The records that are linked, each with the file of its partner.
fn taken(source: impl Fn(u32) -> u16, links: &[Link]) -> BTreeSet<(u32, u16)> {
    links
        .iter()
        .filter(|link| link.outcome == PairOutcome::Link)
        .flat_map(|link| [(link.left, source(link.right)), (link.right, source(link.left))])
        .collect()
}

/// For each two files what being left over adds to the odds, in bits.
pub(super) fn bits(records: &Records, links: &[Link]) -> Vec<LeftOver> {
    let mut linked: BTreeMap<(u16, u16), f64> = BTreeMap::new();
    for link in links.iter().filter(|link| link.outcome == PairOutcome::Link) {
        *linked.entry((records.source(link.left), records.source(link.right))).or_default() += 1.0;
    }
    let sizes = records.sizes();
    let size = |file: u16| sizes.get(&file).copied().unwrap_or(0) as f64;
    let left_over = |file: u16, count: f64| ((size(file) - count) / size(file).max(1.0)).clamp(1e-6, 1.0);
    linked
        .into_iter()
        .filter(|((a, b), _)| size(*a).min(size(*b)) >= LEAST_RECORDS)
        .map(|((left, right), count)| {
            let bits = -(left_over(left, count) * left_over(right, count)).log2();
            LeftOver { left, right, bits: bits.clamp(0.0, MOST_BITS) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prepared;

    /// Two files of 200, of which the first 190 are linked, and more pairs at even odds.
    fn scene(open: &[(u32, u32)]) -> (Records, Vec<Link>) {
        let records = Records::new(vec![vec![Prepared::default(); 200], vec![Prepared::default(); 200]]);
        let link = |left: u32, right: u32, probability, outcome| Link {
            outcome,
            ..Link::found(left, right, 10.0, probability)
        };
        let sure = (0..190).map(|n| link(n, 200 + n, 0.999, PairOutcome::Link));
        let open = open.iter().map(|(left, right)| link(*left, *right, 0.5, PairOutcome::Review));
        (records, sure.chain(open).collect())
    }

    fn probabilities(open: &[(u32, u32)]) -> Vec<f64> {
        let (records, mut links) = scene(open);
        let bits =
            bits(&records, &links).iter().map(|entry| ((entry.left, entry.right), entry.bits)).collect();
        weigh_again(|record| records.source(record), &bits, &mut links);
        links.iter().filter(|l| l.outcome == PairOutcome::Review).map(|link| link.probability).collect()
    }

    #[test]
    fn two_who_are_left_over_when_nearly_all_are_taken_are_likelier_one() {
        let [p] = probabilities(&[(195, 395)])[..] else { panic!() };
        // 400 times, were it not for the bound of 64.
        assert!((p - 64.0 / 65.0).abs() < 1e-9, "{p}");
    }

    #[test]
    fn one_whose_partner_is_found_stays_as_likely_as_before() {
        assert_eq!(probabilities(&[(0, 395), (195, 200)]), [0.5, 0.5]);
    }

    #[test]
    fn two_who_want_the_same_one_share_what_it_says() {
        let found = probabilities(&[(195, 395), (196, 395)]);
        assert!(found.iter().all(|p| (0.4..0.5).contains(p)), "{found:?}");
    }
}
