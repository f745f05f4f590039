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
const PAGES: [(&str, &str, &str); 16] = [
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
    ("dana", "/records/join", "/records/join/compare"),
    ("dana", "/records/take-apart", "/records/take-apart/choose"),
    ("nurse", "/protection", "/protection/request"),
    ("manager", "/shields/transfers", "/shields/transfers/offer"),
    ("manager", "/register/propose", "/register/propose"),
    ("auditor", "/audit", "/audit"),
];

/// Every file of the pages that reads a number somebody posted, and the form of [`PAGES`] by which it is tried; or why it is tried
/// at the service alone, with every use case that takes one.
const READ_IN: [(&str, &str); 19] = [
    ("archive.rs", "/record/archive/open"),
    ("audit.rs", "/audit"),
    ("brokering.rs", "/brokering/request"),
    ("consent.rs", "/consent/withdraw"),
    ("criteria.rs", "/search"),
    ("disputes_new.rs", "/disputes/new"),
    ("holds.rs", "/retention/holds/propose"),
    ("identities.rs", "/identities/records"),
    ("identities_form.rs", "/identities/records"),
    ("participation.rs", "the number of the record from which the page was opened"),
    ("protection.rs", "/protection/request"),
    ("records.rs", "/records/join/compare"),
    ("records_apart.rs", "/records/take-apart/choose"),
    ("records_words.rs", "/records/join/compare"),
    ("register.rs", "/register/propose"),
    ("retention.rs", "/retention/calendar"),
    ("shields_request.rs", "the numbers of the household that the page has listed"),
    ("shields_transfers.rs", "/shields/transfers/offer"),
    ("subject_requests_new.rs", "/subject-requests/new"),
];

#[test]
fn every_page_that_reads_a_number_is_tried() {
    let pages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    let files = std::fs::read_dir(pages).unwrap().map(|entry| entry.unwrap().path());
    let reading = files.filter(|path| path.extension().is_some_and(|is| is == "rs")).filter(|path| {
        let source = std::fs::read_to_string(path).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        ["ChildNumber::parse", " child_number(", "read_number("].iter().any(|reads| source.contains(reads))
    });
    let mut reading: Vec<String> =
        reading.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    reading.sort();
    assert_eq!(reading, READ_IN.map(|(file, _)| file), "reads a number, and nobody tries a former one there");
    for (file, tried) in READ_IN.iter().filter(|(_, tried)| tried.starts_with('/')) {
        assert!(PAGES.iter().any(|(.., action)| action == tried), "{file}: {tried} is not tried");
    }
}

/// Maya, whose identity was closed: what social care says of her goes on under a new number. Her former number, and the one under
/// which she goes on.
async fn world(db: TestDatabases) -> (Site, [String; 2]) {
    let site = Site::with_children(db).await.with_more_people().await;
    let authority = site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
    site.organisation("North Invented Council", "authority", Some("E10000021")).await;
    site.account("dana", "Dana Whitcombe", Role::DataAdministrator, authority).await;
    let named = |source: &str| vec![(source.to_owned(), "maya".to_owned())];
    let former = site.directory.numbers_of_records(&named("schools-census")).await.unwrap().remove(0);
    let seal = SealProposal {
        former: [named("schools-census"), named("nhs-gp")].concat(),
        current: named("social-care"),
        ..SealProposal::default()
    };
    let (first, second) = (site.signed_in("manager").await, site.signed_in("manager2").await);
    let goes_on = site.directory.seal_identities(&first, &second, &seal).await.unwrap();
    (site, [former.to_string(), goes_on.to_string()])
}

fn filled(form: Form, number: &str, another: &str) -> Form {
    form.filled_by(|field| {
        let text = match field {
            "child_number" | "number" | "first" | "survivor" => number,
            "second" | "other" => another,
            "to" => "North Invented Council",
            "body" => "West Yorkshire Police",
            "reference" => "WA-26-0417",
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

async fn everything(
    site: &Site,
    [number, another]: [&str; 2],
    statements: &Statements,
) -> (Vec<Seen>, Vec<String>) {
    let mut all = Vec::new();
    for (person, at, action) in PAGES {
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut browser = match person {
            "auditor" => Browser::signed_in(site, person).await,
            _ => Browser::with_reason(site, person).await,
        };
        let page = browser.get(at).await;
        let form = match action {
            // Beside a number nothing else is asked.
            "/search" | "/audit" => page.form(action).with("child_number", number),
            _ => filled(page.form(action), number, another),
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
        let (this, [former, goes_on]) = world(db).await;
        let (other, same) = world(other_db).await;
        assert_eq!([&former, &goes_on], same.each_ref());
        let never = ChildNumber::from_random([41; 16]).to_string();
        let statements = Statements::heard();
        let (seen_here, asked_here) = everything(&this, [&former, &goes_on], &statements).await;
        let (seen_there, asked_there) = everything(&other, [&never, &goes_on], &statements).await;
        assert_eq!(seen_here.len(), PAGES.len());
        assert_alike(&seen_here, &seen_there);
        let more = more_of(&asked_here, &asked_there);
        assert!(asked_here.len() > 100 && more.is_empty(), "the databases were asked otherwise: {more:#?}");
        for seen in &seen_here {
            assert!(!seen.body.contains("Maya") && !seen.body.contains("error reference"), "{}", seen.asked);
        }
    }
}
