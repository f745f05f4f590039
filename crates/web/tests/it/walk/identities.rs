//! Two identities kept apart, from the child's number to the decision; and a record near both, released at the sealed desk.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    let named = [("social-care".to_owned(), "maya".to_owned())];
    let number = walk.site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
    let mut first = walk.looking("manager").await;
    let list = walk.get(&mut first, "/identities").await;
    let page = walk.send(&mut first, list.form("/identities/records").with("first", &number)).await;
    for hidden in ["Mill Lane 14", "St Albans", "AL1", "Verulam Surgery", "Ngozi"] {
        assert!(!page.main().contains(hidden), "{hidden} in {}", page.main());
    }
    let form = page.form("/identities/propose").filled(&[
        ("kind", "adoption"),
        ("record_1", "former"),
        ("record_2", "current"),
        ("record_3", "current"),
    ]);
    let page = walk.onward(&mut first, form).await;
    assert!(page.main().contains("Another person of the shield desk must"), "{}", page.main());
    let mut second = walk.looking("manager2").await;
    let list = walk.get(&mut second, "/identities").await;
    assert!(!list.body.contains("Okonjo"), "the list names no child");
    let page = walk.follow(&mut second, &list, "/identities/proposal/").await;
    let form = page
        .form_after("/identities/proposal/", "/decide")
        .filled(&[("agreement", "agree"), ("seen", "yes")]);
    let page = walk.onward(&mut second, form).await;
    assert!(page.main().contains("Kept apart") && !page.main().contains("Okonjo"), "{}", page.main());
    released(walk).await;
}

/// A new record that could be of either identity is held.
async fn released(walk: &mut Walk<'_>) {
    walk.site.load_near_maya().await;
    walk.fresh().await;
    let mut first = walk.looking("manager").await;
    let list = walk.get(&mut first, "/identities/held").await;
    assert!(!list.body.contains("Okonjo"), "the list names no child");
    let page = walk.follow(&mut first, &list, "/identities/held/").await;
    assert!(page.main().contains("Maya Okonjo") && !page.main().contains("Mill Lane"), "{}", page.main());
    let form = page.form_after("/identities/held/", "/propose").with("choice", "different");
    let page = walk.onward(&mut first, form).await;
    assert!(
        page.main().contains("Another person of the shield desk must"),
        "nobody decides what they proposed"
    );
    let mut second = walk.looking("manager2").await;
    let list = walk.get(&mut second, "/identities/held").await;
    let page = walk.follow(&mut second, &list, "/identities/held/").await;
    let form = page.form_after("/identities/held/", "/decide").with("agreement", "agree");
    let page = walk.onward(&mut second, form).await;
    assert!(page.main().contains("Nothing is held"), "{}", page.main());
}
