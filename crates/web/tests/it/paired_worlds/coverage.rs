//! Every route is asked in both worlds, or stands here with its reason.

use std::collections::BTreeSet;

use web::routes;

use super::Seen;
use crate::walk::known_route;

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

/// The routes that somebody asked who may. What was asked reads `person METHOD /address …`.
pub fn routes_asked(seen: &[Seen]) -> impl Iterator<Item = (&'static str, &'static str)> {
    seen.iter().filter(|seen| seen.status != 403).filter_map(|seen| {
        let mut words = seen.asked.split(' ').skip(1);
        let route = known_route(words.next()?, words.next()?)?;
        Some((route.method, route.path))
    })
}

/// Fails for a route that was neither asked by somebody who may nor is excused, and for an excuse that is none.
pub fn assert_complete(mut known: BTreeSet<(&'static str, &'static str)>) {
    for (method, path, why) in NOT_COMPARED {
        assert!(known.insert((method, path)), "{method} {path} is compared after all, although: {why}");
    }
    let left_out: Vec<_> =
        routes().map(|route| (route.method, route.path)).filter(|route| !known.contains(route)).collect();
    assert!(left_out.is_empty(), "not asked in the two worlds: {left_out:?}");
    assert_eq!(known.len(), routes().count(), "an excuse is for a route that does not exist");
}
