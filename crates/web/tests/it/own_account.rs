//! A person's own keys and sessions, and what is tried against them through the web.

use axum::body::Body;
use http::{Method, StatusCode, header};
use jiff::SignedDuration;
use testkit::{TestDatabases, on_both_databases};

use crate::browser::{Browser, Page};
use crate::site::{PASSWORD, Site};

const FORM: &str = "application/x-www-form-urlencoded";

/// Signed in six minutes ago: no proof is fresh.
async fn stale<'a>(site: &'a Site, username: &str) -> Browser<'a> {
    let browser = Browser::signed_in(site, username).await;
    site.clock.advance(SignedDuration::from_mins(6));
    browser
}

fn cookie_set(page: &Page, name: &str) -> Option<String> {
    let set = page.headers.get_all(header::SET_COOKIE).iter().map(|set| set.to_str().unwrap());
    let start = format!("{name}=");
    set.filter_map(|set| set.strip_prefix(&start))
        .map(|rest| rest.split(';').next().unwrap().to_owned())
        .next()
}

on_both_databases! {
    async fn what_is_dangerous_asks_for_a_fresh_proof_and_then_goes_on(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = stale(&site, "nurse").await;
        for path in ["/password", "/authenticator", "/passkeys/new"] {
            assert_eq!(browser.get(path).await.leads_to(), format!("/step-up?then={path}"));
        }
        let page = browser.get("/step-up?then=/password").await;
        assert_eq!(page.heading(), "Confirm that it is you");
        let fields = [("form_token", page.form_token()), ("then", "/password".to_owned()), ("code", "000000".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let wrong = browser.post("/step-up", &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = site.directory.current_code("nurse").await.unwrap();
        let fields = [fields[0], fields[1], ("code", code.as_str())];
        assert_eq!(browser.post("/step-up", &fields).await.leads_to(), "/password");
        assert_eq!(browser.get("/password").await.heading(), "Change your password");
    }

    async fn a_fresh_proof_leads_to_no_other_site(db: TestDatabases) {
        let site = Site::with_people(db).await;
        for then in ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out", "/sign-in", "javascript:x"] {
            let mut browser = stale(&site, "nurse").await;
            let token = browser.get("/step-up").await.form_token();
            let code = site.directory.current_code("nurse").await.unwrap();
            let sent = browser.post("/step-up", &[("form_token", &token), ("then", then), ("code", &code)]).await;
            assert_eq!(sent.leads_to(), "/", "{then}");
            site.clock.advance(SignedDuration::from_secs(31));
        }
    }

    async fn a_session_the_visitor_brought_along_is_not_the_one_they_get(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        browser.hold("__Host-contactpoint", "a-token-that-an-attacker-chose");
        let token = browser.get("/sign-in").await.form_token();
        let fields = [("form_token", token.as_str()), ("username", "nurse"), ("password", PASSWORD)];
        browser.post("/sign-in", &fields).await;
        let code = site.directory.current_code("nurse").await.unwrap();
        let sent = browser.post("/sign-in/code", &[("form_token", &token), ("code", &code)]).await;
        let given = cookie_set(&sent, "__Host-contactpoint").unwrap();
        assert_ne!(given, "a-token-that-an-attacker-chose");
        assert_eq!(given.len(), 43, "256 bits");
        assert_eq!(cookie_set(&sent, "__Host-contactpoint-code").unwrap(), "", "the ticket ends here");
        let mut attacker = Browser::new(&site);
        attacker.hold("__Host-contactpoint", "a-token-that-an-attacker-chose");
        assert_eq!(attacker.get("/account").await.leads_to(), "/sign-in");
    }

    async fn a_session_used_by_another_kind_of_browser_ends(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::signed_in(&site, "nurse").await;
        let stolen = browser.request(Method::GET, "/account").header(header::USER_AGENT, "curl/8.5.0 (Linux)");
        let page = browser.send(stolen.body(Body::empty()).unwrap()).await;
        assert_eq!(page.leads_to(), "/sign-in");
        assert_eq!(browser.get("/account").await.leads_to(), "/sign-in");
    }

    async fn a_form_about_ones_own_account_needs_the_sessions_token(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::signed_in(&site, "nurse").await;
        for path in [
            "/step-up", "/step-up/passkey", "/step-up/provider", "/passkeys/new", "/passkeys/register", "/passkeys/remove",
            "/passkeys/removed", "/sessions/end", "/sessions/end-others", "/sessions/recognise", "/password",
            "/authenticator", "/account/provider", "/account/provider/part",
        ] {
            let page = browser.post(path, &[("form_token", "guess")]).await;
            assert_eq!((page.status, page.heading()), (StatusCode::FORBIDDEN, "This page is out of date"), "{path}");
        }
    }

    async fn a_visitors_form_needs_the_visitors_token(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        browser.get("/sign-in").await;
        for path in ["/sign-in/passkey", "/sign-in/passkey/answer", "/sign-in/provider"] {
            let page = browser.post(path, &[("form_token", "guess")]).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        }
    }

    async fn only_the_back_channel_takes_a_post_without_an_origin(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let post = |browser: &Browser<'_>, path: &str| {
            let request = browser.request(Method::POST, path).header(header::CONTENT_TYPE, FORM);
            request.body(Body::from("logout_token=a.b.c")).unwrap()
        };
        for path in ["/sign-in/provider/logout/", "/sign-in/provider", "/sign-out", "/sign-in/provider/logoutx"] {
            let request = post(&browser, path);
            let page = browser.send(request).await;
            assert_eq!(page.heading(), "This request came from another site", "{path}");
        }
        let mut request = post(&browser, "/sign-in/provider/logout");
        request.headers_mut().remove(header::COOKIE);
        assert_eq!(browser.send(request).await.status, StatusCode::NOT_FOUND, "no provider is declared here");
        browser.hold("__Host-contactpoint", "any");
        let request = post(&browser, "/sign-in/provider/logout");
        let page = browser.send(request).await;
        assert_eq!(page.heading(), "This request came from another site", "a browser has no business there");
    }

    async fn who_asks_for_a_passkey_by_name_gets_the_same_page_for_any_name(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut said = Vec::new();
        for username in ["nurse", "nobody"] {
            let mut browser = Browser::new(&site);
            let token = browser.get("/sign-in").await.form_token();
            let page = browser.post("/sign-in/passkey", &[("form_token", &token), ("username", username)]).await;
            let options = page.between("data-options=\"", "\"").unwrap().to_owned();
            // How many credentials are listed, and how long they are, differs from name to name for real ones too.
            let ticket = cookie_set(&page, "__Host-contactpoint-passkey").unwrap().len();
            said.push((page.status, page.without_tokens().replace(&options, ""), ticket));
        }
        assert_eq!(said[0], said[1]);
    }

    async fn only_our_own_pages_ask_for_passkeys(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let page = Browser::new(&site).get("/sign-in").await;
        let policy = page.headers.get("permissions-policy").unwrap().to_str().unwrap();
        assert!(policy.contains("publickey-credentials-get=(self), publickey-credentials-create=(self)"), "{policy}");
    }

    async fn forged_hosts_and_addresses_change_nothing(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let mut request = browser.request(Method::GET, "/sign-in").body(Body::empty()).unwrap();
        request.headers_mut().insert(header::HOST, "evil.example".parse().unwrap());
        let page = browser.send(request).await;
        assert_eq!(page.status, StatusCode::MISDIRECTED_REQUEST);
        assert!(!page.body.contains("evil.example"));
        let token = browser.get("/sign-in").await.form_token();
        let mut last = StatusCode::OK;
        for guess in 0..6 {
            // A guesser who names another address each time is counted under their own.
            let body = format!("form_token={token}&username=nurse&password=wrong");
            let request = browser
                .request(Method::POST, "/sign-in")
                .header("sec-fetch-site", "same-origin")
                .header(header::ORIGIN, "null")
                .header(header::CONTENT_TYPE, FORM)
                .header("x-forwarded-for", format!("203.0.113.{guess}"))
                .header("x-forwarded-host", "evil.example")
                .header("forwarded", format!("for=203.0.113.{guess};host=evil.example"));
            last = browser.send(request.body(Body::from(body)).unwrap()).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    }

    async fn a_new_password_is_taken_once_it_is_good(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::signed_in(&site, "nurse").await;
        let token = browser.get("/password").await.form_token();
        let change = |new: &'static str, again: &'static str| {
            vec![("old", PASSWORD), ("new", new), ("again", again)]
        };
        for (new, again, said) in [
            ("seven quiet otters swim", "seven quiet otters", "differ"),
            ("password12345", "password12345", "guessed first"),
            ("Amina Hussain 99", "Amina Hussain 99", "must not hold your name"),
            ("short", "short", "12 characters or more"),
        ] {
            let mut fields = change(new, again);
            fields.push(("form_token", token.as_str()));
            let page = browser.post("/password", &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
            assert!(page.body.contains(said), "{new}: {}", page.body);
            assert!(!page.body.contains(new), "no password is shown back");
        }
        let mut fields = change("seven quiet otters swim", "seven quiet otters swim");
        fields.push(("form_token", token.as_str()));
        assert_eq!(browser.post("/password", &fields).await.heading(), "Your password is changed");
    }
}
