//! Who walks, and the ledger of what each request wrote.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;
use store::{Store, audit};
use testkit::TrailFault;
use uuid::Uuid;
use web::{Route, Trail, routes};

use super::room_of;
use crate::browser::{Browser, Page};
use crate::form::Form;
use crate::site::{NAMES, Site};

/// A walk through the pages of one service.
pub struct Walk<'a> {
    pub site: &'a Site,
    pub store: Store,
    fault: TrailFault,
    /// Which routes were asked while the trail was out of order.
    tried: BTreeSet<(&'static str, &'static str)>,
    /// The entries that were there before the next request.
    known: BTreeSet<Uuid>,
    /// Which routes wrote what they declare.
    walked: BTreeSet<(&'static str, &'static str)>,
    /// Which lines of [`BESIDE`] were needed.
    beside: BTreeSet<(&'static str, &'static str)>,
}

/// Entries that a request leaves beside the one its route declares, and why that is right.
const BESIDE: &[(&str, &str, &str)] = &[
    ("/record/open", "reason_stated", "the reason is confirmed for this child"),
    ("/record/management/open", "reason_stated", "the reason is stated for this child"),
    ("/record/override/open", "reason_stated", "the reason is stated for this child"),
    ("/record/override/together", "reason_stated", "the reason is stated for this child"),
    ("/record/archive/open", "reason_stated", "the reason is stated for this child"),
    ("/record/archive/retrieved/{entry}", "reason_stated", "the purpose is stated for this child"),
    (
        "/record/archive/retrieved/{entry}",
        "disclosure_registered",
        "that it was opened, once, is a step of the register's entry",
    ),
    ("/accreditation/{id}/questions", "organisations_read", COMPARED),
    ("/accreditation/{id}/evidence/{area}", "organisations_read", COMPARED),
    ("/accreditation/{id}/hand-in", "organisations_read", COMPARED),
    ("/accreditation/{id}/send-back", "organisations_read", COMPARED),
    ("/accreditation/{id}/judge/{code}", "organisations_read", COMPARED),
    ("/accreditation/{id}/decide", "organisations_read", COMPARED),
    ("/subject-requests/request/{id}/prepare", "record_viewed", TOLD),
    ("/subject-requests/request/{id}/letter", "record_viewed", TOLD),
    ("/records/take-apart", "record_viewed", "what was refused is shown again, to be put right"),
    ("/enrol", "sign_in_failed", "a wrong code counts against the address as a failed sign-in does"),
    ("/accounts/{id}/misuse", "investigation_changed", SUSPECTED),
    ("/alerts/decide", "account_changed", SUSPECTED),
    ("/alerts/decide", "investigation_changed", SUSPECTED),
];

const TOLD: &str = "the letter tells what is held, which is a disclosure of its own";
const COMPARED: &str = "what is sent is compared with what is there, which is read first";
const SUSPECTED: &str = "suspected misuse suspends the account and opens an investigation";

/// Routes that write another entry than the declared one where they end otherwise than they mostly do, and why.
const OTHERWISE: &[(&str, &str, &str)] = &[(
    "/sign-in/provider/answer",
    "account_changed",
    "the same answer of a provider binds an account to a person there, where that was asked",
)];

impl<'a> Walk<'a> {
    pub async fn open(site: &'a Site) -> Self {
        let store = site.store().await;
        let mut walk = Self {
            site,
            store,
            fault: site.trail_fault().await,
            tried: BTreeSet::new(),
            known: BTreeSet::new(),
            walked: BTreeSet::new(),
            beside: BTreeSet::new(),
        };
        walk.fresh().await;
        walk
    }

