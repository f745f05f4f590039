//! A disclosure from its proposal to its release.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    let named = [("social-care".to_owned(), "maya".to_owned())];
    let number = walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
    let mut manager = walk.person("manager").await;
    let list = walk.get(&mut manager, "/register").await;
    let page = walk.follow(&mut manager, &list, "/register/propose").await;
    let form = page.form("/register/propose").filled(&[
        ("child_number", &number),
        ("basis", "court_order"),
        ("kind", "court"),
        ("body", "St Albans Family Court"),
        ("role", "court_officer"),
        ("reference", "FD26P00417"),
        ("item_name", "yes"),
    ]);
    let entry = walk.send(&mut manager, form).await.leads_to().to_owned();
    let (decides, releases) = (format!("{entry}/decide"), format!("{entry}/release"));
    let page = walk.get(&mut manager, &entry).await;
    assert!(page.forms(&decides).is_empty(), "nobody decides on their own");
    let mut other = walk.person("manager2").await;
    let list = walk.get(&mut other, "/register").await;
    let page = walk.follow(&mut other, &list, &entry).await;
    let form = page.form(&decides).filled(&[("decision", "approve"), ("seen", "yes")]);
    let page = walk.onward(&mut other, form).await;
    let form = page.form(&releases).filled(&[("item_name", "yes"), ("left", "yes")]);
    let page = walk.onward(&mut other, form).await;
    assert!(page.body.contains("What left"), "{}", page.main());
}
