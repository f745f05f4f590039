//! HL7 over MLLP: answered in order, once durable; slow, broken and unknown clients touch nobody else.

pub mod hospital;

use std::net::Ipv4Addr;
use std::time::Duration;

use intake::mllp::{Ended, Limits, MllpDoor, converse};
use intake::places::Connections;
use service::RowStatus;
use testkit::{TestDatabases, on_both_databases};
use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::certificates::Made;
use crate::client::{connect, is_closed, unsaid};
use crate::house::{CARE, HOSPITAL, House};
use hospital::{acknowledged, answer, in_frame, message, send};

const OWN: [u8; 32] = [0xAB; 32];
const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A conversation with whoever has this certificate: the client's end of it, and how it ended.
fn conversation(
    door: &MllpDoor,
    certificate: [u8; 32],
    stopped: &watch::Receiver<bool>,
) -> (DuplexStream, JoinHandle<Ended>) {
    let (client, server) = duplex(64 * 1024);
    let (door, stopped) = (door.clone(), stopped.clone());
    let place = door.enter(HERE.into()).unwrap();
    (client, tokio::spawn(async move { converse(&door, &certificate, &place, server, stopped).await }))
}

on_both_databases! {
    async fn each_message_is_answered_in_order_and_once_it_is_durable(db: TestDatabases) {
        let house = House::open(&db).await;
        house.hospital_registers(&[OWN]).await;
        let limits = Limits { message_within: Duration::from_secs(2), ..Limits::default() };
        let door = house.mllp_door(limits);
        let (stop, stopped) = watch::channel(false);
        let (mut client, ended) = conversation(&door, OWN, &stopped);
        // Byte by byte.
        for byte in in_frame("A08", "M1", "R-1", "20150228") {
            send(&mut client, &[byte]).await;
        }
        let (code, number, _) = acknowledged(&answer(&mut client).await.unwrap());
        assert_eq!((code.as_str(), number.as_str()), ("AA", "M1"));
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 1, "durable when it is answered");
        // Many at once, and the beginning of one more.
        let many = [
            in_frame("A08", "M2", "R-2", "20310101"),
            in_frame("A03", "M3", "R-2", "20150228"),
            in_frame("A99", "M4", "R-2", "20150228"),
            in_frame("A31", "M5", "R-3", "20150301"),
            in_frame("A08", "M6", "R-1", "20150228"),
            in_frame("A08", "M7", "R-4", "20150228")[..20].to_vec(),
        ];
        send(&mut client, &many.concat()).await;
        let mut answers = Vec::new();
        for _ in 0..5 {
            answers.push(answer(&mut client).await.unwrap());
        }
        let codes: Vec<(String, String)> =
            answers.iter().map(|answer| acknowledged(answer)).map(|(code, number, _)| (code, number)).collect();
        let expected = [("AA", ""), ("AE", "M2"), ("AA", "M3"), ("AR", "M4"), ("AA", "M5"), ("AA", "M6")];
        let expected: Vec<_> = expected[1..].iter().map(|(code, it)| ((*code).to_owned(), (*it).to_owned())).collect();
        assert_eq!(codes, expected);
        assert!(answers[0].contains("F012^^ContactPoint") && answers[0].contains("date_of_birth"), "{}", answers[0]);
        assert!(answers[2].contains("MSH^1^9"), "{}", answers[2]);
        assert!(answers.iter().all(|answer| !answer.contains("2031") && !answer.contains("Lister")), "no value is repeated");
        // What does not end in its time is given up, and was not acknowledged.
        assert!(answer(&mut client).await.is_none());
        assert!(matches!(ended.await.unwrap(), Ended::TooSlow));
        use RowStatus::{Accepted, Quarantined, Unchanged, Unread};
        let told: Vec<(u64, RowStatus)> = house.told(HOSPITAL).await.into_iter().map(|(number, _, status)| (number, status)).collect();
        assert_eq!(told, [(1, Accepted), (2, Quarantined), (3, Unread), (4, Accepted), (5, Unchanged)], "what was answered with an acceptance");
        // A merge; a certificate that is taken back, which counts for a connection that stands; and no MLLP at all.
        let (mut client, ended) = conversation(&door, OWN, &stopped);
        let merge = message("A40", "M8", "R-9", "20150228") + "\rMRG|R-1^^^RXX01^MR";
        send(&mut client, &feeds::hl7::framed(&merge)).await;
        assert_eq!(acknowledged(&answer(&mut client).await.unwrap()).0, "AA");
        house.hospital_registers(&[[0xCD; 32]]).await;
        house.clock.advance(jiff::SignedDuration::from_secs(1));
        send(&mut client, &in_frame("A08", "M9", "R-5", "20150228")).await;
        assert!(answer(&mut client).await.is_none());
        assert!(matches!(ended.await.unwrap(), Ended::Unknown));
        let (mut client, ended) = conversation(&door, [0xCD; 32], &stopped);
        send(&mut client, b"GET / HTTP/1.1\r\n").await;
        assert!(matches!(ended.await.unwrap(), Ended::Unframed(_)));
        let told = answer(&mut client).await.unwrap();
        assert!(told.contains("MSA|AR|") && told.contains("MLLP"), "{told}");
        let told = house.told(HOSPITAL).await;
        assert_eq!((told.len(), &told[5].1, told[5].2), (6, &Some("R-9".to_owned()), Accepted));
        // What was discarded of them unread is counted for their source: PV1 of all six, and the movement by its event.
        let sums = house.directory.reconciliation(HOSPITAL, house.directory.today()).await.unwrap();
        assert_eq!((sums.total.discarded.get("PV1"), sums.total.discarded.get("A03")), (Some(&6), Some(&1)), "{sums:?}");
        assert_eq!((sums.total.sent, sums.total.unread), (6, 1));
        // The service ends: a connection that says nothing is closed.
        let (mut client, ended) = conversation(&door, [0xCD; 32], &stopped);
        send(&mut client, &in_frame("A08", "M10", "R-6", "20150228")).await;
        assert_eq!(acknowledged(&answer(&mut client).await.unwrap()).0, "AA");
        stop.send_replace(true);
        assert!(matches!(ended.await.unwrap(), Ended::Stopped));
        assert!(answer(&mut client).await.is_none());
    }

    async fn a_message_is_acknowledged_as_msh_15_and_msh_16_ask_for(db: TestDatabases) {
        let house = House::open(&db).await;
        house.hospital_registers(&[OWN]).await;
        let (_stop, stopped) = watch::channel(false);
        let (mut client, _ended) = conversation(&house.mllp_door(Limits::default()), OWN, &stopped);
        let asking = |wish: &str, event: &str, number: &str, born: &str| {
            let asked = message(event, number, number, born).replace("|2.5.1||||", &format!("|2.5.1|||{wish}"));
            feeds::hl7::framed(&asked)
        };
        let never = [
            asking("NE|NE", "A08", "M1", "20150228"),
            asking("NE|NE", "A99", "M2", "20150228"),
            asking("ER|NE", "A08", "M3", "20310101"),
        ];
        let asked = [
            asking("AL|NE", "A08", "M4", "20150301"),
            asking("AL|AL", "A08", "M5", "20310101"),
            asking("AL|AL", "A99", "M6", "20150228"),
            asking("NE|AL", "A08", "M7", "20150302"),
            asking("XX|NE", "A08", "M8", "20150303"),
        ];
        send(&mut client, &[never.concat(), asked.concat()].concat()).await;
        let mut answers = Vec::new();
        for _ in 0..5 {
            let (code, number, error) = acknowledged(&answer(&mut client).await.unwrap());
            answers.push((code, number, error.split('|').nth(4).unwrap_or_default().to_owned()));
        }
        let expected = [
            ("CA", "M4", ""), ("AE", "M5", "E"), ("AR", "M6", "E"), ("AA", "M7", ""), ("CE", "M8", "E"),
        ];
        let expected = expected.map(|(code, number, severity)| (code.to_owned(), number.to_owned(), severity.to_owned()));
        assert_eq!(answers, expected, "and no word of M1, M2 and M3");
        house.directory.work_through_inbox().await.unwrap();
        use RowStatus::{Accepted, Quarantined};
        let told: Vec<_> = house.told(HOSPITAL).await.into_iter().map(|(_, _, status)| status).collect();
        // Whether it was acknowledged or not, what was taken has its receipt, and what broke a rule too.
        assert_eq!(told, [Accepted, Quarantined, Accepted, Quarantined, Accepted]);
    }

    async fn only_a_registered_certificate_is_answered_and_one_client_keeps_no_other_waiting(db: TestDatabases) {
        let house = House::open(&db).await;
        let (server, own) = (&house.server, Some(&house.hospital));
        let limits = Limits {
            connections: Connections { known: 8, of_one_source: 2, unknown: 8, of_one_address: 4 },
            // So long that nothing of this test ends by it.
            handshake_within: Duration::from_secs(600),
            end_within: Duration::from_secs(2),
            ..Limits::default()
        };
        let hl7 = house.listen_to_hl7(&db, limits);
        // Without a certificate, and with one that nobody registered.
        for certificate in [None, Some(&Made::of("stranger"))] {
            if let Ok(mut stream) = connect(HERE, hl7.port, server, certificate).await {
                let sent = stream.write_all(&in_frame("A08", "M0", "R-0", "20150228")).await;
                assert!(sent.is_err() || answer(&mut stream).await.is_none(), "nothing is answered");
            }
        }
        // One address opens many and says nothing at all: four places are its, and no more.
        let mut silent = Vec::new();
        for _ in 0..9 {
            silent.push(unsaid(ELSEWHERE, hl7.port).await.unwrap());
        }
        for closed in silent.split_off(4) {
            assert!(is_closed(closed).await, "as many of one address as may be");
        }
        // One source opens many, proves who it is and says nothing, or half a message: two places are its, and no more.
        let mut slow = connect(HERE, hl7.port, server, own).await.unwrap();
        send(&mut slow, &in_frame("A08", "M1", "R-1", "20150228")[..30]).await;
        let mut quick = connect(HERE, hl7.port, server, own).await.unwrap();
        for number in ["M2", "M3"] {
            send(&mut quick, &in_frame("A08", number, number, "20150228")).await;
            let (code, answered, _) = acknowledged(&answer(&mut quick).await.unwrap());
            assert_eq!((code.as_str(), answered.as_str()), ("AA", number));
        }
        for _ in 0..3 {
            assert!(is_closed(connect(HERE, hl7.port, server, own).await.unwrap()).await, "as many of one source as may be");
        }
        // The others are served meanwhile.
        let mut other = connect(HERE, hl7.port, server, Some(&house.care)).await.unwrap();
        send(&mut other, &in_frame("A08", "M4", "M4", "20150228")).await;
        assert_eq!(acknowledged(&answer(&mut other).await.unwrap()).0, "AA");
        // And a place that is left is another's.
        drop(slow);
        let mut third = None;
        for _ in 0..1_000 {
            if let Ok(mut stream) = connect(HERE, hl7.port, server, own).await
                && answers_to(&mut stream, "M5").await.is_some()
            {
                third = Some(stream);
                break;
            }
        }
        let mut third = third.expect("a place that is left is free in the end");
        drop(silent);
        hl7.end().await;
        assert!(answer(&mut third).await.is_none() && answer(&mut quick).await.is_none());
        let records = async |source| house.told(source).await.into_iter().filter_map(|(_, record, _)| record).collect::<Vec<_>>();
        assert_eq!(records(HOSPITAL).await, ["M2", "M3", "M5"]);
        assert_eq!(records(CARE).await, ["M4"]);
    }
}

/// What is answered to a statement, unless the connection was closed.
async fn answers_to(
    stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin),
    number: &str,
) -> Option<String> {
    stream.write_all(&in_frame("A08", number, number, "20150228")).await.ok()?;
    answer(stream).await
}
