use crate::children::{profile, shield, shielded};
use std::collections::BTreeSet;

use directory::shield::{
    Barred, Evidence, EvidenceKind, EvidenceReference, ShieldError, ShieldRule, may_decide_shield,
    may_propose_shield,
};
use directory::{
    ChildProfile, Month, Seal, Shield, ShieldClass, ShieldGrounds, ShieldReason, ShieldRequester,
};
use uuid::Uuid;

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn decided_by(deciders: [u128; 2]) -> Result<Shield, ShieldError> {
    let reason = ShieldReason::OtherNamedThreat;
    Shield::decide(
        ShieldGrounds::new(ShieldRequester::Parent, reason),
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

#[test]
fn whoever_asked_for_a_shield_decides_nothing_of_it_and_nobody_decides_twice() {
    let [asked, first, second] = [1, 2, 3].map(Uuid::from_u128);
    assert_eq!(may_propose_shield(asked, asked), Err(ShieldRule::OnesOwnRequest));
    assert_eq!(may_propose_shield(asked, first), Ok(()));
    assert_eq!(may_decide_shield(asked, first, asked), Err(ShieldRule::OnesOwnRequest));
    assert_eq!(may_decide_shield(asked, first, first), Err(ShieldRule::SamePersonTwice));
    assert_eq!(may_decide_shield(asked, first, second), Ok(()));
}

#[test]
fn a_shield_of_an_earlier_version_is_ordinary_and_bars_nobody() {
    let json = r#"{"requested_by":"parent","reason":"domestic_abuse","decided_by":["00000000-0000-0000-0000-000000000001","00000000-0000-0000-0000-000000000002"],"decided":"2026-01","review_due":"2026-07","lifted":null}"#;
    let shield: Shield = serde_json::from_str(json).unwrap();
    assert!(
        !shield.is_high_risk() && shield.grounds().evidence.is_empty() && shield.grounds().barred.is_empty()
    );
}

fn fullest() -> Shield {
    let evidence = ["13DV004171234567", "13DV004171234568"]
        .map(|number| EvidenceReference::new(EvidenceKind::PoliceReference, number).unwrap());
    let barred = |ids: &[u128]| ids.iter().map(|id| Uuid::from_u128(u128::MAX - id)).collect::<BTreeSet<_>>();
    let grounds = ShieldGrounds {
        class: ShieldClass::HighRisk,
        evidence: Evidence::new(evidence.to_vec()).unwrap(),
        barred: Barred::new(barred(&[1, 2]), barred(&[3])).unwrap(),
        ..ShieldGrounds::new(ShieldRequester::OtherAgency, ShieldReason::HonourBasedAbuse)
    };
    Shield::decide(grounds, [1, 2].map(Uuid::from_u128), month("2026-01"), month("2026-07")).unwrap()
}

#[test]
fn a_shield_with_everything_in_it_comes_back_from_storage_as_it_was() {
    let json = serde_json::to_string(&fullest()).unwrap();
    assert_eq!(serde_json::from_str::<Shield>(&json).unwrap(), fullest());
}

/// What `service` pads every profile to, and what the padding itself takes.
const BLOCK: usize = 1024 - 8;

#[test]
fn a_profile_with_two_of_the_fullest_shields_or_four_ordinary_ones_is_no_longer_than_one_with_none() {
    let authority = directory::AuthorityCode::parse("E08000035").ok();
    let length = |shields| {
        let shields: Vec<Shield> = shields;
        let profile = ChildProfile { shields, authority: authority.clone(), ..profile() };
        serde_json::to_vec(&profile).unwrap().len()
    };
    let lifted = fullest().lift(month("2026-12")).unwrap();
    assert!(length(vec![lifted; 2]) <= BLOCK);
    let evidence = EvidenceReference::new(EvidenceKind::SocialCareFile, "LS-2026/0417").unwrap();
    let grounds = ShieldGrounds {
        evidence: Evidence::new(vec![evidence]).unwrap(),
        ..ShieldGrounds::new(ShieldRequester::SocialCare, ShieldReason::DomesticAbuse)
    };
    let ordinary =
        Shield::decide(grounds, [1, 2].map(Uuid::from_u128), month("2026-01"), month("2026-07")).unwrap();
    assert!(length(vec![ordinary; 4]) <= BLOCK);
}

#[test]
fn the_number_of_a_file_has_no_room_for_prose() {
    let number = |text| EvidenceReference::new(EvidenceKind::CourtOrder, text);
    assert_eq!(number(" fd26p00417 ").unwrap().to_string(), "court:FD26P00417");
    for prose in ["hit the child", "FATHER", "AB", "12345678901234567", "13DVé1"] {
        assert!(number(prose).is_err(), "{prose}");
    }
}

#[test]
fn a_barred_account_and_whoever_works_for_a_barred_organisation_are_barred_while_the_shield_is_in_force() {
    let barred = |shields| ChildProfile { shields, ..profile() };
    let account = Uuid::from_u128(u128::MAX - 1);
    let organisation = Uuid::from_u128(u128::MAX - 3);
    let other = Uuid::from_u128(7);
    let in_force = barred(vec![shield(), fullest()]);
    assert!(in_force.bars(account, other) && in_force.bars(other, organisation) && in_force.bars_override());
    assert!(!in_force.bars(other, other) && !barred(vec![shield()]).bars(account, organisation));
    let lifted = barred(vec![shield(), fullest().lift(month("2026-12")).unwrap()]);
    assert!(!lifted.bars(account, organisation) && !lifted.bars_override());
}

#[test]
fn a_shield_bars_three_at_most_and_names_two_files() {
    let ids = |n: u128| (1..=n).map(Uuid::from_u128).collect::<BTreeSet<_>>();
    assert!(Barred::new(ids(2), ids(1)).is_ok() && Barred::new(ids(2), ids(2)).is_err());
    let file = |n: u32| EvidenceReference::new(EvidenceKind::SignedForm, &format!("A/{n:04}")).unwrap();
    assert!(Evidence::new((1..=2).map(file).collect()).is_ok());
    assert!(Evidence::new((1..=3).map(file).collect()).is_err());
}

#[test]
fn a_review_that_keeps_a_shield_sets_the_next_one() {
    let kept = shield().keep_until(month("2027-05")).unwrap();
    assert!(kept.in_force() && !kept.review_is_due(month("2026-11")) && kept.review_is_due(month("2027-05")));
    assert_eq!(shield().keep_until(month("2026-05")), Err(ShieldError::Order));
}
