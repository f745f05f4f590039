//! What is said by JSON: all of it or nothing, and a function of the words alone (laws 1 and 7).

use serde_json::{Value, json};
use testkit::{TestDatabases, on_both_databases};

use crate::client::Answer;
use crate::house::{CARE, House};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn statement(record: &str) -> Value {
    json!({
        "record_id": record, "effective_at": "2026-01-31", "forenames": "Ada", "surname": "Quill",
        "date_of_birth": "2014-01-01",
    })
}

async fn say(house: &House, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers: Vec<_> = [JSON].into_iter().chain(headers.iter().copied()).collect();
    house.ask(Some(&house.care), "POST", path, &headers, body.to_string().as_bytes()).await
}

on_both_databases! {
    async fn an_unknown_key_is_refused_by_its_name_and_nothing_of_the_request_is_taken(db: TestDatabases) {
        let house = House::open(&db).await;
        let mut noted = statement("C-2");
        noted["notes"] = json!("seen at home");
        let refused = say(&house, "/v1/statements", &[], &json!([statement("C-1"), noted])).await.is(422).json();
        assert_eq!(refused["place"], "[1].notes", "{refused}");
        assert_eq!(refused["type"], "urn:contactpoint:problem:unknown-column");
        assert!(refused["detail"].as_str().unwrap().contains("nothing of the request was taken"));
        assert!(!refused.to_string().contains("seen at home"));

        let with = |column: &str, value: Value| {
            let mut other = statement("C-3");
            other[column] = value;
            other
        };
        for value in [json!(7), json!(true), Value::Null, json!(["a"]), json!({"a": 1})] {
            let refused = say(&house, "/v1/statements", &[], &with("town", value)).await.is(400).json();
            assert_eq!(refused["place"], "town");
        }
        let twice = br#"{"record_id": "C-4", "surname": "Quill", "surname": "Other"}"#;
        let care = Some(&house.care);
        let refused = house.ask(care, "POST", "/v1/statements", &[JSON], twice).await.is(400).json();
        assert_eq!(refused["place"], "surname");
        house.ask(care, "POST", "/v1/statements", &[("Content-Type", "text/csv")], twice).await.is(415);
        house.ask(care, "POST", "/v1/statements", &[JSON], b"[{]").await.is(400);
        let many: Vec<Value> = (0..1_001).map(|n| statement(&format!("C-{n}"))).collect();
        say(&house, "/v1/statements", &[], &json!(many)).await.is(413);
        say(&house, "/v1/merges", &[], &json!({"surviving": "C-1", "ended": "C-1"})).await.is(400);
        say(&house, "/v1/records/C%201/end", &[], &json!({"as_of": "2026-02-01"})).await.is(400);
        for (at, place) in [("yesterday", "effective_at"), ("2026-02-01T09:00:00", "effective_at")] {
            let end = json!({"as_of": "2026-02-01", "effective_at": at});
            let refused = say(&house, "/v1/records/C-1/end", &[], &end).await.is(400).json();
            assert_eq!(refused["place"], place);
            let merge = json!({"surviving": "C-1", "ended": "C-2", "effective_at": at});
            assert_eq!(say(&house, "/v1/merges", &[], &merge).await.is(400).json()["place"], place);
        }

        let taken = say(&house, "/v1/statements", &[], &statement("C-1")).await.is(202).json();
        assert_eq!(taken["taken"][0]["number"], 1, "nothing of what was refused has a number: {taken}");
    }

    async fn a_request_sent_again_is_taken_once_and_answered_with_the_same_numbers(db: TestDatabases) {
        let house = House::open(&db).await;
        let key = [("Idempotency-Key", "b6f1")];
        let mut faulty = statement("C-2");
        faulty["date_of_birth"] = json!("the first of May");
        let body = json!([statement("C-1"), faulty]);
        let first = say(&house, "/v1/statements", &key, &body).await.is(202);
        let numbers: Vec<_> = first.json()["taken"].as_array().unwrap().iter().map(|it| it["number"].clone()).collect();
        assert_eq!(numbers, [json!(1), json!(2)]);
        assert_eq!(first.json()["taken"][1]["faults"][0]["field"], "date_of_birth");
        assert_eq!(say(&house, "/v1/statements", &key, &body).await.is(202).body, first.body);
        let other = say(&house, "/v1/statements", &key, &statement("C-9")).await.is(409).json();
        assert_eq!(other["type"], "urn:contactpoint:problem:another-request");
        say(&house, "/v1/merges", &key, &json!({"surviving": "C-1", "ended": "C-2"})).await.is(409);
        // Another source's key is another key.
        let gp = json!({"record_id": "G-1", "effective_at": "2026-01-31", "forenames": "Ada", "surname": "Quill",
                        "date_of_birth": "2014-01-01"}).to_string();
        let theirs = house.ask(Some(&house.gp), "POST", "/v1/statements", &[JSON, key[0]], gp.as_bytes()).await;
        assert_eq!(theirs.is(202).json()["taken"][0]["number"], 1);
        let end = json!({"as_of": "2026-02-01", "effective_at": "2026-02-02T09:00:00Z"});
        let end = say(&house, "/v1/records/C-1/end", &[], &end).await.is(202).json();
        assert_eq!(end["taken"][0]["number"], 3, "the second request left no number behind");

        while house.directory.work_through_inbox().await.unwrap() > 0 {}
        house.minutes_pass(11);
        let care = Some(&house.care);
        let page = house.ask(care, "GET", "/v1/receipts?limit=2", &[], b"").await.is(200).json();
        assert_eq!(page["receipts"].as_array().unwrap().len(), 2);
        let rest = format!("/v1/receipts?after={}", page["next"].as_str().unwrap());
        let rest = house.ask(care, "GET", &rest, &[("Accept", "application/x-ndjson")], b"").await.is(200);
        assert_eq!(String::from_utf8(rest.body).unwrap().lines().count(), 1);
        let day = house.directory.today();
        let sums = house.ask(care, "GET", &format!("/v1/reconciliation/{day}"), &[], b"").await.is(200).json();
        assert_eq!(sums["source"], CARE);
        house.ask(care, "GET", "/v1/receipts?child=1", &[], b"").await.is(400);
    }
}
