//! The decision about one record against whole clusters.

use linkage::{
    ClusterCandidate, Contradiction, Incoming, Member, Model, Outcome, Prepared, RawRecord, Resolution,
    SourceRule, resolve,
};

use crate::child;

const SCHOOLS: u8 = 1;
const PRACTICES: u8 = 2;

fn known() -> RawRecord {
    child("Joseph", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")
}

fn twin() -> RawRecord {
    child("Samuel", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")
}

fn prepare(record: &RawRecord) -> Prepared {
    Model::children().prepare(record)
}

/// Resolves a practice's record against clusters of records, schools promising one record a child.
fn decide(
    incoming: &RawRecord,
    clusters: &[(u32, Vec<(Prepared, u8)>)],
    may_join: &dyn Fn(u32) -> bool,
) -> Resolution<u32> {
    let candidates: Vec<ClusterCandidate<'_, u32, u8>> = clusters
        .iter()
        .map(|(cluster, members)| ClusterCandidate {
            cluster: *cluster,
            members: members.iter().map(|(record, source)| Member { record, source: *source }).collect(),
        })
        .collect();
    let record = prepare(incoming);
    let incoming = Incoming { record: &record, source: PRACTICES };
    resolve(&Model::children(), incoming, &candidates, may_join, &|_| SourceRule::OneRecordPerChild)
}

fn everybody(_: u32) -> bool {
    true
}

#[test]
fn a_record_of_a_known_child_is_linked_with_its_evidence() {
    let found = decide(&known(), &[(7, vec![(prepare(&known()), SCHOOLS)])], &everybody);
    let Outcome::Link(link) = &found.outcome else { panic!("{found:?}") };
    assert_eq!((link.cluster, link.member), (7, 0));
    assert!(link.probability > 0.99 && link.contradictions.is_empty());
    assert!(!link.evidence.fields.is_empty(), "the link carries its evidence");
    assert_eq!(link.evidence.fields[0].level, "exact");
    assert_eq!(found.near.len(), 1);
}

#[test]
fn a_record_of_nobody_known_is_new() {
    let stranger = child("Amina", "Patel", "2016-01-20", "F", "M1 1AE", "3 Elm Road");
    let found = decide(&stranger, &[(7, vec![(prepare(&known()), SCHOOLS)])], &everybody);
    assert_eq!(found.outcome, Outcome::New);
    assert!(found.near.is_empty());
    assert_eq!(decide(&stranger, &[], &everybody).outcome, Outcome::New);
}

#[test]
fn the_barrier_is_hard_and_what_is_behind_it_is_told_apart() {
    let found = decide(&known(), &[(7, vec![(prepare(&known()), SCHOOLS)])], &|cluster| cluster != 7);
    assert_eq!(found.outcome, Outcome::New);
    assert!(found.near.is_empty());
    assert_eq!(found.barred[0].cluster, 7);
}

#[test]
fn two_equally_good_children_are_a_question() {
    let both = [(7, vec![(prepare(&known()), SCHOOLS)]), (3, vec![(prepare(&known()), SCHOOLS)])];
    let found = decide(&known(), &both, &everybody);
    let Outcome::Review(questions) = &found.outcome else { panic!("{found:?}") };
    assert_eq!(questions.iter().map(|question| question.cluster).collect::<Vec<_>>(), [3, 7]);
    assert!(questions.iter().all(|question| question.probability < 0.51));
}

#[test]
fn another_number_of_one_kind_is_a_question_even_where_all_else_agrees() {
    let cluster =
        vec![(prepare(&known()), SCHOOLS), (prepare(&known().with("nhs_number", "9434765919")), SCHOOLS)];
    let incoming = known().with("nhs_number", "4010232137");
    let found = decide(&incoming, &[(7, cluster)], &everybody);
    let Outcome::Review(questions) = &found.outcome else { panic!("{found:?}") };
    assert_eq!(questions[0].contradictions, [Contradiction::Identifier { field: "nhs_number".into() }]);
    assert_eq!(questions[0].member, 0, "the best member alone would have been linked");
}

#[test]
fn a_second_record_of_a_source_that_has_one_a_child_is_a_question() {
    let found = decide(&known(), &[(7, vec![(prepare(&known()), PRACTICES)])], &everybody);
    let Outcome::Review(questions) = &found.outcome else { panic!("{found:?}") };
    assert_eq!(questions[0].contradictions, [Contradiction::SameSource]);
}

#[test]
fn a_twin_is_not_linked_to_the_other() {
    for incoming in [twin(), twin().with("nhs_number", "9434765919")] {
        let found = decide(&incoming, &[(7, vec![(prepare(&known()), SCHOOLS)])], &everybody);
        assert!(!matches!(found.outcome, Outcome::Link(_)), "{found:?}");
    }
}

#[test]
fn each_twin_finds_its_own_cluster() {
    let clusters = [(7, vec![(prepare(&known()), SCHOOLS)]), (8, vec![(prepare(&twin()), SCHOOLS)])];
    for (incoming, expected) in [(known(), 7), (twin(), 8)] {
        let found = decide(&incoming, &clusters, &everybody);
        let Outcome::Link(link) = &found.outcome else { panic!("{found:?}") };
        assert_eq!(link.cluster, expected);
    }
}

#[test]
fn the_order_of_candidates_does_not_matter() {
    let mut clusters = vec![
        (7, vec![(prepare(&known()), SCHOOLS)]),
        (8, vec![(prepare(&twin()), SCHOOLS)]),
        (3, vec![(prepare(&known()), SCHOOLS)]),
        (5, vec![(prepare(&child("Joe", "Hughes", "2013-04-09", "M", "", "")), SCHOOLS)]),
    ];
    let first = decide(&known(), &clusters, &everybody);
    for _ in 0..clusters.len() {
        clusters.rotate_left(1);
        assert_eq!(decide(&known(), &clusters, &everybody), first);
    }
}
