//! Organisations and accreditation as their people see them.

use directory::access::accreditation::Criterion;
use directory::access::{Capability, Role};
use directory::organisation::{OrganisationKind, Sector};
use http::StatusCode;
use jiff::SignedDuration;
use service::{NewAccount, NewMember, NewOrganisation};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::browser::{Browser, Page};
use crate::site::{PASSWORD, Site};

const COUNCIL: &str = "Invented Children’s Services";

async fn person(site: &Site, username: &str, name: &str, role: Role, organisation: Uuid) {
    let account = NewAccount {
        username: username.to_owned(),
        display_name: name.to_owned(),
        password: PASSWORD.to_owned(),
        organisation,
        roles: vec![role],
        clearance_until: "2029-01-01T00:00:00Z".parse().unwrap(),
        training_until: "2028-01-01T00:00:00Z".parse().unwrap(),
    };
    site.directory.create_account(account).await.unwrap();
}

/// The council, a clinic that its manager has registered, with its lead; and the centre. The site has the auditor.
async fn with_a_clinic(db: TestDatabases) -> (Site, Uuid) {
    let site = Site::with_people(db).await;
    let d = &site.directory;
    let manager = site.signed_in("manager").await;
    let clinic = NewMember {
        name: "Mill Lane Clinic".parse().unwrap(),
        kind: OrganisationKind::Partner,
        authority: Some("E10000015".parse().unwrap()),
        sector: Sector::Health,
        parent: None,
    };
    let clinic = d.register_organisation(&manager, &clinic).await.unwrap();
    let centre = NewOrganisation {
        name: "The centre".to_owned(),
        kind: "centre".to_owned(),
        authority_code: None,
        accredited_until: "2030-01-01T00:00:00Z".parse().unwrap(),
    };
    let centre = d.declare_organisation(centre).await.unwrap();
    person(&site, "lead", "Helen Oduya", Role::OrganisationLead, clinic).await;
    person(&site, "central", "Margaret Osei", Role::CentralTeam, centre).await;
    site.clock.advance(SignedDuration::from_mins(1));
    (site, clinic)
}

fn fields<'a>(token: &'a str, version: &'a str, rest: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [("form_token", token), ("version", version)].into_iter().chain(rest.iter().copied()).collect()
}

fn version(page: &Page) -> String {
    page.between("name=\"version\" value=\"", "\"").unwrap_or("").to_owned()
}

/// Fills a form on a page and follows where it leads.
async fn send(browser: &mut Browser<'_>, at: &str, rest: &[(&str, &str)]) -> Page {
    let page = browser.get(at).await;
    assert_eq!(page.status, StatusCode::OK, "{at}: {}", page.body);
    let (token, version) = (page.form_token(), version(&page));
    browser.post(at, &fields(&token, &version, rest)).await
}

