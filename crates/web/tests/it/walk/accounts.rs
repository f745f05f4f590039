//! An account from the request for it to its end, and joiners from a file.

use super::ledger::Walk;
use crate::browser::{Browser, Page};
use crate::site::AUTHORITY;

pub async fn walk(walk: &mut Walk<'_>) {
    let sheet = asked_for(walk).await;
    facts(walk, &sheet).await;
    roles(walk).await;
    moved(walk).await;
    closed(walk).await;
    misuse(walk).await;
    joiners(walk).await;
}

/// Somebody's page, found by their name.
async fn found<'a>(walk: &mut Walk<'a>, browser: &mut Browser<'a>, words: &str) -> String {
    let page = walk.get(browser, "/accounts").await;
    let list = walk.send(browser, page.form("/accounts").with("words", words)).await;
    let lines: Vec<&str> = list.main().split("href=\"/accounts/").collect();
    let line = lines.iter().rfind(|line| line.len() > 36 && line.as_bytes()[36] == b'"').expect(words);
    format!("/accounts/{}", &line[..36])
}

/// A lead's own organisation; the user manager's page of it leads to the sheet.
async fn asked_for(walk: &mut Walk<'_>) -> String {
    let mut rosalind = walk.person("rosalind").await;
    let page = walk.get(&mut rosalind, "/accounts").await;
    let soon = walk.follow(&mut rosalind, &page, "/accounts/soon").await;
    assert_eq!(soon.heading(), "What runs out soon");
    let page = walk.follow(&mut rosalind, &page, "/accounts/request").await;
    let form = page.form("/accounts/request").filled(&[
        ("name", "Bruno Keller"),
        ("username", "b.keller"),
        ("organisation", &organisation(walk, AUTHORITY).await),
        ("role", "practitioner"),
    ]);
    let sheet = walk.send(&mut rosalind, form).await.leads_to().to_owned();
    assert_eq!(walk.get(&mut rosalind, &sheet).await.heading(), "Bruno Keller");
    sheet
}

async fn organisation(walk: &Walk<'_>, name: &str) -> String {
    walk.site.directory.organisation_id(name).await.unwrap().unwrap().to_string()
}

/// What was seen of a person is recorded; the trainer records the training.
async fn facts(walk: &mut Walk<'_>, sheet: &str) {
    let mut rosalind = walk.person("rosalind").await;
    let page = walk.get(&mut rosalind, sheet).await;
    let page = walk.follow(&mut rosalind, &page, &format!("{sheet}/facts")).await;
    recorded(walk, &mut rosalind, &page, &format!("{sheet}/facts"), "clearance").await;
    trained(walk, sheet).await;
}

async fn trained(walk: &mut Walk<'_>, sheet: &str) {
    let mut trainer = walk.person("trainer").await;
    let at = format!("{sheet}/training");
    let page = walk.follow_from(&mut trainer, sheet, &at).await;
    recorded(walk, &mut trainer, &page, &at, "training_level_1").await;
}

async fn recorded<'a>(walk: &mut Walk<'a>, browser: &mut Browser<'a>, page: &Page, at: &str, kind: &str) {
    let form = page.form(at).filled(&[
        ("kind", kind),
        ("from_day", "2"),
        ("from_month", "11"),
        ("from_year", "2026"),
        ("evidence", "HR-2026/117"),
    ]);
    let sheet = walk.onward(browser, form).await;
    assert!(sheet.body.contains("HR-2026/117"), "{}", sheet.main());
}

