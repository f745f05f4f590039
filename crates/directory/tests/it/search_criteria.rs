use crate::children::{asking, day, line, number};
use directory::Gender;
use directory::search::{AgeBand, Criteria, Field, PolicyError, PostcodeQuery, SearchPolicy};

fn is_enough(criteria: &Criteria) -> bool {
    criteria.check(&SearchPolicy::default()).is_ok()
}

fn postcode(text: &str) -> Option<PostcodeQuery> {
    Some(PostcodeQuery::parse(text).unwrap())
}

fn age(text: &str) -> Option<AgeBand> {
    Some(AgeBand::parse(text).unwrap())
}

#[test]
fn what_is_enough_to_search_by() {
    let born = Some(day("2016-03-09"));
    for criteria in [
        Criteria { number: Some(number()), ..Criteria::default() },
        Criteria { date_of_birth: born, ..asking("Okafor") },
        Criteria { street: Some(line("Mill Lane")), ..asking("Okafor") },
        Criteria { school: Some(line("Willow Brook")), ..asking("Okafor") },
        Criteria { postcode: postcode("AL1 2QB"), ..asking("Okafor") },
        Criteria { age: age("10"), ..asking("Amara Okafor") },
        Criteria { age: age("9-11"), gender: Some(Gender::Female), ..asking("Okafor") },
        Criteria { age: age("10"), postcode: postcode("AL"), ..asking("Okafor") },
        Criteria { date_of_birth: Some(day("2016")), ..asking("Amara Okafor") },
        Criteria { date_of_birth: born, postcode: postcode("AL1"), ..asking("Amara") },
    ] {
        assert!(is_enough(&criteria), "{criteria:?}");
    }
}

#[test]
fn what_is_too_weak_to_search_by() {
    for criteria in [
        Criteria::default(),
        asking("Okafor"),
        asking("Amara Okafor"),
        Criteria {
            date_of_birth: Some(day("2016-03-09")),
            postcode: postcode("AL1 2QB"),
            ..Criteria::default()
        },
        Criteria { street: Some(line("Mill Lane")), postcode: postcode("AL1 2QB"), ..Criteria::default() },
        Criteria { age: age("10"), ..asking("Okafor") },
        Criteria { age: age("10"), gender: Some(Gender::NotSpecified), ..asking("Okafor") },
        Criteria { age: age("5-11"), ..asking("Amara Okafor") },
        Criteria { date_of_birth: Some(day("2016")), ..asking("Okafor") },
        Criteria { postcode: postcode("AL1"), ..asking("Okafor") },
        Criteria { street: Some(line("12")), ..asking("Okafor") },
    ] {
        assert!(!is_enough(&criteria), "{criteria:?}");
    }
}

#[test]
fn a_refusal_says_what_to_add() {
    let weak = asking("Okafor").check(&SearchPolicy::default()).unwrap_err();
    assert_eq!(weak.ways[..2], [vec![Field::Number], vec![Field::DateOfBirth]]);
    assert!(weak.ways.contains(&vec![Field::Street]) && weak.ways.contains(&vec![Field::School]));
    insta::assert_snapshot!(weak, @"this would fit too many children: add the child number, or the full date of birth, or the whole postcode, or a street, or a school, or a forename and an age, or an age and a gender, or an age and the beginning of the postcode");
}

#[test]
fn an_age_band_too_wide_is_named() {
    let criteria = Criteria { age: age("5-11"), ..asking("Amara Okafor") };
    let weak = criteria.check(&SearchPolicy::default()).unwrap_err();
    assert_eq!(weak.age_band_limit, Some(3));
    assert!(weak.to_string().starts_with("the age range is wider than 3 years"));
}

#[test]
fn only_places_are_hidden_fields() {
    assert!(
        !Criteria {
            date_of_birth: Some(day("2016")),
            gender: Some(Gender::Male),
            age: age("4"),
            number: Some(number()),
            ..asking("A")
        }
        .uses_hidden_field()
    );
    assert!(Criteria { postcode: postcode("AL"), ..Criteria::default() }.uses_hidden_field());
    assert!(Criteria { street: Some(line("a")), ..Criteria::default() }.uses_hidden_field());
    assert!(Criteria { school: Some(line("a")), ..Criteria::default() }.uses_hidden_field());
}

#[test]
fn the_beginning_of_a_postcode_is_read_as_what_it_is() {
    assert!(matches!(PostcodeQuery::parse("al1 2qb"), Ok(PostcodeQuery::Full(_))));
    assert_eq!(PostcodeQuery::parse("al1 2"), Ok(PostcodeQuery::Sector("AL1 2".to_owned())));
    assert_eq!(PostcodeQuery::parse("al12"), Ok(PostcodeQuery::District("AL12".to_owned())));
    assert_eq!(PostcodeQuery::parse("al"), Ok(PostcodeQuery::Area("AL".to_owned())));
    for refused in ["", "AL*", "AL1%", "St Albans", "123"] {
        assert!(PostcodeQuery::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn ages_are_read_as_a_number_or_a_band() {
    assert_eq!(AgeBand::parse(" 7 - 8 "), AgeBand::new(7, 8));
    for refused in ["", "x", "8-7", "26", "-1", "7-8-9"] {
        assert!(AgeBand::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_policy_must_be_served_by_search_keys() {
    assert_eq!(SearchPolicy::default().validate(), Ok(()));
    let with = |sufficient| SearchPolicy { sufficient, ..SearchPolicy::default() };
    assert_eq!(with(vec![]).validate(), Err(PolicyError::Empty));
    assert_eq!(SearchPolicy { result_cap: 0, ..SearchPolicy::default() }.validate(), Err(PolicyError::Empty));
    for unserved in [
        vec![Field::Forename, Field::Street],
        vec![Field::DateOfBirth],
        vec![Field::Surname],
        vec![Field::Forename, Field::DateOfBirth, Field::School],
    ] {
        assert!(matches!(with(vec![unserved]).validate(), Err(PolicyError::NoKey { position: 1, .. })));
    }
    assert_eq!(with(vec![vec![Field::Forename, Field::DateOfBirth]]).validate(), Ok(()));
    let read: SearchPolicy =
        serde_json::from_str(r#"{"result_cap": 5, "sufficient": [["surname", "postcode"]]}"#).unwrap();
    assert_eq!((read.result_cap, read.validate()), (5, Ok(())));
}
