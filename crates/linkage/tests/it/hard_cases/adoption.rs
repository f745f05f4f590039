//! An adopted child has two identities. By their data alone the two are never linked; what holds them apart for certain is the
//! barrier, whatever the data say.

use linkage::{ClusterCandidate, Incoming, Member, Model, Outcome as Decision, SourceRule, resolve};

use super::Home::{New, Old};
use super::Outcome::{Apart, Review};
use super::{Case, at, check};

const BORN: &str = "2014-03-09";

#[test]
fn before_and_after_an_adoption() {
    let before = || at(Old, "Jake", "Turner", BORN, "M").with("nhs_number", "9434765919");
    let cases: [Case; 4] = [
        (
            "a new name throughout and a new number",
            before(),
            at(New, "Oliver", "Hollis", BORN, "M").with("nhs_number", "4010232137"),
            Apart,
        ),
        (
            "the first name kept",
            before(),
            at(New, "Jake", "Hollis", BORN, "M").with("nhs_number", "4010232137"),
            Apart,
        ),
        (
            "the first name kept, a rare one",
            at(Old, "Lysander", "Turner", BORN, "M"),
            at(New, "Lysander", "Hollis", BORN, "M"),
            Review,
        ),
        (
            "the former names as further names",
            before(),
            at(New, "Oliver Jake", "Hollis", BORN, "M").with("nhs_number", "4010232137"),
            Apart,
        ),
    ];
    check(&cases);
}

#[test]
fn the_barrier_holds_even_where_a_record_bridges_both_identities() {
    let model = Model::children();
    let before = model.prepare(&at(Old, "Jake", "Turner", BORN, "M").with("nhs_number", "9434765919"));
    let after = model.prepare(&at(New, "Jake", "Hollis", BORN, "M").with("nhs_number", "4010232137"));
    // A practice wrote the new name beside the old number.
    let bridge = model.prepare(&at(New, "Jake", "Hollis", BORN, "M").with("nhs_number", "9434765919"));
    let cluster =
        |id: u32, record| ClusterCandidate { cluster: id, members: vec![Member { record, source: 1u8 }] };
    let clusters = [cluster(1, &before), cluster(2, &after)];
    let incoming = Incoming { record: &bridge, source: 2u8 };
    let barred = resolve(&model, incoming, &clusters, &|cluster| cluster == 2, &|_| SourceRule::Unrestricted);
    assert!(!matches!(&barred.outcome, Decision::Link(link) if link.cluster == 1), "{barred:?}");
}

#[test]
fn another_number_makes_a_step_parents_adoption_at_the_same_home_a_question() {
    let model = Model::children();
    let before = model.prepare(&at(Old, "Jake", "Turner", BORN, "M").with("nhs_number", "9434765919"));
    let after = model.prepare(&at(Old, "Jake", "Hollis", BORN, "M").with("nhs_number", "4010232137"));
    let clusters = [ClusterCandidate { cluster: 1, members: vec![Member { record: &before, source: 1u8 }] }];
    let incoming = Incoming { record: &after, source: 2u8 };
    let found = resolve(&model, incoming, &clusters, &|_| true, &|_| SourceRule::Unrestricted);
    assert!(matches!(found.outcome, Decision::Review(_)), "{found:?}");
}
