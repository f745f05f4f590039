//! Being put in touch, from the record's page to the contact that a provider let the nurse know; the same at the shield desk;
//! and a consent that is withdrawn.

use directory::ChildNumber;

use super::ledger::Walk;
use crate::browser::{Browser, Page};

const MAYA: [(&str, &str); 2] = [("surname", "Okonjo"), ("street", "Mill Lane")];

pub async fn walk(walk: &mut Walk<'_>) {
    let maya = asked_from_the_record(walk).await;
    let mut manager = walk.looking("manager").await;
    let at = taken_on(walk, &mut manager, "/brokering/queue").await;
    let page = walk.get(&mut manager, &at).await;
    assert!(
        page.body.contains("Maya Okonjo") && page.body.contains("Hidden Harbour Clinic"),
        "{}",
        page.main()
    );
    for hidden in ["Mill Lane", "St Albans", "AL1", "E10000015", "Ngozi"] {
        assert!(!page.main().contains(hidden), "{hidden} in {}", page.main());
    }
    let reached = page.forms(&format!("{at}/contacted")).into_iter().next().unwrap();
    let page = walk.onward(&mut manager, reached).await;
    let told = page.form(&format!("{at}/choice")).filled(&[
        ("choice", "reveal"),
        ("telephone", "01632 960199"),
        ("practitioner", "yes"),
    ]);
    let page = walk.onward(&mut manager, told).await;
    assert!(page.body.contains("Dealt with"), "{}", page.main());
    let mut nurse = walk.looking("nurse").await;
    let own = walk.get(&mut nurse, "/brokering").await;
    assert!(own.body.contains("01632 960199") && own.body.contains("Priya Natarajan"), "{}", own.main());
    // Asked again by number, and closed with nothing: the nurse is told no more than that it was dealt with.
    ask(walk, &mut nurse, maya.as_str()).await;
    let mut manager = walk.looking("manager").await;
    let at = taken_on(walk, &mut manager, "/brokering/queue").await;
    let page = walk.get(&mut manager, &at).await;
    walk.onward(&mut manager, page.form(&format!("{at}/nothing"))).await;
    at_the_shield_desk(walk).await;
    withdrawn(walk, &maya).await;
}

async fn asked_from_the_record(walk: &mut Walk<'_>) -> ChildNumber {
    walk.site.clock.advance(jiff::SignedDuration::from_mins(11));
    let mut nurse = walk.looking("nurse").await;
    let found = nurse.search(&MAYA).await;
    let record = nurse.open_only_result(&found).await;
    walk.fresh().await;
    let page = walk.send(&mut nurse, record.form("/brokering/ask")).await;
    let form = page.form("/brokering/request");
    let number = ChildNumber::parse(form.value("child_number").unwrap()).unwrap();
    sent(walk, &mut nurse, &page, number.as_str()).await;
    number
}

async fn ask<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>, number: &str) {
    let page = walk.get(nurse, "/brokering/ask").await;
    sent(walk, nurse, &page, number).await;
}

async fn sent<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>, page: &Page, number: &str) {
    let form = page.form("/brokering/request").filled(&[
        ("child_number", number),
        ("reason", "urgent_health"),
        ("telephone", "01632 960123"),
    ]);
    let told = walk.onward(nurse, form).await;
    assert_eq!(told.heading(), "Your request was received");
    walk.site.directory.do_duties().await.unwrap();
    walk.fresh().await;
}

/// Taken on at that queue, which names no child; the address of the request.
async fn taken_on<'a>(walk: &mut Walk<'a>, manager: &mut Browser<'a>, queue: &str) -> String {
    let list = walk.get(manager, queue).await;
    assert!(!list.body.contains("Okonjo") && !list.body.contains("Lindqvist"), "the list names no child");
    let at = list.link(&format!("{queue}/"));
    let page = walk.get(manager, &at).await;
    walk.onward(manager, page.form(&format!("{at}/take-on"))).await;
    at
}

/// Social care begins to work with Theo.
const THEO_IN_CARE: [(&str, &str); 12] = [
    ("record_id", "theo"),
    ("effective_at", "2026-09-01"),
    ("forenames", "Theo"),
    ("surname", "Lindqvist"),
    ("date_of_birth", "2015-06-11"),
    ("gender", "M"),
    ("address_kind", "current"),
    ("address_line_1", "3 Harbour Rise"),
    ("town", "Watford"),
    ("postcode", "WD17 1AA"),
    ("involvement_1_service", "social_worker"),
    ("caf_exists", "no"),
];

/// Theo, who is shielded, is on no ordinary queue.
async fn at_the_shield_desk(walk: &mut Walk<'_>) {
    walk.site.load("social-care", &[&THEO_IN_CARE.to_vec()]).await;
    walk.site.clock.advance(jiff::SignedDuration::from_mins(30));
    walk.fresh().await;
    let named = [("schools-census".to_owned(), "theo".to_owned())];
    let theo = walk.site.directory.numbers_of_records(&named).await.unwrap().pop().unwrap();
    let mut nurse = walk.looking("nurse").await;
    ask(walk, &mut nurse, theo.as_str()).await;
    ask(walk, &mut nurse, theo.as_str()).await;
    let mut manager = walk.looking("manager").await;
    let ordinary = walk.get(&mut manager, "/brokering/queue").await;
    assert!(ordinary.main().contains("Nothing waits."), "{}", ordinary.main());
    let at = taken_on(walk, &mut manager, "/shields/brokering").await;
    let page = walk.get(&mut manager, &at).await;
    let reached = page.forms(&format!("{at}/contacted")).into_iter().next().unwrap();
    let page = walk.onward(&mut manager, reached).await;
    walk.onward(&mut manager, page.form(&format!("{at}/choice")).with("choice", "decline")).await;
    let at = taken_on(walk, &mut manager, "/shields/brokering").await;
    let page = walk.get(&mut manager, &at).await;
    walk.onward(&mut manager, page.form(&format!("{at}/nothing"))).await;
}

/// The consent to a clinic's service, by the nurse of one: she is told the same whether it stood on the record or not.
async fn withdrawn(walk: &mut Walk<'_>, maya: &ChildNumber) {
    let mut nurse = walk.looking("nurse").await;
    let page = walk.get(&mut nurse, "/consent/withdraw").await;
    let form = page
        .form("/consent/withdraw")
        .filled(&[("child_number", maya.as_str()), ("service", "mental_health")]);
    let told = walk.onward(&mut nurse, form).await;
    assert_eq!(told.heading(), "The withdrawal was recorded");
}
