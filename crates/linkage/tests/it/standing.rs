//! Clusters that take further records: the same partition as a run over all of them, whatever comes first.

use std::collections::BTreeMap;

use linkage::batch::{
    Apart, Arrival, Constraints, LinkOptions, Linkage, Obstacle, PairOutcome, Records, Scope,
    SourceStatistics, Standing, link_files,
};
use linkage::{Model, Prepared, RawRecord};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::child;

fn model() -> Model {
    Model::children().with_population(20_000)
}

/// Some records of a few children who resemble one another, each with its source.
fn world() -> impl Strategy<Value = Vec<(u16, RawRecord)>> {
    let of = |choices: &'static [&'static str]| prop::sample::select(choices);
    let record = (
        0u16..3,
        of(&["Oliver", "Olly", "Oliver James", "Amelia", "Amelie", "Noah"]),
        of(&["Smith", "Smith", "Smyth", "Jones"]),
        of(&["2014-05-06", "2014-05-06", "2014-05-16", "2014-06-05"]),
        of(&["F", "M", "N"]),
        of(&["LS6 1AB", "LS6 1AB", "LS6 1AC", ""]),
        of(&["", "", "9434765919", "4010232137"]),
    );
    let record = record.prop_map(|(source, forename, surname, born, gender, postcode, number)| {
        let record = child(forename, surname, born, gender, postcode, "12 High Street");
        (source, record.with("nhs_number", number))
    });
    prop::collection::vec(record, 2..10)
}

#[derive(Debug, Clone)]
struct Case {
    /// By number; sorted by source, as a run has them.
    records: Vec<(u16, Prepared)>,
    scope: Scope,
    options: LinkOptions,
    constraints: Constraints,
    /// Shuffles the order of arrival.
    seed: u64,
}

fn case() -> impl Strategy<Value = Case> {
    let pair = || (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let scope = prop::sample::select(&[Scope::All, Scope::All, Scope::Across, Scope::Within][..]);
    let rate = prop::sample::select(&[None, None, Some(0.0), Some(0.002), Some(0.2)][..]);
    let decisions = (
        prop::collection::vec(pair(), 0..2),
        prop::collection::vec((pair(), pair()), 0..2),
        prop::collection::vec(pair(), 0..2),
    );
    let options =
        (any::<bool>(), prop::sample::select(&[0.5, 0.9, 0.99][..]), [rate.clone(), rate.clone(), rate]);
    (world(), scope, options, decisions, any::<u64>()).prop_map(|(world, scope, options, decisions, seed)| {
        let count = world.len();
        let sources = if scope == Scope::Within {
            1
        } else if scope == Scope::Across {
            2
        } else {
            3
        };
        let model = model();
        let prepared = world.iter().map(|(source, record)| (source % sources, model.prepare(record)));
        let mut records: Vec<(u16, Prepared)> = prepared.collect();
        records.sort_by_key(|(source, _)| *source);
        let number = |index: &prop::sample::Index| index.index(count) as u32;
        let pairs = |pairs: &[(prop::sample::Index, prop::sample::Index)]| -> Vec<(u32, u32)> {
            pairs.iter().map(|(a, b)| (number(a), number(b))).filter(|(a, b)| a != b).collect()
        };
        let (never, apart, together) = decisions;
        let apart = apart.iter().map(|((a, b), (c, d))| Apart {
            one: vec![number(a), number(b)],
            other: vec![number(c), number(d)],
        });
        let constraints =
            Constraints { never: pairs(&never), apart: apart.collect(), together: pairs(&together) };
        let (one_to_one, threshold, duplicates) = options;
        let options =
            LinkOptions { one_to_one, threshold, duplicates: duplicates.to_vec(), ..LinkOptions::default() };
        Case { records, scope, options, constraints, seed }
    })
}

impl Case {
    fn run(&self) -> Linkage {
        let mut files = vec![Vec::new(); 3];
        self.records.iter().for_each(|(source, record)| files[usize::from(*source)].push(record.clone()));
        let options = LinkOptions { constraints: self.constraints.clone(), ..self.options.clone() };
        link_files(&model(), &Records::with_scope(files, self.scope), &options)
    }

    /// Pairs that share a blocking key, with any of the records given.
    fn candidates(&self, arrived: &[u32]) -> Vec<(u32, u32)> {
        let model = model();
        let keys = |record: u32| model.blocking_keys(&self.records[record as usize].1);
        let meet = |a: u32, b: u32| {
            let of_b = keys(b);
            keys(a).iter().any(|x| of_b.iter().any(|y| (x.rule, &x.value) == (y.rule, &y.value)))
        };
        let all = 0..self.records.len() as u32;
        arrived.iter().flat_map(|a| all.clone().filter(|b| meet(*a, *b)).map(|b| (*a, b))).collect()
    }

    /// The records in the order given, one to three at a time; what people decide before some of them.
    fn arriving(&self, order: &[u32], statistics: &SourceStatistics, rng: &mut ChaCha8Rng) -> Standing {
        let first = rng.random::<bool>();
        let (before, mut after) = match first {
            true => (self.constraints.clone(), Constraints::default()),
            false => (Constraints::default(), self.constraints.clone()),
        };
        let options = LinkOptions { constraints: before, ..self.options.clone() };
        let mut standing = Standing::new(&model(), self.scope, &options, statistics);
        let mut rest = order;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(1 + rng.random_range(0..3)));
            let arrivals = now.iter().map(|number| {
                let (source, record) = &self.records[*number as usize];
                Arrival { number: *number, source: *source, record: record.clone() }
            });
            standing.add(arrivals.collect(), &self.candidates(now));
            if rng.random::<bool>() {
                after.apart.pop().into_iter().for_each(|groups| drop(standing.keep_apart(groups)));
                after.together.pop().into_iter().for_each(|(a, b)| drop(standing.confirm(a, b)));
            }
            rest = later;
        }
        let never = after.never.iter().map(|(a, b)| Apart { one: vec![*a], other: vec![*b] });
        never.chain(after.apart).for_each(|groups| drop(standing.keep_apart(groups)));
        after.together.into_iter().for_each(|(a, b)| drop(standing.confirm(a, b)));
        standing
    }
}

