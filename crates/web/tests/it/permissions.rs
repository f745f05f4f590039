//! Every role at every route (rule 12.2): what a role does not carry is refused before anything is looked at. Beside it, the
//! permission book says what the table says. How a route is asked, and that it writes what it declares, is in `walk`.

use std::path::{Path, PathBuf};

use directory::access::{Role, allows};
use http::StatusCode;
use service::{NewAccount, NewOrganisation};
use testkit::{TestDatabases, on_both_databases};
use web::{Route, RouteRule, Trail, permission_book, routes};

use crate::browser::{Browser, Page};
use crate::site::{NAMES, PASSWORD, Site, with_its_other};
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
                allows(&with_its_other(role), reason),
                "{} {}: {role:?} could never reach it",
                route.method,
                route.path
            );
        }
    }
}

/// Routes that ask for no permission. A new one is put here by whoever has thought about it.
const WITHOUT_PERMISSION: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/enrol"),
    ("GET", "/families"),
    ("GET", "/families/children"),
    ("GET", "/families/parents"),
    ("GET", "/permissions"),
    ("GET", "/published"),
    ("GET", "/published.csv"),
    ("GET", "/published.json"),
    ("GET", "/published/audit-key.txt"),
    ("GET", "/published/checkpoint.txt"),
    ("GET", "/recovery/told"),
    ("GET", "/sign-in"),
    ("GET", "/sign-in/code"),
    ("GET", "/sign-in/provider/answer"),
    ("GET", "/signed-out"),
    ("POST", "/enrol"),
    ("POST", "/enrol/finish"),
    ("POST", "/recovery/told"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/code"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-in/passkey/answer"),
    ("POST", "/sign-in/provider"),
    ("POST", "/sign-in/provider/logout"),
    ("POST", "/sign-out"),
];

#[test]
fn a_route_without_a_permission_is_one_that_was_thought_about() {
    let open = routes().filter(|route| route.rule.permission().is_none());
    let mut open: Vec<(&str, &str)> = open.map(|route| (route.method, route.path)).collect();
    open.sort_unstable();
    assert_eq!(open, WITHOUT_PERMISSION);
}

/// The sources of the web edge, tests aside: path and text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text.split("#[cfg(test)]").next().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn no_page_is_reached_but_through_a_declared_route() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut routers, mut modules) = (Vec::new(), Vec::new());
    for (path, text) in sources(&source) {
        let file = path.strip_prefix(&source).unwrap().display().to_string();
        let ways = ["Router::new(", ".route(", ".nest(", ".merge(", ".fallback(", "_service("];
        if ways.iter().any(|way| text.contains(way)) {
            routers.push(file.clone());
        }
        if text.contains("const ROUTES: &[Route]") {
            modules.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
        assert!(
            file == "route.rs" || !text.contains("Route {"),
            "{file} makes a route past its two constructors"
        );
    }
    routers.sort_unstable();
    assert_eq!(routers, ["assets.rs", "router.rs"], "only these two put handlers before the world");
    let router = std::fs::read_to_string(source.join("router.rs")).unwrap();
    for module in &modules {
        assert!(
            router.contains(&format!("    {module}::ROUTES,")),
            "the routes of {module} are not in the list"
        );
    }
    assert_eq!(modules.len(), web::ROUTES.len());
}

/// Silent pages that name somebody else, and why that is right.
const NAMES_SOMEBODY: &[(&str, &str)] =
    &[("/mediation", "who asked whom, which the request itself has written; shown to these two")];

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
            roles: with_its_other(role),
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
    if allows(&with_its_other(role), directory::access::Permission::SearchChildren) {
        let token = browser.get("/reason").await.form_token();
        browser.post("/reason", &[("form_token", &token), ("reason", "child_presents")]).await;
    }
    browser
}

/// Somebody who asks for route after route. The token of the session's forms is read again when an act may have ended it.
struct Asker<'a> {
    site: &'a Site,
    role: Role,
    browser: Browser<'a>,
    token: Option<String>,
}

impl<'a> Asker<'a> {
    async fn of(site: &'a Site, role: Role) -> Self {
        Self { site, role, browser: signed_in(site, role).await, token: None }
    }

    /// The token of a session that stands. A route may end the session: then there is another.
    async fn form_token(&mut self) -> String {
        if let Some(token) = &self.token {
            return token.clone();
        }
        let mut account = self.browser.get("/account").await;
        if account.status != StatusCode::OK {
            self.site.clock.advance(jiff::SignedDuration::from_secs(31));
            self.browser = signed_in(self.site, self.role).await;
            account = self.browser.get("/account").await;
        }
        let token = account.form_token();
        self.token = Some(token.clone());
        token
    }

