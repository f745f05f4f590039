use directory::line::LineError;
use directory::nhs_number::NhsNumberError;
use directory::upn::UpnError;
use directory::{AuthorityCode, EmailAddress, Line, NhsNumber, Postcode, Telephone, Upn};
use directory::{ServiceCategory, ServiceType};
use proptest::prelude::*;

#[test]
fn a_postcode_is_brought_into_its_normal_form() {
    for (written, normal) in [
        ("sw1a2aa", "SW1A 2AA"),
        (" SW1A  2AA ", "SW1A 2AA"),
        ("m1 1ae", "M1 1AE"),
        ("B338TH", "B33 8TH"),
        ("CR2 6XH", "CR2 6XH"),
        ("dn551pt", "DN55 1PT"),
        ("EC1A 1BB", "EC1A 1BB"),
        ("W1A 0AX", "W1A 0AX"),
        ("gir 0aa", "GIR 0AA"),
        ("bf1 3ad", "BF1 3AD"),
        ("bfpo57", "BFPO 57"),
        ("BFPO 1234", "BFPO 1234"),
    ] {
        assert_eq!(Postcode::parse(written).unwrap().as_str(), normal);
    }
}

#[test]
fn what_has_not_the_shape_of_a_postcode_is_refused() {
    for written in [
        "",
        "A",
        "AL1",
        "QX1 1AA",
        "AI1 1AA",
        "AL1 2Q",
        "AL1 2CI",
        "1AL 2QB",
        "AL123 4QB",
        "BFPO",
        "BFPO 12345",
        "ÄL1 2QB",
        "GIR 0AB",
    ] {
        assert!(Postcode::parse(written).is_err(), "{written}");
    }
}

#[test]
fn a_pseudo_postcode_of_the_nhs_stands_for_none_and_is_none() {
    for written in ["ZZ99 3VZ", "ZZ99 3CZ", "zz993wz", " ZZ99  1WZ "] {
        assert!(Postcode::stands_for_none(written) && Postcode::parse(written).is_err(), "{written}");
    }
    for written in ["", "ZZ99", "ZZ99 VVZ", "ZZ9 3VZ", "LS1 4AP", "ÄZ99 3VZ"] {
        assert!(!Postcode::stands_for_none(written), "{written}");
    }
}

#[test]
fn a_postcode_knows_its_sector_district_and_area() {
    let parts = |text: &str| {
        let postcode = Postcode::parse(text).unwrap();
        (postcode.sector().to_owned(), postcode.district().to_owned(), postcode.area().to_owned())
    };
    let of =
        |sector: &str, district: &str, area: &str| (sector.to_owned(), district.to_owned(), area.to_owned());
    assert_eq!(parts("SW1A 2AA"), of("SW1A 2", "SW1A", "SW"));
    assert_eq!(parts("M1 1AE"), of("M1 1", "M1", "M"));
    assert_eq!(parts("GIR 0AA"), of("GIR 0", "GIR", "GIR"));
    assert_eq!(parts("BFPO 57"), of("BFPO 57", "BFPO 57", "BF"));
}

#[test]
fn an_nhs_number_has_ten_digits_and_a_check_digit() {
    assert_eq!(NhsNumber::parse("943 476 5919").unwrap().as_str(), "9434765919");
    assert_eq!(NhsNumber::parse("943-476-5919").unwrap().as_str(), "9434765919");
    assert_eq!(NhsNumber::parse("9434765918"), Err(NhsNumberError::Check));
    assert_eq!(NhsNumber::parse("0000000000"), Err(NhsNumberError::Check));
    assert_eq!(NhsNumber::parse("943476591"), Err(NhsNumberError::Shape));
    assert_eq!(NhsNumber::parse("94347659１9"), Err(NhsNumberError::Shape));
}