/// A manager's role takes two user managers, and is taken away by one.
async fn roles(walk: &mut Walk<'_>) {
    let mut trainer = walk.person("trainer").await;
    let sheet = found(walk, &mut trainer, "reed").await;
    trained(walk, &sheet).await;
    for decision in ["refuse", "agree"] {
        let mut rosalind = walk.person("rosalind").await;
        let sheet = found(walk, &mut rosalind, "reed").await;
        let page = walk.follow_from(&mut rosalind, &sheet, &format!("{sheet}/roles")).await;
        let waiting =
            walk.onward(&mut rosalind, page.form(&format!("{sheet}/roles")).with("role", "manager")).await;
        assert!(waiting.forms("/accounts/proposals").is_empty(), "nobody decides on their own");
        let mut piotr = walk.person("piotr").await;
        let page = walk.get(&mut piotr, "/accounts/proposals").await;
        walk.onward(&mut piotr, page.form("/accounts/proposals").with("decision", decision)).await;
    }
    let mut piotr = walk.person("piotr").await;
    let sheet = found(walk, &mut piotr, "reed").await;
    let page = walk.follow_from(&mut piotr, &sheet, &format!("{sheet}/roles")).await;
    let takes = format!("{sheet}/roles/take");
    let of_manager = page.forms(&takes).into_iter().find(|form| form.value("role") == Some("manager"));
    let sure = walk.asks(&mut piotr, of_manager.expect("the role that was given")).await;
    walk.onward(&mut piotr, sure.form(&takes)).await;
}

async fn moved(walk: &mut Walk<'_>) {
    let mut rosalind = walk.person("rosalind").await;
    let sheet = found(walk, &mut rosalind, "keller").await;
    let moves = format!("{sheet}/move");
    let page = walk.follow_from(&mut rosalind, &sheet, &moves).await;
    let clinic = organisation(walk, "Mill Lane Clinic").await;
    let sure = walk.asks(&mut rosalind, page.form(&moves).with("organisation", &clinic)).await;
    let page = walk.onward(&mut rosalind, sure.form(&moves)).await;
    assert!(page.body.contains("Mill Lane Clinic"), "{}", page.main());
}

/// Suspended while away, in use again, closed for ever.
async fn closed(walk: &mut Walk<'_>) {
    let mut rosalind = walk.person("rosalind").await;
    let sheet = found(walk, &mut rosalind, "reed").await;
    let change = format!("{sheet}/change");
    let page = walk.follow_from(&mut rosalind, &sheet, &change).await;
    let suspends = page.form(&change).choices("change").into_iter().find(|one| one.starts_with("suspend:"));
    let sure = walk.asks(&mut rosalind, page.form(&change).with("change", &suspends.unwrap())).await;
    walk.onward(&mut rosalind, sure.form(&change)).await;
    let page = walk.get(&mut rosalind, &change).await;
    walk.onward(&mut rosalind, page.form(&change).with("change", "lift")).await;
    let page = walk.get(&mut rosalind, &change).await;
    let closes = page.form(&change).choices("change").into_iter().find(|one| one.starts_with("close:"));
    let sure = walk.asks(&mut rosalind, page.form(&change).with("change", &closes.unwrap())).await;
    let page = walk.onward(&mut rosalind, sure.form(&change)).await;
    assert!(page.body.contains("Closed"), "{}", page.main());
}

/// A manager, who manages no accounts, stops one at once.
async fn misuse(walk: &mut Walk<'_>) {
    let mut manager = walk.person("manager").await;
    let sheet = found(walk, &mut manager, "hussain").await;
    let misuse = format!("{sheet}/misuse");
    let page = walk.follow_from(&mut manager, &sheet, &misuse).await;
    walk.onward(&mut manager, page.form(&misuse)).await;
}

async fn joiners(walk: &mut Walk<'_>) {
    let mut rosalind = walk.person("rosalind").await;
    let page = walk.get(&mut rosalind, "/accounts/import").await;
    let joins = format!(
        "join,n.adeyemi,Nora Adeyemi,{AUTHORITY},practitioner,2026-03-01,ID-1,2026-03-01,HR-1,2025-12-01,DBS-1,2,\
         2026-02-01,TR-1,2026-03-01,AG-1,yes"
    );
    let file = format!("{}\n{joins}\n", service::Directory::import_header());
    let tried = walk.send(&mut rosalind, page.form("/accounts/import").with("file", &file)).await;
    assert!(tried.body.contains("What would be done"), "{}", tried.main());
    let done = walk.send(&mut rosalind, tried.form("/accounts/import")).await;
    assert!(done.body.contains("What was done"), "{}", done.main());
}