/// The records by cluster, each cluster by its first record.
fn partition<C: Ord>(count: u32, cluster: impl Fn(u32) -> C) -> Vec<Vec<u32>> {
    let mut clusters: BTreeMap<C, Vec<u32>> = BTreeMap::new();
    (0..count).for_each(|record| clusters.entry(cluster(record)).or_default().push(record));
    let mut clusters: Vec<Vec<u32>> = clusters.into_values().collect();
    clusters.sort();
    clusters
}

type Decided = BTreeMap<(u32, u32), (PairOutcome, Option<Obstacle>, f64)>;

fn decided<'a>(links: impl Iterator<Item = &'a linkage::batch::Link>) -> Decided {
    links.map(|link| ((link.left, link.right), (link.outcome, link.obstacle, link.probability))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn records_that_come_one_after_another_end_in_the_clusters_of_a_run(case in case()) {
        let count = case.records.len() as u32;
        let run = case.run();
        let expected = partition(count, |record| run.clusters.of(record));
        let mut rng = ChaCha8Rng::seed_from_u64(case.seed);
        let mut order: Vec<u32> = (0..count).collect();
        for arrival in 0..3 {
            if arrival == 1 {
                order.reverse();
            } else if arrival == 2 {
                order.shuffle(&mut rng);
            }
            let standing = case.arriving(&order, &run.statistics, &mut rng);
            prop_assert_eq!(&partition(count, |record| standing.cluster(record).unwrap()), &expected);
            prop_assert_eq!(decided(standing.links()), decided(run.links.iter()));
        }
        // Nothing stands against what people decided.
        let together = |a: u32, b: u32| run.clusters.of(a) == run.clusters.of(b);
        for (a, b) in &case.constraints.never {
            prop_assert!(!together(*a, *b));
        }
        for Apart { one, other } in &case.constraints.apart {
            for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (*a, *b))).filter(|(a, b)| a != b) {
                prop_assert!(!together(a, b), "{} {}", a, b);
            }
        }
        if case.constraints.never.is_empty() && case.constraints.apart.is_empty() {
            prop_assert!(case.constraints.together.iter().all(|(a, b)| together(*a, *b)));
        }
    }
}

const SCHOOLS: u16 = 0;
const PRACTICES: u16 = 1;

