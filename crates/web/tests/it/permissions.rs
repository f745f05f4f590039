//! Every role at every route (rule 12.2): what a role does not carry is refused before anything is looked at. Beside it, the
//! permission book says what the table says. How a route is asked, and that it writes what it declares, is in `walk`.

use std::path::PathBuf;

use directory::access::{Role, allows};
use http::StatusCode;
use service::{NewAccount, NewOrganisation};
use testkit::{TestDatabases, on_both_databases};
use web::{Route, RouteRule, permission_book, routes};

use crate::browser::{Browser, Page};
use crate::site::{PASSWORD, Site};
use crate::walk::{entries, minimal};

#[test]
fn the_permission_book_is_the_one_printed_from_the_table_and_the_routes() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let book = permission_book();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &book).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == book,
        "docs/permissions.md is not what the table and the routes say; print it again with \
         `UPDATE_DOCS=1 cargo nextest run -p web permission_book`"
    );
}

#[test]
fn no_two_routes_share_a_method_and_a_path_and_a_reason_is_asked_only_of_who_can_state_one() {
    let mut seen: Vec<(&str, &str)> = routes().map(|route| (route.path, route.method)).collect();
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
    for route in routes() {
        let RouteRule::WithReason(permission) = route.rule else { continue };
        for &role in Role::ALL.iter().filter(|role| allows(&[**role], permission)) {
            let reason = directory::access::Permission::SearchChildren;
            assert!(
                allows(&[role], reason),
                "{} {}: {role:?} could never reach it",
                route.method,
                route.path
            );
        }
    }
}

/// A person of each role, named like it, where such a role is held.
async fn people_of_every_role(site: &Site) {
    let until = site.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
    let authority = site.directory.organisation_id("Invented Children’s Services").await.unwrap().unwrap();
    let centre = NewOrganisation {
        name: "The centre".to_owned(),
        kind: "centre".to_owned(),
        authority_code: None,
        accredited_until: until,
    };
    let centre = site.directory.declare_organisation(centre).await.unwrap();
    for &role in Role::ALL {
        let organisation = if role.may_be_held_at("authority") { authority } else { centre };
        let account = NewAccount {
            username: username_of(role),
            display_name: "Somebody Else".to_owned(),
            password: PASSWORD.to_owned(),
            organisation,
            roles: vec![role],
            clearance_until: until,
            training_until: until,
        };
        site.directory.create_account(account).await.unwrap();
    }
}

fn username_of(role: Role) -> String {
    format!("one-{}", role.code())
}

/// Signs in, and states a reason if the role lets one look for a child.
async fn signed_in(site: &Site, role: Role) -> Browser<'_> {
    let mut browser = Browser::signed_in(site, &username_of(role)).await;
    if allows(&[role], directory::access::Permission::SearchChildren) {
        let token = browser.get("/reason").await.form_token();
        browser.post("/reason", &[("form_token", &token), ("reason", "child_presents")]).await;
    }
    browser
}

/// Asks for a route with a form of the session's own. A route may end the session: then there is another.
async fn ask<'a>(site: &'a Site, browser: &mut Browser<'a>, role: Role, route: &Route) -> Page {
    let mut account = browser.get("/account").await;
    if account.status != StatusCode::OK {
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        *browser = signed_in(site, role).await;
        account = browser.get("/account").await;
    }
    let token = account.form_token();
    let (path, fields) = minimal(route);
    if route.method == "GET" {
        return browser.get(&path).await;
    }
    let mut all = vec![("form_token", token.as_str())];
    all.extend(fields);
    browser.post(&path, &all).await
}

on_both_databases! {
    async fn each_role_reaches_exactly_the_routes_whose_permission_it_carries(db: TestDatabases) {
        let site = Site::with_people(db).await;
        people_of_every_role(&site).await;
        let store = site.store().await;
        for &role in Role::ALL {
            let mut browser = signed_in(&site, role).await;
            let asked = routes().filter_map(|route| Some((route, route.rule.permission()?)));
            let (may, may_not): (Vec<_>, Vec<_>) = asked.partition(|(_, permission)| allows(&[role], *permission));
            let before = entries(&store, None).await;
            for (route, _) in may_not {
                let page = ask(&site, &mut browser, role, route).await;
                let at = format!("{role:?} at {} {}", route.method, route.path);
                assert_eq!((page.status, page.heading()), (StatusCode::FORBIDDEN, "You cannot use this page"), "{at}");
            }
            assert_eq!(entries(&store, None).await, before, "{role:?}: nothing was looked at, so nothing was written");
            for (route, _) in may {
                let page = ask(&site, &mut browser, role, route).await;
                let at = format!("{role:?} at {} {}: {}", route.method, route.path, page.body);
                assert_ne!(page.status, StatusCode::FORBIDDEN, "{at}");
                assert!(!["/sign-in", "/reason"].contains(&page.leads_to()), "{at}");
                assert!(page.status.as_u16() < 500, "{at}");
            }
        }
        store.close().await;
    }

    async fn the_table_of_roles_is_shown_to_whoever_is_signed_in_with_their_own_role_open(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let page = Browser::signed_in(&site, "trainer").await.get("/permissions").await;
        assert_eq!((page.status, page.heading()), (StatusCode::OK, "Who may do what"));
        assert!(page.body.contains("Trainer (your role)"));
        assert!(page.body.contains("Look up for a colleague (while its organisation is accredited to: Look up for colleagues)"));
    }
}
