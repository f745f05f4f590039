//! Opening a record as management: behind any shield where the authority answers for it, and nowhere else (rules 2.3, 2.10).

use audit::Action;
use directory::access::{Reason, Role};
use directory::disclosure::{Disclosure, ManagementView, SpecialView};
use directory::search::Criteria;
use service::{About, BodyFact, Reasoned, RecordError, RecordHandle};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, House, Row, by_name_and_birth, child};
use crate::raw::Raw;

/// Known to social care of the council, and to a clinic for young people by her consent.
fn drusilla() -> Row {
    child("C-1", "Drusilla", "Winterbourne", "2015-06-07")
        .with("gender", "F")
        .at("8 Orchard Way", "LS8 1BB")
        .with("involvement_1_service", "social_worker")
        .with("involvement_1_organisation", "Leeds Social Care")
        .with("involvement_1_lead", "yes")
        .with("involvement_2_service", "mental_health")
        .with("involvement_2_organisation", "Quiet Harbour Clinic")
        .with("involvement_2_basis", "consent")
        .with("involvement_2_consent", "child_of_understanding")
        .with("involvement_2_asserted_by", "Quiet Trust")
        .with("involvement_2_asserted_on", "2025-06-02")
        .with("involvement_2_lead", "no")
}

fn barnaby() -> Row {
    child("C-2", "Barnaby", "Winterbourne", "2012-04-04").with("gender", "M").at("8 Orchard Way", "LS8 1BB")
}

fn asked_drusilla() -> Criteria {
    by_name_and_birth("Drusilla Winterbourne", "2015-06-07")
}

fn asked_barnaby() -> Criteria {
    by_name_and_birth("Barnaby Winterbourne", "2012-04-04")
}

/// Drusilla, shielded, and her brother, who is not.
async fn a_house(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(CARE, &[drusilla(), barnaby()]).await;
    house.holds_end();
    house.shield(CARE, "C-1").await;
    house
}

async fn looking(house: &House, username: &str, role: Role, organisation: Uuid) -> Reasoned {
    let who = house.person(username, role, organisation).await;
    let reason = who.reasons().first().copied().unwrap_or(Reason::Management);
    house.directory.state_reason(&who, reason).await.unwrap()
}

async fn listed(house: &House, who: &Reasoned, criteria: Criteria) -> RecordHandle {
    house.find(who, criteria).await.remove(0).handle
}

/// What comes of opening it as management.
async fn opened(house: &House, who: &Reasoned, criteria: Criteria) -> Result<Disclosure, RecordError> {
    let handle = listed(house, who, criteria).await;
    let answer = house.directory.open_for_management(who, &handle, Reason::SafeguardingConcern).await;
    answer.map(|shown| shown.data().clone())
}

fn management(disclosure: Disclosure) -> ManagementView {
    match disclosure {
        Disclosure::Special(SpecialView::Management(view)) => *view,
        other => panic!("not management’s view: {other:?}"),
    }
}