fn joseph() -> RawRecord {
    child("Joseph", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")
}

fn arrival(number: u32, source: u16, record: &RawRecord) -> Arrival {
    Arrival { number, source, record: model().prepare(record) }
}

fn empty(options: &LinkOptions) -> Standing {
    Standing::new(&model(), Scope::All, options, &SourceStatistics::default())
}

#[test]
fn a_cluster_keeps_its_number_while_records_come_and_go() {
    let mut standing = empty(&LinkOptions::default());
    standing.add(vec![arrival(5, SCHOOLS, &joseph())], &[]);
    let number = standing.cluster(5).unwrap();
    let moved = standing.add(vec![arrival(2, PRACTICES, &joseph())], &[(2, 5)]);
    assert_eq!(
        moved.iter().map(|moved| (moved.record, moved.from, moved.to)).collect::<Vec<_>>(),
        [(2, None, number)]
    );
    standing.remove(5);
    assert_eq!(
        (standing.cluster(5), standing.cluster(2)),
        (None, Some(number)),
        "also when its first record goes"
    );
    standing.add(
        vec![arrival(9, SCHOOLS, &child("Amina", "Patel", "2016-01-20", "F", "M1 1AE", "3 Elm Road"))],
        &[(9, 2)],
    );
    assert_ne!(standing.cluster(9), Some(number));
}

#[test]
fn two_clusters_that_are_joined_and_parted_again_have_the_numbers_they_had() {
    let mut standing = empty(&LinkOptions::default());
    standing.add(vec![arrival(1, SCHOOLS, &joseph()), arrival(2, PRACTICES, &joseph())], &[]);
    let numbers = (standing.cluster(1), standing.cluster(2));
    assert_ne!(numbers.0, numbers.1);
    standing.confirm(1, 2);
    assert_eq!((standing.cluster(1), standing.cluster(2)), (numbers.0, numbers.0), "the older number stays");
    standing.keep_apart(Apart { one: vec![1], other: vec![2] });
    assert_eq!((standing.cluster(1), standing.cluster(2)), numbers, "apart goes before together");
}

#[test]
fn a_better_partner_that_comes_later_is_preferred_to_the_first() {
    let options = LinkOptions { one_to_one: true, ..LinkOptions::default() };
    let mut standing = Standing::new(&model(), Scope::Across, &options, &SourceStatistics::default());
    let joe = child("Joe", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street");
    standing.add(vec![arrival(1, SCHOOLS, &joseph()), arrival(2, PRACTICES, &joe)], &[(1, 2)]);
    assert_eq!(standing.cluster(1), standing.cluster(2));
    standing.add(vec![arrival(3, PRACTICES, &joseph())], &[(1, 3)]);
    assert_eq!(standing.cluster(1), standing.cluster(3));
    assert_ne!(standing.cluster(1), standing.cluster(2));
    standing.confirm(1, 2);
    assert_eq!(standing.cluster(1), standing.cluster(2), "what a person confirmed stays");
}

/// Two files large enough for who is left over to count.
#[test]
fn a_run_of_two_files_one_to_one_is_carried_on_with_what_it_learnt() {
    let forenames =
        ["Oliver", "Amelia", "Noah", "Isla", "Jack", "Freya", "Leo", "Ava", "Arthur", "Mia", "Omar"];
    let surnames = ["Hughes", "Okafor", "Patel", "Nowak", "Brown", "Silva", "Khan"];
    let model = model();
    // One in five differs in the second file: in one of five ways, and in two at once.
    let record = |number: usize, second: bool| {
        let slip = |kind: usize| {
            second && number.is_multiple_of(5) && (number / 5 % 5 == kind || number / 25 % 5 == kind)
        };
        let year = 8 + number % 13 + usize::from(slip(0));
        let day = 1 + (number * 11 + usize::from(slip(1))) % 28;
        let day = format!("20{year:02}-{:02}-{day:02}", 1 + number * 7 % 12);
        let forename = forenames[(number * 5 + usize::from(slip(2))) % 11];
        let surname = surnames[(number + usize::from(slip(3))) % 7];
        let code = format!("LS{} 1AB", 1 + number % 40);
        let code = if slip(4) { "" } else { code.as_str() };
        model.prepare(&child(forename, surname, &day, "N", code, ""))
    };
    let files: Vec<Vec<Prepared>> =
        [false, true].map(|slip| (0..250).map(|number| record(number, slip)).collect()).to_vec();
    let records: Vec<(u16, Prepared)> = (0..2)
        .flat_map(|file| files[usize::from(file)].iter().map(move |record| (file, record.clone())))
        .collect();
    let options = LinkOptions { one_to_one: true, ..LinkOptions::default() };
    let run = link_files(&model, &Records::new(files), &options);
    assert!(run.statistics.left_over.iter().any(|entry| entry.bits > 1.0), "{:?}", run.statistics);
    let raised = run.links.iter().filter(|link| {
        link.outcome == PairOutcome::Link && model.probability(link.weight) < options.threshold
    });
    let raised = raised.count();
    assert!(raised > 0, "some are linked because they are left over");
    let case = Case { records, scope: Scope::Across, options, constraints: Constraints::default(), seed: 0 };
    let mut order: Vec<u32> = (0..500).collect();
    order.sort_by_key(|number| number * 7919 % 500);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let standing = case.arriving(&order, &run.statistics, &mut rng);
    assert_eq!(
        partition(500, |record| standing.cluster(record).unwrap()),
        partition(500, |record| run.clusters.of(record))
    );
}

#[test]
fn linking_again_under_another_model_never_crosses_what_people_decided() {
    let stranger = child("Amina", "Patel", "2016-01-20", "F", "M1 1AE", "3 Elm Road");
    let arrivals = || {
        vec![
            arrival(1, SCHOOLS, &joseph()),
            arrival(2, PRACTICES, &joseph()),
            arrival(3, PRACTICES, &stranger),
        ]
    };
    let all = [(1, 2), (1, 3), (2, 3)];
    let mut standing = empty(&LinkOptions::default());
    standing.add(arrivals(), &all);
    standing.keep_apart(Apart { one: vec![1], other: vec![2] });
    standing.confirm(1, 3);
    // A model for which anybody may be anybody's double.
    let again = model().with_population(20);
    let options = LinkOptions { constraints: standing.constraints().clone(), ..LinkOptions::default() };
    let mut relinked = Standing::new(&again, Scope::All, &options, &SourceStatistics::default());
    relinked.add(arrivals(), &all);
    assert_ne!(relinked.cluster(1), relinked.cluster(2));
    assert_eq!(relinked.cluster(1), relinked.cluster(3));
    assert_ne!(relinked.cluster(2), relinked.cluster(3), "not through the confirmed one either");
}
