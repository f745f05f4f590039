//! Signing in, staying in, going out.

use http::StatusCode;
use jiff::SignedDuration;
use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::site::{PASSWORD, Site};

on_both_databases! {
    async fn a_wrong_password_and_an_unknown_name_are_refused_in_the_same_words(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let token = browser.get("/sign-in").await.form_token();
        let mut said = Vec::new();
        for username in ["nurse", "nobody"] {
            let fields = [("form_token", token.as_str()), ("username", username), ("password", "not the password")];
            let page = browser.post("/sign-in", &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.body.contains("<title>Error: Sign in – ContactPoint</title>"));
            assert!(page.body.contains("<a href=\"#username\">The username or password is not right."));
            said.push(page.body.replace(&format!("value=\"{username}\""), "value"));
        }
        assert_eq!(said[0], said[1]);
    }

    async fn a_code_works_once(db: TestDatabases) {
        let site = Site::with_people(db).await;
        Browser::signed_in(&site, "nurse").await;
        let mut again = Browser::new(&site);
        let token = again.get("/sign-in").await.form_token();
        again.post("/sign-in", &[("form_token", &token), ("username", "nurse"), ("password", PASSWORD)]).await;
        let code = site.directory.current_code("nurse").await.unwrap();
        let page = again.post("/sign-in/code", &[("form_token", &token), ("code", &code)]).await;
        assert_ne!(page.leads_to(), "/", "the same code opened a second session");
    }

    async fn too_many_wrong_passwords_lock_the_name_and_say_for_how_long(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let token = browser.get("/sign-in").await.form_token();
        let fields = [("form_token", token.as_str()), ("username", "nurse"), ("password", "wrong")];
        let mut page = browser.post("/sign-in", &fields).await;
        for _ in 0..8 {
            page = browser.post("/sign-in", &fields).await;
        }
        assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(page.heading(), "Too many attempts to sign in");
        assert!(page.body.contains("Wait "), "{}", page.body);
    }

    async fn an_unused_session_ends_and_the_page_says_so(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        site.clock.advance(SignedDuration::from_mins(16));
        let page = browser.get("/search").await;
        assert_eq!(page.leads_to(), "/sign-in?ended=1");
        assert!(browser.get("/sign-in?ended=1").await.body.contains("You were signed out because"));
    }

    async fn signing_out_ends_the_session_everywhere(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let page = browser.get("/search").await;
        let kept = browser.request(http::Method::GET, "/search").body(axum::body::Body::empty()).unwrap();
        let out = browser.post("/sign-out", &[("form_token", &page.form_token())]).await;
        assert_eq!(out.leads_to(), "/signed-out");
        assert_eq!(browser.send(kept).await.leads_to(), "/sign-in", "the cookie kept aside still worked");
    }

    async fn a_person_sees_when_they_last_signed_in_and_what_they_did(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let page = browser.get("/account").await;
        assert_eq!(page.heading(), "Your account");
        for said in ["Amina Hussain", "Invented Children’s Services", "Practitioner", "Stated a reason", "Signed in"] {
            assert!(page.body.contains(said), "{said}");
        }
    }
}
