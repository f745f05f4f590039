//! What a source is told of its pause (law 7, rule 10.8): by a person, or by rows put aside, that it is paused; by what its rows
//! met, nothing, and its words are taken as ever. By JSON, by FHIR and in an upload.

use directory::feeding::Crossed;
use jiff::SignedDuration;
use serde_json::{Value, json};
use service::{FeedingError, NewSource, PauseReason};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, GP_NUMBERS, House};
use crate::uploads::{announce, announcement, file, part, stands};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FHIR: (&str, &str) = ("Content-Type", "application/fhir+json");

fn statement(record: &str, born: &str) -> Value {
    json!({"record_id": record, "effective_at": "2026-01-31", "forenames": "Ada", "surname": "Quill", "date_of_birth": born})
}

/// So many statements that break a rule: what they measure is quick and without chance.
async fn says_badly(house: &House, from: usize, to: usize) {
    let said: Vec<Value> = (from..to).map(|n| statement(&format!("B-{n}"), "no day")).collect();
    house
        .ask(Some(&house.care), "POST", "/v1/statements", &[JSON], json!(said).to_string().as_bytes())
        .await
        .is(202);
}

async fn works(house: &House) {
    while house.directory.work_through_inbox().await.unwrap() > 0 {}
}

/// What a statement by JSON, one by FHIR and an announcement are answered.
async fn asks(house: &House, nth: i64) -> [crate::client::Answer; 3] {
    let care = Some(&house.care);
    let said = statement(&format!("C-{nth}"), "2014-01-01").to_string();
    let patient = json!({
        "resourceType": "Patient", "id": format!("R-{nth}"), "birthDate": "2015-02-28",
        "meta": {"lastUpdated": "2026-01-31T09:00:00Z"}, "name": [{"family": "Lister", "given": ["Amelia"]}],
    });
    [
        house
            .ask(care, "POST", "/v1/statements", &[JSON, ("Idempotency-Key", "later")], said.as_bytes())
            .await,
        house.ask(care, "POST", "/fhir/Patient", &[FHIR], patient.to_string().as_bytes()).await,
        announce(house, &announcement(&file(4), 4, 1)).await,
    ]
}

