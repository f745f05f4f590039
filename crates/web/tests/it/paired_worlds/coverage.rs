//! Every route is asked in both worlds by somebody who may, and something comes of it; or it stands on a list with its reason.

use std::collections::BTreeSet;

use directory::access::{Permission, Role, allows};
use web::routes;

use super::Seen;
use super::answered_otherwise::ANSWERED_OTHERWISE;
use crate::walk::known_route;

/// A route by its method and path.
pub type Route = (&'static str, &'static str);

/// Routes whose answers are not compared, and why that is right.
const NOT_COMPARED: &[(&str, &str, &str)] = &[
    ("GET", "/published", SIGNATURE),
    ("GET", "/published.json", SIGNATURE),
    ("GET", "/published/checkpoint.txt", SIGNATURE),
    ("GET", "/published/audit-key.txt", SIGNATURE),
    (
        "POST",
        "/sign-in/passkey",
        "its challenge is of a library's own chance, before anybody has said who they are",
    ),
    ("GET", "/sign-in/provider/answer", "takes a provider's word about a person, and of no child"),
    ("POST", "/sign-out", "it ends a session and says so: nothing of any child is read"),
];

const SIGNATURE: &str = "a signature over sealed entries, which hold what was loaded, is never the same twice; what it is computed from is public";

/// Whether the answers of a route can be compared.
pub fn compares(method: &str, path: &str) -> bool {
    NOT_COMPARED.iter().all(|(not, at, _)| (*not, *at) != (method, path))
}

/// Whether something comes of an answer: a page, a document, or where to go on.
const fn comes_of_it(status: u16) -> bool {
    status >= 200 && status < 400
}

/// The routes that somebody asked and of which something came. What was asked reads `person METHOD /address …`.
pub fn routes_answered(seen: &[Seen]) -> impl Iterator<Item = Route> {
    seen.iter().filter(|seen| comes_of_it(seen.status)).filter_map(|seen| route_of(&seen.asked))
}

/// The routes that somebody asked who may, whatever came of it.
pub fn routes_asked(seen: &[Seen]) -> impl Iterator<Item = Route> {
    seen.iter().filter(|seen| seen.status != 403).filter_map(|seen| route_of(&seen.asked))
}

fn route_of(asked: &str) -> Option<Route> {
    let mut words = asked.split(' ').skip(1);
    let route = known_route(words.next()?, words.next()?)?;
    Some((route.method, route.path))
}

/// The same for those who look in these roles alone. What none of them carries is refused before anything is looked at, which
/// `permissions` tries for every role at every route; every other route is asked, and something comes of it, or it is excused: as
/// everywhere, or here. An excuse of this place that is none fails.
pub fn assert_theirs_complete(
    looking: &[&[Role]],
    asked: &BTreeSet<Route>,
    known: &BTreeSet<Route>,
    excused: &[(&str, &[Route])],
) {
    let everywhere: BTreeSet<Route> =
        ANSWERED_OTHERWISE.iter().flat_map(|(_, routes)| routes.iter().copied()).collect();
    let here: BTreeSet<Route> = excused.iter().flat_map(|(_, routes)| routes.iter().copied()).collect();
    for (why, routes) in excused {
        for route in *routes {
            assert!(!known.contains(route), "something comes of {route:?} after all, although: {why}");
        }
    }
    let carried = |permission: Permission| looking.iter().any(|roles| allows(roles, permission));
    let theirs = routes()
        .filter(|route| route.rule.permission().is_none_or(carried) && compares(route.method, route.path))
        .map(|route| (route.method, route.path));
    let left_out: Vec<_> = theirs
        .filter(|route| !known.contains(route) && !here.contains(route))
        .filter(|route| !(asked.contains(route) && everywhere.contains(route)))
        .collect();
    assert!(left_out.is_empty(), "not asked of their own authority, or nothing came of it: {left_out:#?}");
}

/// Fails for a route that was neither asked by somebody who may, and answered, nor is excused, and for an excuse that is none.
pub fn assert_complete(asked: &BTreeSet<Route>, mut known: BTreeSet<Route>) {
    for (method, path, why) in NOT_COMPARED {
        assert!(known.insert((method, path)), "{method} {path} is compared after all, although: {why}");
    }
    for (why, routes) in ANSWERED_OTHERWISE {
        for (method, path) in routes {
            assert!(asked.contains(&(*method, *path)), "{method} {path} is not asked by anybody who may");
            assert!(
                known.insert((method, path)),
                "something comes of {method} {path} after all, although: {why}"
            );
        }
    }
    let left_out: Vec<_> =
        routes().map(|route| (route.method, route.path)).filter(|route| !known.contains(route)).collect();
    assert!(left_out.is_empty(), "not asked in the two worlds, or nothing came of it: {left_out:#?}");
    assert_eq!(known.len(), routes().count(), "an excuse is for a route that does not exist");
}
