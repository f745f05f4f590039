//! Looking for a child, for oneself and for a colleague.

use http::StatusCode;
use jiff::SignedDuration;
use testkit::{TestDatabases, on_both_databases};

use super::ledger::Walk;
use crate::browser::{Browser, Page};
use crate::site::Site;

const MAYA: [(&str, &str); 2] = [("surname", "Okonjo"), ("street", "Mill Lane")];

pub async fn walk(walk: &mut Walk<'_>) {
    one_looks(walk).await;
    a_manager_looks_behind_a_shield(walk).await;
    asked_and_withdrawn(walk).await;
    asked_and_refused(walk).await;
    asked_and_shown(walk).await;
}

async fn one_looks(walk: &mut Walk<'_>) {
    let mut nurse = walk.person("nurse").await;
    let page = walk.get(&mut nurse, "/reason").await;
    let page = walk.onward(&mut nurse, page.form("/reason").with("reason", "child_presents")).await;
    let found = walk.send(&mut nurse, page.form("/search").filled(&MAYA)).await;
    assert_eq!(found.heading(), "1 child found", "{}", found.main());
    let why = walk.send(&mut nurse, found.form("/record")).await;
    let record = walk.send(&mut nurse, why.form("/record/open").with("reason", "child_presents")).await;
    assert_eq!(record.heading(), "Maya Okonjo");
    let search = walk.get(&mut nurse, "/search").await;
    let found = walk.send(&mut nurse, search.form("/search").filled(&ADA)).await;
    let why = walk.send(&mut nurse, found.form("/record")).await;
    let record = walk.send(&mut nurse, why.form("/record/open").with("reason", "child_presents")).await;
    stays_and_leaves(walk, &mut nurse, record).await;
}

/// Seventeen: of an age to consent themselves (rule 3.8).
const ADA: [(&str, &str); 4] =
    [("surname", "Brackenridge"), ("birth_day", "10"), ("birth_month", "1"), ("birth_year", "2009")];

/// A young person consents to stay after eighteen, and thinks better of it.
async fn stays_and_leaves<'a>(walk: &mut Walk<'a>, nurse: &mut Browser<'a>, record: Page) {
    let page = walk.send(nurse, record.form("/record/participation")).await;
    let form = page.form("/record/participation/record").filled(&[("age", "21"), ("consent", "yes")]);
    let done = walk.send(nurse, form).await;
    assert_eq!(done.heading(), "Consent recorded");
    let form = page.form("/record/participation/withdraw").with("withdrawn", "yes");
    let done = walk.send(nurse, form).await;
    assert_eq!(done.heading(), "Withdrawal recorded");
}

const THEO: [(&str, &str); 4] =
    [("surname", "Lindqvist"), ("birth_day", "11"), ("birth_month", "6"), ("birth_year", "2015")];

async fn a_manager_looks_behind_a_shield(walk: &mut Walk<'_>) {
    let mut manager = walk.looking("manager").await;
    let page = walk.get(&mut manager, "/search").await;
    let found = walk.send(&mut manager, page.form("/search").filled(&THEO)).await;
    let why = walk.send(&mut manager, found.form("/record")).await;
    let record = walk.send(&mut manager, why.form("/record/open").with("reason", "management")).await;
    assert!(!record.body.contains("Harbour Rise"), "a manager in the ordinary way is a practitioner");
    let why = walk.send(&mut manager, record.form("/record/management")).await;
    assert!(!why.body.contains("Theo") && !why.body.contains("checked"), "no child and no reason yet");
    let opens = why.form("/record/management/open").with("reason", "safeguarding_concern");
    let behind = walk.send(&mut manager, opens).await;
    assert_eq!(behind.heading(), "Theo Lindqvist");
    assert!(behind.body.contains("Harbour Rise School") && behind.body.contains("Shields in force"));
}

