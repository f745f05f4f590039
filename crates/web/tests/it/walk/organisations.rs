//! Registering organisations, changing them, switching them off and on again, and withdrawing them.

use uuid::Uuid;

use super::ledger::Walk;
use crate::browser::Browser;

pub async fn walk(walk: &mut Walk<'_>) {
    let mut manager = walk.person("manager").await;
    let school = registered(walk, &mut manager, "Mill Lane School").await;
    let at = format!("/organisations/{school}");
    let home = walk.get(&mut manager, &at).await;
    let page = walk.follow(&mut manager, &home, &format!("{at}/change")).await;
    let form = page.form(&format!("{at}/change")).with("name", "Mill Lane Primary School");
    let home = walk.onward(&mut manager, form).await;
    assert_eq!(home.heading(), "Mill Lane Primary School");
    let page = walk.follow(&mut manager, &home, &format!("{at}/contacts")).await;
    let form = page.form(&format!("{at}/contacts")).filled(&[
        ("security_name", "Ada Quill"),
        ("security_post", "Head"),
        ("security_telephone", "01632 960142"),
        ("security_email", "ada@school.example"),
    ]);
    assert!(walk.onward(&mut manager, form).await.body.contains("Ada Quill"));
    off_and_on(walk, "Mill Lane Clinic").await;
    let mut manager = walk.person("manager").await;
    let home = walk.get(&mut manager, &at).await;
    let page = walk.follow(&mut manager, &home, &format!("{at}/withdraw")).await;
    let home = walk.onward(&mut manager, page.form(&format!("{at}/withdraw"))).await;
    assert!(home.body.contains("Withdrawn"), "{}", home.main());
}

/// A partner of the authority, registered through the pages.
pub async fn registered<'a>(walk: &mut Walk<'a>, manager: &mut Browser<'a>, name: &str) -> Uuid {
    let list = walk.get(manager, "/organisations").await;
    let page = walk.follow(manager, &list, "/organisations/register").await;
    let form = page.form("/organisations/register").filled(&[("name", name), ("sector", "school")]);
    let home = walk.send(manager, form).await.leads_to().to_owned();
    assert_eq!(walk.get(manager, &home).await.heading(), name);
    home.rsplit('/').next().unwrap().parse().unwrap()
}

/// One manager switches a capability off and then all of it; another switches on again.
async fn off_and_on(walk: &mut Walk<'_>, name: &str) {
    let id = walk.site.directory.organisation_id(name).await.unwrap().unwrap();
    let at = format!("/organisations/{id}");
    let (suspends, reinstates) = (format!("{at}/suspend"), format!("{at}/reinstate"));
    for what in ["staff_query", "all"] {
        let mut manager = walk.person("manager").await;
        let home = walk.get(&mut manager, &at).await;
        let page = walk.follow(&mut manager, &home, &suspends).await;
        let form = page.form(&suspends).filled(&[("what", what), ("reason", "criterion_no_longer_met")]);
        walk.onward(&mut manager, form).await;
        let mut other = walk.person("manager2").await;
        let home = walk.get(&mut other, &at).await;
        let page = walk.follow(&mut other, &home, &reinstates).await;
        walk.onward(&mut other, page.form(&reinstates).with("what", what)).await;
    }
}
