//! The pages about accounts: who reaches them, what an address may hold, how large a body each takes.

use axum::body::Body;
use directory::access::Role;
use http::{Method, StatusCode, header};
use service::{NewAccount, NewOrganisation};
use testkit::{TestDatabases, on_both_databases};

use crate::browser::Browser;
use crate::site::{PASSWORD, Site};

async fn with_user_manager(db: TestDatabases) -> Site {
    let site = Site::with_people(db).await;
    // Declaring what stands already changes nothing, and says which it is.
    let organisation = NewOrganisation {
        name: "Invented Children’s Services".to_owned(),
        kind: "authority".to_owned(),
        authority_code: Some("E10000015".to_owned()),
        accredited_until: "2030-01-01T00:00:00Z".parse().unwrap(),
    };
    let organisation = site.directory.declare_organisation(organisation).await.unwrap();
    let account = NewAccount {
        username: "una".to_owned(),
        display_name: "Una Price".to_owned(),
        password: PASSWORD.to_owned(),
        organisation,
        roles: vec![Role::UserManager],
        clearance_until: "2029-01-01T00:00:00Z".parse().unwrap(),
        training_until: "2028-01-01T00:00:00Z".parse().unwrap(),
    };
    site.directory.create_account(account).await.unwrap();
    site
}

on_both_databases! {
    async fn a_practitioner_sees_no_account_and_a_trainer_changes_none(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut nurse = Browser::signed_in(&site, "nurse").await;
        for path in ["/accounts", "/accounts/soon", "/accounts/request", "/accounts/import", "/accounts/proposals"] {
            assert_eq!(nurse.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let mut trainer = Browser::signed_in(&site, "trainer").await;
        let list = trainer.get("/accounts").await;
        assert_eq!(list.status, StatusCode::OK);
        let id = list.between("/accounts/", "\">Amina Hussain").unwrap().rsplit('/').next().unwrap().to_owned();
        for page in ["facts", "roles", "change", "misuse", "move"] {
            let answer = trainer.get(&format!("/accounts/{id}/{page}")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{page}");
        }
        assert_eq!(trainer.get(&format!("/accounts/{id}/training")).await.status, StatusCode::OK);
        for nobody in ["/accounts/nobody", "/accounts/00000000-0000-0000-0000-000000000000"] {
            assert_eq!(trainer.get(nobody).await.status, StatusCode::NOT_FOUND, "{nobody}");
        }
    }

    async fn a_file_may_be_larger_than_a_form_and_nothing_else_may(db: TestDatabases) {
        let site = with_user_manager(db).await;
        let mut una = Browser::signed_in(&site, "una").await;
        let token = una.get("/accounts").await.form_token();
        let (large, too_large) = ("x".repeat(300_000), "x".repeat(3_000_000));
        let page = una.post("/accounts/import", &[("form_token", &token), ("file", &large)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("The file has 1 fault and nothing was done"));
        let page = una.post("/accounts/import", &[("form_token", &token), ("file", &too_large)]).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
        let page = una.post("/accounts", &[("form_token", &token), ("words", &large)]).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    async fn a_file_is_chosen_or_its_text_pasted_and_tried_first(db: TestDatabases) {
        let site = with_user_manager(db).await;
        let mut una = Browser::signed_in(&site, "una").await;
        let token = una.get("/accounts").await.form_token();
        let line = "join,june.joiner,June Joiner,Invented Children’s Services,practitioner,,,,,,,,,,,,no";
        let file = format!("{}\n{line}\n", service::Directory::import_header());
        let choose = |token: &str, file: &[u8], pasted: &str| {
            let mut body = Vec::new();
            for (name, value) in [("form_token", token.as_bytes()), ("upload", file), ("file", pasted.as_bytes())] {
                let named = if name == "upload" { "upload\"; filename=\"joiners.csv" } else { name };
                body.extend(format!("--cut\r\nContent-Disposition: form-data; name=\"{named}\"\r\n\r\n").bytes());
                body.extend(value);
                body.extend(b"\r\n");
            }
            body.extend(b"--cut--\r\n");
            body
        };
        let send = |una: &Browser<'_>, path: &str, body: Vec<u8>| {
            let request = una.request(Method::POST, path).header("sec-fetch-site", "same-origin").header(header::ORIGIN, "null");
            request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut").body(Body::from(body)).unwrap()
        };
        for (body, said) in [
            (choose(&token, file.as_bytes(), &file), "not both"),
            (choose(&token, b"", ""), "Choose a file, or paste its text"),
            (choose(&token, b"join,Ren\xe9", ""), "CSV UTF-8"),
        ] {
            let request = send(&una, "/accounts/import", body);
            let page = una.send(request).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
            assert!(page.body.contains(said), "{said}: {}", page.body);
        }
        let request = send(&una, "/accounts/import", choose("guess", file.as_bytes(), ""));
        assert_eq!(una.send(request).await.status, StatusCode::FORBIDDEN, "the form's token counts here too");
        let request = send(&una, "/accounts", choose(&token, b"", ""));
        assert_eq!(una.send(request).await.status, StatusCode::UNPROCESSABLE_ENTITY, "no other form takes files");
        let request = send(&una, "/accounts/import", choose(&token, file.as_bytes(), ""));
        let tried = una.send(request).await;
        assert!(tried.body.contains("Nothing was done yet. 1 of 1 lines"), "{}", tried.body);
        // Half an hour's thought later: the whole file waits for the proof, and is then carried out.
        for _ in 0..2 {
            site.clock.advance(jiff::SignedDuration::from_mins(7));
            una.get("/accounts").await;
        }
        let fields = [("form_token", token.as_str()), ("file", &file), ("carry_out", "yes")];
        let asked = una.post("/accounts/import", &fields).await;
        assert_eq!(asked.heading(), "Confirm that it is you");
        let kept = asked.between("name=\"kept\" value=\"", "\"").unwrap().to_owned();
        let code = site.directory.current_code("una").await.unwrap();
        let done = una.post("/step-up", &[("form_token", &token), ("kept", &kept), ("code", &code)]).await;
        assert!(done.body.contains("Done. 1 of 1"), "{}", done.body);
    }

    async fn no_name_stands_in_an_address_or_a_title(db: TestDatabases) {
        let site = with_user_manager(db).await;
        let mut una = Browser::signed_in(&site, "una").await;
        let token = una.get("/accounts").await.form_token();
        let found = una.post("/accounts", &[("form_token", &token), ("words", "hussain")]).await;
        assert_eq!(found.status, StatusCode::OK);
        let id = found.between("/accounts/", "\">Amina Hussain").unwrap().rsplit('/').next().unwrap().to_owned();
        let sheet = una.get(&format!("/accounts/{id}")).await;
        assert_eq!(sheet.heading(), "Amina Hussain");
        for page in [&found, &sheet] {
            assert!(!page.between("<title>", "</title>").unwrap().contains("Hussain"));
            assert!(!page.body.contains("href=\"/accounts?words"));
        }
    }
}
