//! Every role at every use case, without the web before it: the service asks for itself (law 6, rule 12.2). A use case that
//! takes a person and has no line here makes the test fail.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use directory::access::{DocumentNumber, IdentityDocument, Permission, Reason, Role, SeenInPerson, allows};
use directory::search::Criteria;
use service::{
    ActHandle, EnrolmentError, MediationError, NewAccount, NewOrganisation, Reasoned, RecordError,
    RecordHandle, RecoveryError, SealError, SealProposal, SearchError, ShieldError,
};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{GP, House, PASSWORD, child, shield_request};
use crate::raw::Raw;

/// What a use case asks of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// One of these permissions.
    OneOf(&'static [Permission]),
    /// Nothing: it is about the person themselves, whatever their roles.
    Own,
}

/// Every use case that takes a person.
const USE_CASES: &[(&str, Asks)] = &[
    ("authority_figures", Asks::OneOf(&[Permission::ViewAuthorityFigures])),
    ("own_history", Asks::Own),
    ("sign_out", Asks::Own),
    ("state_reason", Asks::Own),
    ("search", Asks::OneOf(&[Permission::SearchChildren])),
    ("open_record", Asks::OneOf(&[Permission::ViewRecord])),
    ("shield", Asks::OneOf(&[Permission::DecideShield])),
    ("seal_identities", Asks::OneOf(&[Permission::ProposeSeal])),
    ("mediations", Asks::OneOf(&[Permission::AskForMediation, Permission::MediateAccess])),
    ("search_for_colleague", Asks::OneOf(&[Permission::MediateAccess])),
    ("ask_colleague", Asks::OneOf(&[Permission::MediateAccess])),
    ("review_mediation", Asks::OneOf(&[Permission::AskForMediation])),
    ("decide_mediation", Asks::OneOf(&[Permission::AskForMediation])),
    ("open_mediated", Asks::OneOf(&[Permission::MediateAccess])),
    ("withdraw_mediation", Asks::OneOf(&[Permission::MediateAccess])),
    ("start_enrolment", Asks::OneOf(&[Permission::ManageAccounts])),
    ("propose_recovery", Asks::OneOf(&[Permission::RecoverAccount])),
    ("open_recoveries", Asks::OneOf(&[Permission::RecoverAccount])),
    ("decide_recovery", Asks::OneOf(&[Permission::RecoverAccount])),
    ("take_recovery_code", Asks::OneOf(&[Permission::RecoverAccount])),
    ("recovery_notice", Asks::Own),
    ("told_of_recovery", Asks::Own),
];

/// Use cases whose own tests in this folder refuse them to who may not, role by role or by example, and which are not called
/// here by every role yet. The list may only get shorter: a use case that is on neither list fails.
const NOT_CALLED_YET: &[&str] = &[
    "account_sheet",
    "accounts_that_run_out",
    "accreditation",
    "acknowledge_notice",
    "act_on_accreditation",
    "act_on_accreditation_in_force",
    "alert",
    "alerts",
    "ask_for_new_passkey",
    "ask_for_own_passkey",
    "change_account",
    "change_organisation",
    "change_own_authenticator",
    "change_own_password",
    "claim_alert",
    "close_investigation",
    "confirm_finding",
    "decide_alert",
    "decide_disclosure",
    "decide_role",
    "disclosure",
    "disclosure_register",
    "end_other_sessions",
    "end_own_session",
    "end_sessions_of",
    "escalate_alert",
    "escalate_investigation",
    "evidence_pack",
    "give_role",
    "has_own_address",
    "investigation",
    "investigations",
    "keep_contacts",
    "keep_own_address",
    "list_accounts",
    "move_account",
    "new_authenticator",
    "notices",
    "open_accreditation",
    "organisation",
    "organisation_counts",
    "organisations",
    "organisations_of_accounts",
    "organisations_to_audit",
    "own_passkeys",
    "own_provider_bindings",
    "own_sessions",
    "pack_owners",
    "propose_disclosure",
    "read_audit",
    "read_audit_entry",
    "recognise_own_sessions",
    "record_fact",
    "record_step",
    "register_organisation",
    "register_passkey",
    "release_alert",
    "release_disclosure",
    "remove_own_passkey",
    "request_account",
    "role_proposals",
    "shown_authenticator",
    "step_up_with_code",
    "step_up_with_passkey",
    "suspend_for_misuse",
    "take_role",
    "unbind_own_provider",
    "waiting_accreditations",
    "warnings",
    "withdraw_organisation",
];

/// What came of a use case called with nothing in particular.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Forbidden,
    Permitted,
}

macro_rules! outcome {
    ($answer:expr, $forbidden:pat) => {
        match $answer {
            Err($forbidden) => Outcome::Forbidden,
            _ => Outcome::Permitted,
        }
    };
}

