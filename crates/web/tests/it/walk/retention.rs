//! What will happen to a record, and a death that is notified.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    let named = [("social-care".to_owned(), "maya".to_owned())];
    let number = walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
    let mut manager = walk.looking("manager").await;
    let page = walk.get(&mut manager, "/retention").await;
    let form = page.form("/retention/calendar").with("child_number", &number);
    let calendar = walk.send(&mut manager, form).await;
    for line in ["27 March 2032", "The eighteenth birthday", "27 March 2038", "The record is destroyed"] {
        assert!(calendar.body.contains(line), "{line} in {}", calendar.main());
    }
    assert!(!calendar.body.contains("Okonjo"), "a number is enough");
    let page = walk.follow(&mut manager, &page, "/retention/death").await;
    let form = page.form("/retention/death").filled(&[
        ("child_number", &number),
        ("death_day", "3"),
        ("death_month", "11"),
        ("death_year", "2026"),
        ("sure", "yes"),
    ]);
    walk.onward(&mut manager, form).await;
    let page = walk.get(&mut manager, "/retention").await;
    let form = page.form("/retention/calendar").with("child_number", &number);
    let calendar = walk.send(&mut manager, form).await;
    assert!(calendar.body.contains("A year after the death"), "{}", calendar.main());
    held_and_released(walk, &number).await;
}

/// A hold from its proposal to its release, by two managers.
async fn held_and_released(walk: &mut Walk<'_>, number: &str) {
    let mut manager = walk.person("manager").await;
    let page = walk.get(&mut manager, "/retention/holds").await;
    let form = page.form("/retention/holds/propose").filled(&[
        ("child_number", number),
        ("basis", "court_order"),
        ("until_day", "31"),
        ("until_month", "12"),
        ("until_year", "2027"),
    ]);
    let page = walk.onward(&mut manager, form).await;
    assert!(page.forms("/retention/holds/decide").is_empty(), "nobody decides on their own");
    let mut other = walk.person("manager2").await;
    let page = walk.get(&mut other, "/retention/holds").await;
    let form = page.form("/retention/holds/decide").with("decision", "approve");
    let page = walk.onward(&mut other, form).await;
    assert!(page.body.contains("In force"), "{}", page.main());
    let longer = [("longer_day", "30"), ("longer_month", "6"), ("longer_year", "2028")];
    let page = walk.onward(&mut other, page.form("/retention/holds/longer").filled(&longer)).await;
    assert!(page.body.contains("A later last day proposed"), "{}", page.main());
    let page = walk.get(&mut manager, "/retention/holds").await;
    let page =
        walk.onward(&mut manager, page.form("/retention/holds/decide").with("decision", "approve")).await;
    assert!(page.body.contains("30 June 2028"), "{}", page.main());
    let page = walk.get(&mut other, "/retention/holds").await;
    let page = walk.onward(&mut other, page.form("/retention/holds/release")).await;
    assert!(page.body.contains("Release proposed"), "{}", page.main());
    let mut manager = walk.person("manager").await;
    let page = walk.get(&mut manager, "/retention/holds").await;
    let page =
        walk.onward(&mut manager, page.form("/retention/holds/decide").with("decision", "approve")).await;
    assert!(page.body.contains("There is none"), "{}", page.main());
}
