//! HL7 version 2 messages: what is taken, what is discarded by name, what is refused by name.

use directory::SaidAt;
use feeds::hl7::{Answer, Level, Mapping, Reason, Received, Refused, Verdict, read};
use feeds::{Message, Outcome, Profile, Row, Said};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use crate::files::profile;

const TODAY: Date = date(2026, 6, 1);

pub const HEADER: &str = r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|20260531120000||ADT^A08^ADT_A01|M000017|P|2.5.1||||||UNICODE UTF-8";
pub const EVENT: &str = "EVN||202605311158+0100";
pub const CHILD: &str = "PID|1||RXX-4711^^^RXX01^MR~9990000018^^^NHS^NH||O'Connor^Amelia^Rose^^^^L~Connor^Amy^^^^^A||20150228|F|||\
                     12 Mill Lane^Northfield^Leeds^^LS1 4AP^GBR^H||0113 496 0999|||||||||||||||||N";
const PRACTICE: &str = "PD1|||Mill Lane Surgery^^B86001";
pub const MOTHER: &str =
    "NK1|1|O'Connor^Siobhan|MTH^Mother|12 Mill Lane|07700 900123^PRN^PH~^NET^Internet^s.oconnor@example.org";

fn mapping(name: &str) -> Mapping {
    Mapping { profile: profile(name), assigning_authority: None, takes_tests: false }
}

fn message(segments: &[&str]) -> Vec<u8> {
    segments.join("\r").into_bytes()
}

pub fn received(segments: &[&str]) -> Received {
    read(&message(segments), &mapping("hospital")).unwrap()
}

pub fn refused(segments: &[&str]) -> Refused {
    read(&message(segments), &mapping("hospital")).unwrap_err()
}

pub fn statement(segments: &[&str]) -> Message {
    match received(segments).said {
        Some(Said::Statement(message)) => message,
        other => panic!("{other:?}"),
    }
}

pub fn row(message: &Message) -> Row {
    match message.judge(1, TODAY) {
        Outcome::Accepted(row) => *row,
        Outcome::Quarantined(row) => panic!("{:?}", row.faults),
    }
}

#[test]
fn a_registration_becomes_the_record_that_the_same_row_of_a_file_becomes() {
    let message = statement(&[HEADER, EVENT, CHILD, PRACTICE, MOTHER]);
    let said = |column| message.said(column);
    assert_eq!(said("record_id"), "RXX-4711");
    assert_eq!(said("effective_at"), "2026-05-31T11:58:00+01:00");
    assert_eq!((said("forenames"), said("surname")), ("Amelia Rose", "O'Connor"));
    assert_eq!((said("alias_1_forenames"), said("alias_1_surname")), ("Amy", "Connor"));
    assert_eq!(
        (said("date_of_birth"), said("gender"), said("nhs_number")),
        ("2015-02-28", "F", "9990000018")
    );
    assert_eq!(
        (said("address_kind"), said("address_line_1"), said("address_line_2")),
        ("current", "12 Mill Lane", "Northfield")
    );
    assert_eq!((said("town"), said("postcode")), ("Leeds", "LS1 4AP"));
    assert_eq!((said("practice_name"), said("practice_code")), ("Mill Lane Surgery", "B86001"));
    assert_eq!((said("carer_1_forenames"), said("carer_1_relationship")), ("Siobhan", "mother"));
    assert_eq!((said("carer_1_telephone"), said("carer_1_email")), ("07700 900123", "s.oconnor@example.org"));
    let row = row(&message);
    let values: Vec<&str> = profile("hospital").columns().map(|column| said(column.name)).collect();
    let file = format!("{}\n{}", profile("hospital").header(), values.join(","));
    let same = crate::files::accepted(profile("hospital"), &file);
    assert_eq!((row.content, row.canonical), (same.content, same.canonical));
}

