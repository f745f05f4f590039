use directory::ServiceType;
use directory::access::{Lapse, Reason};
use directory::vocabulary::{TERMS, Vocabulary, VocabularyError};

#[test]
fn the_shipped_words_are_todays() {
    let words = Vocabulary::shipped();
    assert_eq!(words.term("early_help_assessment"), "early help assessment");
    assert_eq!(words.term("clearance_check"), "enhanced DBS check");
    assert_eq!(words.term("department"), "Department for Education");
    assert!(TERMS.iter().all(|term| words.term(term) != *term));
    assert!(Reason::ALL.iter().all(|reason| words.reason(*reason) != reason.code()));
    assert!(words.lapse(Lapse::ClearanceExpired).contains("DBS"));
}

#[test]
fn the_words_of_2009_are_a_configuration() {
    let words = Vocabulary::shipped_with(
        "edition = 'en-2009'\n[term]\nearly_help_assessment = 'Common Assessment'\n[service]\nyouth_offending = 'YOT'",
    )
    .unwrap();
    assert_eq!(words.edition(), "en-2009");
    assert_eq!(words.term("early_help_assessment"), "Common Assessment");
    assert_eq!(words.service(ServiceType::YouthOffending), "YOT");
    assert_eq!(words.service(ServiceType::SocialWorker), "Social worker");
}

#[test]
fn a_label_for_no_code_is_refused_by_name() {
    let refused = Vocabulary::shipped_with("[reason]\ncurious = 'Just looking'").unwrap_err();
    assert_eq!(refused, VocabularyError::Unknown { table: "reason", code: "curious".to_owned() });
    assert!(matches!(Vocabulary::shipped_with("[reasons]\na = 'b'"), Err(VocabularyError::Form(_))));
    assert!(matches!(Vocabulary::from_toml("edition = 'x'"), Err(VocabularyError::Form(_))));
}
