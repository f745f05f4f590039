//! The two worlds once more, where the authority of those who look answers for the children, wherever they live: its practitioners,
//! user managers and auditor, its data administrator and a manager who is not named on its shield desk are told no more of where
//! they are than anybody. The desk has a review of a shield before it, a request for another and a request to be put in touch, all
//! about the children.
//!
//! What management opens as management shows what the shield hides (rules 2.10, 12.5): that is not asked.

use std::collections::BTreeSet;

use directory::access::{Reason, Role};
use directory::brokering::BrokerReason;
use directory::{ChildNumber, Telephone};
use jiff::SignedDuration;
use service::{BrokerRequest, ReviewDecision, ShieldDecision};
use testkit::{TestDatabases, on_both_databases};

use super::children::{Answering, World, place_of, surname};
use super::coverage::{self, Route};
use super::questions::a_few;
use super::statements::Statements;
use super::{Looking, Round, Seen, alike, both, shield_request, shielded, written_alike};
use crate::browser::Browser;
use crate::site::Site;

/// Those of the authority who are not of its desk. The first of the practitioners has asked to be put in touch.
const CRAWLERS: [(&str, &[Role]); 6] = [
    ("nurse", &[Role::Practitioner]),
    ("teacher", &[Role::Practitioner]),
    ("milo", &[Role::Manager]),
    ("dana", &[Role::DataAdministrator]),
    ("rosalind", &[Role::UserManager]),
    ("auditor", &[Role::Auditor]),
];

/// Each looks for every child by where it is in one of the worlds, a sitting each.
const OF_THE_AUTHORITY: Looking =
    Looking { lookers: &["nurse", "milo", "teacher", "dana"], sitting: 11, not_asked: BEHIND_A_SHIELD };

/// Where management of the authority that answers sees behind a shield.
const BEHIND_A_SHIELD: &[Route] = &[("POST", "/record/management/open")];

const BEHIND: &str = "management of the authority that answers sees behind a shield, which is what it is there for (rule 2.10)";

/// What is asked here and of which nothing comes, beside what is excused everywhere.
const NOTHING_COMES_OF_IT: &[Route] = &[("POST", "/audit")];

const READ_OF_EACH: &str = "filled in it names a person and a child at once, which is refused; what it leads to is read of everybody who looked";

/// What waits at the desk of the authority, all about the shielded children.
async fn planted(site: &Site, numbers: &[String]) {
    let d = &site.directory;
    let nurse = d.state_reason(&site.signed_in("nurse").await, Reason::WhoElseIsInvolved).await.unwrap();
    let request = BrokerRequest {
        number: ChildNumber::parse(&numbers[0]).unwrap(),
        reason: BrokerReason::PlanningSupport,
        telephone: Telephone::parse("01632 960123").unwrap(),
    };
    d.ask_to_be_put_in_touch(&nurse, request).await.unwrap();
    site.clock.advance(SignedDuration::from_mins(30));
    d.do_duties().await.unwrap();
    let teacher = site.signed_in("teacher").await;
    let (first, second) = (site.signed_in("manager").await, site.signed_in("manager2").await);
    let brokering = d.protected_broker_queue(&first).await.unwrap();
    assert_eq!(brokering.len(), 1, "the children are of the authority whose people look");
    d.request_shield(&teacher, shield_request(&numbers[0])).await.unwrap();
    let again = d.shield_requests(&first).await.unwrap().waiting[0].id;
    d.propose_shield(&first, again, &ShieldDecision::Shield(Vec::new())).await.unwrap();
    d.decide_shield(&second, again, true).await.unwrap();
    d.review_shield(&first, again, ReviewDecision::Keep).await.unwrap();
    d.request_shield(&teacher, shield_request(&numbers[1])).await.unwrap();
    assert_eq!(d.shield_requests(&second).await.unwrap().waiting.len(), 2, "a review and a request");
    site.clock.advance(SignedDuration::from_mins(11));
}

fn rounds(numbers: &[String]) -> Vec<Round> {
    let mut all = Vec::new();
    for (child, number) in numbers.iter().enumerate() {
        let by_both = [World::This, World::Other].map(|world| place_of(child, world, numbers.len()));
        let asked = by_both.into_iter().chain(by_both).flat_map(|place| a_few(child, place, number));
        all.push(Round::Questions(asked.collect()));
    }
    all.extend(CRAWLERS.iter().map(|(person, roles)| Round::Pages(person, roles)));
    all.push(Round::Readers);
    all
}

/// As management, the manager who is not of the desk sees where the child is: the authority answers for it.
async fn is_seen_by_management(site: &Site) {
    site.clock.advance(SignedDuration::from_secs(31));
    let mut milo = Browser::with_reason(site, "milo").await;
    let question = super::questions::by_name_and_birth(0);
    let fields: Vec<(&str, &str)> = question.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let found = milo.search(&fields).await;
    let record = milo.open_only_result(&found).await;
    let form = record.form("/record/management");
    let why = milo.post(&form.action, &form.pairs()).await;
    let form = why.form("/record/management/open").with("reason", "management");
    let shown = milo.post(&form.action, &form.pairs()).await;
    assert!(shown.body.contains("School"), "{}", shown.main());
}

on_both_databases! {
    async fn what_a_shield_hides_changes_no_byte_for_the_authority_that_answers(db: TestDatabases) {
        let count = shielded();
        let (this, other, numbers) = both(db, count, Answering::Looking).await;
        for site in [&this, &other] {
            planted(site, &numbers).await;
        }
        let since = this.clock.now();
        let statements = Statements::heard();
        let (mut opened, mut compared, mut answers) = (0, 0, 0);
        let (mut known, mut routes) = (BTreeSet::new(), BTreeSet::new());
        for round in rounds(&numbers) {
            let seen = alike([&this, &other], &numbers, &round, &statements, &OF_THE_AUTHORITY).await;
            opened += seen.iter().filter(|seen| seen.asked.contains(" POST /record/open ")).count();
            let beside = |seen: &&Seen| {
                seen.asked.starts_with("dana POST /records/join/compare ") && seen.body.contains(&surname(0))
            };
            compared += seen.iter().filter(beside).count();
            answers += seen.len();
            known.extend(coverage::routes_answered(&seen));
            routes.extend(coverage::routes_asked(&seen));
        }
        coverage::assert_theirs_complete(&CRAWLERS.map(|(_, roles)| roles), &routes, &known, &[
            (BEHIND, BEHIND_A_SHIELD),
            (READ_OF_EACH, NOTHING_COMES_OF_IT),
        ]);
        assert!(opened >= 4 * count, "{opened} opened");
        assert!(compared > 0, "a data administrator was shown two of the children side by side");
        let written = written_alike(&this, &other, since).await;
        assert!(written > answers / 8, "{written} entries");
        is_seen_by_management(&this).await;
    }
}
