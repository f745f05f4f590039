//! Every role at every use case, without the web before it: the service asks for itself (law 6, rule 12.2). The table is
//! `directory::access`'s; a use case answers "forbidden", in its own form, to exactly the roles that lack the permission, and
//! a refused call leaves nothing behind but the trail's own entry of it. A door of the service with no line here fails.

mod accounts;
mod brokering;
mod children;
mod connecting;
mod families;
mod feeding;
mod identities;
mod joining;
mod organisations;
mod own;
mod register;
mod rows;
pub mod scan;
mod shields;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use directory::access::{Permission, Reason, Role, allows};
use service::{NewAccount, Reasoned};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{House, PASSWORD, with_its_other};
use crate::raw::Raw;
pub use rows::Reading;
use rows::differing;
use scan::{doors, persons};

/// A use case by its name, with a word on how it is called where it is called in several ways; and the permissions of which
/// it asks one. None: it is about the person themselves, whatever their roles.
type UseCase = (&'static str, &'static [Permission]);

/// For use cases about the person's own account, sessions, keys and history: every role has them.
const OWN: &[Permission] = &[];

const AREAS: [&[UseCase]; 13] = [
    accounts::USE_CASES,
    children::USE_CASES,
    identities::USE_CASES,
    joining::USE_CASES,
    families::USE_CASES,
    connecting::USE_CASES,
    organisations::USE_CASES,
    own::USE_CASES,
    register::USE_CASES,
    shields::USE_CASES,
    watch::USE_CASES,
    brokering::USE_CASES,
    feeding::USE_CASES,
];

/// The public methods of the service that take no person, each with its reason. No route reaches data of a person or child
/// through one of them.
const WITHOUT_A_PERSON: &[(&str, &str)] = &[
    ("accreditation_policy", "the policy"),
    ("with_own_systems", "the configuration, as the service is opened"),
    ("ask_for_passkey", "signing in: there is no person yet"),
    ("audit_backlog", "the operator's doctor: a count"),
    ("audit_public_key", "it is public"),
    ("authenticate", "makes the person"),
    ("authenticate_from", "makes the person"),
    ("authenticate_with", "makes the person"),
    ("back_data_up", "the operator's command"),
    ("back_keys_up", "the operator's command; it opens nothing"),
    ("generation_keys", "the operator's command: wrapped keys"),
    ("begin_delivery", "a feed, declared by the operator; its accreditation is asked"),
    ("begin_load", "a feed, declared by the operator; its accreditation is asked"),
    ("begin_sign_in", "signing in: there is no person yet"),
    ("bind_to_space", "opening"),
    ("check_statements", "the operator's doctor"),
    ("close", "closing"),
    ("copy_log", "the operator's: copies the log of the keys"),
    ("create_account", "the operator's: the first accounts; no route"),
    ("current_code", "the demo's and the tests'; no route"),
    ("declare_credentials", "the operator's configuration"),
    ("declare_organisation", "the operator's configuration"),
    ("declare_source", "the operator's configuration"),
    ("do_duties", "the service itself"),
    ("end_delivery", "a feed"),
    ("end_load", "a feed"),
    ("enrol", "by a code given in person: there is no person yet"),
    ("enrolment", "the operator's, beside create_account; no route"),
    ("enrolment_step", "by a code given in person: there is no person yet"),
    ("export_audit", "the operator's; sealed bodies"),
    ("file_digest", "a keyed hash"),
    ("keys_worked", "the bench's, on an installation of nobody's"),
    ("records_waiting", "the bench's, on an installation of nobody's"),
    ("records_with_a_change_that_waits", "the bench's, on an installation of nobody's"),
    ("fill_households", "the service itself: a walk that fills in missing keys"),
    ("fill", "the bench's, on an installation of nobody's"),
    ("finish_enrolment", "by a code given in person: there is no person yet"),
    ("finish_sign_in", "signing in: there is no person yet"),
    ("has_account", "the operator's, beside create_account; no route"),
    ("import_header", "a constant"),
    ("is_ready", "whether the databases answer"),
    ("load_an_upload", "the service itself: a feed, whose source announced it"),
    ("load_uploads", "the service itself: feeds, whose sources announced them"),
    ("load_file", "a feed, declared by the operator; its accreditation is asked"),
    ("load_group", "a feed"),
    ("log_out_from_provider", "a provider's signed word: there is no person"),
    ("notarise", "the service itself"),
    ("notary", "the service itself"),
    ("now", "the clock"),
    ("numbers_of_records", "the demo's and the bench's; no route"),
    ("open", "opening"),
    ("organisation_id", "the operator's command line; no route"),
    ("pack_months", "the calendar"),
    ("policy", "the policy"),
    ("profile_of", "the operator's: which profile a source has"),
    ("publication", "public figures"),
    ("missing_from_journal", "the operator's, before serving: counts"),
    ("receipts", "a source's own rows, by the operator's command; no route"),
    ("reconciliation", "a source's own sums, by the operator's command; no route"),
    ("replay_journal", "the operator's, after a restore: counts"),
    ("rotate_generations", "the service itself, and the operator's command: counts"),
    ("sign_in_with_passkey", "signing in: there is no person yet"),
    (
        "source_of_credential",
        "a connection: there is no person; which source a certificate or key belongs to",
    ),
    ("shown_service_key", "a keyed hash of what was shown"),
    ("service_key_as_written", "a keyed hash of what is asked"),
    ("something_was_said", "the service itself: a signal"),
    ("sweep", "the service itself, and the operator's command: counts"),
    ("today", "the clock"),
    ("watch", "the service itself"),
    ("work_through_inbox", "the service itself: what accredited sources said; counts"),
];