on_both_databases! {
    async fn management_of_the_authority_that_answers_sees_behind_the_shield_and_nobody_else_does(db: TestDatabases) {
        let house = a_house(&db).await;
        for (username, role) in [("mona", Role::Manager), ("dan", Role::DataAdministrator)] {
            let who = looking(&house, username, role, house.council).await;
            let view = management(opened(&house, &who, asked_drusilla()).await.unwrap());
            let place = view.record.whereabouts.as_ref().unwrap().value.address().unwrap();
            assert_eq!(place.lines[0].as_str(), "8 Orchard Way");
            assert_eq!(view.sensitive.len(), 1);
            assert_eq!(view.sensitive[0].value.organisation.as_ref().unwrap().as_str(), "Quiet Harbour Clinic");
            assert_eq!(view.sensitive[0].value.basis.code(), "consent");
            assert_eq!(view.shields.len(), 1);
            assert_eq!(view.accountable_authority.as_ref().unwrap().as_str(), "E08000035");
            let handle = listed(&house, &who, asked_drusilla()).await;
            let ordinary = house.directory.open_record(&who, &handle, Reason::Management).await.unwrap();
            assert!(matches!(ordinary.data(), Disclosure::Shielded(_)), "{username} in the ordinary way");
        }
    }

    async fn of_a_child_without_a_shield_management_sees_the_hidden_items(db: TestDatabases) {
        let house = a_house(&db).await;
        let who = looking(&house, "mona", Role::Manager, house.council).await;
        let view = management(opened(&house, &who, asked_barnaby()).await.unwrap());
        assert!(view.shields.is_empty());
        assert_eq!(view.accountable_authority.unwrap().as_str(), "E08000035", "the one that stands in the clear");
    }

    async fn management_elsewhere_sees_what_a_practitioner_sees(db: TestDatabases) {
        let house = a_house(&db).await;
        let bradford = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let mona = looking(&house, "mona", Role::Manager, bradford).await;
        for asked in [asked_drusilla(), asked_barnaby()] {
            let nurse = house.nurse().await;
            let found = house.find(&nurse, asked.clone()).await.remove(0);
            let practitioner = house.record(&nurse, &found).await;
            let mona = house.directory.state_reason(mona.who(), Reason::Management).await.unwrap();
            assert_eq!(opened(&house, &mona, asked).await.unwrap(), practitioner);
        }
    }

    async fn a_partners_management_and_a_national_partners_open_nothing_as_management(db: TestDatabases) {
        let house = a_house(&db).await;
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let charity = house.organisation("Rowan Trust", "national_partner", None).await;
        let mut raw = Raw::data(&db).await;
        for (username, role, at) in [
            ("terry", Role::Manager, trust),
            ("tina", Role::DataAdministrator, trust),
            ("nell", Role::Manager, charity),
            ("prue", Role::Practitioner, house.council),
        ] {
            let who = looking(&house, username, role, at).await;
            let handle = listed(&house, &who, asked_drusilla()).await;
            let before = raw.count("audit_entry").await;
            let answer = house.directory.open_for_management(&who, &handle, Reason::Management).await;
            assert!(matches!(answer, Err(RecordError::Forbidden)), "{username}");
            assert_eq!(raw.count("audit_entry").await, before + 1, "{username}: the refusal is in the trail");
        }
    }

    async fn a_handle_of_another_session_and_a_made_up_one_open_nothing_as_management(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[drusilla()]).await;
        house.holds_end();
        let who = looking(&house, "mona", Role::Manager, house.council).await;
        let handle = listed(&house, &who, asked_drusilla()).await;
        let other = looking(&house, "dan", Role::DataAdministrator, house.council).await;
        let answer = house.directory.open_for_management(&other, &handle, Reason::Management).await;
        assert!(matches!(answer, Err(RecordError::NotFound)), "a handle is its session’s alone");
        let made_up = RecordHandle::from_form("made-up".to_owned());
        let answer = house.directory.open_for_management(&other, &made_up, Reason::Management).await;
        assert!(matches!(answer, Err(RecordError::NotFound)));
    }

    async fn the_header_of_the_entry_tells_neither_a_shield_nor_whose_the_child_is(db: TestDatabases) {
        let house = a_house(&db).await;
        let bradford = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let mut raw = Raw::data(&db).await;
        for (username, at) in [("mona", house.council), ("bel", bradford)] {
            let who = looking(&house, username, Role::Manager, at).await;
            for asked in [asked_drusilla(), asked_barnaby()] {
                opened(&house, &who, asked).await.unwrap();
            }
        }
        let headers = raw.headers().await.into_iter().filter(|header| header.contains("record_viewed") && header.contains("safeguarding_concern"));
        let mut views: Vec<serde_json::Value> =
            headers.map(|header| serde_json::from_str(&header).unwrap()).collect();
        assert_eq!(views.len(), 4);
        for view in &mut views {
            view["at"] = serde_json::Value::Null;
        }
        views.dedup();
        assert_eq!(views.len(), 1, "{views:?}");
        assert_eq!(views[0]["fields"], serde_json::json!(ManagementView::FIELDS));
        assert_eq!(raw.number("SELECT count(DISTINCT length(body)) FROM audit_entry").await, 1);
    }

    async fn an_auditor_reads_that_a_record_was_opened_as_management_and_for_which_reason(db: TestDatabases) {
        let house = a_house(&db).await;
        let who = looking(&house, "mona", Role::Manager, house.council).await;
        opened(&house, &who, asked_drusilla()).await.unwrap();
        let nurse = house.nurse().await;
        let found = house.find(&nurse, asked_drusilla()).await.remove(0);
        house.record(&nurse, &found).await;
        let auditor = house.person("ada", Role::Auditor, house.council).await;
        let number = house.number_of(CARE, "C-1").await;
        let lines = house.trail(&auditor, About::Child(number)).await;
        let mut told = Vec::new();
        for line in lines.iter().filter(|line| line.action == Action::RecordViewed) {
            let entry = house.directory.read_audit_entry(&auditor, line.entry).await.unwrap();
            let office = entry.body.unwrap().contains(&BodyFact::AsManagement);
            told.push((entry.line.who.unwrap().username, entry.line.reason.unwrap(), office));
        }
        told.sort();
        // The desk's own look, when it decided the shield, is not: it would tell that there is one.
        let expected = [("mona", "safeguarding_concern", true), ("nurse", "who_else_is_involved", false)];
        assert_eq!(told, expected.map(|(who, why, office)| (who.to_owned(), why.to_owned(), office)));
    }
}
