use directory::child_number::{ChildNumber, ChildNumberError};
use directory::nhs_number::NhsNumber;
use proptest::prelude::*;

#[test]
fn a_number_is_read_however_people_write_it() {
    let number = ChildNumber::from_random([42; 16]);
    let grouped = number.grouped();
    for written in [
        grouped.clone(),
        grouped.to_lowercase(),
        grouped.replace('-', " "),
        grouped.replace('-', ""),
        format!("  {}  ", grouped.replace('-', " - ")),
    ] {
        assert_eq!(ChildNumber::parse(&written), Ok(number.clone()), "{written}");
    }
}

#[test]
fn a_number_of_another_length_is_refused_by_its_length() {
    assert_eq!(ChildNumber::parse("K7RX-3MWP"), Err(ChildNumberError::Length { found: 8 }));
    assert_eq!(ChildNumber::parse(""), Err(ChildNumberError::Length { found: 0 }));
}

#[test]
fn a_letter_that_no_number_has_is_named_by_its_place() {
    let mut written = ChildNumber::from_random([1; 16]).as_str().to_owned();
    written.replace_range(2..3, "O");
    assert_eq!(ChildNumber::parse(&written), Err(ChildNumberError::Character { position: 3 }));
}

#[test]
fn numbers_are_grouped_in_four_four_and_five() {
    let lengths: Vec<usize> = ChildNumber::from_random([9; 16]).grouped().split('-').map(str::len).collect();
    assert_eq!(lengths, [4, 4, 5]);
}

proptest! {
    #[test]
    fn every_number_made_is_read_back_and_is_no_nhs_number(bytes: [u8; 16]) {
        let number = ChildNumber::from_random(bytes);
        prop_assert_eq!(&ChildNumber::parse(&number.grouped()).unwrap(), &number);
        prop_assert!(NhsNumber::parse(number.as_str()).is_err());
        prop_assert!(!number.as_str().contains(|c: char| "AEIOU01BGLQSZ".contains(c)));
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<ChildNumber>(&json).unwrap(), number);
    }

    #[test]
    fn one_wrong_character_is_always_noticed(bytes: [u8; 16], place in 0..13_usize) {
        let number = ChildNumber::from_random(bytes);
        for wrong in "23456789CDFHJKMNPRTVWXY".chars() {
            let mut characters: Vec<char> = number.as_str().chars().collect();
            if characters[place] != wrong {
                characters[place] = wrong;
                let written: String = characters.into_iter().collect();
                prop_assert!(ChildNumber::parse(&written).is_err());
            }
        }
    }

    #[test]
    fn two_wrong_characters_are_always_noticed(bytes: [u8; 16], a in 0..13_usize, b in 0..13_usize, x in 0..23_usize, y in 0..23_usize) {
        let number = ChildNumber::from_random(bytes);
        let alphabet: Vec<char> = "23456789CDFHJKMNPRTVWXY".chars().collect();
        let mut characters: Vec<char> = number.as_str().chars().collect();
        characters[a] = alphabet[x];
        characters[b] = alphabet[y];
        let written: String = characters.into_iter().collect();
        prop_assert!(written == number.as_str() || ChildNumber::parse(&written).is_err());
    }

    #[test]
    fn neighbours_swapped_are_always_noticed(bytes: [u8; 16], place in 0..12_usize) {
        let number = ChildNumber::from_random(bytes);
        let mut characters: Vec<char> = number.as_str().chars().collect();
        characters.swap(place, place + 1);
        let written: String = characters.into_iter().collect();
        prop_assert!(written == number.as_str() || ChildNumber::parse(&written).is_err());
    }
}
