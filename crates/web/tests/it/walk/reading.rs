//! Reading the trail.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    walk.looking("nurse").await.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await;
    let mut auditor = walk.person("auditor").await;
    let page = walk.get(&mut auditor, "/audit").await;
    let asked = walk.send(&mut auditor, page.form("/audit").with("username", "nurse")).await;
    let found = walk.get(&mut auditor, asked.leads_to()).await;
    assert!(found.body.contains("Searched for a child"), "{}", found.main());
    walk.follow(&mut auditor, &found, "/audit/entry/").await;
}
