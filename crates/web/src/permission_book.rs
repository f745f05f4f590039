//! The permission book: docs/permissions.md, printed from the one table of roles, the capabilities they need, and what
//! every route declares. A test fails while the page says anything else.

use std::fmt::Write as _;

use directory::access::{DangerousAct, Permission, Role, allows};
use directory::vocabulary::Vocabulary;

use crate::route::{FreshProof, Route, RouteRule, Trail};
use crate::router::routes;

/// The kinds of organisation at which a role may be held.
const KINDS: [(&str, &str); 5] = [
    ("authority", "a local authority"),
    ("partner", "a partner under an authority"),
    ("national_partner", "a national partner"),
    ("national_source", "a national source"),
    ("centre", "the centre"),
];

/// The page, in Markdown.
#[must_use]
pub fn permission_book() -> String {
    let words = Vocabulary::shipped();
    let mut book = String::from(INTRODUCTION);
    book.push_str("\n## Roles\n\n| role | may be held at | reaches |\n|---|---|---|\n");
    for &role in Role::ALL {
        line(&mut book, &[words.role(role), &held_at(role), reach(role)]);
    }
    book.push_str("\n## What each role may do\n\n");
    for &role in Role::ALL {
        let _ = write!(book, "**{}** (`{}`): ", words.role(role), role.code());
        let may: Vec<&str> =
            role.permissions().iter().map(|&permission| words.permission(permission)).collect();
        let _ = writeln!(book, "{}.\n", may.join("; "));
    }
    book.push_str("## Why each role may look for a child\n\nBefore the first search a person says why they look, from \
         the reasons of their roles and no others. They are offered in this order.\n\n| role | reasons |\n|---|---|\n");
    for &role in Role::ALL.iter().filter(|role| !role.reasons().is_empty()) {
        let reasons: Vec<&str> = role.reasons().iter().map(|&reason| words.reason(reason)).collect();
        line(&mut book, &[words.role(role), &reasons.join("; ")]);
    }
    book.push_str("\n## Permissions\n\nA capability is one of the accreditation's questions (rule 11.4): while the organisation \
         where the role is held is not accredited for it, the permission is off.\n\n| permission | code | capability | roles |\n|---|---|---|---|\n");
    for &permission in Permission::ALL {
        let roles: Vec<&str> = holders(permission).into_iter().map(|role| words.role(role)).collect();
        let needs = permission.needs().map_or("", |capability| words.capability(capability));
        line(
            &mut book,
            &[words.permission(permission), &format!("`{}`", permission.code()), needs, &roles.join(", ")],
        );
    }
    book.push_str("\n## Dangerous acts\n\nFor these an open session is not enough: the person proves afresh who they are, by passkey, by code or through their \
         organisation's provider, and the proof counts for the minutes that the policy gives it (5 by default). The use case asks, whatever led to it. \
         Where the table of routes says \"each time\", another proof is none: it is given for this one act, about this one thing, and used up by it.\n\n\
         | act | code | asked of who may |\n|---|---|---|\n");
    for &act in DangerousAct::ALL {
        let may: Vec<&str> =
            act.permissions().iter().map(|&permission| words.permission(permission)).collect();
        line(&mut book, &[words.dangerous_act(act), &format!("`{}`", act.code()), &may.join("; or ")]);
    }
    book.push_str("\n## Routes\n\nEvery page there is. A route that is not declared does not exist; the declared entry is written before the answer.\n\n\
         | route | asks for | fresh proof | trail |\n|---|---|---|---|\n");
    let mut all: Vec<&Route> = routes().collect();
    all.sort_by_key(|route| (route.path, route.method));
    for route in all {
        let asked = asked(route.rule, &words);
        let path = format!("`{} {}`", route.method, route.path);
        line(&mut book, &[&path, &asked, &proof(route.fresh_proof), &trail(route.trail)]);
    }
    book
}

const INTRODUCTION: &str = "\
# Who may do what

Printed from the one table of roles in `directory::access` and from the declarations of the routes; do not edit. To print it
again: `UPDATE_DOCS=1 cargo nextest run -p web permission_book`.

A person may hold several roles (rule 12.2), each at an organisation. What a role carries reaches that organisation; some roles,
held at an authority, reach its partners, and held at the centre reach everybody. A permission is only the first question: a use
case also asks whether the role reaches the organisation concerned, and nobody approves their own (rule 12.13). What is not in the
table is not permitted.
";

/// The roles that carry a permission.
pub(crate) fn holders(permission: Permission) -> Vec<Role> {
    Role::ALL.iter().copied().filter(|&role| allows(&[role], permission)).collect()
}

pub(crate) fn held_at(role: Role) -> String {
    let kinds: Vec<&str> =
        KINDS.iter().filter(|(kind, _)| role.may_be_held_at(kind)).map(|(_, words)| *words).collect();
    if kinds.len() == KINDS.len() { "any organisation".to_owned() } else { kinds.join(", ") }
}

pub(crate) fn reach(role: Role) -> &'static str {
    if role.reaches_below() {
        "its organisation; from an authority its partners; from the centre everybody"
    } else {
        "its organisation"
    }
}

fn asked(rule: RouteRule, words: &Vocabulary) -> String {
    match rule {
        RouteRule::Open => "nothing: open to anyone".to_owned(),
        RouteRule::AnySignedIn => "being signed in".to_owned(),
        RouteRule::SignedIn(permission) => words.permission(permission).to_owned(),
        RouteRule::WithReason(permission) => {
            format!("{}, with a stated reason", words.permission(permission))
        }
    }
}

fn proof(proof: FreshProof) -> String {
    match proof {
        FreshProof::NotAsked => String::new(),
        FreshProof::BeforeTheForm(act) => format!("`{}`, before the form", act.code()),
        FreshProof::ByTheUseCase(acts) => codes(acts),
        FreshProof::EachTime(acts) => format!("{}, each time", codes(acts)),
    }
}

fn codes(acts: &[DangerousAct]) -> String {
    acts.iter().map(|act| format!("`{}`", act.code())).collect::<Vec<_>>().join(", ")
}

fn trail(trail: Trail) -> String {
    match trail {
        Trail::Writes(action) => format!("`{action}`"),
        Trail::Silent(why) => format!("none: {why}"),
    }
}

fn line(book: &mut String, cells: &[&str]) {
    let _ = writeln!(book, "| {} |", cells.join(" | "));
}
