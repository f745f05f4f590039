//! Alerts through the hands of those who watch, an investigation to its end, and the monthly pack.

use directory::access::Role;
use jiff::SignedDuration;

use super::ledger::Walk;
use crate::browser::{Browser, Page};
use crate::site::AUTHORITY;

pub async fn walk(walk: &mut Walk<'_>) {
    let mut manager = noticed(walk).await;
    let page = surname_alert(walk, &mut manager).await;
    let page = walk.onward(&mut manager, page.form("/alerts/take-on")).await;
    let page = walk.onward(&mut manager, page.form("/alerts/put-back")).await;
    let queue = walk.onward(&mut manager, page.form("/alerts/pass-on")).await;
    assert!(!queue.body.contains("href=\"/alerts/"), "it left the manager's queue");
    let investigation = suspected(walk).await;
    told(walk).await;
    investigated(walk, &investigation).await;
    passed_on(walk).await;
    let mut auditor = walk.person("auditor").await;
    let page = walk.get(&mut auditor, "/evidence").await;
    let pack = walk.send(&mut auditor, page.form("/evidence").first_of("pack")).await;
    assert_eq!(pack.headers["content-type"], "application/pdf");
}

/// Grace Okonjo opens the record of a child of her surname, and the watch sees it; the manager, signed in afterwards.
async fn noticed<'a>(walk: &mut Walk<'a>) -> Browser<'a> {
    let mut namesake = walk.looking("namesake").await;
    let found = namesake.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await;
    assert_eq!(namesake.open_only_result(&found).await.heading(), "Maya Okonjo");
    let directory = &walk.site.directory;
    let mut notary = directory.notary().await.unwrap();
    directory.notarise(&mut notary).await.unwrap();
    while directory.watch().await.unwrap() > 0 {}
    walk.person("manager").await
}

async fn surname_alert<'a>(walk: &mut Walk<'a>, manager: &mut Browser<'a>) -> Page {
    let queue = walk.get(manager, "/alerts").await;
    let row = queue.main().split("<tr").find(|row| row.contains("Same surname as the user"));
    let (_, link) = row.expect("an alert").split_once("href=\"").unwrap();
    walk.get(manager, link.split('"').next().unwrap()).await
}

/// The next day's alert ends in an investigation. Its address.
async fn suspected(walk: &mut Walk<'_>) -> String {
    walk.site.clock.advance(SignedDuration::from_hours(24));
    let mut manager = noticed(walk).await;
    let page = surname_alert(walk, &mut manager).await;
    let page = walk.onward(&mut manager, page.form("/alerts/take-on")).await;
    let fields = [("outcome", "misuse_suspected"), ("evidence", "HR-2026/0142")];
    let sure = walk.asks(&mut manager, page.form("/alerts/decide").filled(&fields)).await;
    assert_eq!(sure.heading(), "Suspend this account?");
    let page = walk.onward(&mut manager, sure.form("/alerts/decide")).await;
    page.link("/investigations/")
}

async fn told(walk: &mut Walk<'_>) {
    let mut lead = walk.person("lead").await;
    let page = walk.get(&mut lead, "/notices").await;
    assert!(page.body.contains("Grace Okonjo"), "{}", page.main());
    let page = walk.onward(&mut lead, page.form("/notices/acknowledge")).await;
    assert!(page.forms("/notices/acknowledge").is_empty(), "{}", page.main());
}

/// One manager investigates and proposes a finding; the other confirms it.
async fn investigated(walk: &mut Walk<'_>, at: &str) {
    let mut manager = walk.person("manager").await;
    let list = walk.get(&mut manager, "/investigations").await;
    let page = walk.follow(&mut manager, &list, at).await;
    let form = page.form("/investigations/step").first_of("step").with("step_evidence", "HR-2026/0143");
    let page = walk.onward(&mut manager, form).await;
    let form = page.form("/investigations/close").filled(&[
        ("finding", "misuse"),
        ("sanction", "access_withdrawn"),
        ("evidence", "IR-2026/0009"),
        ("sure", "yes"),
    ]);
    let page = walk.onward(&mut manager, form).await;
    assert!(page.forms("/investigations/confirm").is_empty(), "nobody confirms their own finding");
    let mut other = walk.person("manager2").await;
    let page = walk.get(&mut other, at).await;
    let page = walk.onward(&mut other, page.form("/investigations/confirm").with("agrees", "yes")).await;
    assert!(page.forms("/investigations/step").is_empty(), "closed, it stays");
}

/// An investigation that the authority passes to the centre.
async fn passed_on(walk: &mut Walk<'_>) {
    let authority = walk.site.directory.organisation_id(AUTHORITY).await.unwrap().unwrap();
    let clerk = walk.site.account("clerk", "Ivo Lane", Role::Practitioner, authority).await;
    walk.site.clock.advance(SignedDuration::from_secs(31));
    let manager = walk.site.signed_in("manager").await;
    walk.site.directory.suspend_for_misuse(&manager, clerk).await.unwrap();
    let mut manager = walk.person("manager").await;
    let list = walk.get(&mut manager, "/investigations").await;
    let page = walk.follow(&mut manager, &list, "/investigations/").await;
    let list = walk.onward(&mut manager, page.form("/investigations/pass-on")).await;
    assert!(!list.body.contains("href=\"/investigations/"), "it left the manager's list");
}
