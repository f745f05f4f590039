//! HL7 over MLLP: answered in order, once durable; slow, broken and unknown clients touch nobody else.

mod hospital;

use std::time::Duration;

use intake::mllp::{self, Ended, Limits, converse};
use service::RowStatus;
use testkit::{TestDatabases, on_both_databases};
use tokio::io::{AsyncWriteExt as _, duplex};
use tokio::sync::watch;

use hospital::{Certificate, Hospital, acknowledged, answer, connect, in_frame, message, send};

const OWN: [u8; 32] = [0xAB; 32];

on_both_databases! {
    async fn each_message_is_answered_in_order_and_once_it_is_durable(db: TestDatabases) {
        let hospital = Hospital::open(&db, &OWN).await;
        let limits = Limits { message_within: Duration::from_secs(2), ..Limits::default() };
        let door = hospital.door(limits);
        let (mut client, server) = duplex(64 * 1024);
        let (stop, stopped) = watch::channel(false);
        let conversation = tokio::spawn({
            let (door, stopped) = (door.clone(), stopped.clone());
            async move { converse(&door, &OWN, server, stopped).await }
        });
        // Byte by byte.
        for byte in in_frame("A08", "M1", "R-1", "20150228") {
            send(&mut client, &[byte]).await;
        }
        let (code, number, _) = acknowledged(&answer(&mut client).await.unwrap());
        assert_eq!((code.as_str(), number.as_str()), ("AA", "M1"));
        assert_eq!(hospital.directory.work_through_inbox().await.unwrap(), 1, "durable when it is answered");
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
        assert!(matches!(conversation.await.unwrap(), Ended::TooSlow));
        use RowStatus::{Accepted, Quarantined, Unchanged};
        let told: Vec<(u64, RowStatus)> = hospital.told().await.into_iter().map(|(number, _, status)| (number, status)).collect();
        assert_eq!(told, [(1, Accepted), (2, Quarantined), (3, Accepted), (4, Unchanged)], "what was taken, and no more");
        // A merge; a certificate that is taken back, which counts for a connection that stands; and no MLLP at all.
        let (mut client, server) = duplex(64 * 1024);
        let conversation = tokio::spawn({
            let (door, stopped) = (door.clone(), stopped.clone());
            async move { converse(&door, &OWN, server, stopped).await }
        });
        let merge = message("A40", "M8", "R-9", "20150228") + "\rMRG|R-1^^^RXX01^MR";
        send(&mut client, &feeds::hl7::framed(&merge)).await;
        assert_eq!(acknowledged(&answer(&mut client).await.unwrap()).0, "AA");
        hospital.registers(&[&[0xCD; 32]]).await;
        hospital.clock.advance(jiff::SignedDuration::from_secs(1));
        send(&mut client, &in_frame("A08", "M9", "R-5", "20150228")).await;
        assert!(answer(&mut client).await.is_none());
        assert!(matches!(conversation.await.unwrap(), Ended::Unknown));
        let (mut client, server) = duplex(64 * 1024);
        send(&mut client, b"GET / HTTP/1.1\r\n").await;
        let ended = converse(&door, &[0xCD; 32], server, stopped.clone()).await;
        assert!(matches!(ended, Ended::Unframed(_)), "{ended:?}");
        let told = answer(&mut client).await.unwrap();
        assert!(told.contains("MSA|AR|") && told.contains("MLLP"), "{told}");
        let told = hospital.told().await;
        assert_eq!((told.len(), &told[4].1, told[4].2), (5, &Some("R-9".to_owned()), Accepted));
        // The service ends: a connection that says nothing is closed.
        let (mut client, server) = duplex(64 * 1024);
        let conversation = tokio::spawn(async move { converse(&door, &[0xCD; 32], server, stopped).await });
        send(&mut client, &in_frame("A08", "M10", "R-6", "20150228")).await;
        assert_eq!(acknowledged(&answer(&mut client).await.unwrap()).0, "AA");
        stop.send_replace(true);
        assert!(matches!(conversation.await.unwrap(), Ended::Stopped));
        assert!(answer(&mut client).await.is_none());
    }

    async fn only_a_registered_certificate_is_answered_and_one_client_keeps_no_other_waiting(db: TestDatabases) {
        let folder = tempfile::tempdir().unwrap();
        let (server, own, foreign) = (Certificate::new(), Certificate::new(), Certificate::new());
        let hospital = Hospital::open(&db, &own.sha256()).await;
        let (listener, tls) = server.listening(folder.path());
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = watch::channel(false);
        let limits = Limits {
            connections: 3,
            handshake_within: Duration::from_secs(2),
            idle: Duration::from_secs(20),
            end_within: Duration::from_secs(2),
            ..Limits::default()
        };
        let serving = tokio::spawn(mllp::serve(listener, tls, hospital.door(limits), stopped));
        // One says nothing at all and takes a place until its handshake is late.
        let silent = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // Without a certificate, and with one that nobody registered.
        for certificate in [None, Some(&foreign)] {
            if let Ok(mut stream) = connect(port, &server, certificate).await {
                let sent = stream.write_all(&in_frame("A08", "M0", "R-0", "20150228")).await;
                assert!(sent.is_err() || answer(&mut stream).await.is_none(), "nothing is answered");
            }
        }
        let mut slow = connect(port, &server, Some(&own)).await.unwrap();
        send(&mut slow, &in_frame("A08", "M1", "R-1", "20150228")[..30]).await;
        let mut quick = connect(port, &server, Some(&own)).await.unwrap();
        for number in ["M2", "M3"] {
            send(&mut quick, &in_frame("A08", number, number, "20150228")).await;
            let (code, answered, _) = acknowledged(&answer(&mut quick).await.unwrap());
            assert_eq!((code.as_str(), answered.as_str()), ("AA", number));
        }
        // More than may be open wait until one goes.
        drop(silent);
        let mut third = connect(port, &server, Some(&own)).await.unwrap();
        drop(slow);
        send(&mut third, &in_frame("A08", "M4", "M4", "20150228")).await;
        assert_eq!(acknowledged(&answer(&mut third).await.unwrap()).0, "AA");
        stop.send_replace(true);
        serving.await.unwrap().unwrap();
        assert!(answer(&mut third).await.is_none() && answer(&mut quick).await.is_none());
        let records: Vec<Option<String>> = hospital.told().await.into_iter().map(|(_, record, _)| record).collect();
        assert_eq!(records, ["M2", "M3", "M4"].map(|record| Some(record.to_owned())));
    }
}