    /// Asks for a route with a form of the session's own.
    async fn asks(&mut self, route: &Route) -> Page {
        let token = self.form_token().await;
        let (path, fields) = minimal(route);
        if route.method == "GET" {
            return self.browser.get(&path).await;
        }
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        let page = self.browser.post(&path, &all).await;
        if page.status != StatusCode::FORBIDDEN {
            self.token = None;
        }
        page
    }
}

on_both_databases! {
    async fn each_role_reaches_exactly_the_routes_whose_permission_it_carries(db: TestDatabases) {
        let site = Site::with_people(db).await;
        people_of_every_role(&site).await;
        let store = site.store().await;
        for &role in Role::ALL {
            let mut asker = Asker::of(&site, role).await;
            let asked = routes().filter_map(|route| Some((route, route.rule.permission()?)));
            let (may, may_not): (Vec<_>, Vec<_>) = asked.partition(|(_, permission)| allows(&with_its_other(role), *permission));
            let before = entries(&store, None).await;
            for (route, _) in may_not {
                let page = asker.asks(route).await;
                let at = format!("{role:?} at {} {}", route.method, route.path);
                assert_eq!((page.status, page.heading()), (StatusCode::FORBIDDEN, "You cannot use this page"), "{at}");
            }
            assert_eq!(entries(&store, None).await, before, "{role:?}: nothing was looked at, so nothing was written");
            for (route, _) in may {
                let page = asker.asks(route).await;
                let at = format!("{role:?} at {} {}: {}", route.method, route.path, page.body);
                assert_ne!(page.status, StatusCode::FORBIDDEN, "{at}");
                assert!(!["/sign-in", "/reason"].contains(&page.leads_to()), "{at}");
                assert!(page.status.as_u16() < 500, "{at}");
            }
        }
        store.close().await;
    }

    async fn a_silent_page_names_nobody_but_the_person_who_asks(db: TestDatabases) {
        let site = Site::with_children(db).await.with_more_people().await;
        let (mut shown, mut named) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        let people = [
            ("manager", "Joan Bell"), ("trainer", "Sam Fox"), ("auditor", "Ruth Amos"), ("rosalind", "Rosalind Achebe"),
            ("central", "Margaret Osei"), ("lead", "Helen Oduya"), ("nurse", "Amina Hussain"), ("teacher", "Tom Reed"),
        ];
        let mut nurse = Browser::with_reason(&site, "nurse").await;
        let page = nurse.get("/mediation/search").await;
        let asked = [("colleague", "teacher"), ("surname", "Okonjo"), ("street", "Mill Lane")];
        let form = page.form("/mediation/search").filled(&asked);
        let found = nurse.post(&form.action, &form.pairs()).await;
        let form = found.form("/mediation/reason");
        let why = nurse.post(&form.action, &form.pairs()).await;
        let form = why.form("/mediation/ask").with("reason", "missing_child");
        assert_eq!(nurse.post(&form.action, &form.pairs()).await.leads_to(), "/mediation");
        for (username, own) in people {
            site.clock.advance(jiff::SignedDuration::from_secs(31));
            let mut browser = Browser::signed_in(&site, username).await;
            if ["nurse", "teacher"].contains(&username) {
                let form = browser.get("/reason").await.form("/reason").with("reason", "child_presents");
                browser.post(&form.action, &form.pairs()).await;
            }
            let silent = routes().filter(|route| route.method == "GET" && matches!(route.trail, Trail::Silent(_)));
            for route in silent.filter(|route| !route.path.contains('{')) {
                let page = browser.get(route.path).await;
                if page.status != StatusCode::OK {
                    continue;
                }
                shown.insert(route.path);
                let mut others = NAMES.iter().filter(|name| **name != own);
                if others.any(|name| page.body.contains(name)) {
                    named.insert(route.path);
                }
            }
        }
        let known: std::collections::BTreeSet<&str> = NAMES_SOMEBODY.iter().map(|(path, _)| *path).collect();
        assert_eq!(named, known);
        assert!(shown.len() > 20, "{shown:?}");
    }

    async fn the_table_of_roles_is_shown_to_whoever_is_signed_in_with_their_own_role_open(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let page = Browser::signed_in(&site, "trainer").await.get("/permissions").await;
        assert_eq!((page.status, page.heading()), (StatusCode::OK, "Who may do what"));
        assert!(page.body.contains("Trainer (your role)"));
        assert!(page.body.contains("Look up for a colleague (while its organisation is accredited to: Look up for colleagues)"));
    }
}
