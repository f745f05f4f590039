//! Every route that declares an entry of the trail, used once as it is meant, through the forms and links of our own pages:
//! the entry is there afterwards, and nothing else is. And how each route is asked at the least.
//!
//! The walk is cut into rooms, each a journey of its own; rooms that do not disturb each other are walked one after another
//! on one service. A route belongs to the room that names the longest beginning of its path; a room whose journey leaves one
//! of its routes out fails, and so does a route without a room.

mod accounts;
mod accreditation;
mod brokering;
mod children;
mod connecting;
mod enrolment;
mod families;
mod feeding;
mod identities;
mod ledger;
mod organisations;
mod overrides;
mod own;
mod reading;
mod records;
mod register;
mod retention;
mod shields;
mod sign_in;
mod watching;

use testkit::{TestDatabases, on_both_databases};
use web::{Route, Trail, routes};

use crate::site::Site;
use ledger::Walk;
pub use ledger::{entries, known_route};
pub use sign_in::answered_at;

/// The journeys, each with the beginnings of the paths it walks.
macro_rules! rooms {
    ($($test:ident { $($room:ident walks $paths:expr;)+ })+) => {
        const ROOMS: &[(&str, &[&str])] = &[$($((stringify!($room), &$paths)),+),+];

        on_both_databases! {
            $(async fn $test(db: TestDatabases) {
                let site = Site::with_children(db).await.with_more_people().await;
                let mut walk = Walk::open(&site).await;
                $($room::walk(&mut walk).await;
                walk.leaves(stringify!($room));)+
                walk.store.close().await;
            })+
        }
    };
}

rooms! {
    what_people_do_themselves_is_written {
        children walks ["/reason", "/search", "/record", "/mediation"];
        reading walks ["/audit"];
        own walks ["/account", "/passkeys", "/sessions", "/password", "/authenticator"];
        sign_in walks ["/sign-in", "/sign-out", "/step-up"];
        overrides walks ["/record/override", "/record/archive"];
    }
    what_is_done_to_organisations_and_released_is_written {
        organisations walks ["/organisations"];
        accreditation walks
            ["/accreditation", "/organisations/{id}/apply", "/organisations/{id}/conditions"];
        register walks ["/register"];
        families walks ["/subject-requests", "/disputes", "/complaints", "/source-tasks"];
        shields walks ["/shields", "/protection"];
        brokering walks ["/brokering", "/shields/brokering", "/consent"];
        retention walks ["/retention"];
        feeding walks ["/sources"];
        connecting walks ["/connections", "/products"];
    }
    what_is_done_to_people_is_written {
        enrolment walks ["/enrolment", "/enrol", "/recovery"];
        watching walks ["/alerts", "/investigations", "/notices", "/evidence"];
        accounts walks ["/accounts"];
        identities walks ["/identities"];
    }

    what_is_decided_about_records_is_written {
        records walks ["/records", "/identities/joining"];
    }
}

/// The room of a path.
fn room_of(path: &str) -> Option<&'static str> {
    let begins =
        |start: &str| path == start || path.strip_prefix(start).is_some_and(|rest| rest.starts_with('/'));
    let all = ROOMS.iter().flat_map(|(room, starts)| starts.iter().map(move |start| (*room, *start)));
    all.filter(|(_, start)| begins(start)).max_by_key(|(_, start)| start.len()).map(|(room, _)| room)
}

#[test]
fn every_route_that_declares_an_entry_is_walked_in_a_room() {
    for route in routes() {
        if let Trail::Writes(action) = route.trail {
            assert!(
                room_of(route.path).is_some(),
                "{} {} declares {action}: give it a room",
                route.method,
                route.path
            );
        }
    }
}

type Fields = Vec<(&'static str, &'static str)>;

/// How a route is asked at the least: its path with something in every place of it, and for a post a form that it takes. A
/// new route is asked with an empty form until it has a line; what is wrong with that is told by the page, after the
/// permission was asked for.
pub fn minimal(route: &Route) -> (String, Fields) {
    let fields: Fields = match (route.method, route.path) {
        ("POST", "/sign-in") => vec![("username", "nobody"), ("password", "none")],
        ("POST", "/sign-in/code") => vec![("code", "000000")],
        ("POST", "/reason") => vec![("reason", "child_presents")],
        ("POST", "/search") => vec![("surname", "Okonjo"), ("street", "Mill Lane")],
        ("POST", "/record" | "/record/management" | "/record/override") => vec![("record", "none")],
        ("POST", "/record/open" | "/record/management/open") => {
            vec![("record", "none"), ("reason", "child_presents")]
        }
        ("POST", "/record/override/open" | "/record/override/ask") => {
            vec![("record", "none"), ("reason", "missing_child"), ("acknowledged", "yes")]
        }
        ("POST", "/record/override/review" | "/record/override/together") => vec![("request", "none")],
        ("POST", "/record/override/decide") => vec![("request", "none"), ("decision", "refuse")],
        ("POST", "/mediation/search") => {
            vec![("colleague", "nobody"), ("surname", "Okonjo"), ("street", "Mill Lane")]
        }
        ("POST", "/mediation/reason") => vec![("record", "none")],
        ("POST", "/mediation/ask") => vec![("record", "none"), ("reason", "child_presents")],
        ("POST", "/mediation/decide") => vec![("request", "none"), ("decision", "approve")],
        ("POST", "/mediation/review" | "/mediation/open" | "/mediation/withdraw") => {
            vec![("request", "none")]
        }
        ("POST", "/enrolment") => vec![("username", "nobody")],
        ("POST", "/enrol") => vec![("username", "nobody"), ("enrolment_code", "none")],
        ("POST", "/enrol/finish") => vec![("step", "none")],
        ("POST", "/recovery/new") => {
            vec![("username", "nobody"), ("document", "passport"), ("document_number", "A1234567")]
        }
        ("POST", "/recovery/decide") => vec![("recovery", "none"), ("decision", "approve")],
        ("POST", "/recovery/code") => vec![("recovery", "none")],
        _ => Vec::new(),
    };
    (filled(route.path), fields)
}

/// The path with something where it has a name in braces: an id of nobody and nothing.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{id}" | "{entry}" => "00000000-0000-4000-8000-000000000000",
        named if named.starts_with('{') => "none",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
