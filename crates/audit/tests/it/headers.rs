use audit::{Action, Criterion, Detail, Handle, Header, HeaderError, SearchDetail};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use crate::log::{at, entry_id};

fn header() -> Header {
    Header {
        account: Some(Handle::from_bytes([0xab; 16])),
        organisation: Some(Uuid::from_u128(5)),
        role: Some("practitioner".to_owned()),
        reason: Some("involved".to_owned()),
        child: Some(Handle::from(Uuid::from_u128(6))),
        fields: vec!["name".to_owned(), "contacts".to_owned()],
        ..Header::new(entry_id(1), at(1), Action::RecordViewed)
    }
}

#[test]
fn the_text_of_a_header_stays_as_it_is() {
    insta::assert_snapshot!(header().to_json().unwrap());
}

#[test]
fn every_header_has_the_same_fields_whatever_is_known() {
    let names = |header: Header| -> Vec<String> {
        let value: serde_json::Value = serde_json::from_str(&header.to_json().unwrap()).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(header()), names(Header::new(entry_id(1), at(1), Action::System)));
}

#[test]
fn any_other_spelling_of_a_header_is_refused() {
    let text = header().to_json().unwrap();
    assert_eq!(Header::parse(&text).unwrap(), header());
    assert!(matches!(Header::parse(&format!(" {text}")), Err(HeaderError::NotCanonical)));
    assert!(matches!(Header::parse(&text.replace("abab", "ABAB")), Err(HeaderError::Json(_))));
    assert!(matches!(
        Header::parse(&text.replace("record_viewed", "record_stolen")),
        Err(HeaderError::Json(_))
    ));
    assert!(matches!(
        Header::parse(&text.replacen('{', "{\"name\":\"Amina\",", 1)),
        Err(HeaderError::Json(_))
    ));
}

#[test]
fn every_action_has_one_name_in_text() {
    for &action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Some(action));
        assert_eq!(serde_json::to_string(&action).unwrap(), format!("\"{action}\""));
    }
    assert_eq!(Action::parse("Search"), None);
}

#[test]
fn a_detail_reads_back_and_is_never_printed() {
    let detail = Detail::Search(SearchDetail {
        criteria: vec![Criterion { field: "surname".to_owned(), value: "Khan".to_owned() }],
        shown: vec![Uuid::from_u128(1)],
        found: 1,
        refused: None,
        mediated_for: Some(Uuid::from_u128(2)),
        flags: vec!["own_surname".to_owned()],
    });
    assert_eq!(Detail::from_bytes(&detail.to_bytes().unwrap()).unwrap(), detail);
    assert_eq!(format!("{detail:?}"), "Search([personal data])");
    let Detail::Search(search) = &detail else { unreachable!() };
    assert!(!format!("{search:?} {:?}", search.criteria).contains("Khan"));
    let error = Detail::from_bytes(b"{\"kind\":\"search\",\"criteria\":\"Khan\"}").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Khan"));
}

proptest! {
    #[test]
    fn every_header_reads_back_to_the_same_text(micros in -62_000_000_000_000_000i64..250_000_000_000_000_000, handle: [u8; 16], fields: Vec<String>) {
        let mut header = Header::new(entry_id(1), Timestamp::from_microsecond(micros).unwrap(), Action::Search);
        header.account = Some(Handle::from_bytes(handle));
        header.fields = fields;
        let text = header.to_json().unwrap();
        prop_assert!(!text.contains('\n'));
        prop_assert_eq!(Header::parse(&text).unwrap(), header);
    }

    #[test]
    fn no_text_makes_the_reader_stumble(text: String) {
        prop_assert!(Header::parse(&text).is_err());
        prop_assert!(Detail::from_bytes(text.as_bytes()).is_err());
    }
}
