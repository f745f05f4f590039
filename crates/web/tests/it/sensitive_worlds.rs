//! Two worlds that differ only in sensitive services answer alike to everybody who may not know of one (law 4, decision 17): in
//! one of them a clinic works with each child, in the other none does. The clinic is an organisation of the directory itself in
//! both, and gives nothing away there either.

use testkit::{TestDatabases, on_both_databases};
use web::routes;

use crate::browser::Browser;
use crate::paired_worlds::statements::Statements;
use crate::paired_worlds::{LOOKERS, Seen, assert_alike, audit, more_of, seen};
use crate::site::Site;

const CLINIC: &str = "Quiet Harbour Clinic";

const PEOPLE: [&str; 5] = ["nurse", "manager", "auditor", "lead", "central"];

/// Pages with a checkpoint, which is a signature over sealed entries and never the same twice; and the public figures beside it.
const SIGNED: [&str; 4] =
    ["/published", "/published.json", "/published/checkpoint.txt", "/published/audit-key.txt"];

const CHILDREN: [(&str, &str, &str, &str); 1] = [("linnet", "Linnet", "Ashdown", "2014-05-06")];

/// A world: whether the clinic works with the children.
async fn world(db: TestDatabases, sensitive: bool) -> Site {
    let site = Site::with_children(db).await.with_more_people().await;
    site.organisation(CLINIC, "partner", Some("E10000015")).await;
    for (record, forenames, surname, born) in CHILDREN {
        let mut row = vec![
            ("record_id", record),
            ("effective_at", "2026-09-01"),
            ("forenames", forenames),
            ("surname", surname),
            ("date_of_birth", born),
            ("gender", "F"),
            ("address_kind", "current"),
            ("address_line_1", "7 Larch Rise"),
            ("town", "St Albans"),
            ("postcode", "AL3 4EF"),
            ("involvement_1_service", "youth_worker"),
            ("involvement_1_organisation", "Pier Youth Club"),
            ("caf_exists", "no"),
        ];
        if sensitive {
            row.extend([
                ("involvement_2_service", "sexual_health"),
                ("involvement_2_organisation", CLINIC),
                ("involvement_2_practitioner", "Wilhelmina Frost"),
                ("involvement_2_telephone", "01632 960777"),
                ("involvement_2_basis", "consent"),
                ("involvement_2_consent", "child_of_understanding"),
                ("involvement_2_asserted_by", CLINIC),
                ("involvement_2_asserted_on", "2026-08-03"),
                ("involvement_2_marker", "yes"),
            ]);
        }
        site.load("social-care", &[&row]).await;
    }
    site.clock.advance(jiff::SignedDuration::from_mins(30));
    site
}

/// Each child is looked for, opened and asked about, by what is true of it and by what only the hidden service would make true.
async fn looks(site: &Site, person: &str, all: &mut Vec<Seen>) {
    site.clock.advance(jiff::SignedDuration::from_secs(31));
    let mut browser = Browser::with_reason(site, person).await;
    for (record, forenames, surname, born) in CHILDREN {
        let [year, month, day] = [0..4, 5..7, 8..10].map(|part| &born[part]);
        let questions: [Vec<(&str, &str)>; 4] = [
            vec![("surname", surname), ("birth_day", day), ("birth_month", month), ("birth_year", year)],
            vec![("surname", surname), ("forenames", forenames), ("street", "Larch Rise")],
            vec![("surname", "Frost"), ("street", "Larch Rise")],
            vec![("surname", surname), ("school", CLINIC)],
        ];
        for question in &questions {
            let page = browser.search(question).await;
            all.push(seen(format!("{person} asks {question:?}"), &page));
            if page.handles().len() == 1 {
                all.push(seen(format!("{person} opens {record}"), &browser.open_only_result(&page).await));
            }
        }
        let named = [("social-care".to_owned(), record.to_owned())];
        let number = site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
        let page = browser.get("/brokering/ask").await;
        let form = page.form("/brokering/request").filled(&[
            ("child_number", number.as_str()),
            ("reason", "planning_support"),
            ("telephone", "01632 960123"),
        ]);
        all.push(seen(
            format!("{person} asks to be put in touch"),
            &browser.post(&form.action, &form.pairs()).await,
        ));
        all.push(seen(format!("{person} GET /brokering"), &browser.get("/brokering").await));
    }
}

async fn everything(site: &Site, statements: &Statements) -> Vec<(Vec<Seen>, Vec<String>)> {
    let mut rounds = Vec::new();
    let mut all = Vec::new();
    for person in LOOKERS {
        looks(site, person, &mut all).await;
    }
    rounds.push((all, statements.settled().await));
    let mut all = Vec::new();
    for person in PEOPLE {
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut browser = Browser::signed_in(site, person).await;
        let asked = routes().filter(|route| route.method == "GET" && !route.path.contains('{'));
        for route in asked.filter(|route| !SIGNED.contains(&route.path)) {
            all.push(seen(format!("{person} GET {}", route.path), &browser.get(route.path).await));
        }
        let listed = browser.get("/organisations?named=Quiet").await;
        all.push(seen(format!("{person} looks for the clinic"), &listed));
    }
    all.extend(audit(site, &LOOKERS).await);
    rounds.push((all, statements.settled().await));
    rounds
}

on_both_databases! {
    async fn a_sensitive_service_changes_no_byte_of_any_ordinary_page_and_no_statement(db: TestDatabases) {
        let other_db = TestDatabases::on(db.engine()).await;
        let with = world(db, true).await;
        let without = world(other_db, false).await;
        let statements = Statements::heard();
        let here = everything(&with, &statements).await;
        let there = everything(&without, &statements).await;
        let opened = here[0].0.iter().filter(|seen| seen.asked.contains(" opens ")).count();
        assert!(opened >= LOOKERS.len() * CHILDREN.len(), "{opened} records opened");
        let all = || here.iter().flat_map(|(seen, _)| seen);
        let named = all().find(|seen| seen.body.contains("Wilhelmina") || seen.body.contains("960777"));
        assert!(named.is_none(), "a page names a sensitive service: {named:?}");
        for ((seen_here, asked_here), (seen_there, asked_there)) in here.iter().zip(&there) {
            assert_alike(seen_here, seen_there);
            assert!(asked_here.len() > 100, "{} statements were heard", asked_here.len());
            let more = more_of(asked_here, asked_there);
            assert!(more.is_empty(), "the databases were asked otherwise: {more:#?}");
        }
    }
}