on_both_databases! {
    async fn a_pause_by_what_rows_met_stops_the_work_and_is_told_once_a_person_confirms_it(db: TestDatabases) {
        let house = House::open(&db).await;
        // What is usual of the source; then rows that take a thousand times as long.
        says_badly(&house, 0, 500).await;
        works(&house).await;
        says_badly(&house, 500, 600).await;
        house.clock.step_by(SignedDuration::from_secs(30));
        works(&house).await;
        house.clock.step_by(SignedDuration::ZERO);
        let dana = house.administrator().await;
        let care = house.source_id(&dana, CARE).await;
        let cause = async || {
            let page = house.directory.sources_page(&dana).await.unwrap();
            page.sources.iter().find(|source| source.source == care).unwrap().paused
        };
        let paused = cause().await.expect("the authority sees that it is paused");
        assert_eq!((paused.crossed, paused.is_told), (Some(Crossed::Latency), false));

        // It is answered as ever, and nothing is worked on.
        let [json, fhir, announced] = asks(&house, 1).await;
        let (_, _, announced) = (json.is(202), fhir.is(202), announced.is(201));
        let place = announced.header("location").unwrap().to_owned();
        part(&house, &place, 0, &file(4)).await.is(204);
        works(&house).await;
        house.directory.load_an_upload().await.unwrap();
        assert_eq!(stands(&house, &place).await["state"], "loading", "as one whose rows take long");
        house.ask(Some(&house.care), "DELETE", &place, &[], b"").await.is(409);
        assert_eq!(house.told(CARE).await.len(), 600, "what was said meanwhile waits");

        // A person makes the pause their own: now it is told, everywhere alike, and its key stays free for later.
        house.directory.pause_source(&dana, care, PauseReason::RecordsLookWrong).await.unwrap();
        assert!(cause().await.unwrap().is_told);
        let again = house.directory.pause_source(&dana, care, PauseReason::RecordsLookWrong).await;
        assert!(matches!(again, Err(FeedingError::AlreadySo)));
        let [json, fhir, announced] = asks(&house, 1).await;
        assert_eq!(json.is(202).json()["taken"][0]["number"], 601, "what was answered is answered again");
        let (fhir, announced) = (fhir.is(503), announced.is(503));
        assert_eq!(fhir.json()["issue"][0]["code"], "transient");
        assert!(fhir.header("retry-after").is_some() && announced.header("retry-after").is_some());
        assert_eq!(announced.json()["type"], "urn:contactpoint:problem:paused");
        let said = statement("C-2", "2014-01-01").to_string();
        let refused = house.ask(Some(&house.care), "POST", "/v1/statements", &[JSON, ("Idempotency-Key", "2")], said.as_bytes());
        assert_eq!(refused.await.is(503).json()["type"], "urn:contactpoint:problem:paused");
        house.directory.load_an_upload().await.unwrap();
        assert_eq!(stands(&house, &place).await["state"], "paused");

        // It goes on exactly where it stopped.
        house.directory.resume_source(&dana, care).await.unwrap();
        let taken = house.ask(Some(&house.care), "POST", "/v1/statements", &[JSON, ("Idempotency-Key", "2")], said.as_bytes());
        assert_eq!(taken.await.is(202).json()["taken"][0]["number"], 603, "refused, it left neither key nor number");
        house.minutes_pass(2);
        assert!(house.directory.load_an_upload().await.unwrap());
        let told = house.told(CARE).await;
        assert_eq!(told.len(), 607, "{told:?}");
        assert_eq!(stands(&house, &place).await["state"], "loaded");

        // A source that lacks a step is told which, by FHIR too.
        let undeclared = NewSource {
            name: GP.to_owned(),
            profile: "nhs-gp".to_owned(),
            organisation: "Leeds City Council".to_owned(),
            precedence: 10,
            one_record_per_child: false,
            accredited_until: Some(jiff::civil::date(2020, 1, 1)),
        };
        house.directory.declare_source(undeclared).await.unwrap();
        let patient = json!({"resourceType": "Patient", "identifier": [{"system": GP_NUMBERS, "value": "G-1"}], "birthDate": "2015-02-28",
            "meta": {"lastUpdated": "2026-01-31T09:00:00Z"}, "name": [{"family": "Lister", "given": ["Amelia"]}]});
        let refused = house.ask(Some(&house.gp), "POST", "/fhir/Patient", &[FHIR], patient.to_string().as_bytes()).await.is(403);
        assert_eq!(refused.json()["issue"][0]["code"], "forbidden");
        assert!(refused.json()["issue"][0]["details"]["text"].as_str().unwrap().contains("product"), "{refused:?}");
    }

    async fn a_pause_by_rows_put_aside_is_told_at_once(db: TestDatabases) {
        let house = House::open(&db).await;
        says_badly(&house, 0, 500).await;
        works(&house).await;
        let good: Vec<Value> =
            (0..110).map(|n| statement(&format!("C-{n}"), &format!("20{:02}-01-{:02}", 10 + n / 28, 1 + n % 28))).collect();
        let good = json!(good).to_string();
        house.ask(Some(&house.care), "POST", "/v1/statements", &[JSON], good.as_bytes()).await.is(202);
        works(&house).await;
        let dana = house.administrator().await;
        let page = house.directory.sources_page(&dana).await.unwrap();
        let paused = page.sources.iter().find(|source| source.name == CARE).unwrap().paused.unwrap();
        assert_eq!((paused.crossed, paused.is_told), (Some(Crossed::Quarantine), true));
        for answer in asks(&house, 1).await {
            answer.is(503);
        }
    }
}
