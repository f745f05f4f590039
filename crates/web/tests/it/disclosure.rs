//! Finding and opening: what a practitioner sees, and what a shield hides.

use http::StatusCode;
use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::site::Site;

on_both_databases! {
    async fn a_practitioner_finds_a_child_by_surname_and_street_and_sees_contacts_first(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let results = browser.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await;
        assert_eq!(results.heading(), "1 child found", "{}", results.body);
        assert!(results.body.contains("Age 12, St Albans"), "{}", results.body);
        assert!(results.body.contains("Your reason: <strong>The child has come to our service</strong>"));
        let record = browser.open_only_result(&results).await;
        assert_eq!((record.status, record.heading()), (StatusCode::OK, "Maya Okonjo"), "{}", record.body);
        let at = |text: &str| record.body.find(text).unwrap_or_else(|| panic!("{text} is not on the page"));
        let in_order = [
            "Maya Okonjo",
            "(age 12)",
            "Child number",
            "Who is working with this child",
            "Priya Natarajan",
            "href=\"tel:01632960142\"",
            "href=\"mailto:priya.natarajan@invented.example\"",
            "Ngozi Okonjo",
            "Early help assessment",
            "Mill Lane Primary School",
            "Verulam Surgery",
            "Absence here proves nothing",
            "Who this child is",
            "Maya Fairweather",
            "14 Mill Lane",
            "Ask the responsible authority to put you in touch",
            "Ask for this child’s protection",
        ];
        for pair in in_order.windows(2) {
            assert!(at(pair[0]) < at(pair[1]), "{pair:?}: contacts come first, and what can be asked comes last");
        }
        assert!(record.body.contains("last confirmed"));
        assert!(!record.body.contains("Hidden Harbour"), "a sensitive service is shown");
        assert!(!record.body.contains("<title>Maya"), "a name stands in the browser's history");
    }

    async fn a_reason_is_offered_and_taken_from_those_of_the_persons_own_work_alone(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut nurse = Browser::signed_in(&site, "nurse").await;
        let page = nurse.get("/reason").await;
        assert!(!page.body.contains("Management of the directory"), "{}", page.main());
        let token = page.form_token();
        let forged = nurse.post("/reason", &[("form_token", token.as_str()), ("reason", "management")]).await;
        assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(forged.body.contains("Select why you are looking"), "{}", forged.main());
        let mut manager = Browser::signed_in(&site, "manager").await;
        let page = manager.get("/reason").await;
        let at = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("{text} is not offered"));
        assert!(at("Management of the directory") < at("The child has come to our service"), "{}", page.main());
    }

    async fn a_child_is_found_by_another_name(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let results = browser.search(&[("surname", "Fairweather"), ("street", "Mill Lane")]).await;
        assert_eq!(results.heading(), "1 child found", "{}", results.body);
    }

    async fn a_search_that_is_too_weak_is_sent_back_and_one_that_finds_too_many_shows_nobody(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let weak = browser.search(&[("surname", "Brackenridge")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(weak.body.contains("This would fit too many children. Add "), "{}", weak.body);
        let many = browser.search(&[("surname", "Brackenridge"), ("street", "Long Row")]).await;
        assert_eq!(many.heading(), "Too many children match", "{}", many.body);
        assert!(many.handles().is_empty());
        assert!(!many.body.contains("Greta"));
    }

    async fn a_search_by_what_a_shield_hides_is_answered_as_if_there_were_no_such_child(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        for hidden in [("street", "Harbour Rise"), ("postcode", "WD17 1AA"), ("school", "Harbour Rise School")] {
            let shielded = browser.search(&[("surname", "Lindqvist"), hidden]).await;
            let nobody = browser.search(&[("surname", "Lindqvism"), hidden]).await;
            assert_eq!(shielded.heading(), "No child found", "{hidden:?}");
            assert_eq!(shielded.without_tokens(), nobody.without_tokens().replace("Lindqvism", "Lindqvist"), "{hidden:?}");
        }
    }

    async fn a_shielded_record_shows_name_birth_gender_and_number_only(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let fields = [("surname", "Lindqvist"), ("birth_day", "11"), ("birth_month", "6"), ("birth_year", "2015")];
        let results = browser.search(&fields).await;
        assert_eq!(results.heading(), "1 child found", "{}", results.body);
        let record = browser.open_only_result(&results).await;
        assert_eq!(record.heading(), "Theo Lindqvist");
        assert!(record.body.contains("11 June 2015"));
        for (page, hidden) in [&results, &record].into_iter().flat_map(|page| {
            ["Watford", "WD17", "Harbour Rise", "tel:", "hielded"].map(|hidden| (page, hidden))
        }) {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
    }

    async fn management_opens_a_record_by_a_reason_of_its_own_and_sees_sensitive_services_apart(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut manager = Browser::with_reason(&site, "manager").await;
        let results = manager.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await;
        let record = manager.open_only_result(&results).await;
        assert!(!record.body.contains("Hidden Harbour"), "in the ordinary way a manager is a practitioner");
        let form = record.form("/record/management");
        let why = manager.post(&form.action, &form.pairs()).await;
        assert_eq!(why.heading(), "Why are you opening this record as management?", "{}", why.body);
        let form = why.form("/record/management/open");
        let without = manager.post(&form.action, &form.pairs()).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(without.body.contains("Select why you are opening this record as management"));
        let form = form.with("reason", "safeguarding_concern");
        let behind = manager.post(&form.action, &form.pairs()).await;
        assert_eq!((behind.status, behind.heading()), (StatusCode::OK, "Maya Okonjo"), "{}", behind.body);
        let at = |text: &str| behind.body.find(text).unwrap_or_else(|| panic!("{text} is not in {}", behind.main()));
        let in_order = [
            "Who is working with this child", "Priya Natarajan", "Sensitive services", "Hidden Harbour Clinic",
            "Known by: Consent", "Mill Lane Primary School", "Who this child is", "Answerable authority",
        ];
        assert!(in_order.windows(2).all(|pair| at(pair[0]) < at(pair[1])), "{}", behind.main());
        assert!(behind.body.contains("concern"), "the reason stands on the page");
        assert!(!behind.body.contains("Shields in force") && !behind.body.contains("<title>Maya"));
        assert!(behind.forms("/record/management").is_empty(), "it is open already");
    }

    async fn only_who_may_is_offered_to_open_a_record_as_management(db: TestDatabases) {
        let site = Site::with_children(db).await;
        for (username, offered) in [("nurse", 0), ("manager", 1)] {
            let mut browser = Browser::with_reason(&site, username).await;
            for asked in [
                &[("surname", "Okonjo"), ("street", "Mill Lane")][..],
                &[("surname", "Lindqvist"), ("birth_day", "11"), ("birth_month", "6"), ("birth_year", "2015")],
            ] {
                let results = browser.search(asked).await;
                let record = browser.open_only_result(&results).await;
                assert_eq!(record.forms("/record/management").len(), offered, "{username}");
            }
            site.clock.advance(jiff::SignedDuration::from_secs(31));
        }
    }

    async fn management_of_another_authority_is_shown_what_practitioners_see_and_told_so(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let elsewhere = site.organisation("Another Council", "authority", Some("E10000016")).await;
        site.account("stranger", "Edwin Marsh", directory::access::Role::Manager, elsewhere).await;
        let mut manager = Browser::with_reason(&site, "stranger").await;
        let fields = [("surname", "Lindqvist"), ("birth_day", "11"), ("birth_month", "6"), ("birth_year", "2015")];
        let results = manager.search(&fields).await;
        let record = manager.open_only_result(&results).await;
        let form = record.form("/record/management");
        let why = manager.post(&form.action, &form.pairs()).await;
        let form = why.form("/record/management/open").with("reason", "management");
        let shown = manager.post(&form.action, &form.pairs()).await;
        assert_eq!(shown.heading(), "Theo Lindqvist");
        assert!(shown.body.contains("Your authority does not answer for this record"), "{}", shown.main());
        for hidden in ["Watford", "WD17", "Harbour Rise", "tel:", "hielded", "Shields"] {
            assert!(!shown.main().contains(hidden), "{hidden}");
        }
    }

    async fn a_handle_of_another_session_and_a_made_up_one_find_nothing(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut nurse = Browser::with_reason(&site, "nurse").await;
        let handle = nurse.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await.handles().remove(0);
        let mut teacher = Browser::with_reason(&site, "teacher").await;
        let token = teacher.get("/search").await.form_token();
        for handle in [handle.as_str(), "made-up", ""] {
            let fields = [("form_token", token.as_str()), ("record", handle), ("reason", "child_presents")];
            let page = teacher.post("/record/open", &fields).await;
            assert_eq!((page.status, page.heading()), (StatusCode::NOT_FOUND, "Page not found"), "{handle}");
        }
    }

    async fn each_record_asks_for_the_reason_and_shows_the_one_it_was_opened_for(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut browser = Browser::with_reason(&site, "nurse").await;
        let results = browser.search(&[("surname", "Okonjo"), ("street", "Mill Lane")]).await;
        let (token, handle) = (results.form_token(), results.handles().remove(0));
        let fields = [("form_token", token.as_str()), ("record", &handle), ("surname", "Okonjo"), ("street", "Mill Lane")];
        let confirm = browser.post("/record", &fields).await;
        assert!(confirm.body.contains("value=\"child_presents\" checked"), "the carried reason is chosen");
        assert!(!confirm.body.contains("Maya"), "nothing is shown before the reason");
        let without = browser.post("/record/open", &fields).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(without.body.contains("Select why you are opening this record"));
        let mut changed = fields.to_vec();
        changed.push(("reason", "missing_child"));
        let record = browser.post("/record/open", &changed).await;
        assert!(record.body.contains("Your reason: <strong>The child is missing from home or care</strong>"));
        assert!(record.body.contains("name=\"street\" value=\"Mill Lane\""), "the way back to the results");
    }

    async fn an_authoritys_manager_sees_what_each_load_brought_and_a_practitioner_does_not(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let page = Browser::signed_in(&site, "teacher").await.get("/figures").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        site.clock.advance(jiff::SignedDuration::from_mins(5));
        let page = Browser::signed_in(&site, "manager").await.get("/figures").await;
        assert_eq!(page.status, StatusCode::OK);
        let cell = |says: &str| format!("govuk-table__cell--numeric\">{says}</td>");
        assert!(page.body.contains("schools-census") && page.body.contains(&cell("not yet")), "{}", page.body);
        assert!(!page.body.contains(&cell("under 10")), "what was not counted yet is not small: {}", page.body);
        site.clock.advance(jiff::SignedDuration::from_hours(24));
        let page = Browser::signed_in(&site, "manager").await.get("/figures").await;
        assert!(page.body.contains(&cell("under 10")) && !page.body.contains(&cell("not yet")), "{}", page.body);
    }
}