/// The nurse asks the teacher, and comes back with their list.
async fn nurse_asks_teacher<'a>(walk: &mut Walk<'a>) -> (Browser<'a>, Page) {
    walk.site.clock.advance(SignedDuration::from_mins(11));
    let mut nurse = walk.looking("nurse").await;
    let page = walk.get(&mut nurse, "/mediation/search").await;
    let form = page.form("/mediation/search").with("colleague", "teacher").filled(&MAYA);
    let found = walk.send(&mut nurse, form).await;
    assert_eq!(found.heading(), "1 child found", "{}", found.main());
    let why = walk.send(&mut nurse, found.form("/mediation/reason")).await;
    assert!(!why.body.contains("Maya"), "nothing of the child stands beside the reason");
    let list = walk.onward(&mut nurse, why.form("/mediation/ask").with("reason", "missing_child")).await;
    (nurse, list)
}

async fn teacher_reads<'a>(walk: &mut Walk<'a>) -> (Browser<'a>, Page) {
    let mut teacher = walk.person("teacher").await;
    let list = walk.get(&mut teacher, "/mediation").await;
    assert!(list.body.contains("Amina Hussain") && !list.body.contains("Maya"), "{}", list.main());
    let read = walk.send(&mut teacher, list.form("/mediation/review")).await;
    for line in ["Amina Hussain", "Maya Okonjo", "27 March 2014", "The child is missing from home or care"] {
        assert!(read.body.contains(line), "{line} in {}", read.main());
    }
    assert!(!read.body.contains("St Albans") && !read.body.contains("<title>Maya"), "no more than that");
    (teacher, read)
}

async fn asked_and_withdrawn(walk: &mut Walk<'_>) {
    let (mut nurse, list) = nurse_asks_teacher(walk).await;
    walk.send(&mut nurse, list.form("/mediation/withdraw")).await;
    assert!(walk.get(&mut nurse, "/mediation").await.forms("/mediation/withdraw").is_empty());
}

async fn asked_and_refused(walk: &mut Walk<'_>) {
    nurse_asks_teacher(walk).await;
    let (mut teacher, read) = teacher_reads(walk).await;
    let done = walk.send(&mut teacher, read.form("/mediation/decide").with("decision", "refuse")).await;
    assert_eq!(done.heading(), "You refused the request");
}

async fn asked_and_shown(walk: &mut Walk<'_>) {
    let (mut nurse, _) = nurse_asks_teacher(walk).await;
    let (mut teacher, read) = teacher_reads(walk).await;
    walk.send(&mut teacher, read.form("/mediation/decide").with("decision", "approve")).await;
    let list = walk.get(&mut nurse, "/mediation").await;
    let opens = list.form("/mediation/open");
    let record = walk.send(&mut nurse, opens.clone()).await;
    assert_eq!(record.heading(), "Maya Okonjo");
    assert!(record.body.contains("Shown once, for your colleague"));
    assert!(!record.body.contains("Hidden Harbour"), "a sensitive service is shown");
    let again = nurse.post(&opens.action, &opens.pairs()).await;
    assert_eq!((again.status, again.heading()), (StatusCode::CONFLICT, "This request has ended"));
}

on_both_databases! {
    async fn a_request_that_is_not_the_persons_own_is_answered_like_one_that_never_was(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut walk = Walk::open(&site).await;
        let (_, list) = nurse_asks_teacher(&mut walk).await;
        let withdraws = list.form("/mediation/withdraw");
        let request = withdraws.value("request").unwrap();
        let mut manager = walk.looking("manager").await;
        let token = manager.get("/mediation").await.form_token();
        let mut answers = Vec::new();
        for request in [request, "made-up"] {
            for path in ["/mediation/review", "/mediation/open", "/mediation/withdraw"] {
                let page = manager.post(path, &[("form_token", &token), ("request", request)]).await;
                answers.push((page.status, page.without_tokens()));
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers[0].0, StatusCode::CONFLICT);
        walk.store.close().await;
    }
}
