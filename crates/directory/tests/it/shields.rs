use crate::children::{profile, shield, shielded};
use directory::shield::ShieldError;
use directory::{ChildProfile, Month, Seal, Shield, ShieldReason, ShieldRequester};
use uuid::Uuid;

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn decided_by(deciders: [u128; 2]) -> Result<Shield, ShieldError> {
    let reason = ShieldReason::OtherNamedThreat;
    Shield::decide(
        ShieldRequester::Parent,
        reason,
        deciders.map(Uuid::from_u128),
        month("2026-01"),
        month("2026-07"),
    )
}

#[test]
fn a_shield_is_decided_by_two_people() {
    assert!(decided_by([1, 2]).is_ok());
    assert_eq!(decided_by([1, 1]), Err(ShieldError::OnePerson));
}

#[test]
fn a_shield_holds_until_it_is_lifted_even_when_its_review_is_overdue() {
    assert!(shield().in_force());
    assert!(shield().review_is_due(month("2027-01")));
    assert!(!shield().review_is_due(month("2026-10")));
    let lifted = shield().lift(month("2026-12")).unwrap();
    assert!(!lifted.in_force() && !lifted.review_is_due(month("2027-01")));
}

#[test]
fn a_shield_cannot_be_lifted_before_it_was_decided() {
    assert_eq!(shield().lift(month("2026-04")), Err(ShieldError::Order));
}

#[test]
fn a_child_stays_shielded_while_one_of_several_shields_is_in_force() {
    let lifted = shield().lift(month("2026-12")).unwrap();
    let one_left = ChildProfile { shields: vec![lifted.clone(), shield()], ..profile() };
    let none_left = ChildProfile { shields: vec![lifted], ..profile() };
    assert!(one_left.is_shielded() && shielded().is_shielded());
    assert!(!none_left.is_shielded() && !profile().is_shielded());
}

#[test]
fn shielded_and_sealed_children_are_protected() {
    assert!(shielded().is_protected());
    for seal in [Seal::FormerIdentity, Seal::NewIdentity] {
        assert!(ChildProfile { seal, ..profile() }.is_protected());
    }
    assert!(!profile().is_protected());
}

#[test]
fn storage_cannot_bring_in_a_shield_of_one_person() {
    let mut json = serde_json::to_value(shielded()).unwrap();
    assert_eq!(serde_json::from_value::<ChildProfile>(json.clone()).unwrap(), shielded());
    json["shields"][0]["decided_by"][1] = json["shields"][0]["decided_by"][0].clone();
    assert!(serde_json::from_value::<ChildProfile>(json).is_err());
}

#[test]
fn a_profile_of_an_earlier_version_is_read_with_nothing_decided() {
    let json = format!(r#"{{"number":"{}"}}"#, profile().number);
    assert_eq!(serde_json::from_str::<ChildProfile>(&json).unwrap(), profile());
}