#[test]
fn what_is_clinical_is_discarded_unread_and_counted_by_name() {
    let received = received(&[
        HEADER,
        EVENT,
        CHILD,
        "PV1|1|I|WARD^3^B||||1234^Physician||||||||||||||\\not\\even an escape",
        "OBX|1|TX|||a finding that nobody may read",
        "OBX|2|TX|||another",
        "DG1|1||J45^Asthma",
        "NTE|1||free text about the child",
    ]);
    let counted: Vec<(&str, u64)> =
        received.discarded.iter().map(|(name, times)| (name.as_str(), *times)).collect();
    assert_eq!(
        counted,
        [("DG1", 1), ("NTE", 1), ("OBX", 2), ("PID-1", 1), ("PID-13", 1), ("PID-30", 1), ("PV1", 1)]
    );
    let shown = format!("{received:?}");
    for secret in ["finding", "Asthma", "free text", "Physician"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn what_is_on_no_list_refuses_the_message_by_name() {
    let own = refused(&[HEADER, CHILD, "ZPI|1|local"]);
    assert_eq!(own.reason, Reason::UnknownSegment { place: 3, name: Some("ZPI".to_owned()) });
    let words = refused(&[HEADER, CHILD, "she said that"]);
    assert_eq!(words.reason, Reason::UnknownSegment { place: 3, name: None });
    assert!(!words.reason.to_string().contains("said"), "{words}");
    let field = refused(&[HEADER, &format!("{CHILD}{}something", "|".repeat(20))]);
    assert_eq!(field.reason, Reason::UnknownField { segment: "PID", field: 50 });
    let event = refused(&[&HEADER.replace("A08", "A24"), CHILD]);
    assert_eq!(event.reason, Reason::Event);
    assert_eq!(refused(&[&HEADER.replace("ADT^A08", "ORU^R01"), CHILD]).reason, Reason::Event);
}

#[test]
fn a_movement_is_acknowledged_and_nothing_of_it_is_read() {
    let received = received(&[&HEADER.replace("A08", "A03"), EVENT, CHILD, "PV1|1"]);
    assert_eq!(received.said, None);
    assert_eq!(received.discarded.keys().collect::<Vec<_>>(), ["A03", "EVN", "PID", "PV1"]);
}

#[test]
fn a_merge_names_the_record_that_goes_on_and_the_one_that_ends() {
    let header = HEADER.replace("A08", "A40");
    let merged = "MRG|RXX-0815^^^RXX01^MR";
    // By the standard it has no NK1, and nothing of it says that the child has no parents.
    let alone = received(&[&header, EVENT, CHILD, PRACTICE, merged]);
    let at = SaidAt::Moment("2026-05-31T10:58:00Z".parse().unwrap());
    let (surviving, ended) = ("RXX-4711".to_owned(), "RXX-0815".to_owned());
    assert_eq!(alone.said, Some(Said::Merge { surviving, ended, statement: None, said: Some(at) }));
    let counted: Vec<&str> = alone.discarded.keys().map(String::as_str).collect();
    let unread = ["PD1-3", "PID-1", "PID-11", "PID-13", "PID-3 other", "PID-30", "PID-5", "PID-7", "PID-8"];
    assert_eq!(counted, unread, "and what it says besides is counted");
    let whole = received(&[&header, EVENT, CHILD, PRACTICE, MOTHER, merged]).said;
    let Some(Said::Merge { statement: Some(statement), .. }) = whole else { panic!("{whole:?}") };
    assert_eq!((statement.said("surname"), statement.said("carer_1_surname")), ("O'Connor", "O'Connor"));
    let unstamped = HEADER.replace("A08", "A40").replace("20260531120000", "");
    let bare = received(&[&unstamped, "PID|||RXX-4711", "MRG|RXX-0815"]).said;
    assert!(matches!(bare, Some(Said::Merge { statement: None, said: None, .. })), "{bare:?}");
    let reason = |segments: &[&str]| refused(segments).reason;
    assert_eq!(reason(&[&header, CHILD, "MRG|RXX-4711^^^RXX01^MR"]), Reason::SameRecord);
    assert_eq!(reason(&[&header, CHILD]), Reason::Missing { segment: "MRG", event: "A40".to_owned() });
    let pairs = reason(&[&header, CHILD, "MRG|X", CHILD, "MRG|Y"]);
    assert_eq!(pairs, Reason::SeveralPairs { segment: "PID" });
    assert!(pairs.to_string().ends_with("send one A40 for each pair"), "{pairs}");
    assert_eq!(reason(&[&header, CHILD, "MRG|X", "MRG|Y"]), Reason::SeveralPairs { segment: "MRG" });
    assert!(matches!(reason(&[HEADER, CHILD, "MRG|X"]), Reason::UnknownSegment { .. }));
}

#[test]
fn the_sources_own_number_must_be_one() {
    let with = |numbers: &str, authority: Option<&str>| {
        let mapping = Mapping { assigning_authority: authority.map(str::to_owned), ..mapping("hospital") };
        read(&message(&[HEADER, &format!("PID|||{numbers}||Smith^Al")]), &mapping).map(|received| {
            match received.said {
                Some(Said::Statement(message)) => message.said("record_id").to_owned(),
                other => panic!("{other:?}"),
            }
        })
    };
    let none = Reason::NoOwnNumber { segment: "PID", field: 3 };
    let several = Reason::SeveralOwnNumbers { segment: "PID", field: 3 };
    assert_eq!(with("4711", None).unwrap(), "4711");
    assert_eq!(with("4711^^^X^MR~4711^^^X^MR", None).unwrap(), "4711");
    assert_eq!(with("1^^^A^MR~2^^^B^MR", Some("B")).unwrap(), "2");
    assert_eq!(with("1^^^A^MR~2^^^B^MR", None).unwrap_err().reason, several);
    assert_eq!(with("9990000018^^^NHS^NH", None).unwrap_err().reason, none);
    assert_eq!(with("1^^^A^MR", Some("B")).unwrap_err().reason, none);
    assert_eq!(with("\"\"^^^A^MR", None).unwrap_err().reason, none);
}

#[test]
fn a_name_at_birth_or_by_adoption_is_not_read() {
    let child = CHILD.replace("Connor^Amy^^^^^A", "Former^Ann^^^^^B~Other^Ann^^^^^C");
    let received = received(&[HEADER, EVENT, &child]);
    assert_eq!(received.discarded.get("PID-5 other"), Some(&2));
    let Some(Said::Statement(message)) = received.said else { panic!("{:?}", received.said) };
    let row = row(&message);
    assert_eq!(row.content.names.len(), 1);
    assert!(!String::from_utf8_lossy(&row.canonical).contains("Former"));
}

#[test]
fn siblings_and_emergency_contacts_are_no_carers() {
    let received = received(&[
        HEADER,
        CHILD,
        "NK1|1|O'Connor^Liam|SIB",
        "NK1|2|Neighbour^Nora|EMC",
        MOTHER,
        "NK1|4|O'Connor^Sean|FTH",
        "NK1|5|Granny^G|GRD",
    ]);
    assert_eq!(received.discarded.get("NK1 other"), Some(&2));
    assert_eq!(received.discarded.get("NK1 beyond"), None);
    assert_eq!(relationships(received), ["mother", "father", "guardian", ""]);
}

fn relationships(received: Received) -> [String; 4] {
    let Some(Said::Statement(message)) = received.said else { panic!("{:?}", received.said) };
    [1, 2, 3, 4].map(|nth| message.said(&format!("carer_{nth}_relationship")).to_owned())
}

#[test]
fn four_carers_are_held_and_of_more_the_parents_first() {
    let received = received(&[
        HEADER,
        CHILD,
        "NK1|1|Hale^Gran|CGV",
        "NK1|2|Hale^Grandad|CGV",
        MOTHER,
        "NK1|4|Hale^Aunt|GRD",
        "NK1|5|O'Connor^Sean|FTH",
    ]);
    assert_eq!(received.discarded.get("NK1 beyond"), Some(&1));
    assert_eq!(relationships(received), ["carer", "mother", "guardian", "father"]);
}

#[test]
fn of_several_numbers_of_the_agreed_authority_the_records_counts() {
    let agreed = Mapping { assigning_authority: Some("RXX01".to_owned()), ..mapping("hospital") };
    let child = "PID|||A9^^^RXX01^AN~4711^^^RXX01^MR||O'Connor^Amelia||20150228|F";
    let Some(Said::Statement(said)) = read(&message(&[HEADER, child]), &agreed).unwrap().said else {
        panic!()
    };
    assert_eq!(said.said("record_id"), "4711");
    let untyped = child.replace("^MR", "").replace("^AN", "");
    let refused = read(&message(&[HEADER, &untyped]), &agreed).unwrap_err();
    assert!(matches!(refused.reason, Reason::SeveralOwnNumbers { .. }), "{refused}");
}

#[test]
fn what_has_ended_is_not_what_stands_now() {
    let child = "PID|||4711^^^^MR||Former^Amelia^^^^^L^^^^^^20190101~Connor^Amelia^^^^^L^^^20180101&20300101\
                 |||f|||1 Old Road^^Leeds^^LS1 1AA^^H^^^^^^^20200101~2 New Road^^Leeds^^LS1 2BB^^H^^^^^^^20300101";
    let received = received(&[
        HEADER,
        EVENT,
        child,
        "NK1|1|Foster^Fern|GRD||||||20240101",
        "NK1|2||MTH",
        "NK1|3|O'Connor^Siobhan|MTH||||||20260531",
        "NK1|4|O'Connor^Sean|FTH",
    ]);
    assert_eq!(
        received.discarded.get("NK1 other"),
        Some(&2),
        "a time that is over, and a person without a name"
    );
    assert_eq!(
        (received.discarded.get("PID-5 other"), received.discarded.get("PID-11 other")),
        (Some(&1), Some(&1))
    );
    let Some(Said::Statement(message)) = received.said else { panic!() };
    assert_eq!((message.said("surname"), message.said("alias_1_surname")), ("Connor", ""));
    assert_eq!((message.said("address_line_1"), message.said("gender")), ("2 New Road", "F"));
    let carers = [message.said("carer_1_surname"), message.said("carer_2_surname")];
    assert_eq!(carers, ["O'Connor", "O'Connor"], "the day on which it ends is its last");
}

#[test]
fn a_gender_that_no_table_has_is_put_aside_by_its_rule() {
    for (said, stated) in [("M", "M"), ("U", "N"), ("A", "N"), ("Male", "MALE"), ("1", "1")] {
        let message = statement(&[HEADER, &CHILD.replace("|F|", &format!("|{said}|"))]);
        assert_eq!(message.said("gender"), stated);
        let taken = matches!(message.judge(1, TODAY), Outcome::Accepted(_));
        assert_eq!(taken, stated.len() == 1 && stated != "1", "{said}");
    }
}

#[test]
fn a_message_whose_characters_are_refused_is_named_in_its_answer() {
    for bytes in [
        [HEADER.as_bytes(), b"\rPID|||4711||Zo\xebson"].concat(),
        [HEADER.replace("UNICODE UTF-8", "EBCDIC").as_bytes(), b"\rPID|||4711||Zoeson"].concat(),
    ] {
        let refused = read(&bytes, &mapping("hospital")).unwrap_err();
        assert_eq!(refused.header.map(|header| header.control_id), Some("M000017".to_owned()));
    }
    let marked = [b"\xEF\xBB\xBF", message(&[HEADER, CHILD]).as_slice()].concat();
    assert!(read(&marked, &mapping("hospital")).is_ok(), "a byte order mark");
    let latin = HEADER.replace("UNICODE UTF-8", "8859/15");
    let bytes = [latin.as_bytes(), b"\rPID|||4711||\xbduf^Zo\xeb"].concat();
    let Some(Said::Statement(message)) = read(&bytes, &mapping("hospital")).unwrap().said else { panic!() };
    assert_eq!((message.said("surname"), message.said("forenames")), ("\u{153}uf", "Zo\u{eb}"));
}

#[test]
fn separators_characters_and_escapes_are_those_the_message_names() {
    let other = HEADER.replace("|^~\\&|", "$%!?*$").replace('|', "$").replace('^', "%");
    let child = "PID$$$4711$$O?T?Connor%Ame?S?lia";
    let message = statement(&[&other, child]);
    assert_eq!((message.said("surname"), message.said("forenames")), ("O*Connor", "Ame%lia"));
    let latin = HEADER.replace("UNICODE UTF-8", "8859/1");
    let bytes = [latin.as_bytes(), b"\rPID|||4711||Zo\xebson^Zo\xeb"].concat();
    let Some(Said::Statement(message)) = read(&bytes, &mapping("hospital")).unwrap().said else { panic!() };
    assert_eq!(message.said("forenames"), "Zoë");
    let unnamed = [HEADER.as_bytes(), b"\rPID|||4711||Zo\xebson"].concat();
    assert_eq!(read(&unnamed, &mapping("hospital")).unwrap_err().reason, Reason::NotUtf8);
    assert_eq!(refused(&[&HEADER.replace("UNICODE UTF-8", "GB 18030-2000")]).reason, Reason::CharacterSet);
    assert_eq!(refused(&["MSH||||||"]).reason, Reason::NoHeader);
    assert_eq!(refused(&["PID|1"]).reason, Reason::NoHeader);
}

#[test]
fn an_escape_means_what_the_standard_says_and_one_it_does_not_know_stays_as_written() {
    for (written, meant) in [
        (r"Zoë\T\Zoë\F\Zoë\S\Zoë\R\Zoë\E\Zoë", r"Zoë&Zoë|Zoë^Zoë~Zoë\Zoë"),
        (r"𛄲\𔒉49\", r"𛄲\𔒉49\"),
        (r"Ame\lia", r"Ame\lia"),
        (r"Ame\Q\lia", r"Ame\Q\lia"),
        (r"\H\Amelia\N\", "Amelia"),
        (r"Amelia\.br\Rose\X0D0A\May", "Amelia Rose  May"),
        (r"Zo\XC3AB\", "Zoë"),
        (r"Zo\XC3\\XAB\", "Zoë"),
        (r"Amelia\X4\\XZ\\X\", r"Amelia\X4\\XZ\\X\"),
        (r"Amelia\\Rose\", r"Amelia\\Rose\"),
    ] {
        let child = CHILD.replace("Amelia^Rose", written);
        assert_eq!(statement(&[HEADER, EVENT, &child]).said("forenames"), meant, "{written}");
    }
}

#[test]
fn the_bytes_of_an_escape_are_text_of_the_characters_the_message_names() {
    let said = |characters: &str, written: &str| {
        let header = HEADER.replace("UNICODE UTF-8", characters);
        let child = CHILD.replace("Amelia^Rose", written);
        read(&message(&[&header, &child]), &mapping("hospital")).map(|received| match received.said {
            Some(Said::Statement(message)) => message.said("forenames").to_owned(),
            other => panic!("{other:?}"),
        })
    };
    for (characters, written, meant) in [
        ("UNICODE UTF-8", r"Zo\XC3AB\", "Zoë"),
        ("8859/1", r"Zo\XEB\", "Zoë"),
        ("8859/1", r"\XBC\", "¼"),
        ("8859/15", r"\XBC\dipe", "Œdipe"),
    ] {
        assert_eq!(said(characters, written).unwrap(), meant, "{characters} {written}");
    }
    for (characters, written) in [
        ("UNICODE UTF-8", r"Zo\XEB\"),
        ("UNICODE UTF-8", r"Zo\XC3\e\XAB\"),
        ("UNICODE UTF-8", r"Zo\X00\"),
        ("8859/1", r"Zo\X85\"),
        ("8859/15", r"Zo\X1B\"),
    ] {
        let refused = said(characters, written).unwrap_err();
        assert_eq!(refused.reason, Reason::NotText { segment: "PID", field: 5 }, "{characters} {written}");
        assert!(refused.to_string().contains("PID-5") && refused.to_string().contains("MSH-18"), "{refused}");
    }
    let header = HEADER.replace("PAS", r"P\XC3\S");
    assert_eq!(refused(&[&header, CHILD]).reason, Reason::NotText { segment: "MSH", field: 3 });
    let unread = CHILD.replace("0113 496 0999", r"\XC3\");
    assert!(
        read(&message(&[HEADER, &unread]), &mapping("hospital")).is_ok(),
        "what is discarded is not read"
    );
}

#[test]
fn a_version_that_hl7_never_published_is_refused_by_its_field() {
    for version in ["2.1", "2.3.1", "2.5.1^GBR", "2.8.2", "2.9"] {
        received(&[&HEADER.replace("2.5.1", version), CHILD]);
    }
    for version in ["2.banana", "2.", "2.5.9", "2.51", "3.0", ""] {
        let refused = refused(&[&HEADER.replace("2.5.1", version), CHILD]);
        assert_eq!(refused.reason, Reason::Version, "{version}");
        let words = refused.to_string();
        assert!(words.contains("MSH-12") && words.contains("2.5.1") && !words.contains("banana"), "{words}");
        assert_eq!((refused.reason.place(), refused.reason.code()), (("MSH".to_owned(), Some(12)), "203"));
    }
}

#[test]
fn a_test_message_is_for_a_rehearsal_alone() {
    let header = HEADER.replace("|P|2.5.1", "|T|2.5.1");
    assert_eq!(refused(&[&header, CHILD]).reason, Reason::Test);
    let rehearsal = Mapping { takes_tests: true, ..mapping("hospital") };
    assert!(read(&message(&[&header, CHILD]), &rehearsal).is_ok());
}

#[test]
fn what_breaks_a_rule_is_set_aside_and_kept_as_a_file_of_its_own() {
    let message =
        statement(&[HEADER, EVENT, &CHILD.replace("20150228", "20150231").replace("LS1 4AP", "nowhere")]);
    let Outcome::Quarantined(aside) = message.judge(7, TODAY) else { panic!("it was accepted") };
    let faults: Vec<(&str, &str)> = aside.faults.iter().map(|fault| (fault.field, fault.code())).collect();
    assert_eq!(faults, [("date_of_birth", "F010"), ("postcode", "F030")]);
    let again = String::from_utf8(aside.raw.clone().unwrap()).unwrap();
    let read = crate::files::read(profile("hospital"), again.as_bytes()).unwrap();
    let [Outcome::Quarantined(same)] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!(same.faults, aside.faults);
}

#[test]
fn the_dates_of_hl7_are_read_as_far_as_they_say() {
    let said = |column: &str, event: &str, birth: &str| {
        let child = CHILD.replace("20150228", birth);
        statement(&[HEADER, event, &child]).said(column).to_owned()
    };
    for (given, expected) in [
        ("2015", "2015"),
        ("201502", "2015-02"),
        ("201502281430", "2015-02-28"),
        ("28/02/2015", "28/02/2015"),
    ] {
        assert_eq!(said("date_of_birth", EVENT, given), expected);
    }
    for (given, expected) in [
        ("20260531", "2026-05-31"),
        ("202605311158", "2026-05-31T10:58:00Z"),
        ("20260531115859.1234-0500", "2026-05-31T11:58:59.1234-05:00"),
        ("", "2026-05-31T11:00:00Z"),
        ("soon", "soon"),
    ] {
        assert_eq!(said("effective_at", &format!("EVN||{given}"), "20150228"), expected);
    }
}

#[test]
fn the_answer_names_the_message_the_place_and_the_remedy() {
    let now = "2026-06-01T09:30:00Z".parse().unwrap();
    let received = received(&[HEADER, CHILD]);
    let answer = |verdict: &Verdict| {
        Answer {
            to: Some(&received.header),
            verdict,
            level: Level::Application,
            receipt: None,
            control_id: "CP1",
            now,
        }
        .message()
        .replace('\r', "\n")
    };
    let message = statement(&[HEADER, EVENT, &CHILD.replace("20150228", "20150231")]);
    let Outcome::Quarantined(aside) = message.judge(1, TODAY) else { panic!("it was accepted") };
    let refusal = refused(&[HEADER, CHILD, "ZPI|1"]);
    insta::assert_snapshot!(
        [
            answer(&Verdict::Accepted),
            answer(&Verdict::SetAside(aside.faults)),
            answer(&Verdict::Refused(refusal.reason)),
            answer(&Verdict::NotNow(
                "the source is paused; keep the message and send it again later".to_owned()
            )),
        ]
        .join("\n")
    );
    let taken = Answer {
        to: Some(&received.header),
        verdict: &Verdict::Accepted,
        level: Level::Application,
        receipt: Some("2026-06-01.4"),
        control_id: "CP3",
        now,
    };
    assert!(taken.message().contains("MSA|AA|M000017|2026-06-01.4\r"), "its receipt is found by the number");
    let nameless = Answer {
        to: None,
        verdict: &Verdict::Refused(Reason::NoHeader),
        level: Level::Application,
        receipt: None,
        control_id: "CP2",
        now,
    };
    assert!(
        nameless.message().starts_with("MSH|^~\\&|ContactPoint||||20260601093000+0000||ACK^^ACK|CP2|P|2.5.1")
    );
}

#[test]
fn a_message_is_acknowledged_as_it_asks_for() {
    let set_aside = Verdict::SetAside(Vec::new());
    let refused_for = |reason| Verdict::Refused(reason);
    let not_now = Verdict::NotNow("later".to_owned());
    let codes = |accept: &str, application: &str, verdict: &Verdict| {
        let header = HEADER.replace("2.5.1||||||", &format!("2.5.1|||{accept}|{application}||"));
        let to = received(&[&header, CHILD]).header;
        let due = to.asked.due(verdict);
        let code = |level| {
            let now = jiff::Timestamp::UNIX_EPOCH;
            Answer { to: Some(&to), verdict, level, receipt: None, control_id: "1", now }.code()
        };
        due.map_or("", code)
    };
    let (event, segment) = (
        refused_for(Reason::Event),
        refused_for(Reason::Missing { segment: "PID", event: "A08".to_owned() }),
    );
    let verdicts = [&Verdict::Accepted, &set_aside, &segment, &event, &not_now];
    for (accept, application, expected) in [
        // The original mode, and what the standard calls the same.
        ("", "", ["AA", "AE", "AR", "AR", "AR"]),
        ("NE", "AL", ["AA", "AE", "AR", "AR", "AR"]),
        ("", "AL", ["AA", "AE", "AR", "AR", "AR"]),
        ("AL", "NE", ["CA", "CA", "CE", "CR", "CE"]),
        ("AL", "", ["CA", "CA", "CE", "CR", "CE"]),
        // A message has one answer: where both are wanted, the one that says more.
        ("AL", "AL", ["AA", "AE", "AR", "AR", "AR"]),
        ("AL", "ER", ["CA", "AE", "AR", "AR", "AR"]),
        ("SU", "AL", ["AA", "AE", "AR", "AR", "AR"]),
        ("ER", "SU", ["AA", "", "CE", "CR", "CE"]),
        ("SU", "SU", ["AA", "CA", "", "", ""]),
        ("NE", "ER", ["", "AE", "AR", "AR", "AR"]),
        ("NE", "NE", ["", "", "", "", ""]),
    ] {
        assert_eq!(
            verdicts.map(|verdict| codes(accept, application, verdict)),
            expected,
            "{accept} {application}"
        );
    }
}

#[test]
fn a_wish_for_an_acknowledgement_that_no_table_has_is_refused_by_its_field() {
    for (accept, application, field, code) in
        [("XX", "NE", 15, "CE"), ("NE", "XX", 16, "AR"), ("al", "", 15, "CE"), ("AL", "YES", 16, "AR")]
    {
        let header = HEADER.replace("2.5.1||||||", &format!("2.5.1|||{accept}|{application}||"));
        let refused = refused(&[&header, CHILD]);
        assert_eq!(refused.reason, Reason::Acknowledgement { field });
        assert!(refused.to_string().contains(&format!("MSH-{field}")), "{refused}");
        let (to, verdict) = (refused.header.unwrap(), Verdict::Refused(refused.reason));
        let level = to.asked.due(&verdict).unwrap_or_else(|| panic!("{accept} {application}: it is told"));
        let now = jiff::Timestamp::UNIX_EPOCH;
        let answer =
            Answer { to: Some(&to), verdict: &verdict, level, receipt: None, control_id: "1", now }.message();
        assert!(answer.contains(&format!("MSA|{code}|M000017\rERR||MSH^1^{field}|103|E|")), "{answer}");
    }
}

#[test]
fn what_is_in_safe_keeping_and_breaks_a_rule_is_told_by_a_warning() {
    let header = HEADER.replace("2.5.1||||||", "2.5.1|||AL|NE||");
    let received = received(&[&header, &CHILD.replace("20150228", "20150231")]);
    let Some(Said::Statement(said)) = &received.said else { panic!() };
    let Outcome::Quarantined(aside) = said.judge(1, TODAY) else { panic!("it was accepted") };
    let (verdict, now) = (Verdict::SetAside(aside.faults), jiff::Timestamp::UNIX_EPOCH);
    let to = Some(&received.header);
    let answer =
        Answer { to, verdict: &verdict, level: Level::Accept, receipt: None, control_id: "1", now }.message();
    assert!(answer.contains("MSA|CA|M000017\rERR|||102|W|F010^^ContactPoint|||date_of_birth"), "{answer}");
}

/// Bytes in which what matters to HL7 is frequent enough to meet.
fn hl7_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just("|".to_owned()),
        2 => Just("^".to_owned()),
        1 => Just("~".to_owned()),
        2 => Just("\\".to_owned()),
        1 => Just("&".to_owned()),
        2 => Just("\r".to_owned()),
        1 => Just("\rPID|||4711||".to_owned()),
        1 => Just("\rNK1||A^B|MTH".to_owned()),
        1 => Just("\rMRG|1".to_owned()),
        1 => Just("\"\"".to_owned()),
        2 => "[A-Z0-9]{0,4}",
        2 => "\\PC{0,3}",
    ];
    let header = prop_oneof![
        3 => Just(HEADER.to_owned()),
        1 => Just(HEADER.replace("A08", "A40")),
        1 => "MSH\\PC{0,12}",
        1 => Just(String::new()),
    ];
    (header, prop::collection::vec(piece, 0..60), prop::collection::vec(any::<u8>(), 0..2))
        .prop_map(|(header, pieces, tail)| [header.into_bytes(), pieces.concat().into_bytes(), tail].concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_can_be_answered(bytes in hl7_like()) {
        // Whether they are an answer themselves, and which number they have.
        let _ = (feeds::hl7::answered(&bytes), feeds::hl7::control_id(&bytes));
        for profile in Profile::ALL {
            let mapping = Mapping { profile, assigning_authority: None, takes_tests: true };
            let now = jiff::Timestamp::UNIX_EPOCH;
            match read(&bytes, &mapping) {
                Ok(Received { said: Some(Said::Statement(message)), header, .. }) => {
                    let _ = message.judge(1, TODAY);
                    let (to, verdict, level) = (Some(&header), &Verdict::Accepted, Level::Application);
                    let answer = Answer { to, verdict, level, receipt: None, control_id: "1", now };
                    prop_assert!(answer.message().contains("MSA|AA|"));
                }
                Ok(_) => {}
                Err(Refused { header, reason }) => {
                    let (to, verdict) = (header.as_deref(), &Verdict::Refused(reason));
                    let level = Level::Application;
                    let answer = Answer { to, verdict, level, receipt: None, control_id: "1", now };
                    prop_assert!(answer.message().contains("MSA|AR|"));
                }
            }
        }
    }
}

#[test]
fn two_nhs_numbers_of_one_child_are_refused() {
    let with = |numbers: &str| {
        let child = format!("PID|||X1^^^T^MR~{numbers}||Smith^Al");
        read(&message(&[HEADER, &child]), &mapping("hospital")).map(|received| match received.said {
            Some(Said::Statement(message)) => message.said("nhs_number").to_owned(),
            other => panic!("{other:?}"),
        })
    };
    let two = with("9990000018^^^NHS^NH~9990000026^^^NHS^NH").unwrap_err();
    assert_eq!((two.reason.clone(), two.reason.code()), (Reason::SeveralNhsNumbers, "102"));
    assert_eq!(two.reason.place(), ("PID".to_owned(), Some(3)));
    assert!(!two.to_string().contains("9990000018"), "{two}");
    assert_eq!(with("9990000018^^^NHS^NH~^^^NHS^NH").unwrap(), "9990000018", "an empty one says nothing");
    assert_eq!(with("9990000018^^^NHS^NH~\"\"^^^NHS^NH").unwrap(), "9990000018");
    assert_eq!(with("9990000018^^^NHS^NH~999 000 0018^^^NHS^NH").unwrap(), "9990000018", "the same twice");
    let merge = HEADER.replace("A08", "A40");
    let merged = refused(&[
        &merge,
        "PID|||X1^^^T^MR~9990000018^^^NHS^NH~9990000026^^^NHS^NH||Smith^Al",
        "NK1|1|Smith^Jo|MTH",
        "MRG|X2^^^T^MR",
    ]);
    assert_eq!(merged.reason, Reason::SeveralNhsNumbers);
}

#[test]
fn a_telephone_in_parts_is_read_and_a_fax_is_none() {
    let of = |ways: &str| {
        let received = received(&[HEADER, EVENT, CHILD, &format!("NK1|1|O'Connor^Siobhan|MTH||{ways}")]);
        let discarded = received.discarded.get("NK1-5 other").copied().unwrap_or(0);
        let Some(Said::Statement(message)) = received.said else { panic!("no statement") };
        row(&message);
        (message.said("carer_1_telephone").to_owned(), discarded)
    };
    let told = |number: &str, discarded: u64| (number.to_owned(), discarded);
    assert_eq!(of("^PRN^PH^^44^113^4960001"), told("+44 113 4960001", 0));
    assert_eq!(of("^PRN^PH^^+44^0113^4960001"), told("+44 113 4960001", 0));
    assert_eq!(of("^PRN^PH^^^113^4960001"), told("0113 4960001", 0));
    assert_eq!(of("^PRN^PH^^^^4960001"), told("", 1), "nobody can dial it");
    assert_eq!(of("0113 496 0009^PRN^PH^^44^113^4960001"), told("0113 496 0009", 0), "written whole");
    for kind in ["FX", "BP", "MD"] {
        assert_eq!(of(&format!("0113 496 0002^WPN^{kind}")), told("", 1), "{kind}");
        assert_eq!(of(&format!("0113 496 0002^WPN^{kind}~07700 900123^PRN^CP")), told("07700 900123", 1));
    }
}

#[test]
fn a_carers_maiden_name_is_never_read() {
    let of = |names: &str| received(&[HEADER, EVENT, CHILD, &format!("NK1|1|{names}|MTH")]);
    let two = of("Former^Siobhan^^^^^M~O'Connor^Siobhan^^^^^L");
    assert_eq!(two.discarded.get("NK1-2 other"), Some(&1));
    let Some(Said::Statement(message)) = two.said else { panic!("no statement") };
    assert_eq!(message.said("carer_1_surname"), "O'Connor");
    let maiden = of("Former^Siobhan^^^^^M");
    assert_eq!(maiden.discarded.get("NK1 other"), Some(&1));
    let Some(Said::Statement(message)) = maiden.said else { panic!("no statement") };
    assert_eq!((message.said("carer_1_surname"), message.said("carer_1_relationship")), ("", ""));
    let over = of("Former^Siobhan^^^^^L^^^^^^20190101~O'Connor^Siobhan");
    let Some(Said::Statement(message)) = over.said else { panic!("no statement") };
    assert_eq!(message.said("carer_1_surname"), "O'Connor");
}