on_both_databases! {
    async fn an_application_goes_through_the_pages_of_three_people(db: TestDatabases) {
        let (site, clinic) = with_a_clinic(db).await;
        let mut lead = Browser::signed_in(&site, "lead").await;
        let home = lead.get(&format!("/organisations/{clinic}")).await;
        assert_eq!((home.status, home.heading()), (StatusCode::OK, "Mill Lane Clinic"));
        assert!(home.body.contains("Not accredited yet") && home.body.contains("Apply for accreditation"), "{}", home.body);
        assert!(!home.body.contains("Withdraw this"), "a lead withdraws nothing");
        let token = home.form_token();
        let opened = lead.post(&format!("/organisations/{clinic}/apply"), &[("form_token", &token), ("changed", "")]).await;
        let questions = opened.leads_to().to_owned();
        assert!(questions.ends_with("/questions"), "{}", opened.body);
        let application = questions.trim_end_matches("/questions").to_owned();
        let page = lead.get(&questions).await;
        assert!(page.body.contains("ninth question is not in use") && !page.body.contains("name=\"ninth\""));
        let known: Vec<&str> = Capability::ALL.iter().map(|one| one.code()).filter(|code| *code != "ninth").collect();
        let some = send(&mut lead, &questions, &[("feed_data", "no")]).await;
        assert_eq!(some.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(some.body.contains("href=\"#staff_query\">Select yes or no"), "{}", some.body);
        let answers: Vec<(&str, &str)> =
            known.iter().map(|code| (*code, if *code == "staff_query" { "yes" } else { "no" })).collect();
        assert_eq!(send(&mut lead, &questions, &answers).await.leads_to(), application);
        let early = send(&mut lead, &format!("{application}/hand-in"), &[]).await;
        assert!(early.body.contains("Give evidence for these criteria first: S1, "), "{}", early.body);

        let page = lead.get(&application).await;
        let areas: Vec<String> = page.body.split(&format!("{application}/evidence/")).skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        assert!(areas.len() >= 6, "{areas:?}");
        let prose = send(&mut lead, &format!("{application}/evidence/security"), &[("S1", "Mrs Smith said so")]).await;
        assert!(prose.body.contains("S1: enter a reference like POL-2026/014"), "a sentence is refused");
        for area in &areas {
            let at = format!("{application}/evidence/{area}");
            let page = lead.get(&at).await;
            let codes: Vec<&str> = Criterion::all().iter().map(|one| one.code)
                .filter(|code| page.body.contains(&format!("name=\"{code}\""))).collect();
            let given: Vec<(&str, &str)> = codes.iter().map(|code| (*code, "DOC-7")).collect();
            assert_eq!(send(&mut lead, &at, &given).await.leads_to(), application, "{area}");
        }
        assert_eq!(send(&mut lead, &format!("{application}/hand-in"), &[]).await.leads_to(), application);
        assert_eq!(lead.get(&questions).await.status, StatusCode::NOT_FOUND, "handed in is handed in");
        assert_eq!(lead.get(&format!("{application}/judge/S1")).await.status, StatusCode::FORBIDDEN);

        let mut assessor = Browser::signed_in(&site, "manager").await;
        let queue = assessor.get("/accreditation").await;
        assert!(queue.body.contains(&application) && queue.body.contains("Mill Lane Clinic"), "{}", queue.body);
        let mut next = format!("{application}/judge/S1");
        let lacking = send(&mut assessor, &next, &[("finding", "met_with_condition")]).await;
        assert!(lacking.body.contains("Select what is lacking") && lacking.body.contains("Select within how long"));
        let mut judged = 0;
        while next != application {
            let found = if next.ends_with("/D1") {
                [("finding", "met_with_condition"), ("lacking", "not_yet_tried"), ("due", "3")]
            } else {
                [("finding", "met"), ("lacking", ""), ("due", "")]
            };
            let done = send(&mut assessor, &next, &found).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{next}: {}", done.body);
            next = done.leads_to().to_owned();
            judged += 1;
        }
        assert!(judged > 25, "{judged}");
        let page = assessor.get(&application).await;
        let (token, seen) = (page.form_token(), version(&page));
        let done = assessor.post(&format!("{application}/hand-on"), &fields(&token, &seen, &[])).await;
        assert_eq!(done.leads_to(), application, "{}", done.body);
        let page = assessor.get(&application).await;
        assert!(page.body.contains("somebody else must decide it"), "{}", page.body);
        let own = send(&mut assessor, &format!("{application}/decide"), &[("decision", "grant"), ("staff_query", "yes")]).await;
        assert!(own.body.contains("You took part in the assessment"), "{}", own.body);

        let mut decider = Browser::signed_in(&site, "manager2").await;
        let page = decider.get(&format!("{application}/decide")).await;
        assert!(page.body.contains("D1: ") && page.body.contains("Helen Oduya") && page.body.contains("Joan Bell"));
        let done = send(&mut decider, &format!("{application}/decide"), &[("decision", "grant"), ("staff_query", "yes")]).await;
        assert_eq!(done.leads_to(), application, "{}", done.body);
        let home = decider.get(&format!("/organisations/{clinic}")).await;
        assert!(home.body.contains("A condition must be met by 22 February 2027"), "{}", home.body);

        // The condition: evidence of the lead, the eye of a manager.
        let at = format!("/organisations/{clinic}/conditions/D1");
        let page = lead.get(&at).await;
        let token = page.form_token();
        let done = lead.post(&format!("{at}/evidence"), &[("form_token", &token), ("reference", "TRIAL-3")]).await;
        assert_eq!(done.leads_to(), at, "{}", done.body);
        let page = decider.get(&at).await;
        assert!(page.body.contains("TRIAL-3") && page.body.contains("The condition is met"));
        let token = page.form_token();
        assert_eq!(decider.post(&format!("{at}/met"), &[("form_token", &token)]).await.leads_to(), at);
        assert!(decider.get(&at).await.body.contains("22 November 2026"));
    }

    async fn who_is_signed_in_is_stopped_at_the_next_click(db: TestDatabases) {
        let (site, _) = with_a_clinic(db).await;
        let council = site.directory.organisation_id(COUNCIL).await.unwrap().unwrap();
        let mut nurse = Browser::with_reason(&site, "nurse").await;
        assert_eq!(nurse.get("/search").await.status, StatusCode::OK);
        let mut manager = Browser::signed_in(&site, "manager").await;
        let at = format!("/organisations/{council}/suspend");
        let none = send_stop(&mut manager, &at, &[("what", ""), ("reason", "")]).await;
        assert!(none.body.contains("Select what to switch off") && none.body.contains("Select why"));
        let one = [("what", "staff_query"), ("reason", "criterion_no_longer_met")];
        assert_eq!(send_stop(&mut manager, &at, &one).await.status, StatusCode::SEE_OTHER);
        assert_eq!(nurse.get("/search").await.status, StatusCode::FORBIDDEN, "one capability");
        assert_eq!(nurse.get("/account").await.status, StatusCode::OK, "the rest goes on");
        let again = format!("/organisations/{council}/reinstate");
        let own = send_stop(&mut manager, &again, &[("what", "staff_query")]).await;
        assert!(own.body.contains("Somebody else must switch it on again"), "{}", own.body);
        let mut other = Browser::signed_in(&site, "manager2").await;
        assert_eq!(send_stop(&mut other, &again, &[("what", "staff_query")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(nurse.get("/search").await.status, StatusCode::OK);
        let all = [("what", "all"), ("reason", "suspected_misuse")];
        assert_eq!(send_stop(&mut other, &at, &all).await.status, StatusCode::SEE_OTHER);
        assert_eq!(nurse.get("/search").await.leads_to(), "/sign-in", "all of it");
        assert_eq!(manager.get(&format!("/organisations/{council}")).await.status, StatusCode::OK);
    }

    async fn the_auditor_and_the_centre_read_and_change_nothing_in_accreditation(db: TestDatabases) {
        let (site, clinic) = with_a_clinic(db).await;
        let lead = site.signed_in("lead").await;
        let application = site.directory.open_accreditation(&lead, clinic, false).await.unwrap();
        for username in ["auditor", "central"] {
            let mut browser = Browser::signed_in(&site, username).await;
            for page in ["/organisations".to_owned(), format!("/organisations/{clinic}"), "/accreditation?state=draft".to_owned(),
                "/accreditation/criteria".to_owned(), format!("/accreditation/{application}")] {
                let page = browser.get(&page).await;
                assert_eq!(page.status, StatusCode::OK, "{username}: {}", page.body);
                assert!(!page.body.contains("What to do") && !page.body.contains("/suspend\""));
            }
            for page in [format!("/accreditation/{application}/questions"), format!("/accreditation/{application}/judge/S1"),
                format!("/accreditation/{application}/decide"), format!("/organisations/{clinic}/suspend")] {
                assert_eq!(browser.get(&page).await.status, StatusCode::FORBIDDEN, "{username}: {page}");
            }
        }
        site.clock.advance(SignedDuration::from_mins(1));
        let mut auditor = Browser::signed_in(&site, "auditor").await;
        assert_eq!(auditor.get("/organisations/register").await.status, StatusCode::FORBIDDEN);
        assert_eq!(auditor.get(&format!("/organisations/{clinic}/contacts")).await.status, StatusCode::FORBIDDEN);
        for nowhere in ["/organisations/nowhere", "/accreditation/nowhere", &format!("/organisations/{}", Uuid::nil())] {
            assert_eq!(auditor.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
        }
    }

    async fn organisations_are_registered_changed_and_withdrawn(db: TestDatabases) {
        let (site, clinic) = with_a_clinic(db).await;
        let mut manager = Browser::signed_in(&site, "manager").await;
        let page = manager.get("/organisations/register").await;
        assert!(page.body.contains("value=\"E10000015\""), "the manager's own authority stands there");
        let token = page.form_token();
        let form = |name, kind, parent| {
            [("form_token", token.as_str()), ("name", name), ("kind", kind), ("authority", "E10000015"), ("sector", "school"), ("parent", parent)]
        };
        let taken = manager.post("/organisations/register", &form("Mill Lane Clinic", "partner", "")).await;
        assert!(taken.body.contains("Another organisation has this name"), "{}", taken.body);
        let nobody = manager.post("/organisations/register", &form("A School", "partner", "No Such Trust")).await;
        assert!(nobody.body.contains("Enter the exact name of a registered organisation"));
        let refused = manager.post("/organisations/register", &form("A Council", "authority", "")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "the centre registers authorities");
        let done = manager.post("/organisations/register", &form("A School", "partner", "Mill Lane Clinic")).await;
        let school = done.leads_to().to_owned();
        assert!(manager.get(&school).await.body.contains("A part of"), "{}", done.body);
        let at = format!("{school}/contacts");
        let page = manager.get(&at).await;
        let token = page.form_token();
        let partly = manager.post(&at, &[("form_token", &token), ("security_name", "Ada Quill")]).await;
        assert!(partly.body.contains("Enter the person’s post"), "{}", partly.body);
        let whole = [("form_token", token.as_str()), ("security_name", "Ada Quill"), ("security_post", "Head"),
            ("security_telephone", "01632 960142"), ("security_email", "ada@school.example")];
        assert_eq!(manager.post(&at, &whole).await.leads_to(), school);
        let shown = manager.get(&school).await;
        assert!(shown.body.contains("Ada Quill") && !shown.body.contains("<title>A School"), "{}", shown.body);
        let parts = send_stop(&mut manager, &format!("/organisations/{clinic}/withdraw"), &[]).await;
        assert!(parts.body.contains("Move or withdraw its parts first"), "{}", parts.body);
        assert_eq!(send_stop(&mut manager, &format!("{school}/withdraw"), &[]).await.leads_to(), school);
        assert!(manager.get(&school).await.body.contains("Withdrawn"));
        let list = manager.get("/organisations?stands=withdrawn").await;
        assert!(list.body.contains("A School") && !list.body.contains(">Mill Lane Clinic<"), "{}", list.body);
    }
}

/// As [`send`], for forms without a version.
async fn send_stop(browser: &mut Browser<'_>, at: &str, rest: &[(&str, &str)]) -> Page {
    let page = browser.get(at).await;
    assert_eq!(page.status, StatusCode::OK, "{at}: {}", page.body);
    let token = page.form_token();
    let all: Vec<(&str, &str)> =
        [("form_token", token.as_str())].into_iter().chain(rest.iter().copied()).collect();
    browser.post(at, &all).await
}
