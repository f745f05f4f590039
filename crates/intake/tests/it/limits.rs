//! Bounds of time, size and number: a client that is slow, long-winded or many is turned away, and the others are not.

use std::net::Ipv4Addr;
use std::time::Duration;

use intake::http::Limits;
use intake::places::Connections;
use testkit::{TestDatabases, block_on, on_both_databases};
use tokio::task::JoinSet;

use crate::client::{Answer, Connection, is_closed, request, unsaid};
use crate::house::House;

const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// The bounds have nothing to do with the database: one of them is enough.
#[test]
fn slow_long_and_many_clients_are_turned_away() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let limits = Limits {
            headers_within: Duration::from_secs(2),
            answer_within: Duration::from_secs(4),
            connections: Connections { known: 20, of_one_source: 6, unknown: 20, of_one_address: 20 },
            of_one_source: 1,
            ..Limits::default()
        };
        let house = House::open_with(&db, limits).await;

        let mut slow_headers = house.connect(Some(&house.care)).await;
        slow_headers.send(b"GET /v1/receipts HTTP/1.1\r\nHost: localhost\r\n").await.unwrap();
        assert!(slow_headers.answer().await.map_or(true, |answer| answer.status == 408), "it is hung up on");

        let json = [("Content-Type", "application/json")];
        let whole = request("POST", "/v1/statements", &json, br#"{"record_id": "C-1"}"#);
        let (mut slow_body, meanwhile) = held_up(&house, &whole[..whole.len() - 5]).await;
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
    });
}

/// A request that is not finished and has its source's only place, and what another of the source is answered meanwhile. Where
/// the other was there first, the slow one is refused in its stead, and another is begun.
async fn held_up(house: &House, unfinished: &[u8]) -> (Connection, Answer) {
    for _ in 0..10 {
        let mut slow = house.connect(Some(&house.care)).await;
        slow.send(unfinished).await.unwrap();
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let meanwhile = house.ask(Some(&house.care), "GET", "/v1/receipts", &[], b"").await;
            if meanwhile.status == 429 {
                return (slow, meanwhile);
            }
        }
    }
    panic!("nothing is refused while a request of the same source is not finished");
}

/// The one time is a moment and the other a day, so that how quick the machine is decides nothing.
#[test]
fn who_has_not_proved_who_they_are_has_less_time_to_finish_than_a_source() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let day = Duration::from_secs(24 * 3_600);
        let limits = Limits {
            headers_within: day,
            answer_within: day,
            unknown_answer_within: Duration::from_millis(100),
            ..Limits::default()
        };
        let house = House::open_with(&db, limits).await;
        let mut source = house.connect(Some(&house.care)).await;
        let json = [("Content-Type", "application/json")];
        let statement =
            br#"{"record_id": "C-1", "effective_at": "2026-01-31", "forenames": "Ada", "surname": "Quill",
            "date_of_birth": "2014-01-01"}"#;
        let statement = request("POST", "/v1/statements", &json, statement);
        let (begun, rest) = statement.split_at(statement.len() - 5);
        source.send(begun).await.unwrap();
        let mut slow_token = house.connect(None).await;
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let token = request("POST", "/token", &form, b"grant_type=client_credentials");
        slow_token.send(&token[..token.len() - 5]).await.unwrap();
        let cut = tokio::time::timeout(Duration::from_secs(45), slow_token.answer()).await;
        let cut = cut.expect("whoever is not known is not waited for").unwrap().is(503);
        assert_eq!(cut.json()["type"], "urn:contactpoint:problem:too-slow");
        // A source that began earlier is waited for.
        source.send(rest).await.unwrap();
        source.answer().await.unwrap().is(202);
    });
}

on_both_databases! {
    async fn a_client_that_opens_many_connections_keeps_no_other_waiting(db: TestDatabases) {
        // So long that nothing of this test ends by it.
        let long = Duration::from_secs(600);
        let limits = Limits {
            handshake_within: long,
            headers_within: long,
            connections: Connections { known: 6, of_one_source: 2, unknown: 8, of_one_address: 4 },
            ..Limits::default()
        };
        let house = House::open_with(&db, limits).await;
        let (port, care) = (house.port, Some(&house.care));
        // One address opens many and says nothing, not even TLS: four places are its, and no more.
        let mut silent = JoinSet::new();
        for _ in 0..9 {
            silent.spawn(is_closed(unsaid(ELSEWHERE, port).await.unwrap()));
        }
        // Which of them came first is nobody's to say.
        for _ in 0..5 {
            assert!(silent.join_next().await.unwrap().unwrap(), "as many of one address as may be");
        }
        // One source keeps as many as it may; a further one is told so, and its other ones go on.
        let mut kept = [house.connect(care).await, house.connect(care).await];
        for connection in &mut kept {
            connection.ask("GET", "/v1/receipts", &[], b"").await.is(200);
        }
        let refused = house.ask(care, "GET", "/v1/receipts", &[], b"").await.is(429);
        assert_eq!(refused.json()["type"], "urn:contactpoint:problem:too-many-connections");
        assert_eq!(refused.header("connection"), Some("close"), "and leaves its place to others");
        kept[0].ask("GET", "/v1/receipts", &[], b"").await.is(200);
        // The others are served meanwhile, and who has not proved who they are has one answer.
        house.ask(Some(&house.gp), "GET", "/v1/receipts", &[], b"").await.is(200);
        let nobody = house.ask(None, "GET", "/fhir/metadata", &[], b"").await.is(200);
        assert_eq!(nobody.header("connection"), Some("close"));
        assert_eq!(silent.len(), 4);
    }
}
