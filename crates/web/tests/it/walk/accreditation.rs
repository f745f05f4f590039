//! One application from its first question to the last condition, and one that is sent back.

use directory::access::accreditation::Criterion;
use directory::access::{Capability, Role};

use super::ledger::Walk;
use super::organisations::registered;
use crate::browser::{Browser, Page};

pub async fn walk(walk: &mut Walk<'_>) {
    let mut manager = walk.person("manager").await;
    let school = registered(walk, &mut manager, "Long Row School").await;
    walk.site.account("head", "Edith Lowe", Role::OrganisationLead, school).await;
    let home = format!("/organisations/{school}");
    let application = filled_in(walk, &home).await;
    sent_back_and_handed_in_again(walk, &application).await;
    judged(walk, &application).await;
    decided(walk, &application).await;
    condition_met(walk, &home).await;
}

/// The lead applies, answers the questions and gives evidence in every area. The address of the application.
async fn filled_in(walk: &mut Walk<'_>, home: &str) -> String {
    let mut head = walk.person("head").await;
    let page = walk.get(&mut head, home).await;
    let page = walk.onward(&mut head, page.form(&format!("{home}/apply"))).await;
    let questions = page.body.split("action=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let questions = questions.filter(|action| action.ends_with("/questions")).last().unwrap().to_owned();
    let application = questions.trim_end_matches("/questions").to_owned();
    let answers = Capability::ALL.iter().map(|one| one.code()).filter(|code| *code != "ninth");
    let answers: Vec<_> =
        answers.map(|code| (code, if code == "staff_query" { "yes" } else { "no" })).collect();
    let mut page = walk.onward(&mut head, page.form(&questions).filled(&answers)).await;
    for area in areas(&page, &application) {
        let form = walk.follow(&mut head, &page, &area).await.form(&area);
        let asked: Vec<(&str, &str)> = criteria_of(&form.names()).map(|code| (code, "DOC-7")).collect();
        assert!(!asked.is_empty(), "{area} asks for nothing");
        page = walk.onward(&mut head, form.clone().filled(&asked)).await;
    }
    handed_in(walk, &mut head, &application).await;
    application
}

fn areas(page: &Page, application: &str) -> Vec<String> {
    let start = format!("{application}/evidence/");
    let link = format!("href=\"{start}");
    let after = page.body.split(&link).skip(1);
    after.map(|rest| format!("{start}{}", rest.split('"').next().unwrap())).collect()
}

fn criteria_of<'n>(names: &[&'n str]) -> impl Iterator<Item = &'n str> {
    names.iter().copied().filter(|name| Criterion::all().iter().any(|one| one.code == *name))
}

async fn handed_in<'a>(walk: &mut Walk<'a>, head: &mut Browser<'a>, application: &str) {
    let page = walk.get(head, application).await;
    let page = walk.follow(head, &page, &format!("{application}/hand-in")).await;
    walk.onward(head, page.form(&format!("{application}/hand-in"))).await;
}

async fn sent_back_and_handed_in_again(walk: &mut Walk<'_>, application: &str) {
    let mut manager = walk.person("manager").await;
    let queue = walk.get(&mut manager, "/accreditation").await;
    let page = walk.follow(&mut manager, &queue, application).await;
    let back = format!("{application}/send-back");
    let page = walk.follow(&mut manager, &page, &back).await;
    walk.onward(&mut manager, page.form(&back).first_of("reason")).await;
    let mut head = walk.person("head").await;
    handed_in(walk, &mut head, application).await;
}

/// The assessor judges each criterion, one with a condition, and hands on.
async fn judged(walk: &mut Walk<'_>, application: &str) {
    let mut manager = walk.person("manager").await;
    let page = walk.get(&mut manager, application).await;
    let first = page.link(&format!("{application}/judge/"));
    let mut page = walk.get(&mut manager, &first).await;
    let mut at = first;
    while at != application {
        let form = page.form(&at);
        let form = match at.ends_with("/D1") {
            true => {
                form.filled(&[("finding", "met_with_condition"), ("lacking", "not_yet_tried"), ("due", "3")])
            }
            false => form.with("finding", "met"),
        };
        at = walk.send(&mut manager, form).await.leads_to().to_owned();
        page = walk.get(&mut manager, &at).await;
    }
    let handed = walk.onward(&mut manager, page.form(&format!("{application}/hand-on"))).await;
    assert!(handed.body.contains("somebody else must decide it"), "{}", handed.main());
}

async fn decided(walk: &mut Walk<'_>, application: &str) {
    let mut other = walk.person("manager2").await;
    let page = walk.get(&mut other, application).await;
    let decides = format!("{application}/decide");
    let page = walk.follow(&mut other, &page, &decides).await;
    let form = page.form(&decides).filled(&[("decision", "grant"), ("staff_query", "yes")]);
    walk.onward(&mut other, form).await;
}

/// The lead gives evidence for the condition, and a manager finds it met.
async fn condition_met(walk: &mut Walk<'_>, home: &str) {
    let mut head = walk.person("head").await;
    let page = walk.get(&mut head, home).await;
    let at = format!("{home}/conditions/D1");
    let page = walk.follow(&mut head, &page, &at).await;
    let form = page.form(&format!("{at}/evidence")).with("reference", "TRIAL-3");
    walk.onward(&mut head, form).await;
    let mut other = walk.person("manager2").await;
    let page = walk.get(&mut other, &at).await;
    let page = walk.onward(&mut other, page.form(&format!("{at}/met"))).await;
    assert!(page.body.contains("TRIAL-3"), "{}", page.main());
}