/// The functions beside the service's own that are given it: a loader, which loads a feed, and the door of source systems, which
/// has nothing that answers about a child.
const GIVEN_THE_SERVICE: [&str; 2] = ["new", "of"];

/// What came of a call.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Forbidden,
    Permitted,
}

/// The outcome of a call that says "forbidden" by this error. Whoever may is answered with success, or with this other
/// error where the call comes at the wrong moment; any third answer says nothing about permission, and fails.
macro_rules! said {
    ($answer:expr, $forbidden:pat) => {
        match $answer.map(drop) {
            Err($forbidden) => $crate::use_cases::Outcome::Forbidden,
            Ok(()) => $crate::use_cases::Outcome::Permitted,
            Err(other) => panic!("neither forbidden nor done: {other}"),
        }
    };
    ($answer:expr, $forbidden:pat, or $moment:pat) => {
        match $answer.map(drop) {
            Err($forbidden) => $crate::use_cases::Outcome::Forbidden,
            Ok(()) | Err($moment) => $crate::use_cases::Outcome::Permitted,
            Err(other) => panic!("neither forbidden nor done: {other}"),
        }
    };
}
use said;

/// Who may not is shown nothing; there is something to show.
fn shown(anything: bool) -> Outcome {
    if anything { Outcome::Permitted } else { Outcome::Forbidden }
}

/// A place where the use cases of an area can be called, with something in it for each.
trait Stage {
    const USE_CASES: &'static [UseCase];

    async fn set(db: &TestDatabases) -> Self;

    fn house(&self) -> &House;

    /// What the use case is called with, made by others: it is there, and within the reach of every role at the council.
    async fn thing(&mut self, name: &str) -> Uuid;

    /// Whether a call by who may leaves nothing for the next.
    fn uses_up(name: &str) -> bool {
        !name.is_empty()
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome;
}

/// Calls every use case of the area as every role. What one call used up is made anew for the next.
async fn every_role_at<S: Stage>(db: TestDatabases) {
    let mut stage = S::set(&db).await;
    let centre = stage.house().organisation("The centre", "centre", None).await;
    let mut raw = Raw::data(&db).await;
    let mut reading = Reading::of(&db).await;
    let mut things: BTreeMap<&str, Uuid> = BTreeMap::new();
    for &role in Role::ALL {
        let house = stage.house();
        let at = if role.may_be_held_at("authority") { house.council } else { centre };
        let person = sign_up(house, role, at).await;
        for &(name, asks) in S::USE_CASES {
            let may = asks.is_empty() || asks.iter().any(|one| allows(&with_its_other(role), *one));
            let thing = match things.get(name) {
                Some(thing) => *thing,
                None => stage.thing(name).await,
            };
            things.insert(name, thing);
            let expected = if may { Outcome::Permitted } else { Outcome::Forbidden };
            if may {
                assert_eq!(stage.call(&person, name, thing).await, expected, "{role:?}: {name}");
                if S::uses_up(name) {
                    things.remove(name);
                }
                continue;
            }
            let (before, entries) = (reading.rows().await, raw.count("audit_entry").await);
            assert_eq!(stage.call(&person, name, thing).await, expected, "{role:?}: {name}");
            let left = differing(&before, &reading.rows().await);
            assert!(left.is_empty(), "{role:?} was refused {name}, and {left:?} changed");
            let written = raw.count("audit_entry").await - entries;
            assert!(written <= 1, "{role:?} was refused {name}, and {written} entries tell of it");
        }
    }
}

/// The one holder of a role, signed in, with a reason of its work.
async fn sign_up(house: &House, role: Role, organisation: Uuid) -> Reasoned {
    let until = house.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
    let account = NewAccount {
        username: role.code().to_owned(),
        display_name: "Some Somebody".to_owned(),
        password: PASSWORD.to_owned(),
        organisation,
        roles: with_its_other(role),
        clearance_until: until,
        training_until: until,
    };
    house.directory.create_account(account).await.unwrap();
    let person = house.sign_in(role.code()).await;
    let reason = person.reasons().first().copied().unwrap_or(Reason::Management);
    house.directory.state_reason(&person, reason).await.unwrap()
}

/// The method a line is about.
fn method(line: &UseCase) -> String {
    line.0.split(' ').next().unwrap().to_owned()
}

#[test]
fn every_door_of_the_service_is_called_by_every_role_or_takes_no_person() {
    let persons = persons();
    let lines = AREAS.iter().flat_map(|area| area.iter());
    let called: BTreeSet<String> = lines.clone().map(method).collect();
    let without: BTreeSet<String> = WITHOUT_A_PERSON.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names: Vec<&str> = lines.map(|line| line.0).collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "one line each");
    assert_eq!(without.len(), WITHOUT_A_PERSON.len(), "one line each");
    assert!(called.is_disjoint(&without), "one list or the other");
    let mut found = BTreeSet::new();
    for door in doors() {
        let takes = door.takes(&persons);
        if !door.of_directory {
            assert!(!takes, "{} takes a person and is no method of the service", door.name);
            let given = door.takes(&BTreeSet::from(["Directory".to_owned()]));
            assert!(
                !given || GIVEN_THE_SERVICE.contains(&door.name.as_str()),
                "{} is given the service",
                door.name
            );
            continue;
        }
        assert!(found.insert(door.name.clone()), "two methods are called {}", door.name);
        if takes {
            assert!(
                called.contains(&door.name),
                "{} takes a person: say what it asks, and how it is called",
                door.name
            );
        } else {
            assert!(without.contains(&door.name), "{} takes no person: say why", door.name);
        }
    }
    assert_eq!(found, called.union(&without).cloned().collect(), "every line has its door");
}

