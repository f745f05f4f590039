//! The number of a sealed former identity is answered as one that was never issued, on every page that takes a number and by
//! every role (laws 5 and 8): the same bytes, the same statements, the same numbers of rows.
//!
//! One world is built twice, to the last byte; in one of them everybody asks with the number of the former identity, in the
//! other with a number that belongs to nobody.

use directory::ChildNumber;
use directory::access::Role;
use service::SealProposal;
use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::form::Form;
use crate::paired_worlds::statements::Statements;
use crate::paired_worlds::{Seen, assert_alike, more_of, seen};
use crate::site::{AUTHORITY, Site};

/// A page whose form takes a number, the form it leads to, and somebody who may send it.
const PAGES: [(&str, &str, &str); 10] = [
    ("nurse", "/search", "/search"),
    ("nurse", "/brokering/ask", "/brokering/request"),
    ("nurse", "/consent/withdraw", "/consent/withdraw"),
    ("manager", "/retention", "/retention/calendar"),
    ("manager", "/retention/death", "/retention/death"),
    ("manager", "/retention/holds", "/retention/holds/propose"),
    ("manager", "/identities", "/identities/records"),
    ("manager", "/subject-requests/new", "/subject-requests/new"),
    ("manager", "/disputes/new", "/disputes/new"),
    ("dana", "/record/archive", "/record/archive/open"),
];

/// Maya, whose identity was closed: what social care says of her goes on under a new number. And her former number.
async fn world(db: TestDatabases) -> (Site, String) {
    let site = Site::with_children(db).await.with_more_people().await;
    let authority = site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
    site.account("dana", "Dana Whitcombe", Role::DataAdministrator, authority).await;
    let named = |source: &str| vec![(source.to_owned(), "maya".to_owned())];
    let former = site.directory.numbers_of_records(&named("schools-census")).await.unwrap().remove(0);
    let seal = SealProposal {
        former: [named("schools-census"), named("nhs-gp")].concat(),
        current: named("social-care"),
        ..SealProposal::default()
    };
    let (first, second) = (site.signed_in("manager").await, site.signed_in("manager2").await);
    site.directory.seal_identities(&first, &second, &seal).await.unwrap();
    (site, former.to_string())
}

fn filled(form: Form, number: &str) -> Form {
    form.filled_by(|field| {
        let text = match field {
            "child_number" | "first" => number,
            "telephone" => "01632 960123",
            "evidence_number" => "SAR-26-0417",
            "evidence_number_2" => "SAR-26-0418",
            _ if field.ends_with("_day") => "3",
            _ if field.ends_with("_month") => "11",
            "until_year" => "2027",
            _ if field.ends_with("_year") => "2025",
            _ => return None,
        };
        Some(text.to_owned())
    })
}

async fn everything(site: &Site, number: &str, statements: &Statements) -> (Vec<Seen>, Vec<String>) {
    let mut all = Vec::new();
    for (person, at, action) in PAGES {
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut browser = Browser::with_reason(site, person).await;
        let page = browser.get(at).await;
        let form = match action {
            // Beside a number nothing else is asked.
            "/search" => page.form(action).with("child_number", number),
            _ => filled(page.form(action), number),
        };
        let mut told = browser.post(&form.action, &form.pairs()).await;
        if !told.leads_to().is_empty() {
            let next = told.leads_to().to_owned();
            told = browser.get(&next).await;
        }
        told.body = told.body.replace(number, "the number");
        all.push(seen(format!("{person} POST {action}"), &told));
        site.directory.do_duties().await.unwrap();
    }
    (all, statements.settled().await)
}

on_both_databases! {
    async fn a_former_number_is_answered_as_one_that_was_never_issued_on_every_page(db: TestDatabases) {
        let other_db = TestDatabases::on(db.engine()).await;
        let (this, former) = world(db).await;
        let (other, same) = world(other_db).await;
        assert_eq!(former, same);
        let never = ChildNumber::from_random([41; 16]).to_string();
        let statements = Statements::heard();
        let (seen_here, asked_here) = everything(&this, &former, &statements).await;
        let (seen_there, asked_there) = everything(&other, &never, &statements).await;
        assert_eq!(seen_here.len(), PAGES.len());
        assert_alike(&seen_here, &seen_there);
        let more = more_of(&asked_here, &asked_there);
        assert!(asked_here.len() > 100 && more.is_empty(), "the databases were asked otherwise: {more:#?}");
        for seen in &seen_here {
            assert!(!seen.body.contains("Maya") && !seen.body.contains("error reference"), "{}", seen.asked);
        }
    }
}