/// Calls one with handles of nobody's and names of nobody: what is left to decide is the permission.
async fn call(house: &House, who: &Reasoned, name: &str) -> Outcome {
    let directory = &house.directory;
    let person = who.who();
    let record = RecordHandle::from_form("none".to_owned());
    let act = ActHandle::from_form("none".to_owned());
    let seen = SeenInPerson {
        document: IdentityDocument::StaffCard,
        number: DocumentNumber::parse("A12345").unwrap(),
    };
    match name {
        "authority_figures" => {
            // Who may not is shown nothing; there is something to show.
            let figures = directory.authority_figures(person).await.unwrap();
            if figures.is_empty() { Outcome::Forbidden } else { Outcome::Permitted }
        }
        "search" => outcome!(directory.search(who, Criteria::default()).await, SearchError::Forbidden),
        "open_record" => {
            outcome!(directory.open_record(who, &record, Reason::Referral).await, RecordError::Forbidden)
        }
        "shield" => {
            let request = shield_request(&house.number_of(GP, "G-1").await);
            outcome!(directory.shield(person, person, &request).await, ShieldError::Forbidden { .. })
        }
        "seal_identities" => {
            let proposal = SealProposal { former: Vec::new(), current: Vec::new() };
            // The same person on both sides is refused later; here it is asked whether they may propose.
            let answer = directory.seal_identities(person, person, &proposal).await;
            outcome!(answer, SealError::Forbidden { who: "the proposer" })
        }
        "mediations" => outcome!(directory.mediations(person).await, MediationError::Forbidden),
        "search_for_colleague" => {
            let answer = directory.search_for_colleague(who, "nobody", Criteria::default()).await;
            outcome!(answer, MediationError::Forbidden)
        }
        "ask_colleague" => {
            outcome!(directory.ask_colleague(who, &record, Reason::Referral).await, MediationError::Forbidden)
        }
        "review_mediation" => {
            outcome!(directory.review_mediation(person, &act).await, MediationError::Forbidden)
        }
        "decide_mediation" => {
            outcome!(directory.decide_mediation(person, &act, true).await, MediationError::Forbidden)
        }
        "open_mediated" => outcome!(directory.open_mediated(who, &act).await, MediationError::Forbidden),
        "withdraw_mediation" => {
            outcome!(directory.withdraw_mediation(person, &act).await, MediationError::Forbidden)
        }
        "start_enrolment" => {
            outcome!(directory.start_enrolment(person, "nobody").await, EnrolmentError::Forbidden)
        }
        "propose_recovery" => {
            outcome!(directory.propose_recovery(person, "nobody", &seen).await, RecoveryError::Forbidden)
        }
        "open_recoveries" => outcome!(directory.open_recoveries(person).await, RecoveryError::Forbidden),
        "decide_recovery" => {
            outcome!(directory.decide_recovery(person, &act, true).await, RecoveryError::Forbidden)
        }
        "take_recovery_code" => {
            outcome!(directory.take_recovery_code(person, &act).await, RecoveryError::Forbidden)
        }
        "own_history" | "sign_out" | "state_reason" | "recovery_notice" | "told_of_recovery" => {
            Outcome::Permitted
        }
        other => panic!("say how {other} is called"),
    }
}

/// The public methods in the service's sources that take a person.
fn written() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.extend(methods(&path));
            }
        }
    }
    found
}

fn methods(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let parts = text.split("pub async fn ").skip(1);
    parts
        .filter_map(|part| {
            let (signature, _) = part.split_once('{')?;
            let (name, arguments) = signature.split_once('(')?;
            let takes = ["SignedIn", "Reasoned"].iter().any(|person| {
                [format!(": &{person}"), format!(": {person}"), format!(": &[{person}")]
                    .iter()
                    .any(|taken| arguments.split("->").next().unwrap().contains(taken.as_str()))
            });
            takes.then(|| name.split('<').next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn every_use_case_that_takes_a_person_has_its_line() {
    let called = USE_CASES.iter().map(|(name, _)| *name);
    let listed: BTreeSet<String> = called.chain(NOT_CALLED_YET.iter().copied()).map(str::to_owned).collect();
    assert_eq!(listed.len(), USE_CASES.len() + NOT_CALLED_YET.len(), "one line each");
    assert_eq!(listed, written(), "say in `USE_CASES` what each asks for, and in `call` how it is called");
}

on_both_databases! {
    async fn each_role_is_refused_every_use_case_whose_permission_it_does_not_carry(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[child("G-1", "Peregrine", "Hathersage", "2013-09-09")]).await;
        house.load(crate::house::CARE, &[child("C-1", "Ottilie", "Vane", "2014-01-01")]).await;
        house.holds_end();
        let until = house.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
        let centre = NewOrganisation {
            name: "The centre".to_owned(),
            kind: "centre".to_owned(),
            authority_code: None,
            accredited_until: until,
        };
        let centre = house.directory.declare_organisation(centre).await.unwrap();
        let mut raw = Raw::data(&db).await;
        for &role in Role::ALL {
            let account = NewAccount {
                username: role.code().to_owned(),
                display_name: "Somebody".to_owned(),
                password: PASSWORD.to_owned(),
                organisation: if role.may_be_held_at("authority") { house.council } else { centre },
                roles: vec![role],
                clearance_until: until,
                training_until: until,
            };
            house.directory.create_account(account).await.unwrap();
            let person = house.sign_in(role.code()).await;
            let person = house.directory.state_reason(&person, Reason::Management).await.unwrap();
            for (name, asks) in USE_CASES {
                let may = match asks {
                    Asks::OneOf(permissions) => permissions.iter().any(|one| allows(&[role], *one)),
                    Asks::Own => true,
                };
                let (children, acts) = (raw.entries("record_viewed").await, raw.count("pending_act").await);
                let expected = if may { Outcome::Permitted } else { Outcome::Forbidden };
                assert_eq!(call(&house, &person, name).await, expected, "{role:?}: {name}");
                if !may {
                    assert_eq!((raw.entries("record_viewed").await, raw.count("pending_act").await), (children, acts));
                }
            }
        }
    }
}
