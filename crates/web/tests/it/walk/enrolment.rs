//! Enrolling a person, and bringing one back who has lost their sign-in details.

use super::ledger::Walk;
use super::own::{key_on, shown_code};
use crate::browser::{Browser, Page};
use crate::site::PASSWORD;

pub async fn walk(walk: &mut Walk<'_>) {
    let mut rosalind = walk.person("rosalind").await;
    let page = walk.get(&mut rosalind, "/enrolment").await;
    let shown = walk.send(&mut rosalind, page.form("/enrolment").with("username", "newcomer")).await;
    assert_eq!(shown.heading(), "Enrolment code", "{}", shown.main());
    set_details(walk, "newcomer", &shown).await;
    recovered(walk, "refuse").await;
    let shown = recovered(walk, "approve").await.expect("a code");
    set_details(walk, "nurse", &shown).await;
    told(walk).await;
}

/// The holder of `username` sets new details with the code on the page, after a wrong one.
async fn set_details(walk: &mut Walk<'_>, username: &str, shown: &Page) {
    let code = shown.between("id=\"enrolment-code\">", "<").expect("a code").to_owned();
    let mut holder = Browser::new(walk.site);
    let page = walk.get(&mut holder, "/enrol").await;
    let form = page.form("/enrol").with("username", username);
    let page = walk.refused(&mut holder, form.with("enrolment_code", "ABCD-EFGH-JKLM")).await;
    let form = page.form("/enrol").filled(&[("username", username), ("enrolment_code", &code)]);
    let page = walk.send(&mut holder, form).await;
    assert_eq!(page.heading(), "Choose a password and an authenticator", "{}", page.main());
    let code = shown_code(walk.site, &key_on(&page));
    let form = page.form("/enrol/finish").filled(&[("password", PASSWORD), ("code", &code)]);
    let done = walk.send(&mut holder, form).await;
    assert_eq!(done.heading(), "You can sign in now", "{}", done.main());
}

/// Rosalind has seen the nurse and their passport; Piotr decides; Rosalind fetches the code, if there is one.
async fn recovered(walk: &mut Walk<'_>, decision: &str) -> Option<Page> {
    let mut rosalind = walk.person("rosalind").await;
    let page = walk.get(&mut rosalind, "/recovery").await;
    let page = walk.follow(&mut rosalind, &page, "/recovery/new").await;
    let fields = [("username", "nurse"), ("document", "passport"), ("document_number", "533401372")];
    walk.onward(&mut rosalind, page.form("/recovery/new").filled(&fields)).await;
    let mut piotr = walk.person("piotr").await;
    let list = walk.get(&mut piotr, "/recovery").await;
    assert!(list.body.contains("Passport, 533401372"), "{}", list.main());
    walk.send(&mut piotr, list.form("/recovery/decide").with("decision", decision)).await;
    if decision == "refuse" {
        return None;
    }
    let mut rosalind = walk.person("rosalind").await;
    let list = walk.get(&mut rosalind, "/recovery").await;
    Some(walk.send(&mut rosalind, list.form("/recovery/code")).await)
}

async fn told(walk: &mut Walk<'_>) {
    let mut nurse = walk.person("nurse").await;
    let told = walk.led(&mut nurse, "/").await;
    assert_eq!(told.leads_to(), "/recovery/told", "before anything else");
    let page = walk.get(&mut nurse, "/recovery/told").await;
    assert!(
        page.body.contains("Rosalind Achebe") && page.body.contains("Piotr Zielinski"),
        "{}",
        page.main()
    );
    assert_eq!(walk.send(&mut nurse, page.form("/recovery/told")).await.leads_to(), "/");
    assert_eq!(walk.led(&mut nurse, "/").await.leads_to(), "/reason", "and once only");
}
