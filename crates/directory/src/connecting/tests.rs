//! Nothing loads without both, whoever does what in whatever order.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::Line;

const TODAY: Date = date(2026, 6, 1);

fn policy() -> ConnectingPolicy {
    ConnectingPolicy::default()
}

fn person(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

const PROFILE: &str = "hospital";

fn tried(way: WayIn, profile: &str) -> Tried {
    Tried { way, profile: profile.to_owned(), file_format: None }
}

fn test(on: Date) -> TypeTest {
    TypeTest {
        kit: line("1"),
        on,
        tried: [WayIn::Files, WayIn::Hl7].map(|way| tried(way, PROFILE)).into(),
        failed: BTreeSet::new(),
        report: "ab".repeat(32),
        signed_by: "0123 4567".to_owned(),
    }
}

fn product() -> Product {
    Product::new(line("Harbour Systems"), line("Case Keeper"), line("4.2"))
}

fn granted() -> Product {
    let mut product = product();
    product.act(ProductAct::HandIn(test(TODAY)), person(1), TODAY, &policy()).unwrap();
    product.act(ProductAct::Grant, person(2), TODAY, &policy()).unwrap();
    product
}

fn pilot(on: Date, below: &[&str]) -> InstallationAct {
    let below = below.iter().map(|field| (*field).to_owned()).collect();
    let files = vec![MeasuredFile { rows: 500, sha256: measured() }];
    InstallationAct::HandInPilot(Pilot { on, rows: 500, score: 93, below, report: "cd".repeat(32), files })
}

fn measured() -> String {
    "ef".repeat(32)
}

fn rehearsal(on: Date) -> InstallationAct {
    rehearsal_of(measured(), on)
}

fn rehearsal_of(file: String, on: Date) -> InstallationAct {
    InstallationAct::NoteRehearsal(Rehearsal {
        on,
        rows: 500,
        quarantined: 3,
        file,
        outcome: RehearsalOutcome::default(),
    })
}

fn certificate() -> String {
    "12".repeat(32)
}

/// The steps in their order, and who does each.
fn steps() -> Vec<(u128, InstallationAct)> {
    vec![
        (3, InstallationAct::NameProduct(person(100))),
        (3, InstallationAct::AddCredential(CredentialKind::ClientCertificate, certificate())),
        (4, InstallationAct::ConfirmCredential(certificate())),
        (3, pilot(TODAY, &[])),
        (3, rehearsal(TODAY)),
        (4, InstallationAct::Sign),
        (5, InstallationAct::Sign),
    ]
}

fn live() -> Installation {
    let mut installation = Installation::default();
    for (by, act) in steps() {
        installation.act(act, person(by), TODAY, &policy()).unwrap();
    }
    installation
}

fn missing_of(installation: &Installation, product: Option<&Product>, today: Date) -> Vec<Missing> {
    missing(true, product, installation, (WayIn::Files, PROFILE), today)
}

#[test]
fn each_refusal_says_which_step_is_missing() {
    let product = granted();
    let mut installation = Installation::default();
    let mut seen = vec![missing_of(&installation, None, TODAY)];
    for (by, act) in steps() {
        installation.act(act, person(by), TODAY, &policy()).unwrap();
        seen.push(missing_of(&installation, Some(&product), TODAY));
    }
    use Missing as M;
    let expected: Vec<Vec<M>> = vec![
        vec![M::Product, M::Credential, M::Pilot, M::Rehearsal, M::FirstSignature],
        vec![M::Credential, M::Pilot, M::Rehearsal, M::FirstSignature],
        vec![M::Credential, M::Pilot, M::Rehearsal, M::FirstSignature],
        vec![M::Pilot, M::Rehearsal, M::FirstSignature],
        vec![M::Rehearsal, M::FirstSignature],
        vec![M::FirstSignature],
        vec![M::SecondSignature],
        vec![],
    ];
    assert_eq!(seen, expected);
    assert!(Missing::ALL.iter().all(|step| step.words().len() > 20));
}

#[test]
fn nothing_is_loaded_when_either_accreditation_has_ended() {
    let (product, installation) = (granted(), live());
    assert_eq!(
        missing(false, Some(&product), &installation, (WayIn::Files, PROFILE), TODAY),
        [Missing::Organisation]
    );
    assert_eq!(
        missing(true, Some(&product), &installation, (WayIn::Fhir, PROFILE), TODAY),
        [Missing::TypeNotAccredited]
    );
    let last = product.valid_until().unwrap();
    assert_eq!(missing_of(&installation, Some(&product), last), []);
    let after = missing_of(&installation, Some(&product), last.tomorrow().unwrap());
    assert_eq!(after, [Missing::TypeEnded, Missing::InstanceEnded]);
    let mut withdrawn = product.clone();
    withdrawn.act(ProductAct::Withdraw(StoppedBecause::SendsWrongly), person(9), TODAY, &policy()).unwrap();
    assert_eq!(missing_of(&installation, Some(&withdrawn), TODAY), [Missing::TypeEnded]);
    assert_eq!(
        withdrawn.act(ProductAct::HandIn(test(TODAY)), person(9), TODAY, &policy()),
        Err(NotDone::NotNow)
    );
}

#[test]
fn a_stop_counts_at_once_and_another_person_ends_it() {
    let (product, mut installation) = (granted(), live());
    let stop = InstallationAct::Stop(StoppedBecause::SecurityIncident);
    installation.act(stop, person(7), TODAY, &policy()).unwrap();
    assert_eq!(missing_of(&installation, Some(&product), TODAY), [Missing::Stopped]);
    let mut go_on = |by| installation.act(InstallationAct::GoOn, person(by), TODAY, &policy());
    assert_eq!(go_on(7), Err(NotDone::SamePerson));
    assert_eq!(go_on(8), Ok(()));
    assert_eq!(missing_of(&installation, Some(&product), TODAY), []);
}

#[test]
fn a_renewal_leaves_what_stands_standing() {
    let (mut product, mut installation) = (granted(), live());
    let later = TODAY.saturating_add(30.months());
    product.act(ProductAct::HandIn(test(later)), person(1), later, &policy()).unwrap();
    installation.act(pilot(later, &[]), person(3), later, &policy()).unwrap();
    assert_eq!(missing_of(&installation, Some(&product), later), []);
    product.act(ProductAct::Grant, person(2), later, &policy()).unwrap();
    installation.act(rehearsal(later), person(3), later, &policy()).unwrap();
    for by in [4, 5] {
        installation.act(InstallationAct::Sign, person(by), later, &policy()).unwrap();
    }
    assert_eq!(missing_of(&installation, Some(&product), later.saturating_add(36.months())), []);
}

#[test]
fn a_test_by_another_way_keeps_the_first_way_and_lengthens_nothing() {
    let mut product = granted();
    let end = product.valid_until().unwrap();
    let later = TODAY.saturating_add(12.months());
    let by_json = |on| TypeTest { tried: [tried(WayIn::Json, PROFILE)].into(), ..test(on) };
    product.act(ProductAct::HandIn(by_json(later)), person(1), later, &policy()).unwrap();
    product.act(ProductAct::Grant, person(2), later, &policy()).unwrap();
    assert!(product.stands(WayIn::Files, PROFILE, later) && product.stands(WayIn::Json, PROFILE, later));
    assert_eq!(product.valid_until(), Some(end));
    // What has ended is not brought back by a test of something else.
    let after = end.saturating_add(1.day());
    product.act(ProductAct::HandIn(by_json(after)), person(1), after, &policy()).unwrap();
    product.act(ProductAct::Grant, person(2), after, &policy()).unwrap();
    assert!(!product.stands(WayIn::Files, PROFILE, after) && product.stands(WayIn::Json, PROFILE, after));
}

#[test]
fn a_test_by_files_of_another_format_keeps_the_first_format_and_lengthens_nothing() {
    let of = |format: &str| Tried { file_format: Some(format.to_owned()), ..tried(WayIn::Files, PROFILE) };
    let formats = |product: &Product, today| -> Vec<String> {
        product.accredited_for(today).map(|tried| tried.file_format.clone().unwrap_or_default()).collect()
    };
    let tested_anew = |product: &mut Product, format: &str, on| {
        let anew = TypeTest { tried: [of(format)].into(), ..test(on) };
        product.act(ProductAct::HandIn(anew), person(1), on, &policy()).unwrap();
        product.act(ProductAct::Grant, person(2), on, &policy()).unwrap();
    };
    let mut product = product();
    tested_anew(&mut product, "csv", TODAY);
    let end = product.valid_until().unwrap();
    let later = TODAY.saturating_add(12.months());
    tested_anew(&mut product, "xlsx", later);
    assert_eq!(formats(&product, later), ["csv", "xlsx"]);
    assert_eq!(product.valid_until(), Some(end));
    // A test of before the format was noted says nothing that one by any format does not say.
    let mut product = self::product();
    let unsaid = TypeTest { tried: [tried(WayIn::Files, PROFILE)].into(), ..test(TODAY) };
    product.act(ProductAct::HandIn(unsaid), person(1), TODAY, &policy()).unwrap();
    product.act(ProductAct::Grant, person(2), TODAY, &policy()).unwrap();
    tested_anew(&mut product, "csv", later);
    assert_eq!(formats(&product, later), ["csv"]);
    assert!(product.valid_until() > Some(end));
}

#[test]
fn a_test_by_another_profile_accredits_no_source_of_this_one() {
    let (mut product, installation) = (granted(), live());
    let of = |product: &Product, profile: &str, today| {
        missing(true, Some(product), &installation, (WayIn::Files, profile), today)
    };
    let other = "gro-deaths";
    assert_eq!(of(&product, PROFILE, TODAY), []);
    assert_eq!(of(&product, other, TODAY), [Missing::TypeNotAccredited]);
    // A test by the other profile adds to what stands, as one by another way does, and lengthens nothing.
    let end = product.valid_until().unwrap();
    let later = TODAY.saturating_add(12.months());
    let by_other = TypeTest { tried: [tried(WayIn::Files, other)].into(), ..test(later) };
    product.act(ProductAct::HandIn(by_other), person(1), later, &policy()).unwrap();
    product.act(ProductAct::Grant, person(2), later, &policy()).unwrap();
    assert!(of(&product, PROFILE, later).is_empty() && of(&product, other, later).is_empty());
    let by_messages = missing(true, Some(&product), &installation, (WayIn::Hl7, other), later);
    assert_eq!(by_messages, [Missing::TypeNotAccredited], "each profile over the ways by which it was tried");
    assert_eq!(product.valid_until(), Some(end));
    // As it was kept before the profile was noted.
    let mut kept = serde_json::to_value(granted()).unwrap();
    let test = kept["test"].as_object_mut().unwrap();
    test.remove("tried").unwrap();
    test.insert("ways_in".to_owned(), serde_json::json!(["files", "hl7"]));
    let kept: Product = serde_json::from_value(kept).unwrap();
    assert_eq!(of(&kept, PROFILE, TODAY), [Missing::TypeNotAccredited]);
}

#[test]
fn another_product_needs_its_own_accreditation() {
    let (product, mut installation) = (granted(), live());
    installation.act(InstallationAct::NameProduct(person(101)), person(3), TODAY, &policy()).unwrap();
    let missing = missing_of(&installation, Some(&product), TODAY);
    assert_eq!(missing, [Missing::Pilot, Missing::Rehearsal, Missing::FirstSignature]);
}

#[test]
fn a_pilot_below_its_thresholds_goes_no_further() {
    let mut installation = Installation::default();
    installation.act(InstallationAct::NameProduct(person(100)), person(3), TODAY, &policy()).unwrap();
    installation.act(pilot(TODAY, &["postcode"]), person(3), TODAY, &policy()).unwrap();
    let rehearse = installation.act(rehearsal(TODAY), person(3), TODAY, &policy());
    assert_eq!(rehearse, Err(NotDone::StepBefore));
    assert!(missing_of(&installation, Some(&granted()), TODAY).contains(&Missing::PilotBelow));
}

#[test]
fn another_file_than_the_pilot_measured_is_neither_rehearsed_nor_signed() {
    let mut installation = Installation::default();
    for (by, act) in steps().into_iter().take(4) {
        installation.act(act, person(by), TODAY, &policy()).unwrap();
    }
    let other = || rehearsal_of("ab".repeat(32), TODAY);
    assert_eq!(installation.act(other(), person(3), TODAY, &policy()), Err(NotDone::OtherFile));
    assert_eq!(installation.rehearsal(), None);
    installation.act(rehearsal(TODAY), person(3), TODAY, &policy()).unwrap();
    // As it was kept before the file was noted: it is rehearsed again before anybody signs.
    let mut kept = serde_json::to_value(&installation).unwrap();
    kept["pilot"][0].as_object_mut().unwrap().remove("files").unwrap();
    kept["rehearsal"][0].as_object_mut().unwrap().remove("file").unwrap();
    let mut kept: Installation = serde_json::from_value(kept).unwrap();
    assert_eq!(kept.act(InstallationAct::Sign, person(4), TODAY, &policy()), Err(NotDone::OtherFile));
    installation.act(InstallationAct::Sign, person(4), TODAY, &policy()).unwrap();
}

#[test]
fn who_registered_the_credential_does_not_sign() {
    let mut installation = Installation::default();
    for (by, act) in steps().into_iter().take(5) {
        installation.act(act, person(by), TODAY, &policy()).unwrap();
    }
    let other = "34".repeat(32);
    let add = InstallationAct::AddCredential(CredentialKind::SigningKey, other.clone());
    installation.act(add, person(5), TODAY, &policy()).unwrap();
    assert_eq!(
        installation.act(InstallationAct::Sign, person(5), TODAY, &policy()),
        Err(NotDone::SamePerson)
    );
    installation.act(InstallationAct::Sign, person(4), TODAY, &policy()).unwrap();
    // Taken back it sends nothing: who had registered it prepared no part of what stands.
    installation.act(InstallationAct::RevokeCredential(other), person(3), TODAY, &policy()).unwrap();
    installation.act(InstallationAct::Sign, person(5), TODAY, &policy()).unwrap();
}

#[test]
fn evidence_grows_too_old_to_sign() {
    let late = TODAY.saturating_add(91.days());
    let mut installation = Installation::default();
    for (by, act) in steps().into_iter().take(5) {
        installation.act(act, person(by), TODAY, &policy()).unwrap();
    }
    let sign = installation.act(InstallationAct::Sign, person(4), late, &policy());
    assert_eq!(sign, Err(NotDone::TestTooOld));
    let mut product = product();
    product.act(ProductAct::HandIn(test(TODAY)), person(1), TODAY, &policy()).unwrap();
    assert_eq!(product.act(ProductAct::Grant, person(2), late, &policy()), Err(NotDone::TestTooOld));
}

#[test]
fn what_the_configuration_declares_ends_with_the_first_decision() {
    let mut installation = Installation::declared(Some(TODAY));
    assert_eq!(missing_of(&installation, None, TODAY), []);
    let over = missing(true, None, &installation, (WayIn::Hl7, PROFILE), TODAY);
    assert_eq!(
        over,
        [Missing::Credential],
        "that a message comes from the source must be proved all the same"
    );
    assert!(missing_of(&installation, None, TODAY.tomorrow().unwrap()).contains(&Missing::Product));
    let stop = InstallationAct::Stop(StoppedBecause::OwnRequest);
    installation.act(stop, person(7), TODAY, &policy()).unwrap();
    installation.act(InstallationAct::GoOn, person(8), TODAY, &policy()).unwrap();
    installation.declare_again(Some(TODAY));
    assert!(missing_of(&installation, None, TODAY).contains(&Missing::Product));
}

#[test]
fn a_declared_credential_waits_for_a_person_where_children_are_real_and_stays_away_once_taken_back() {
    let kind = CredentialKind::ClientCertificate;
    let declared = [(kind, certificate())];
    let mut live = Installation::default();
    live.declare_credentials(&declared, false, TODAY);
    assert!(!live.has_credential(kind, &certificate()), "nobody has confirmed it");
    live.act(InstallationAct::ConfirmCredential(certificate()), person(4), TODAY, &policy()).unwrap();
    live.declare_credentials(&declared, false, TODAY);
    assert!(live.has_credential(kind, &certificate()));
    live.act(InstallationAct::RevokeCredential(certificate()), person(4), TODAY, &policy()).unwrap();
    live.declare_credentials(&declared, true, TODAY);
    assert!(!live.has_credential(kind, &certificate()), "a start does not bring back what was taken back");

    let mut demo = Installation::default();
    demo.declare_credentials(&declared, true, TODAY);
    assert!(demo.has_credential(kind, &certificate()));
    assert!(!demo.has_credential(CredentialKind::SigningKey, &certificate()));
    demo.declare_credentials(&[], true, TODAY);
    assert!(!demo.has_credential(kind, &certificate()), "the configuration no longer names it");
}

fn any_act() -> impl Strategy<Value = (u128, InstallationAct)> {
    let act = prop_oneof![
        Just(InstallationAct::NameProduct(person(100))),
        Just(InstallationAct::NameProduct(person(101))),
        Just(InstallationAct::AddCredential(CredentialKind::ClientCertificate, certificate())),
        Just(InstallationAct::ConfirmCredential(certificate())),
        Just(InstallationAct::RevokeCredential(certificate())),
        Just(pilot(TODAY, &[])),
        Just(pilot(TODAY, &["postcode"])),
        Just(rehearsal(TODAY)),
        Just(InstallationAct::Sign),
        Just(InstallationAct::Sign),
        Just(InstallationAct::Stop(StoppedBecause::OwnRequest)),
        Just(InstallationAct::GoOn),
    ];
    (1_u128..5, act)
}

/// The steps in their order by anybody, and other acts between them.
fn any_life() -> impl Strategy<Value = Vec<(u128, InstallationAct)>> {
    let others = prop::collection::vec((0_usize..8, any_act()), 0..6);
    (prop::collection::vec(1_u128..6, 7), others).prop_map(|(people, others)| {
        let mut life: Vec<(u128, InstallationAct)> =
            people.into_iter().zip(steps()).map(|(by, (_, act))| (by, act)).collect();
        for (at, act) in others {
            life.insert(at, act);
        }
        life
    })
}

proptest! {
    /// Whoever does what: what may load was signed by two who prepared none of it, and its credential was confirmed by another
    /// than who brought it.
    #[test]
    fn nothing_loads_that_its_preparers_signed(acts in any_life()) {
        let product = granted();
        let mut installation = Installation::default();
        let mut done: Vec<(u128, InstallationAct)> = Vec::new();
        for (by, act) in acts {
            if installation.act(act.clone(), person(by), TODAY, &policy()).is_ok() {
                done.push((by, act));
            }
            if !missing_of(&installation, Some(&product), TODAY).is_empty() {
                continue;
            }
            let last = |wanted: fn(&InstallationAct) -> bool| done.iter().rposition(|(_, act)| wanted(act));
            let rehearsed = last(|act| matches!(act, InstallationAct::NoteRehearsal(_))).unwrap();
            let measured = last(|act| matches!(act, InstallationAct::HandInPilot(_))).unwrap();
            // A newer pilot may wait while what was signed stands.
            prop_assume!(measured < rehearsed);
            let signed: BTreeSet<u128> = done
                .iter()
                .filter(|(_, act)| matches!(act, InstallationAct::Sign))
                .map(|(by, _)| *by)
                .collect();
            prop_assert!(signed.len() >= 2, "{done:?}");
            let since = done.iter().skip(rehearsed).filter(|(_, act)| matches!(act, InstallationAct::Sign));
            for (by, _) in since {
                prop_assert!(*by != done[rehearsed].0 && *by != done[measured].0, "{done:?}");
            }
            let of = |wanted: fn(&InstallationAct) -> bool| -> BTreeSet<u128> {
                done.iter().filter(|(_, act)| wanted(act)).map(|(by, _)| *by).collect()
            };
            let brought = of(|act| matches!(act, InstallationAct::AddCredential(..)));
            let confirmed = of(|act| matches!(act, InstallationAct::ConfirmCredential(_)));
            prop_assert!(brought.union(&confirmed).count() >= 2, "{done:?}");
        }
    }
}
