//! A shield from the request on a record's page to its lifting, and a protected place from its proposal to its removal.

use directory::access::Role;
use jiff::SignedDuration;

use super::ledger::Walk;
use crate::browser::{Browser, Page};
use crate::site::AUTHORITY;

pub async fn walk(walk: &mut Walk<'_>) {
    asked(walk).await;
    let at = proposed(walk).await;
    let (propose, decide, review) = (format!("{at}/propose"), format!("{at}/decide"), format!("{at}/review"));
    let mut second = walk.looking("manager2").await;
    let list = walk.get(&mut second, "/shields").await;
    let page = walk.follow(&mut second, &list, &at).await;
    assert!(page.forms(&propose).is_empty(), "{}", page.main());
    let form = page.form(&decide).filled(&[("agreement", "agree"), ("seen", "yes")]);
    let page = walk.onward(&mut second, form).await;
    assert!(page.body.contains("In force") && page.body.contains("Review due"), "{}", page.main());
    let letter = walk.send(&mut second, page.form(&format!("{at}/letter"))).await;
    assert!(letter.body.starts_with("%PDF"), "a letter to whoever asked");
    hidden(walk).await;
    let mut second = walk.looking("manager2").await;
    let page = walk.get(&mut second, &at).await;
    let page = walk.onward(&mut second, page.form(&review).with("review", "lift")).await;
    assert!(page.forms(&decide).is_empty(), "nobody decides what they proposed");
    let mut first = walk.looking("manager").await;
    let page = walk.get(&mut first, &at).await;
    let form = page.form(&decide).filled(&[("agreement", "agree"), ("seen", "yes")]);
    let page = walk.onward(&mut first, form).await;
    assert!(page.body.contains("Lifted"), "{}", page.main());
    places(walk).await;
    handed_on(walk).await;
}

const MAYA: [(&str, &str); 2] = [("surname", "Okonjo"), ("street", "Mill Lane")];

/// The nurse asks from Maya's record.
async fn asked(walk: &mut Walk<'_>) {
    walk.site.clock.advance(SignedDuration::from_mins(11));
    let mut nurse = walk.looking("nurse").await;
    let found = nurse.search(&MAYA).await;
    let record = nurse.open_only_result(&found).await;
    walk.fresh().await;
    let page = walk.send(&mut nurse, record.form("/protection")).await;
    let form = page.form("/protection/request").filled(&[
        ("requested_by", "parent"),
        ("reason", "domestic_abuse"),
        ("class", "high_risk"),
        ("evidence_kind", "police"),
        ("evidence_number", "13DV00417"),
        ("identity", "own_file"),
        ("reach", "agency"),
    ]);
    let page = walk.onward(&mut nurse, form).await;
    assert_eq!(page.heading(), "Your request was received");
}

/// A manager proposes; the address of the request.
async fn proposed<'a>(walk: &mut Walk<'a>) -> String {
    let mut first: Browser<'a> = walk.looking("manager").await;
    let list = walk.get(&mut first, "/shields").await;
    assert!(!list.body.contains("Okonjo"), "the list names no child");
    let at = list.link("/shields/request/");
    let page: Page = walk.get(&mut first, &at).await;
    assert!(page.body.contains("Maya Okonjo") && page.body.contains("27 March 2014"), "{}", page.main());
    for hidden in ["Mill Lane", "St Albans", "AL1", "Verulam", "E10000015", "Ngozi"] {
        assert!(!page.main().contains(hidden), "{hidden} in {}", page.main());
    }
    let form = page.form(&format!("{at}/propose")).with("decision", "shield");
    let page = walk.onward(&mut first, form).await;
    assert!(page.forms(&format!("{at}/decide")).is_empty(), "nobody decides what they proposed");
    at
}

/// Nobody finds Maya by where she is.
async fn hidden(walk: &mut Walk<'_>) {
    let mut nurse = walk.looking("nurse").await;
    assert_eq!(nurse.search(&MAYA).await.heading(), "No child found");
    walk.fresh().await;
}

