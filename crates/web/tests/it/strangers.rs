//! Law 6 at the web edge: no page of child data without a session, and none without a reason.

use directory::access::{Role, allows};
use http::StatusCode;
use testkit::{TestDatabases, on_both_databases};
use web::{Route, RouteRule, routes};

use crate::browser::{Browser, Page};
use crate::site::{AUTHORITY, Site, with_the_desk};

async fn ask(browser: &mut Browser<'_>, method: &str, path: &str) -> Page {
    match method {
        "GET" => browser.get(path).await,
        _ => browser.post(path, &[("form_token", "none")]).await,
    }
}

on_both_databases! {
    async fn every_page_but_the_open_ones_sends_a_stranger_to_the_sign_in_page(db: TestDatabases) {
        let site = Site::with_people(db).await;
        for &Route { method, path, rule, .. } in routes() {
            let page = ask(&mut Browser::new(&site), method, path).await;
            if rule == RouteRule::Open {
                assert_ne!(page.leads_to(), "/reason", "{method} {path}");
            } else {
                assert_eq!((page.status, page.leads_to()), (StatusCode::SEE_OTHER, "/sign-in"), "{method} {path}");
                assert!(page.body.is_empty(), "{method} {path}");
            }
        }
    }

    async fn no_page_of_child_data_is_reached_without_a_reason(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut people = Vec::new();
        for (username, role) in [("nurse", Role::Practitioner), ("manager", Role::Manager)] {
            let mut browser = Browser::signed_in(&site, username).await;
            let token = browser.get("/reason").await.form_token();
            people.push((role, browser, token));
        }
        let authority = site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
        site.account("dana", "Dana Whitcombe", Role::DataAdministrator, authority).await;
        let mut dana = Browser::signed_in(&site, "dana").await;
        let token = dana.get("/reason").await.form_token();
        people.push((Role::DataAdministrator, dana, token));
        for &Route { method, path, rule, .. } in routes().filter(|route| matches!(route.rule, RouteRule::WithReason(_))) {
            let asks = rule.permission().unwrap();
            let (_, browser, token) = people.iter_mut().find(|(role, ..)| allows(&with_the_desk(*role), asks)).unwrap();
            let page = match method {
                "GET" => browser.get(path).await,
                _ => browser.post(path, &[("form_token", token)]).await,
            };
            assert_eq!((page.status, page.leads_to()), (StatusCode::SEE_OTHER, "/reason"), "{method} {path} {rule:?}");
            assert!(page.body.is_empty(), "{method} {path}");
        }
    }

    async fn a_holder_of_the_override_says_why_they_look_before_they_override(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let authority = site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
        let id = site.account("petra", "Petra Voss", Role::OverrideHolder, authority).await;
        let mut bare = Browser::signed_in(&site, "petra").await;
        let token = bare.get("/account").await.form_token();
        let shows = [
            ("POST", "/record/override"), ("POST", "/record/override/open"), ("GET", "/record/override/shown"),
            ("POST", "/record/override/ask"), ("POST", "/record/override/together"),
        ];
        for (method, path) in shows {
            let page = match method {
                "GET" => bare.get(path).await,
                _ => bare.post(path, &[("form_token", &token)]).await,
            };
            let said = (page.status, page.heading());
            assert_eq!(said, (StatusCode::CONFLICT, "You cannot override a shield"), "{path} with the role alone");
        }
        let store = site.store().await;
        let mut tx = store.begin().await.unwrap();
        let role = store::accounts::RoleRow { account_id: id, role: "practitioner".to_owned(), organisation_id: authority };
        store::accounts::give_role(&mut tx, &role).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        for (method, path) in shows {
            let page = match method {
                "GET" => bare.get(path).await,
                _ => bare.post(path, &[("form_token", &token)]).await,
            };
            assert_eq!((page.status, page.leads_to()), (StatusCode::SEE_OTHER, "/reason"), "{path}");
        }
    }

    async fn a_role_that_may_not_search_reaches_no_child(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::signed_in(&site, "trainer").await;
        assert_eq!(browser.get("/").await.leads_to(), "/account");
        let token = browser.get("/account").await.form_token();
        let refused = browser.get("/reason").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "who may not look is not asked why");
        assert!(refused.body.contains("href=\"/account\""), "and keeps their menu: {}", refused.body);
        assert!(!refused.body.contains("href=\"/search\""));
        let reason = [("form_token", token.as_str()), ("reason", "child_presents")];
        assert_eq!(browser.post("/reason", &reason).await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.get("/search").await.status, StatusCode::FORBIDDEN);
        let fields = [("form_token", token.as_str()), ("surname", "Okonjo"), ("street", "Mill Lane")];
        assert_eq!(browser.post("/search", &fields).await.status, StatusCode::FORBIDDEN);
        let record = [("form_token", token.as_str()), ("record", "x"), ("reason", "child_presents")];
        assert_eq!(browser.post("/record", &record).await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.post("/record/open", &record).await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.get("/figures").await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    }
}
