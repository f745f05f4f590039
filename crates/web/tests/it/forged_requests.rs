//! Requests no page of ours would send.

use axum::body::Body;
use http::{Method, StatusCode, header};
use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::site::Site;

const FORM: &str = "application/x-www-form-urlencoded";

on_both_databases! {
    async fn a_form_without_the_sessions_token_does_nothing(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::signed_in(&site, "nurse").await;
        for fields in [vec![("reason", "child_presents")], vec![("form_token", "guess"), ("reason", "child_presents")]] {
            let page = browser.post("/reason", &fields).await;
            assert_eq!((page.status, page.heading()), (StatusCode::FORBIDDEN, "This page is out of date"));
        }
        assert_eq!(browser.get("/search").await.leads_to(), "/reason", "the reason was taken all the same");
    }

    async fn another_sessions_token_does_nothing(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let token = Browser::signed_in(&site, "teacher").await.get("/reason").await.form_token();
        let mut browser = Browser::signed_in(&site, "nurse").await;
        let page = browser.post("/reason", &[("form_token", &token), ("reason", "child_presents")]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }

    async fn a_form_sent_by_another_site_does_nothing(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::signed_in(&site, "nurse").await;
        let token = browser.get("/reason").await.form_token();
        let body = format!("form_token={token}&reason=child_presents");
        let post = |browser: &Browser<'_>, origin: &str, fetched: Option<&str>| {
            let mut request = browser.request(Method::POST, "/reason").header(header::CONTENT_TYPE, FORM);
            request = request.header(header::ORIGIN, origin);
            if let Some(fetched) = fetched {
                request = request.header("sec-fetch-site", fetched);
            }
            request.body(Body::from(body.clone())).unwrap()
        };
        for (origin, fetched) in [
            ("https://evil.example", Some("cross-site")),
            ("https://evil.example", None),
            ("null", None),
            ("http://localhost:8080", Some("cross-site")),
        ] {
            let request = post(&browser, origin, fetched);
            let page = browser.send(request).await;
            assert_eq!(page.heading(), "This request came from another site", "{origin} {fetched:?}");
            assert_eq!(page.status, StatusCode::FORBIDDEN);
        }
        let request = post(&browser, "http://localhost:8080", None);
        assert_eq!(browser.send(request).await.leads_to(), "/search", "an older browser's own page is believed");
    }

    async fn a_sign_in_form_needs_the_visitors_own_token(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let page = Browser::new(&site).post("/sign-in", &[("form_token", "x"), ("username", "a"), ("password", "b")]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }

    async fn a_field_outside_the_list_is_refused_by_name_and_so_is_one_given_twice(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        for extra in ["case_notes", "surname"] {
            let page = browser.search(&[("surname", "Okonjo"), (extra, "x"), ("street", "Mill Lane")]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.body.contains(&format!("a field this page does not take: {extra}.")), "{}", page.body);
        }
    }

    async fn another_host_name_reaches_nothing(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let request = http::Request::builder().uri("/sign-in").header(header::HOST, "evil.example").body(Body::empty());
        let page = browser.send(request.unwrap()).await;
        assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST);
        assert!(!page.body.contains("evil.example"));
    }

    async fn too_large_a_body_and_an_unreadable_one_are_refused(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let long = "x".repeat(40_000);
        let page = browser.post("/search", &[("surname", &long)]).await;
        assert_eq!((page.status, page.heading()), (StatusCode::PAYLOAD_TOO_LARGE, "You sent too much"));
        let request = browser
            .request(Method::POST, "/search")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from("{}"));
        let page = browser.send(request.unwrap()).await;
        assert_eq!((page.status, page.heading()), (StatusCode::UNPROCESSABLE_ENTITY, "The form cannot be read"));
    }

    async fn a_page_that_is_not_there_and_a_method_it_does_not_take_are_answered_plainly(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let missing = browser.get("/children/1").await;
        assert_eq!((missing.status, missing.heading()), (StatusCode::NOT_FOUND, "Page not found"));
        assert_eq!(missing.between("<strong class=\"cp-number\">", "<").map(str::len), Some(10), "an error reference");
        let wrong = browser.get("/record").await;
        assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(wrong.headers.get(header::ALLOW).unwrap(), "POST");
    }
}
