//! What becomes of a pair beside other pairs, and what is said to have stood in its way.

use linkage::batch::{
    Apart, Constraints, Link, LinkOptions, Linkage, Obstacle, PairOutcome, Records, Scope, link_files,
};
use linkage::{ClusterCandidate, Incoming, Member, Model, Outcome, Prepared, RawRecord, SourceRule, resolve};

use crate::child;

fn model() -> Model {
    Model::children().with_population(20_000)
}

fn linked(files: &[Vec<RawRecord>], scope: Scope, options: &LinkOptions) -> Linkage {
    let model = model();
    let prepared = files.iter().map(|file| file.iter().map(|record| model.prepare(record)).collect());
    link_files(&model, &Records::with_scope(prepared.collect(), scope), options)
}

fn pair(found: &Linkage, left: u32, right: u32) -> &Link {
    let is = |link: &&Link| (link.left, link.right) == (left, right);
    found.links.iter().find(is).unwrap_or_else(|| panic!("{left} and {right} are not in {:?}", found.links))
}

fn joseph() -> RawRecord {
    child("Joseph", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")
}

fn joe() -> RawRecord {
    child("Joe", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")
}

/// The name of the comparison that contradicts, of a pair that is for review because of one.
fn contradiction(link: &Link) -> String {
    let Some(Obstacle::Contradiction { comparison }) = link.obstacle else { panic!("{link:?}") };
    assert!(link.outcome == PairOutcome::Review && link.probability >= 0.95, "{link:?}");
    model().comparisons().nth(usize::from(comparison)).unwrap().to_owned()
}

#[test]
fn two_different_valid_numbers_of_one_kind_are_a_question_for_a_person() {
    let files =
        [vec![joseph().with("nhs_number", "9434765919")], vec![joseph().with("nhs_number", "4010232137")]];
    for one_to_one in [false, true] {
        let options = LinkOptions { one_to_one, ..LinkOptions::default() };
        let found = linked(&files, Scope::Across, &options);
        assert_eq!(contradiction(pair(&found, 0, 1)), "nhs_number");
        assert_ne!(found.clusters.of(0), found.clusters.of(1));
    }
}

#[test]
fn a_number_that_fails_its_check_contradicts_nothing() {
    let files =
        [vec![joseph().with("nhs_number", "9434765919")], vec![joseph().with("nhs_number", "4010232138")]];
    let found = linked(&files, Scope::Across, &LinkOptions::default());
    assert_eq!(pair(&found, 0, 1).outcome, PairOutcome::Link);
}

#[test]
fn another_number_elsewhere_in_the_cluster_is_a_question_too() {
    // The record without a number fits both; the two with numbers cannot be one child.
    let files = [
        vec![joseph().with("nhs_number", "9434765919")],
        vec![joseph()],
        vec![joseph().with("nhs_number", "4010232137")],
    ];
    let found = linked(&files, Scope::All, &LinkOptions::default());
    let joined = [(0, 1), (1, 2)].map(|(a, b)| pair(&found, a, b).outcome == PairOutcome::Link);
    assert_eq!(joined, [true, false]);
    assert_eq!(contradiction(pair(&found, 1, 2)), "nhs_number");
}

#[test]
fn a_twin_brother_and_sister_of_like_names_are_not_linked() {
    let twin = |name: &str, gender: &str| {
        child(name, "Hughes", "2013-04-09", gender, "LS6 1AB", "12 High Street")
            .with("child_benefit_number", "CHB12345678")
    };
    let options = LinkOptions { threshold: 0.05, review: 0.0001, ..LinkOptions::default() };
    let found = linked(&[vec![twin("Danielle", "F")], vec![twin("Daniel", "M")]], Scope::Across, &options);
    let link = pair(&found, 0, 1);
    let Some(Obstacle::Contradiction { comparison }) = link.obstacle else { panic!("{link:?}") };
    assert_eq!(model().comparisons().nth(usize::from(comparison)), Some("gender"));
    // Of one and the same name a wrong gender is a slip.
    let found = linked(&[vec![twin("Daniel", "F")], vec![twin("Daniel", "M")]], Scope::Across, &options);
    assert_eq!(pair(&found, 0, 1).outcome, PairOutcome::Link);
}

#[test]
fn one_to_one_takes_the_pairs_that_are_best_together() {
    // The heaviest pair, of the first records, would leave the other two without a partner: their numbers differ.
    let slip = child("Joseph", "Hughes", "2013-04-08", "M", "LS6 1AB", "12 High Street");
    let files = [
        vec![joseph(), slip.with("nhs_number", "9434765919")],
        vec![joseph(), joe().with("nhs_number", "4010232137")],
    ];
    let found = linked(&files, Scope::Across, &LinkOptions { one_to_one: true, ..LinkOptions::default() });
    let first = &found.links[0];
    assert_eq!((first.left, first.right, first.obstacle), (0, 2, Some(Obstacle::BetterPartner)));
    assert_eq!([(0, 3), (1, 2)].map(|(a, b)| pair(&found, a, b).outcome), [PairOutcome::Link; 2]);
}

#[test]
fn a_second_record_of_a_source_is_weighed_by_how_often_it_has_one() {
    let at = |rate: f64| {
        let files = [vec![joseph()], vec![joseph(), joe()]];
        let duplicates = vec![None, Some(rate)];
        linked(&files, Scope::Across, &LinkOptions { duplicates, ..LinkOptions::default() })
    };
    let (often, never) = (at(0.5), at(0.0));
    assert!(often.links.iter().all(|link| link.outcome == PairOutcome::Link), "{:?}", often.links);
    assert_eq!(pair(&never, 0, 1).outcome, PairOutcome::Link);
    let second = pair(&never, 0, 2);
    assert_eq!(
        (second.outcome, second.obstacle),
        (PairOutcome::Review, Some(Obstacle::SecondRecord { source: 1 }))
    );
    let rates: Vec<_> = never.statistics.duplicates.iter().map(|rate| (rate.rate, rate.declared)).collect();
    assert_eq!(rates, [(None, false), (Some(0.0), true)]);
}

#[test]
fn how_often_a_source_has_a_second_record_is_estimated() {
    // Each hundredth child of the second file has two records there.
    let first = distinct(1000);
    let second = first.iter().chain(first.iter().step_by(100)).cloned().collect();
    let found = linked(&[first, second], Scope::Across, &LinkOptions::default());
    let [one, two] = found.statistics.duplicates[..] else { panic!() };
    assert!((two.rate.unwrap() - 0.01).abs() < 0.002 && one.rate.unwrap() < 0.001, "{one:?} {two:?}");
    let links = found.links.iter().filter(|link| link.outcome == PairOutcome::Link).count();
    assert_eq!(links, 1010, "what is certain outweighs that it is rare");
}

#[test]
fn a_refusal_between_two_clusters_holds_for_all_their_records_and_for_who_comes_between() {
    let files = vec![vec![joseph(), joseph(), joe(), joe(), joseph()]];
    let apart = Apart { one: vec![0, 1], other: vec![2, 3] };
    let constraints = Constraints { apart: vec![apart], ..Constraints::default() };
    let found = linked(&files, Scope::Within, &LinkOptions { constraints, ..LinkOptions::default() });
    for (a, b) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
        assert_ne!(found.clusters.of(a), found.clusters.of(b));
        assert!(
            !found.links.iter().any(|link| (link.left, link.right) == (a, b)),
            "it is not even asked about"
        );
    }
    assert_eq!(found.clusters.of(0), found.clusters.of(4));
    assert_eq!(pair(&found, 2, 4).obstacle, Some(Obstacle::Constraint), "the bridge is a question");
}

#[test]
fn what_a_person_confirmed_is_linked_whatever_it_weighs() {
    let stranger = child("Amina", "Patel", "2016-01-20", "F", "M1 1AE", "3 Elm Road");
    let constraints = Constraints { together: vec![(1, 0)], ..Constraints::default() };
    for one_to_one in [false, true] {
        let options = LinkOptions { constraints: constraints.clone(), one_to_one, ..LinkOptions::default() };
        let found = linked(&[vec![joseph()], vec![stranger.clone(), joe()]], Scope::Across, &options);
        assert_eq!((pair(&found, 0, 1).outcome, pair(&found, 0, 1).obstacle), (PairOutcome::Link, None));
        let refused = Constraints { never: vec![(0, 1)], ..constraints.clone() };
        let options = LinkOptions { constraints: refused, ..options };
        let found = linked(&[vec![joseph()], vec![stranger.clone(), joe()]], Scope::Across, &options);
        assert_ne!(found.clusters.of(0), found.clusters.of(1), "apart goes before together");
    }
}

/// Members whose telephone numbers and addresses go from one to the next, so that neighbours in the list share one.
const CHAIN: &str = r#"
format = 1
version = "chain"
prior = { probability = 0.001 }
thresholds = { link = 0.9, review = 0.5, hold = 0.1 }
field = [{ name = "telephone", type = "identifier" }, { name = "email", type = "identifier" }]
blocking = [{ name = "telephone", parts = ["telephone.full"] }, { name = "e-mail", parts = ["email.full"] }]
[[comparison]]
name = "telephone"
kind = "identifier"
fields = ["telephone"]
level = [{ when = "exact", m = 0.9, u = 0.00001 }, { when = "else", m = 0.1, u = 0.99 }]
[[comparison]]
name = "email"
kind = "identifier"
fields = ["email"]
level = [{ when = "exact", m = 0.9, u = 0.00001 }, { when = "else", m = 0.1, u = 0.99 }]
"#;

#[test]
fn pairs_that_fit_one_by_one_do_not_chain_thousands_into_one() {
    let model = Model::from_toml(CHAIN).unwrap();
    let record = |number: usize| {
        let (telephone, email) =
            (format!("0113{}", 1000 + number.div_ceil(2)), format!("m{}x", 1000 + number / 2));
        model.prepare(&RawRecord::new().with("telephone", telephone).with("email", email))
    };
    let records = Records::new(vec![(0..3000).map(record).collect()]);
    let options = LinkOptions { threshold: 0.9, ..LinkOptions::default() };
    let found = link_files(&model, &records, &options);
    assert_eq!(found.links.len(), 2999, "each fits the next");
    assert!(found.links.iter().all(|link| link.probability > 0.9));
    let mut sizes = std::collections::BTreeMap::<u32, usize>::new();
    (0..3000).for_each(|record| *sizes.entry(found.clusters.of(record)).or_default() += 1);
    let largest = sizes.values().max().copied().unwrap();
    assert!(largest < 10, "{largest}");
    let kept = found.links.iter().filter(|link| link.outcome == PairOutcome::Review);
    assert!(
        kept.clone().all(|link| link.obstacle == Some(Obstacle::Members)),
        "{:?}",
        kept.collect::<Vec<_>>()
    );
}

/// Children who do not resemble one another, up to 1000.
fn distinct(count: usize) -> Vec<RawRecord> {
    let syllables = ["bra", "cho", "dun", "fell", "gar", "hol", "kin", "lam", "mer", "nor"];
    let known = |number: usize| {
        let surname: String = [1, 10, 100].map(|place| syllables[number / place % 10]).concat();
        let day = format!("20{:02}-{:02}-{:02}", 6 + number % 17, 1 + number % 12, 1 + number * 11 % 28);
        let forename = ["Oliver", "Amelia", "Leo", "Freya", "Omar"][number % 5];
        let address = format!("{} {surname} Street", 1 + number % 83);
        child(forename, &surname, &day, "N", "", &address)
    };
    (0..count).map(known).collect()
}

#[test]
fn records_resolved_one_by_one_make_the_clusters_of_a_run_where_nothing_is_in_doubt() {
    let model = model();
    let files = vec![distinct(60), distinct(60), distinct(60)];
    let options = LinkOptions { threshold: model.link_threshold(), ..LinkOptions::default() };
    let run = linked(&files, Scope::All, &options);
    let records: Vec<(u16, Prepared)> = (0..3u16)
        .flat_map(|source| distinct(60).into_iter().map(move |record| (source, record)))
        .map(|(source, record)| (source, model.prepare(&record)))
        .collect();
    let mut clusters: Vec<Vec<u32>> = Vec::new();
    // One of each three sources in turn, so that clusters grow while others begin.
    let mut order: Vec<u32> = (0..180).collect();
    order.sort_by_key(|number| number * 77 % 180);
    for number in order {
        let (source, record) = &records[number as usize];
        let member = |number: &u32| {
            let (source, record) = &records[*number as usize];
            Member { record, source: *source }
        };
        let candidates: Vec<ClusterCandidate<'_, usize, u16>> = clusters
            .iter()
            .enumerate()
            .map(|(cluster, members)| ClusterCandidate {
                cluster,
                members: members.iter().map(member).collect(),
            })
            .collect();
        let incoming = Incoming { record, source: *source };
        let rule = |_| SourceRule::OneRecordPerChild;
        match resolve(&model, incoming, &candidates, &|_| true, &rule).outcome {
            Outcome::Link(link) => clusters[link.cluster].push(number),
            Outcome::New => clusters.push(vec![number]),
            Outcome::Review(questions) => panic!("{questions:?}"),
        }
    }
    let mut resolved: Vec<Vec<u32>> = clusters;
    resolved.iter_mut().for_each(|cluster| cluster.sort_unstable());
    resolved.sort();
    let expected: Vec<Vec<u32>> = (0..60).map(|child| vec![child, 60 + child, 120 + child]).collect();
    assert_eq!(resolved, expected);
    for members in expected {
        assert!(members.iter().all(|member| run.clusters.of(*member) == members[0]), "{members:?}");
    }
}
