//! Somebody who tries everything that the pages offer them: follows every link, and sends every form as it stands and filled
//! in, from every page they come to. What a page does not offer is tried by its address.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use directory::access::{Role, allows};
use web::{RouteRule, routes};

use super::coverage::{Route, compares};
use super::{Seen, seen};
use crate::browser::{Browser, Page};
use crate::walk::{known_route, minimal};

/// Forms about children begin so, and are filled in; the others, about people, organisations and keys, are sent empty: filled
/// in they would shut out those who look next.
const ABOUT_CHILDREN: [&str; 15] = [
    "/reason",
    "/search",
    "/record",
    "/mediation",
    "/brokering",
    "/consent",
    "/protection",
    "/disputes",
    "/subject-requests",
    "/complaints",
    "/source-tasks",
    "/identities",
    "/retention",
    "/register",
    "/shields",
];

/// Forms of the trail are filled in as well.
const OF_THE_TRAIL: [&str; 2] = ["/audit", "/evidence"];

/// What is asked next.
enum Ask {
    Page(String),
    /// The page that a form led to, which may say something else than before.
    Answer(String),
    Form(String, Vec<(String, String)>),
}

/// How often a route is asked by one person: with another id or other fields each time.
const TIMES: usize = 2;

/// Tries everything from the pages that need no parameter, but for the routes that are `not_asked`, and tells what was seen.
/// `typed` says what goes into a field that offers nothing to choose from.
pub async fn crawl(
    browser: &mut Browser<'_>,
    (person, roles): (&str, &[Role]),
    not_asked: &[Route],
    typed: &impl Fn(&str) -> Option<String>,
    all: &mut Vec<Seen>,
) {
    let (times, done) = (BTreeMap::new(), BTreeSet::new());
    let mut crawl = Crawl { browser, person, roles, not_asked, typed, times, done };
    let starts = routes().filter(|route| route.method == "GET" && !route.path.contains('{'));
    let mut asks: VecDeque<Ask> = starts
        .filter(|route| compares(route.method, route.path))
        .map(|route| Ask::Page(route.path.to_owned()))
        .collect();
    while let Some(ask) = asks.pop_front() {
        if let Some(page) = crawl.asked(&ask, all).await {
            crawl.goes_on(&page, &mut asks);
        }
    }
    crawl.by_address(all).await;
}

struct Crawl<'a, 'b, F> {
    browser: &'a mut Browser<'b>,
    person: &'a str,
    roles: &'a [Role],
    not_asked: &'a [Route],
    typed: &'a F,
    times: BTreeMap<(&'static str, &'static str), usize>,
    done: BTreeSet<String>,
}

impl<F: Fn(&str) -> Option<String>> Crawl<'_, '_, F> {
    /// Whether a route is asked at all.
    fn asks(&self, method: &str, path: &str) -> bool {
        compares(method, path) && self.not_asked.iter().all(|(not, at)| (*not, *at) != (method, path))
    }

    /// Asks, unless it was asked before or often enough.
    async fn asked(&mut self, ask: &Ask, all: &mut Vec<Seen>) -> Option<Page> {
        let (method, address) = match ask {
            Ask::Page(address) | Ask::Answer(address) => ("GET", address),
            Ask::Form(address, _) => ("POST", address),
        };
        let route = known_route(method, address)?;
        // To prove who one is needs the person, and is no answer about a child: it is tried empty, by its address.
        if !self.asks(method, route.path) || route.path == "/step-up" {
            return None;
        }
        let told = match ask {
            Ask::Page(address) => format!("{} GET {address}", self.person),
            Ask::Answer(address) => format!("{} GET {address} after {} answers", self.person, all.len()),
            Ask::Form(address, fields) => {
                let fields = fields.iter().filter(|(name, _)| name != "form_token");
                format!("{} POST {address} {:?}", self.person, fields.collect::<Vec<_>>())
            }
        };
        let times = self.times.entry((method, route.path)).or_default();
        if *times == TIMES || !self.done.insert(told.clone()) {
            return None;
        }
        *times += 1;
        let page = match ask {
            Ask::Page(address) | Ask::Answer(address) => self.browser.get(address).await,
            Ask::Form(address, fields) => {
                let fields: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                self.browser.post(address, &fields).await
            }
        };
        all.push(seen(told, &page));
        Some(page)
    }

    /// What a page leads to: forms before links, because what is found is open for a while only.
    fn goes_on(&self, page: &Page, asks: &mut VecDeque<Ask>) {
        if !page.leads_to().is_empty() {
            asks.push_front(Ask::Answer(page.leads_to().to_owned()));
            return;
        }
        for link in page.links().into_iter().filter(|link| link.starts_with('/')) {
            asks.push_back(Ask::Page(link));
        }
        for form in page.all_forms().into_iter().rev() {
            let owned = |pairs: Vec<(&str, &str)>| {
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            };
            let begins = |start: &&str| form.action.starts_with(*start);
            if ABOUT_CHILDREN.iter().chain(&OF_THE_TRAIL).any(begins) {
                let filled = form.clone().filled_by(self.typed);
                asks.push_front(Ask::Form(form.action.clone(), owned(filled.pairs())));
                asks.push_front(Ask::Form(form.action.clone(), owned(form.pairs())));
            }
        }
    }

    /// What the pages did not offer, by its address: a handle that was made up, an id of nobody, an empty form. What their roles do
    /// not carry is refused before anything is looked at, which `permissions` tries for every role at every route.
    async fn by_address(&mut self, all: &mut Vec<Seen>) {
        let token = self.browser.get("/account").await.form_token();
        for route in routes().filter(|route| route.rule != RouteRule::Open) {
            if !self.asks(route.method, route.path) {
                continue;
            }
            let carried = route.rule.permission().is_none_or(|asked| allows(self.roles, asked));
            if !carried || self.times.contains_key(&(route.method, route.path)) {
                continue;
            }
            let (path, mut fields) = minimal(route);
            let page = if route.method == "GET" {
                self.browser.get(&path).await
            } else {
                fields.push(("form_token", &token));
                self.browser.post(&path, &fields).await
            };
            all.push(seen(format!("{} {} {path} by its address", self.person, route.method), &page));
        }
    }
}

/// What a stranger is answered at the pages that anybody may ask for.
pub async fn stranger(browser: &mut Browser<'_>, all: &mut Vec<Seen>) {
    for route in routes().filter(|route| route.rule == RouteRule::Open && compares(route.method, route.path))
    {
        let (path, mut fields) = minimal(route);
        let token = browser.get("/sign-in").await.form_token();
        let page = if route.method == "GET" {
            browser.get(&path).await
        } else {
            fields.push(("form_token", &token));
            browser.post(&path, &fields).await
        };
        all.push(seen(format!("stranger {} {path}", route.method), &page));
    }
}