    /// Somebody, signed in with a new code: one works once.
    pub async fn person(&mut self, username: &str) -> Browser<'a> {
        self.site.clock.advance(SignedDuration::from_secs(31));
        let browser = Browser::signed_in(self.site, username).await;
        self.fresh().await;
        browser
    }

    /// Somebody, signed in from another network.
    pub async fn person_from_elsewhere(&mut self, username: &str) -> Browser<'a> {
        self.site.clock.advance(SignedDuration::from_secs(31));
        let mut browser = Browser::new(self.site);
        browser.address = [203, 0, 113, 9].into();
        let browser = browser.signs_in(username).await;
        self.fresh().await;
        browser
    }

    /// Somebody who has said why they look.
    pub async fn looking(&mut self, username: &str) -> Browser<'a> {
        self.site.clock.advance(SignedDuration::from_secs(31));
        let browser = Browser::with_reason(self.site, username).await;
        self.fresh().await;
        browser
    }

    /// Asks for a page, which is shown and leaves the entry its route declares, or none. Where it asks for a fresh proof
    /// first, that is given.
    pub async fn get(&mut self, browser: &mut Browser<'a>, path: &str) -> Page {
        let mut page = browser.get(path).await;
        if page.leads_to().starts_with("/step-up?") {
            self.site.clock.advance(SignedDuration::from_secs(31));
            browser.proves_afresh(page.leads_to()).await;
            self.fresh().await;
            page = browser.get(path).await;
        }
        assert_eq!(page.status, StatusCode::OK, "GET {path} leads to {:?}: {}", page.leads_to(), page.main());
        self.wrote("GET", path).await;
        if self.untried("GET", path) {
            self.fault.set(true).await;
            let refused = browser.get(path).await;
            self.nothing_shown(&refused, "GET", path).await;
        }
        page
    }

    /// Whether the route of this address writes an entry and was not asked without one yet.
    fn untried(&mut self, method: &'static str, path: &str) -> bool {
        let route = route_of(method, path);
        matches!(route.trail, Trail::Writes(_)) && self.tried.insert((route.method, route.path))
    }

    /// Sends a form the first time while no entry can be written: nothing is done and nothing shown, so that the same form
    /// does what it is for afterwards.
    pub async fn without_a_trail(&mut self, browser: &mut Browser<'a>, form: &Form) {
        if self.untried("POST", &form.action) {
            self.fault.set(true).await;
            let refused = browser.post(&form.action, &form.pairs()).await;
            self.nothing_shown(&refused, "POST", &form.action).await;
        }
    }

    /// Sends any request while no entry can be written.
    pub async fn request_without_a_trail(&mut self, browser: &mut Browser<'a>, request: Request<Body>) {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let method = if method == Method::GET { "GET" } else { "POST" };
        assert!(self.untried(method, &path), "{path} was asked without a trail before");
        self.fault.set(true).await;
        let refused = browser.send(request).await;
        self.nothing_shown(&refused, method, &path).await;
    }

    async fn nothing_shown(&mut self, refused: &Page, method: &str, path: &str) {
        self.fault.set(false).await;
        let at = route_of(method, path).path;
        assert!(
            refused.status.is_server_error(),
            "{method} {at} without a trail: {} {}",
            refused.status,
            refused.main()
        );
        for name in NAMES {
            assert!(!refused.main().contains(name), "{method} {at} without a trail shows {name}");
        }
        assert!(self.fresh().await.is_empty(), "{method} {at} writes in spite of it");
    }

    /// Asks for an address that leads on.
    pub async fn led(&mut self, browser: &mut Browser<'a>, path: &str) -> Page {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "GET {path}: {}", page.main());
        self.wrote("GET", path).await;
        page
    }

    /// Asks for an address that leads on, and whose entry is the other one it may write.
    pub async fn led_otherwise(&mut self, browser: &mut Browser<'a>, path: &str) -> Page {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "GET {path}: {}", page.main());
        let (route, wrote) = (route_of("GET", path), self.fresh().await);
        let known = OTHERWISE.iter().any(|(path, action, _)| *path == route.path && [*action] == wrote[..]);
        assert!(known, "GET {} writes {wrote:?}", route.path);
        page
    }

    /// Follows the first link of the page that begins so.
    pub async fn follow(&mut self, browser: &mut Browser<'a>, page: &Page, begins: &str) -> Page {
        self.get(browser, &page.link(begins)).await
    }

    /// Goes to a page and follows the first link of it that begins so.
    pub async fn follow_from(&mut self, browser: &mut Browser<'a>, from: &str, begins: &str) -> Page {
        let page = self.get(browser, from).await;
        self.follow(browser, &page, begins).await
    }

    /// Sends a form, which does what it is for and leaves the entry its route declares.
    pub async fn send(&mut self, browser: &mut Browser<'a>, form: Form) -> Page {
        self.without_a_trail(browser, &form).await;
        let page = browser.post(&form.action, &form.pairs()).await;
        let done = page.status == StatusCode::OK || page.status == StatusCode::SEE_OTHER;
        assert!(done, "POST {} with {:?}: {} {}", form.action, form.pairs(), page.status, page.main());
        assert!(!page.leads_to().starts_with("/step-up"), "POST {} asks for a fresh proof", form.action);
        self.wrote("POST", &form.action).await;
        page
    }

    /// Sends a form and goes where that leads.
    pub async fn onward(&mut self, browser: &mut Browser<'a>, form: Form) -> Page {
        let action = form.action.clone();
        let page = self.send(browser, form).await;
        assert_ne!(page.leads_to(), "", "POST {action} leads on: {}", page.main());
        self.get(browser, page.leads_to()).await
    }

    /// Sends a form that is refused as it was sent, which is an entry too.
    pub async fn refused(&mut self, browser: &mut Browser<'a>, form: Form) -> Page {
        self.without_a_trail(browser, &form).await;
        let page = browser.post(&form.action, &form.pairs()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "POST {}: {}", form.action, page.main());
        self.wrote("POST", &form.action).await;
        page
    }

    /// Sends a form whose answer asks for more first: nothing is done yet, so the entry of it is not there yet.
    pub async fn asks(&mut self, browser: &mut Browser<'a>, form: Form) -> Page {
        let page = browser.post(&form.action, &form.pairs()).await;
        let asks = page.status == StatusCode::OK || page.status == StatusCode::SEE_OTHER;
        assert!(asks, "POST {}: {} {}", form.action, page.status, page.main());
        let route = route_of("POST", &form.action);
        let Trail::Writes(action) = route.trail else { panic!("{} declares nothing", form.action) };
        let wrote = self.fresh().await;
        assert!(!wrote.contains(&action.as_str().to_owned()), "POST {} did it without asking", form.action);
        page
    }

    /// Takes account of what the last request wrote.
    pub async fn wrote(&mut self, method: &'static str, path: &str) {
        let route = route_of(method, path);
        let wrote = self.fresh().await;
        let at = format!("{method} {}", route.path);
        match route.trail {
            Trail::Silent(_) => assert!(wrote.is_empty(), "{at} is silent and writes {wrote:?}"),
            Trail::Writes(action) => {
                let (declared, beside): (Vec<_>, Vec<_>) =
                    wrote.iter().partition(|one| *one == action.as_str());
                assert!(!declared.is_empty(), "{at} declares {action}, and writes {wrote:?}");
                for one in beside {
                    let line = BESIDE.iter().find(|(path, action, _)| (*path, *action) == (route.path, one));
                    let (path, action, _) =
                        line.unwrap_or_else(|| panic!("{at} declares {action} alone, and writes {wrote:?}"));
                    self.beside.insert((path, action));
                }
                self.walked.insert((route.method, route.path));
            }
        }
    }

    /// The actions of the entries since the last look.
    pub async fn fresh(&mut self) -> Vec<String> {
        let rows = audit::pending(&mut self.store.reader().await.unwrap(), 1_000_000).await.unwrap();
        let new = rows.into_iter().filter(|row| self.known.insert(row.entry_id));
        new.map(|row| action_of(&row.header)).collect()
    }

    /// A journey is over: every route of the room has written what it declares.
    pub fn leaves(&self, room: &str) {
        let left: Vec<String> = routes()
            .filter(|route| matches!(route.trail, Trail::Writes(_)) && room_of(route.path) == Some(room))
            .filter(|route| !self.walked.contains(&(route.method, route.path)))
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        assert!(left.is_empty(), "nobody walks {left:?}");
        assert!(
            self.walked.is_subset(&self.tried),
            "not asked without a trail: {:?}",
            &self.walked - &self.tried
        );
        for (path, action, _) in BESIDE.iter().filter(|(path, ..)| room_of(path) == Some(room)) {
            assert!(self.beside.contains(&(*path, *action)), "{path} writes no {action} beside any more");
        }
    }
}

/// How many entries the trail has, of one action or of all. No sequencer runs here: each entry waits for its place.
pub async fn entries(store: &Store, action: Option<&str>) -> usize {
    let rows = audit::pending(&mut store.reader().await.unwrap(), 1_000_000).await.unwrap();
    rows.iter().filter(|row| action.is_none_or(|name| action_of(&row.header) == name)).count()
}

fn action_of(header: &str) -> String {
    let (_, after) = header.split_once("\"action\":\"").expect("an entry says what was done");
    after.split('"').next().unwrap().to_owned()
}

fn route_of(method: &str, address: &str) -> &'static Route {
    known_route(method, address).unwrap_or_else(|| panic!("no route {method} {address}"))
}

/// The route of an address, if there is one: where two fit, the one that names more of it.
pub fn known_route(method: &str, address: &str) -> Option<&'static Route> {
    let path = address.split(['?', '#']).next().unwrap();
    let fits = |route: &&Route| {
        let (wanted, given) = (route.path.split('/'), path.split('/'));
        route.method == method
            && wanted.clone().count() == given.clone().count()
            && wanted.zip(given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    };
    let named = |route: &&Route| route.path.split('/').filter(|part| !part.starts_with('{')).count();
    routes().filter(fits).max_by_key(named)
}