on_both_databases! {
    async fn each_role_keeps_the_accounts_its_permissions_let_it_keep(db: TestDatabases) {
        every_role_at::<accounts::Accounts>(db).await;
    }

    async fn each_role_does_with_a_child_what_its_permissions_let_it_do(db: TestDatabases) {
        every_role_at::<children::Children>(db).await;
    }

    async fn each_role_does_about_a_shield_what_its_permissions_let_it_do(db: TestDatabases) {
        every_role_at::<shields::Shields>(db).await;
    }

    async fn each_role_sees_and_pauses_the_sources_its_permissions_let_it(db: TestDatabases) {
        every_role_at::<feeding::Feeding>(db).await;
    }

    async fn each_role_does_about_identities_what_its_permissions_let_it_do(db: TestDatabases) {
        every_role_at::<identities::Identities>(db).await;
    }

    async fn each_role_prepares_and_signs_off_what_its_permissions_let_it(db: TestDatabases) {
        every_role_at::<connecting::Connecting>(db).await;
    }

    async fn each_role_decides_which_records_are_one_child_as_its_permissions_let_it(db: TestDatabases) {
        every_role_at::<joining::Joinings>(db).await;
    }

    async fn each_role_answers_families_and_for_sources_as_its_permissions_let_it(db: TestDatabases) {
        every_role_at::<families::Families>(db).await;
    }

    async fn each_role_keeps_the_organisations_its_permissions_let_it_keep(db: TestDatabases) {
        every_role_at::<organisations::Organisations>(db).await;
    }

    async fn each_role_has_its_own_account_sessions_and_keys(db: TestDatabases) {
        every_role_at::<own::Own>(db).await;
    }

    async fn each_role_reads_and_keeps_of_trail_and_registers_what_its_permissions_let_it(db: TestDatabases) {
        every_role_at::<register::Registers>(db).await;
    }

    async fn a_row_that_a_call_leaves_changes_or_takes_is_seen_in_both_databases(db: TestDatabases) {
        let house = House::open(&db).await;
        let mut reading = Reading::of(&db).await;
        let before = reading.rows().await;
        assert_eq!(differing(&before, &reading.rows().await), [""; 0]);
        house.account("ada", &[Role::Practitioner]).await;
        let after = reading.rows().await;
        let changed = differing(&before, &after);
        for table in ["account", "account_role", "bundle"] {
            assert!(changed.iter().any(|one| one == table), "{table} of {changed:?}");
        }
        let session = house.session("ada").await;
        let ada = house.directory.authenticate(&session).await.unwrap();
        let before = reading.rows().await;
        house.directory.state_reason(&ada, Reason::Referral).await.unwrap();
        assert_eq!(differing(&before, &reading.rows().await), ["session"], "a changed row");
        let before = reading.rows().await;
        house.directory.sign_out(&ada).await.unwrap();
        assert_eq!(differing(&before, &reading.rows().await), ["session"], "and one that is gone");
    }

    async fn each_role_does_about_brokering_what_its_permissions_let_it_do(db: TestDatabases) {
        every_role_at::<brokering::Brokering>(db).await;
    }

    async fn each_role_handles_the_alerts_its_permissions_let_it_handle(db: TestDatabases) {
        every_role_at::<watch::Watch>(db).await;
    }
}
