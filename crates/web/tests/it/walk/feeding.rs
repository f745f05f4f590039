//! Sources paused and let go on by a manager, and a full file that lacks a record decided about by the central team.

use super::ledger::Walk;

pub async fn walk(walk: &mut Walk<'_>) {
    let mut manager = walk.person("manager").await;
    let page = walk.get(&mut manager, "/sources").await;
    assert!(page.body.contains("Live") && !page.body.contains(">Paused<"), "{}", page.main());
    let form = page.form("/sources/pause");
    let sent = manager.post(&form.action, &form.pairs()).await;
    assert!(sent.body.contains("Select why loading is paused"), "{}", sent.main());
    let page = walk.onward(&mut manager, form.with("reason", "security").with("source", "all")).await;
    assert!(page.body.contains("Something may be wrong with its security. Since "), "{}", page.main());
    let page = walk.onward(&mut manager, page.form("/sources/resume").with("source", "all")).await;
    let history = page.link("/sources/history?source=");
    let source = history.rsplit('=').next().unwrap().to_owned();
    let form = page.form("/sources/pause").with("reason", "maintenance").with("source", &source);
    let page = walk.onward(&mut manager, form).await;
    assert_eq!(page.body.matches(">Paused<").count(), 1, "{}", page.main());
    walk.onward(&mut manager, page.form("/sources/resume").with("source", &source)).await;
    let page = walk.get(&mut manager, &history).await;
    let form = page.form("/sources/limits").with("rate", "none");
    let sent = manager.post(&form.action, &form.pairs()).await;
    assert!(sent.body.contains("Enter how many records a second"), "{}", sent.main());
    let page = walk.onward(&mut manager, page.form("/sources/limits").with("rate", "120")).await;
    assert!(page.body.contains("value=\"120\""), "{}", page.main());
    absent(walk).await;
}

/// A full file of a source lacks nearly all of its records.
async fn absent(walk: &mut Walk<'_>) {
    let row = vec![
        ("record_id", "absent-1"),
        ("effective_at", "2026-09-01"),
        ("forenames", "Willa"),
        ("surname", "Absent"),
        ("date_of_birth", "2015-05-05"),
    ];
    assert!(walk.site.load_full("nhs-gp", 1, &[&row]).await, "it waits");
    let mut central = walk.person("central").await;
    let page = walk.get(&mut central, "/sources").await;
    assert!(page.body.contains("Files that lack many records"), "{}", page.main());
    let form = page.form("/sources/absent").with("decision", "stay");
    let page = walk.onward(&mut central, form).await;
    assert!(!page.body.contains("Files that lack many records"), "{}", page.main());
}
