//! Identities kept apart stay apart (law 5): a child's identity before an adoption and the protected one after it, over a
//! thousand invented neighbourhoods, whatever comes first.

use linkage::batch::{
    Apart, Arrival, Constraints, LinkOptions, Records, Scope, SourceStatistics, Standing, link_files,
};
use linkage::{Model, Prepared, RawRecord};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::child;

const SEEDS: u64 = 1000;
const SOURCES: u16 = 3;

/// The records of a neighbourhood, with their sources and whom they are about.
struct Neighbourhood {
    records: Vec<(u16, Prepared)>,
    /// Sorted by source as the records are: 0 and 1 are the adopted child before and after, others are others.
    identity: Vec<u32>,
}

impl Neighbourhood {
    fn new(model: &Model, rng: &mut ChaCha8Rng) -> Self {
        let mut all: Vec<(u16, u32, RawRecord)> = Vec::new();
        let forenames = ["Oliver", "Amelia", "Noah", "Isla", "Jack", "Freya", "Leo", "Ava"];
        let surnames = ["Hughes", "Okafor", "Patel", "Nowak", "Brown", "Silva", "Khan", "Whitfield"];
        let mut pick = |from: &[&'static str]| from.choose(rng).copied().unwrap_or_default();
        let (name, other_name) = (pick(&forenames), pick(&forenames));
        let (before, after) = (pick(&surnames), pick(&surnames));
        let born = format!(
            "20{:02}-{:02}-{:02}",
            rng.random_range(8..20),
            rng.random_range(1..13),
            rng.random_range(1..29)
        );
        let gender = if rng.random() { "F" } else { "M" };
        let homes = [("LS6 1AB", "12 High Street"), ("M1 1AE", "3 Elm Road")];
        let new_name = if rng.random_bool(0.7) { name } else { other_name };
        for (identity, forename, surname, (postcode, address)) in
            [(0, name, before, homes[0]), (1, new_name, after, homes[1])]
        {
            for source in 0..SOURCES {
                if rng.random_bool(0.2) {
                    continue;
                }
                // What leaks: the old surname as an alias, the family still at the old address, an address nobody wrote down.
                let leaks = rng.random_bool(0.3);
                let (postcode, address) = match rng.random_range(0..10) {
                    0 => homes[0],
                    1..3 => ("", ""),
                    _ => (postcode, address),
                };
                let record = child(forename, surname, &born, gender, postcode, address);
                let record = if leaks {
                    record.with("alias_forenames", name).with("alias_surname", before)
                } else {
                    record
                };
                all.push((source, identity, record));
            }
        }
        // Brothers and sisters on both sides.
        for identity in 2..5 {
            let (surname, (postcode, address)) =
                if identity % 2 == 0 { (before, homes[0]) } else { (after, homes[1]) };
            let born = format!("20{:02}-03-{:02}", rng.random_range(8..20), rng.random_range(1..29));
            let forename = forenames.choose(rng).copied().unwrap_or_default();
            for source in 0..SOURCES {
                all.push((source, identity, child(forename, surname, &born, "N", postcode, address)));
            }
        }
        all.shuffle(rng);
        all.sort_by_key(|(source, ..)| *source);
        Self {
            identity: all.iter().map(|(_, identity, _)| *identity).collect(),
            records: all.iter().map(|(source, _, record)| (*source, model.prepare(record))).collect(),
        }
    }

    /// The records of the two identities.
    fn sides(&self) -> Apart {
        let of = |wanted: u32| {
            let numbers = 0u32..;
            numbers
                .zip(&self.identity)
                .filter(|(_, identity)| **identity == wanted)
                .map(|(number, _)| number)
                .collect()
        };
        Apart { one: of(0), other: of(1) }
    }

    /// Pairs of records of the two identities that are in one cluster.
    fn joined<C: PartialEq>(&self, cluster: impl Fn(u32) -> C) -> usize {
        let Apart { one, other } = self.sides();
        let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (*a, *b)));
        pairs.filter(|(a, b)| cluster(*a) == cluster(*b)).count()
    }

    fn run(&self, model: &Model, options: &LinkOptions) -> usize {
        let mut files = vec![Vec::new(); usize::from(SOURCES)];
        self.records.iter().for_each(|(source, record)| files[usize::from(*source)].push(record.clone()));
        let found = link_files(model, &Records::with_scope(files, Scope::All), options);
        self.joined(|record| found.clusters.of(record))
    }

    /// The records one by one in any order, each with all that stands for candidates. The seal comes with the first record, or
    /// at some time after it.
    fn arriving(&self, model: &Model, options: &LinkOptions, rng: &mut ChaCha8Rng) -> (usize, usize) {
        let mut standing = Standing::new(model, Scope::All, options, &SourceStatistics::default());
        let mut order: Vec<u32> = (0..self.records.len() as u32).collect();
        order.shuffle(rng);
        let sealed_at = rng.random_range(0..order.len());
        let (mut before, mut after) = (0, 0);
        for (position, number) in order.iter().enumerate() {
            if position == sealed_at {
                before = self.joined_of(&standing);
                standing.keep_apart(self.sides());
            }
            let (source, record) = &self.records[*number as usize];
            let arrival = Arrival { number: *number, source: *source, record: record.clone() };
            let candidates: Vec<(u32, u32)> =
                order.iter().take(position).map(|stands| (*stands, *number)).collect();
            standing.add(vec![arrival], &candidates);
            if position >= sealed_at {
                after += self.joined_of(&standing);
            }
        }
        (before, after)
    }

    fn joined_of(&self, standing: &Standing) -> usize {
        let Apart { one, other } = self.sides();
        let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (*a, *b)));
        pairs
            .filter(|(a, b)| standing.cluster(*a).is_some() && standing.cluster(*a) == standing.cluster(*b))
            .count()
    }
}

#[test]
fn sealed_identities_are_never_joined_over_a_thousand_seeds() {
    let model = Model::children().with_population(20_000);
    // Low, so that the barrier and not the weight keeps them apart.
    let options = LinkOptions { threshold: 0.8, ..LinkOptions::default() };
    let (mut unsealed, mut pairwise, mut grouped, mut before, mut after, mut pairs) = (0, 0, 0, 0, 0, 0);
    for seed in 0..SEEDS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let people = Neighbourhood::new(&model, &mut rng);
        let sides = people.sides();
        let never: Vec<(u32, u32)> =
            sides.one.iter().flat_map(|a| sides.other.iter().map(move |b| (*b, *a))).collect();
        pairs += never.len();
        let with = |constraints: Constraints| LinkOptions { constraints, ..options.clone() };
        unsealed += people.run(&model, &options);
        pairwise += people.run(&model, &with(Constraints { never, ..Constraints::default() }));
        grouped += people.run(&model, &with(Constraints { apart: vec![sides], ..Constraints::default() }));
        let arrived = people.arriving(&model, &options, &mut rng);
        before += arrived.0;
        after += arrived.1;
    }
    assert!(pairs > 4000 && unsealed > 500, "without a seal {unsealed} of {pairs} pairs are joined");
    assert!(before > 100, "{before} were joined before a seal came");
    assert_eq!((pairwise, grouped, after), (0, 0, 0));
}
