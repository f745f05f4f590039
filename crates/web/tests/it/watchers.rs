//! The pages of those who watch: the trail, the register of disclosures, evidence packs; and the page for everybody.

use http::StatusCode;
use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::site::Site;

/// The first address on a page that begins so.
fn link(body: &str, begins: &str) -> String {
    let at = body.find(&format!("href=\"{begins}")).unwrap_or_else(|| panic!("no link to {begins}: {body}"));
    body[at + 6..].split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

on_both_databases! {
    async fn an_auditor_looks_up_an_account_and_opens_an_entry(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let mut nurse = Browser::signed_in(&site, "nurse").await;
        let token = nurse.get("/reason").await.form_token();
        nurse.post("/reason", &[("form_token", token.as_str()), ("reason", "child_presents")]).await;
        nurse.post("/search", &[("form_token", token.as_str()), ("surname", "Okonjo"), ("street", "Mill Lane")]).await;
        let mut auditor = Browser::signed_in(&site, "auditor").await;
        let form = auditor.get("/audit").await;
        assert!(form.body.contains("Invented Children’s Services"), "{}", form.body);
        let token = form.form_token();
        let empty = auditor.post("/audit", &[("form_token", token.as_str())]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.body.contains("Enter a username, a child number or an organisation"));
        let asked = auditor.post("/audit", &[("form_token", token.as_str()), ("username", "nurse")]).await;
        let address = asked.leads_to().to_owned();
        assert!(address.starts_with("/audit/entries?q=") && !address.contains("nurse"), "{address}");
        let found = auditor.get(&address).await;
        assert!(found.body.contains("Searched for a child") && found.body.contains("Amina Hussain (nurse)"), "{}", found.body);
        let search = found.body.split("<tr").find(|row| row.contains("Searched for a child")).unwrap();
        let entry = auditor.get(&link(search, "/audit/entry/")).await;
        assert_eq!(entry.status, StatusCode::OK);
        assert!(entry.body.contains("Okonjo") && entry.body.contains("not yet in the signed chain"), "{}", entry.body);
        let nobody = auditor.post("/audit", &[("form_token", token.as_str()), ("username", "nobody")]).await;
        let nobody = auditor.get(nobody.leads_to()).await;
        assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nobody.body.contains("There is no account with this username that you may look at"));
        let mut manager = Browser::signed_in(&site, "manager").await;
        assert_eq!(manager.get(&address).await.leads_to(), "/audit", "a question belongs to its session");
        assert_eq!(auditor.get("/audit/entry/no-such").await.status, StatusCode::NOT_FOUND);
    }

    async fn two_managers_take_a_disclosure_through_its_steps(db: TestDatabases) {
        let site = Site::with_children(db).await;
        let named = [("social-care".to_owned(), "maya".to_owned())];
        let number = site.directory.numbers_of_records(&named).await.unwrap().remove(0).to_string();
        site.clock.advance(jiff::SignedDuration::from_secs(31));
        let mut one = Browser::signed_in(&site, "manager").await;
        let token = one.get("/register/propose").await.form_token();
        let wrong = one.post("/register/propose", &[("form_token", token.as_str()), ("reference", "the mother said so")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for said in ["Select the legal basis", "A reference has 3 to 40 letters", "Select at least one item"] {
            assert!(wrong.body.contains(said), "{said}: {}", wrong.body);
        }
        let fields = [
            ("form_token", token.as_str()),
            ("child_number", number.as_str()),
            ("basis", "court_order"),
            ("kind", "court"),
            ("body", "St Albans Family Court"),
            ("role", "court_officer"),
            ("reference", "FD26P00417"),
            ("item_name", "yes"),
            ("item_whereabouts", "yes"),
        ];
        let entry = one.post("/register/propose", &fields).await.leads_to().to_owned();
        let seen = one.get(&entry).await;
        assert!(seen.body.contains("Another manager of your authority must decide it") && !seen.body.contains("Record my decision"));
        let decide = format!("{entry}/decide");
        let own = one.post(&decide, &[("form_token", token.as_str()), ("decision", "approve"), ("seen", "yes")]).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(own.body.contains("Another manager must decide what you proposed"), "{}", own.body);
        let mut other = Browser::signed_in(&site, "manager2").await;
        let token = other.get(&entry).await.form_token();
        let hasty = other.post(&decide, &[("form_token", token.as_str()), ("decision", "approve")]).await;
        assert!(hasty.body.contains("Confirm that you have seen the evidence yourself"));
        let done = other.post(&decide, &[("form_token", token.as_str()), ("decision", "approve"), ("seen", "yes")]).await;
        assert_eq!(done.leads_to(), entry);
        let release = format!("{entry}/release");
        let more = other.post(&release, &[("form_token", token.as_str()), ("item_carers", "yes"), ("left", "yes")]).await;
        assert!(more.body.contains("Only items that were approved can be released"), "{}", more.body);
        other.post(&release, &[("form_token", token.as_str()), ("item_name", "yes"), ("left", "yes")]).await;
        let mut auditor = Browser::signed_in(&site, "auditor").await;
        let list = auditor.get("/register").await;
        assert!(list.body.contains("St Albans Family Court") && list.body.contains("Released"), "{}", list.body);
        let seen = auditor.get(&entry).await;
        assert!(seen.body.contains("What left") && seen.body.contains("Iris Cole (manager2)"));
        assert_eq!(auditor.get("/register/propose").await.status, StatusCode::FORBIDDEN);
    }

    async fn a_pack_is_a_file_and_the_published_page_is_for_everybody(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut auditor = Browser::signed_in(&site, "auditor").await;
        let choose = auditor.get("/evidence").await;
        assert!(choose.body.contains("October 2026") && !choose.body.contains("November 2026"), "{}", choose.body);
        let owner = choose.body.split("name=\"owner\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let token = choose.form_token();
        let pack = [("form_token", token.as_str()), ("owner", owner.as_str()), ("pack", "2026-10 csv")];
        let taken = auditor.post("/evidence", &pack).await;
        assert_eq!(taken.status, StatusCode::OK);
        assert!(taken.body.contains("2026-10,Accounts by state,Active,under 10"), "{}", taken.body);
        let mut stranger = Browser::new(&site);
        for path in ["/published", "/published.json", "/published.csv", "/published/audit-key.txt"] {
            let page = stranger.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert_eq!(page.headers.get("cache-control").unwrap(), "public, max-age=3600", "{path}");
            assert!(page.headers.get("set-cookie").is_none(), "{path}");
            assert_eq!(stranger.get(path).await.body, page.body, "{path}");
        }
        assert_eq!(auditor.get("/published").await.body, stranger.get("/published").await.body, "signed in or not");
    }

    async fn a_user_pages_through_their_own_history(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut nurse = Browser::signed_in(&site, "nurse").await;
        let token = nurse.get("/reason").await.form_token();
        for _ in 0..60 {
            site.clock.advance(jiff::SignedDuration::from_secs(1));
            nurse.post("/reason", &[("form_token", token.as_str()), ("reason", "child_presents")]).await;
        }
        let first = nurse.get("/account/history").await;
        assert_eq!(first.body.matches("Stated a reason").count(), 50);
        let second = nurse.get(&link(&first.body, "/account/history?before=")).await;
        assert_eq!(second.body.matches("Stated a reason").count(), 10);
        assert!(second.body.contains("Signed in") && second.body.contains("Your account was changed"), "{}", second.body);
        assert_eq!(nurse.get("/account/history?before=nonsense").await.status, StatusCode::NOT_FOUND);
    }
}