async fn places(walk: &mut Walk<'_>) {
    let mut first = walk.person("manager").await;
    let page = walk.get(&mut first, "/shields/places").await;
    let form = page.form("/shields/places/add").filled(&[
        ("address_line", "17 Quiet Street"),
        ("postcode", "WD18 7XX"),
        ("file", "WA/17"),
    ]);
    let page = walk.onward(&mut first, form).await;
    assert!(page.body.contains("WA/17") && !page.body.contains("Quiet Street"), "{}", page.main());
    let mut second = walk.person("manager2").await;
    let page = walk.get(&mut second, "/shields/places").await;
    let decides = page.link("/shields/places/");
    let page = walk.get(&mut second, &decides).await;
    let form = page.form_after("/shields/places/", "/decide").with("agreement", "protect");
    let mistyped = form.clone().filled(&[("address_line", "71 Quiet Street"), ("postcode", "WD18 7XX")]);
    let refused = second.post(&mistyped.action, &mistyped.pairs()).await;
    assert!(refused.body.contains("This is not the address that was proposed"), "{}", refused.main());
    walk.fresh().await;
    let form = form.filled(&[("address_line", "17 Quiet Street"), ("postcode", "WD18 7XX")]);
    let page = walk.onward(&mut second, form).await;
    let page = walk.onward(&mut second, page.form_after("/shields/places/", "/remove")).await;
    assert!(page.body.contains("Its removal is proposed"), "{}", page.main());
}

const WEST: &str = "West Invented Council";

/// Theo is offered to another authority's desk and taken back, offered again and accepted, and comes home in the same way.
async fn handed_on(walk: &mut Walk<'_>) {
    let west = walk.site.organisation(WEST, "authority", Some("E10000023")).await;
    walk.site.account("wendy", "Wendy Marlow", Role::Manager, west).await;
    let mut manager = walk.looking("manager").await;
    let page = walk.get(&mut manager, "/shields/transfers").await;
    let empty = page.form("/shields/transfers/offer");
    let faulty = manager.post(&empty.action, &empty.pairs()).await;
    assert!(faulty.body.contains("Select why the child is offered"), "{}", faulty.main());
    walk.fresh().await;
    let at = offered(walk, &mut manager, WEST).await;
    let page = walk.get(&mut manager, &at).await;
    assert!(
        page.body.contains("Offered to") && page.forms(&format!("{at}/answer")).is_empty(),
        "{}",
        page.main()
    );
    let page = walk.onward(&mut manager, page.form(&format!("{at}/take-back"))).await;
    assert!(page.body.contains("Taken back") && !page.body.contains("Theo"), "{}", page.main());
    let at = offered(walk, &mut manager, WEST).await;
    accepted(walk, "wendy", &at).await;
    let mut wendy = walk.looking("wendy").await;
    let at = offered(walk, &mut wendy, AUTHORITY).await;
    accepted(walk, "manager", &at).await;
}

/// The list after Theo was offered names no child; where the offer is.
async fn offered<'a>(walk: &mut Walk<'a>, who: &mut Browser<'a>, to: &str) -> String {
    let named = [("schools-census".to_owned(), "theo".to_owned())];
    let number = walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
    let page = walk.get(who, "/shields/transfers").await;
    let form = page.form("/shields/transfers/offer").filled(&[
        ("child_number", &number),
        ("to", to),
        ("transfer_reason", "moved_home"),
    ]);
    let list = walk.onward(who, form).await;
    assert!(list.body.contains(to) && !list.body.contains("Theo"), "{}", list.main());
    let waits = list.body.split("<tr ").find(|row| row.contains("Waits for an answer")).unwrap();
    waits.split_once("href=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

/// The other desk sees the child as every desk does.
async fn accepted(walk: &mut Walk<'_>, person: &str, at: &str) {
    let mut who = walk.looking(person).await;
    let page = walk.get(&mut who, at).await;
    assert!(page.body.contains("Theo Lindqvist") && page.body.contains("11 June 2015"), "{}", page.main());
    for hidden in ["Harbour Rise", "Watford", "WD17", "E10000015", "E10000023"] {
        assert!(!page.main().contains(hidden), "{hidden} in {}", page.main());
    }
    let page = walk.onward(&mut who, page.form(&format!("{at}/answer")).with("answer", "accept")).await;
    assert!(page.body.contains("Accepted") && !page.body.contains("Theo"), "{}", page.main());
}
