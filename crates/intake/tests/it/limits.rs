//! Bounds of time, size and number: a client that is slow, long-winded or many is turned away, and the others are not.

use std::time::Duration;

use intake::http::Limits;
use testkit::{TestDatabases, block_on};

use crate::client::{Connection, request};
use crate::house::House;

/// The bounds have nothing to do with the database: one of them is enough.
#[test]
fn slow_long_and_many_clients_are_turned_away() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let limits = Limits {
            headers_within: Duration::from_secs(2),
            answer_within: Duration::from_secs(4),
            connections: 8,
            of_one_source: 1,
            ..Limits::default()
        };
        let house = House::open_with(&db, limits).await;

        let mut slow_headers = house.connect(Some(&house.care)).await;
        slow_headers.send(b"GET /v1/receipts HTTP/1.1\r\nHost: localhost\r\n").await.unwrap();
        assert!(slow_headers.answer().await.map_or(true, |answer| answer.status == 408), "it is hung up on");

        let mut slow_body = house.connect(Some(&house.care)).await;
        let json = [("Content-Type", "application/json")];
        let whole = request("POST", "/v1/statements", &json, br#"{"record_id": "C-1"}"#);
        slow_body.send(&whole[..whole.len() - 5]).await.unwrap();
        // Once the server has come to the slow one, and not before.
        let mut meanwhile = house.ask(Some(&house.care), "GET", "/v1/receipts", &[], b"").await;
        for _ in 0..100 {
            if meanwhile.status == 429 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            meanwhile = house.ask(Some(&house.care), "GET", "/v1/receipts", &[], b"").await;
        }
        assert!(meanwhile.is(429).header("retry-after").is_some());
        house.ask(Some(&house.gp), "GET", "/v1/receipts", &[], b"").await.is(200);
        let answer = slow_body.answer().await.unwrap().is(503);
        assert_eq!(answer.json()["type"], "urn:contactpoint:problem:too-slow");
        drop((slow_headers, slow_body));

        let flood: Vec<(String, String)> = (0..200).map(|n| (format!("X-{n}"), "a".repeat(10))).collect();
        let flood: Vec<(&str, &str)> =
            flood.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        house.ask(Some(&house.care), "GET", "/v1/receipts", &flood, b"").await.is(431);

        let mut large = house.connect(Some(&house.care)).await;
        let head = "POST /v1/merges HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
        large.send(head.as_bytes()).await.unwrap();
        assert_eq!(
            large.answer().await.unwrap().is(413).json()["type"],
            "urn:contactpoint:problem:too-large"
        );
        drop(large);

        let mut wrong_host = house.connect(Some(&house.care)).await;
        wrong_host.send(b"GET /v1/receipts HTTP/1.1\r\nHost: elsewhere\r\n\r\n").await.unwrap();
        wrong_host.answer().await.unwrap().is(421);
        drop(wrong_host);

        // What was dropped is noticed a moment later.
        let mut open = Vec::new();
        for _ in 0..200 {
            match Connection::open(house.port, &house.server, Some(&house.care)).await {
                Ok(one) => open.push(one),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
            if open.len() == 8 {
                break;
            }
        }
        assert_eq!(open.len(), 8, "so many as may be open");
        let one_more = Connection::open(house.port, &house.server, Some(&house.care)).await;
        assert!(one_more.is_err(), "as many connections are open as may be");
    });
}
