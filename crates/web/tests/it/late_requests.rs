//! What was done, or ran out, while somebody had its form open: a request whose time has passed is offered no extension, and each is
//! told why and what to do.

use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::site::Site;

on_both_databases! {
    async fn a_request_of_families_that_is_late_is_offered_no_extension_and_told_what_to_do(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let named = [("social-care".to_owned(), "maya".to_owned())];
        let number = site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
        let mut manager = Browser::signed_in(&site, "manager").await;
        let form = manager.get("/subject-requests/new").await.form("/subject-requests/new").filled(&[
            ("child_number", number.as_str()),
            ("kind", "young_person"),
            ("evidence_kind", "passport"),
            ("evidence_number", "SAR-26-0417"),
            ("evidence_kind_2", "school_card"),
            ("evidence_number_2", "SAR-26-0418"),
            ("capacity", "understands"),
            ("channel", "at_office"),
        ]);
        manager.post(&form.action, &form.pairs()).await;
        let at = manager.get("/subject-requests").await.link("/subject-requests/request/");
        let page = manager.get(&at).await;
        let extends = page.forms(&format!("{at}/step")).into_iter().find(|form| form.value("step") == Some("extend"));
        let extends = extends.expect("it may be extended").first_of("reason");
        assert!(page.body.contains("Extend the time, change the channel"), "{}", page.main());
        site.clock.advance(jiff::SignedDuration::from_hours(24 * 40));
        let mut manager = Browser::signed_in(&site, "manager").await;
        let page = manager.get(&at).await;
        let steps = page.forms(&format!("{at}/step"));
        assert!(steps.iter().all(|form| form.value("step") != Some("extend")), "{}", page.main());
        for said in ["Overdue", "It can be extended only before it has", "tell whoever asked why it is late"] {
            assert!(page.body.contains(said), "{said}: {}", page.main());
        }
        assert!(!page.body.contains("Extend the time"), "{}", page.main());
        // Whoever has the form open still is told the same, and nothing is extended.
        let sent = extends.with("form_token", &page.form_token());
        let told = manager.post(&sent.action, &sent.pairs()).await;
        let why = "The time for the answer has passed, and it can be extended only before it has";
        assert!(told.body.contains(why), "{}", told.main());
        assert!(told.body.contains("Overdue") && !told.body.contains("Time extended"), "{}", told.main());
    }

    async fn a_later_day_for_a_hold_that_has_left_the_list_is_answered_with_what_became_of_the_hold(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut manager = Browser::signed_in(&site, "manager").await;
        let token = manager.get("/retention/holds").await.form_token();
        // A day that is none, too: the field to which a fault of it would lead went with the hold.
        let sent = [
            ("form_token", token.as_str()),
            ("act", "00000000-0000-4000-8000-000000000000"),
            ("longer_day", "31"),
            ("longer_month", "2"),
            ("longer_year", "2028"),
        ];
        let page = manager.post("/retention/holds/longer", &sent).await;
        assert!(page.body.contains("Somebody else has decided this, or its time is over"), "{}", page.main());
        assert!(page.body.contains("href=\"#holds\"") && !page.body.contains("longer_day"), "{}", page.main());
    }
}
