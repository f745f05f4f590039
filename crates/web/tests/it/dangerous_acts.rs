//! Before what is dangerous, the person proves who they are; and what they filled in is not lost by it.

use directory::access::DangerousAct;
use http::StatusCode;
use jiff::SignedDuration;
use testkit::{TestDatabases, on_both_databases};
use web::{FreshProof, Route, routes};

use crate::browser::{Browser, Page};
use crate::site::{PASSWORD, Site};
use crate::walk::answered_at;

const NEW: &str = "a lamp behind seven doors";

fn acts_of(route: &Route) -> &[DangerousAct] {
    match &route.fresh_proof {
        FreshProof::NotAsked => &[],
        FreshProof::BeforeTheForm(act) => std::slice::from_ref(act),
        FreshProof::ByTheUseCase(acts) | FreshProof::EachTime(acts) => acts,
    }
}

#[test]
fn every_dangerous_act_has_a_route_that_keeps_what_was_sent_and_asks_for_its_permission() {
    for act in DangerousAct::ALL {
        let keeps = |route: &&Route| match route.fresh_proof {
            FreshProof::ByTheUseCase(acts) => acts.contains(act) && !act.takes_a_proof_of_its_own(),
            FreshProof::EachTime(acts) => acts.contains(act) && act.takes_a_proof_of_its_own(),
            FreshProof::NotAsked | FreshProof::BeforeTheForm(_) => false,
        };
        let mut found = routes().filter(keeps).peekable();
        assert!(found.peek().is_some(), "{act:?} stands at no route");
    }
    for route in routes() {
        for act in acts_of(route) {
            let asked = route.rule.permission();
            assert!(
                asked.is_some_and(|permission| act.permissions().contains(&permission)),
                "{} {} asks for {asked:?}, {act:?} for another",
                route.method,
                route.path
            );
        }
    }
}

/// Signed in so long ago that no proof is fresh.
async fn stale<'a>(site: &'a Site, username: &str) -> Browser<'a> {
    let browser = Browser::signed_in(site, username).await;
    site.clock.advance(SignedDuration::from_mins(6));
    browser
}

/// The form that waits in a page.
fn kept(page: &Page) -> String {
    page.between("name=\"kept\" value=\"", "\"").unwrap_or("").to_owned()
}

async fn change_password(browser: &mut Browser<'_>) -> Page {
    let token = browser.get("/account").await.form_token();
    let fields = [("form_token", token.as_str()), ("old", PASSWORD), ("new", NEW), ("again", NEW)];
    browser.post("/password", &fields).await
}

async fn confirm(browser: &mut Browser<'_>, page: &Page, code: &str) -> Page {
    let (token, kept) = (page.form_token(), kept(page));
    browser.post("/step-up", &[("form_token", &token), ("kept", &kept), ("code", code)]).await
}

on_both_databases! {
    async fn what_was_filled_in_waits_and_is_carried_out_after_the_proof(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = stale(&site, "nurse").await;
        let asked = change_password(&mut browser).await;
        assert_eq!((asked.status, asked.heading()), (StatusCode::OK, "Confirm that it is you"));
        assert!(asked.body.contains("Change your passkeys, password, authenticator or identity provider"));
        assert!(!asked.body.contains(NEW), "sealed, not written into the page");
        let wrong = confirm(&mut browser, &asked, "000000").await;
        assert_eq!((wrong.status, wrong.heading()), (StatusCode::UNPROCESSABLE_ENTITY, "Confirm that it is you"));
        let code = site.directory.current_code("nurse").await.unwrap();
        let done = confirm(&mut browser, &wrong, &code).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your password is changed"), "{}", done.body);
    }

    async fn a_form_waits_for_the_answer_of_a_provider_too(db: TestDatabases) {
        let site = Site::with_people(db).await.with_more_people().await;
        let mut browser = Browser::signed_in(&site, "nurse").await;
        let page = browser.get("/account/provider").await;
        let binds = page.form("/account/provider").with("provider", "council");
        let leaving = browser.post(&binds.action, &binds.pairs()).await;
        let back = answered_at(&site, &leaving, "nurse-at-council");
        assert_eq!(browser.get(&back).await.leads_to(), "/account/provider");
        site.clock.advance(SignedDuration::from_mins(6));
        let asked = change_password(&mut browser).await;
        let proves = asked.form("/step-up/provider").with("provider", "council");
        let leaving = browser.post(&proves.action, &proves.pairs()).await;
        let cookies = format!("{:?}", leaving.headers);
        assert!(!cookies.contains("lamp") && !leaving.body.contains("lamp"), "sealed on the way: {cookies}");
        let back = answered_at(&site, &leaving, "nurse-at-council");
        let done = browser.get(&back).await;
        assert_eq!((done.status, done.heading()), (StatusCode::OK, "Your password is changed"), "{}", done.body);
        // Once: the way back leads nowhere again, and what was kept is kept no more.
        site.clock.advance(SignedDuration::from_mins(6));
        assert_ne!(browser.get(&back).await.heading(), "Your password is changed");
    }

    async fn a_form_kept_in_one_session_is_nothing_in_another(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut nurse = stale(&site, "nurse").await;
        let asked = change_password(&mut nurse).await;
        let mut manager = stale(&site, "manager").await;
        let token = manager.get("/account").await.form_token();
        let code = site.directory.current_code("manager").await.unwrap();
        let fields = [("form_token", token.as_str()), ("kept", &kept(&asked)), ("code", &code)];
        let sent = manager.post("/step-up", &fields).await;
        assert_eq!((sent.status, sent.leads_to()), (StatusCode::SEE_OTHER, "/"));
    }

    async fn a_form_without_the_sessions_token_does_not_wait(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = stale(&site, "nurse").await;
        let fields = [("form_token", "guess"), ("old", PASSWORD), ("new", NEW), ("again", NEW)];
        let sent = browser.post("/password", &fields).await;
        assert_eq!((sent.status, kept(&sent)), (StatusCode::FORBIDDEN, String::new()));
    }

    async fn a_question_to_the_trail_about_one_person_waits_too(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = stale(&site, "auditor").await;
        let token = browser.get("/audit").await.form_token();
        let sent = browser.post("/audit", &[("form_token", &token), ("username", "nurse")]).await;
        let entries = sent.leads_to().to_owned();
        assert!(entries.starts_with("/audit/entries?q="), "{entries}");
        let asked = browser.get(&entries).await;
        assert!(asked.leads_to().starts_with("/step-up?then=/audit/entries%3Fq%3D"), "{}", asked.leads_to());
        let page = browser.get(asked.leads_to()).await;
        let then = page.between("name=\"then\" value=\"", "\"").unwrap().to_owned();
        assert_eq!(then, entries);
        let (token, code) = (page.form_token(), site.directory.current_code("auditor").await.unwrap());
        let sent = browser.post("/step-up", &[("form_token", &token), ("then", &then), ("code", &code)]).await;
        assert_eq!(sent.leads_to(), entries);
        assert_eq!(browser.get(&entries).await.heading(), "Entries of the audit trail");
    }
}