#[test]
fn a_pupil_number_has_a_check_letter() {
    // 8×2 + 1×4 + 2×5 + 1×10 + 1×13 = 53, which leaves 7 of 23: the eighth letter, H.
    assert_eq!(Upn::parse("h 801200001001").unwrap().as_str(), "H801200001001");
    // A temporary number ends in a letter, worth its place among the letters: here B, 1×13.
    assert_eq!(Upn::parse("H80120000100B").unwrap().as_str(), "H80120000100B");
    assert_eq!(Upn::parse("A801200001001"), Err(UpnError::Check));
    assert_eq!(Upn::parse("I801200001001"), Err(UpnError::Check));
    assert_eq!(Upn::parse("80120000100"), Err(UpnError::Shape));
    assert_eq!(Upn::parse("A80120000100Ö"), Err(UpnError::Shape));
}

#[test]
fn a_telephone_number_keeps_how_it_is_read_aloud() {
    let number = Telephone::parse(" 020  7946 0000 EXT 12").unwrap();
    assert_eq!(number.as_str(), "020 7946 0000 ext 12");
    assert_eq!(number.uri(), "tel:02079460000;ext=12");
    assert_eq!(Telephone::parse("+44 (0)20 7946-0000").unwrap().uri(), "tel:+4402079460000");
    assert_eq!(Telephone::parse("101").unwrap().uri(), "tel:101");
    for refused in ["", "12", "ring me", "0207946000012345", "020 7946 0000 ext", "020/7946 0000 ask for Jo"]
    {
        assert!(Telephone::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn an_email_address_has_a_mailbox_and_a_domain() {
    assert_eq!(EmailAddress::parse(" Jo.Hill@Example.ORG ").unwrap().as_str(), "Jo.Hill@example.org");
    for refused in [
        "",
        "jo",
        "jo@",
        "@example.org",
        "jo@example",
        "jo@@example.org",
        "jo hill@example.org",
        "jo@.org",
        "jo@example.org\n<x>",
    ] {
        assert!(EmailAddress::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_line_is_one_short_line() {
    assert_eq!(Line::parse("  Flat 3,\u{a0} Mill  House ").unwrap().as_str(), "Flat 3, Mill House");
    assert_eq!(Line::parse(" \u{a0} "), Err(LineError::Empty));
    assert_eq!(Line::parse("one\ntwo"), Err(LineError::Control));
    assert_eq!(Line::parse("nul\0"), Err(LineError::Control));
    assert_eq!(Line::parse(&"x".repeat(101)), Err(LineError::Length { found: 101 }));
}

#[test]
fn an_authority_code_is_a_letter_and_eight_digits() {
    assert_eq!(AuthorityCode::parse(" e09000003").unwrap().as_str(), "E09000003");
    assert!(AuthorityCode::parse("E0900003").is_err());
    assert!(AuthorityCode::parse("Barnet").is_err());
}

#[test]
fn sexual_health_mental_health_and_substance_misuse_are_sensitive() {
    let of = |category| {
        ServiceType::ALL.iter().filter(|s| s.category() == category).map(|s| s.code()).collect::<Vec<_>>()
    };
    assert_eq!(of(ServiceCategory::Sensitive), ["sexual_health", "mental_health", "substance_misuse"]);
    assert_eq!(of(ServiceCategory::Universal), ["health_visitor", "school_nurse"]);
    assert_eq!(of(ServiceCategory::Additional).len(), 11);
}

proptest! {
    #[test]
    fn no_text_makes_a_value_fail_otherwise_than_by_its_error(text in "\\PC{0,20}|[A-Z0-9 -]{0,16}") {
        let _ = (Postcode::parse(&text), NhsNumber::parse(&text), Upn::parse(&text), Telephone::parse(&text));
        let _ = (EmailAddress::parse(&text), Line::parse(&text), AuthorityCode::parse(&text));
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form(text in "\\PC{1,40}") {
        if let Ok(line) = Line::parse(&text) {
            prop_assert_eq!(Line::parse(line.as_str()).unwrap(), line);
        }
        if let Ok(number) = Telephone::parse(&text) {
            prop_assert_eq!(Telephone::parse(number.as_str()).unwrap(), number);
        }
    }
}
