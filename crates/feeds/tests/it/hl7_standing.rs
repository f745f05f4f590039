//! What an HL7 message says although it is written loosely, and what does not stand although it is sent.

use feeds::Message;
use feeds::hl7::Reason;

use crate::hl7::{CHILD, EVENT, HEADER, MOTHER, received, refused, row, statement};

#[test]
fn a_bare_ampersand_cuts_nothing() {
    let child = CHILD.replace("12 Mill Lane^Northfield", "Rose & Crown Cottage^Hill & Dale");
    let child = child.replace("Amelia^Rose", "Amelia & Co^Rose");
    let message = statement(&[HEADER, EVENT, &child, "PD1|||Dr Smith & Partners^^B86001"]);
    let said = |column| message.said(column);
    assert_eq!(said("practice_name"), "Dr Smith & Partners");
    assert_eq!((said("address_line_1"), said("address_line_2")), ("Rose & Crown Cottage", "Hill & Dale"));
    assert_eq!(said("forenames"), "Amelia & Co Rose");
    let escaped = statement(&[HEADER, EVENT, CHILD, r"PD1|||Dr Smith \T\ Partners^^B86001"]);
    assert_eq!(escaped.said("practice_name"), "Dr Smith & Partners");
}

#[test]
fn a_street_and_a_number_of_their_own_are_the_line_they_make() {
    for (written, line) in [
        ("&Mill Lane&12", "12 Mill Lane"),
        ("12 Mill Lane&Mill Lane&12", "12 Mill Lane"),
        ("Flat 2&Mill Lane&12", "Flat 2, 12 Mill Lane"),
        ("&Mill Lane", "Mill Lane"),
        ("\"\"", ""),
    ] {
        let child = CHILD.replace("12 Mill Lane^", &format!("{written}^"));
        let message = statement(&[HEADER, EVENT, &child]);
        assert_eq!(message.said("address_line_1"), line, "{written}");
    }
}

#[test]
fn what_has_not_begun_is_not_read_as_what_stands() {
    // New home from January on, and the present one until then.
    let homes = "9 Far Road^^Leeds^^LS1 1ZZ^GBR^H^^^^^^20270101~12 Mill Lane^Northfield^Leeds^^LS1 4AP^GBR^H^^^^^^^20261231";
    let child = CHILD.replace("12 Mill Lane^Northfield^Leeds^^LS1 4AP^GBR^H", homes);
    let child =
        child.replace("O'Connor^Amelia^Rose^^^^L", "New^Amelia^^^^^L^^^^^20270101~O'Connor^Amelia^Rose^^^^L");
    let from =
        |day: &str| format!("{}|||{day}", MOTHER.replace("NK1|1|", "NK1|2|").replace("Siobhan", "Later"));
    let at = |when: &str| {
        let event = format!("EVN||{when}");
        let mother = from("20270101");
        received(&[HEADER, &event, &child, MOTHER, &mother])
    };
    let now = at("202605311158+0100");
    let counted: Vec<_> = now.discarded.iter().map(|(name, times)| (name.as_str(), *times)).collect();
    for name in ["PID-5 other", "PID-11 other", "NK1 other"] {
        assert!(counted.contains(&(name, 1)), "{name}: {counted:?}");
    }
    let message = said(now);
    assert_eq!((message.said("address_line_1"), message.said("surname")), ("12 Mill Lane", "O'Connor"));
    assert_eq!(message.said("carer_2_forenames"), "");
    let then = said(at("202701020900"));
    assert_eq!((then.said("address_line_1"), then.said("surname")), ("9 Far Road", "New"));
    assert_eq!(then.said("carer_2_forenames"), "Later");
}

fn said(received: feeds::hl7::Received) -> Message {
    match received.said {
        Some(feeds::Said::Statement(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_was_born_after_midnight_in_summer_is_born_today() {
    let born = CHILD.replace("20150228", "20260702");
    let message = statement(&[HEADER, "EVN||20260702004000", &born]);
    assert_eq!(message.said("effective_at"), "2026-07-01T23:40:00Z");
    // In UTC it is still the day before.
    let feeds::Outcome::Accepted(row) = message.judge(1, "2026-07-01".parse().unwrap()) else { panic!() };
    assert_eq!(row.content.date_of_birth.unwrap().to_string(), "2026-07-02");
    let tomorrow = CHILD.replace("20150228", "20260703");
    let message = statement(&[HEADER, "EVN||20260702004000", &tomorrow]);
    let feeds::Outcome::Quarantined(aside) = message.judge(1, "2026-07-01".parse().unwrap()) else {
        panic!()
    };
    assert_eq!(aside.faults[0].code(), "F012");
}

#[test]
fn of_the_hour_that_comes_twice_the_later_message_counts() {
    let at = |when: &str| row(&statement(&[HEADER, &format!("EVN||{when}"), CHILD])).content.effective_at;
    assert_eq!(at("20251026013000"), at("20251026010500"));
    assert!(at("20251026005900") < at("20251026010500") && at("20251026010500") < at("20251026020000"));
}

#[test]
fn a_number_that_has_ended_or_not_begun_is_not_read_as_present() {
    let with = |numbers: &str| CHILD.replace("RXX-4711^^^RXX01^MR~9990000018^^^NHS^NH", numbers);
    for dates in ["^^20260530", "^20270101^", "^^202605", "^^2025"] {
        let number = |value: &str, kind: &str| format!("{value}^^^RXX01^{kind}^{dates}");
        let child = with(&format!(
            "{}~RXX-4711^^^RXX01^MR^^^20261231~{}~9990000018^^^NHS^NH",
            number("RXX-1", "MR"),
            number("9990000026", "NH")
        ));
        let both = received(&[HEADER, "EVN||202606021158+0100", &child]);
        assert_eq!(both.discarded.get("PID-3 other"), Some(&2), "{dates}");
        let message = said(both);
        assert_eq!(
            (message.said("record_id"), message.said("nhs_number")),
            ("RXX-4711", "9990000018"),
            "{dates}"
        );
        let alone = with(&number("RXX-1", "MR"));
        let refused = refused(&[HEADER, "EVN||202606021158+0100", &alone]);
        assert_eq!(refused.reason, Reason::NoOwnNumber { segment: "PID", field: 3 }, "{dates}");
    }
}

#[test]
fn a_merged_record_is_known_by_its_number_although_that_ended_with_it() {
    let header = HEADER.replace("A08", "A40");
    let child = CHILD.replace("RXX-4711^^^RXX01^MR", "RXX-4711^^^RXX01^MR~RXX-9^^^RXX01^MR^^^20260101");
    let received = received(&[&header, EVENT, &child, "MRG|RXX-9^^^RXX01^MR^^^20260101"]);
    let Some(feeds::Said::Merge { surviving, ended, .. }) = received.said else {
        panic!("{:?}", received.said)
    };
    assert_eq!((surviving.as_str(), ended.as_str()), ("RXX-4711", "RXX-9"));
}
