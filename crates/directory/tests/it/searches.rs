use crate::children::{
    TODAY, address, alias, amara, asking, day, line, name, number, profile, record, school, searched,
    shielded,
};
use directory::search::{AgeBand, Criteria, MatchQuality, PostcodeQuery, SearchPolicy, Why, matches};
use directory::{ChildNumber, ChildProfile, Content, Gender, Whereabouts};

fn answer_of(profile: ChildProfile, content: Content, criteria: Criteria) -> Option<MatchQuality> {
    let specific = criteria.check(&SearchPolicy::default()).expect("specific enough");
    matches(&specific, &searched(&record(profile, content)), TODAY)
}

fn answer(criteria: Criteria) -> Option<MatchQuality> {
    answer_of(profile(), amara(), criteria)
}

fn finds(criteria: Criteria) -> bool {
    answer(criteria).is_some()
}

fn born(names: &str) -> Criteria {
    Criteria { date_of_birth: Some(day("2016-03-09")), ..asking(names) }
}

fn on_street(names: &str, street: &str) -> Criteria {
    Criteria { street: Some(line(street)), ..asking(names) }
}

fn at_postcode(names: &str, postcode: &str) -> Criteria {
    Criteria { postcode: Some(PostcodeQuery::parse(postcode).unwrap()), ..born(names) }
}

fn at_school(names: &str, name: &str) -> Criteria {
    Criteria { school: Some(line(name)), ..asking(names) }
}

fn why(criteria: Criteria) -> Vec<Why> {
    answer(criteria).expect("found").why
}

#[test]
fn a_child_is_found_by_surname_and_street_alone() {
    for street in ["Mill Lane", "12 Mill Lane", "mill ln", "Mill", "Flat 2, 14 Mill Lane"] {
        assert!(finds(on_street("Okafor", street)), "{street}");
    }
    for street in ["Mill Road", "Brook Lane"] {
        assert!(!finds(on_street("Okafor", street)), "{street}");
    }
}

#[test]
fn a_street_asks_for_a_surname_and_a_forename_is_none() {
    assert!(!finds(on_street("Amara", "Mill Lane")));
    assert!(finds(on_street("Amara Okafor", "Mill Lane")));
}

#[test]
fn names_are_found_in_any_order() {
    assert_eq!(why(born("Amara Okafor")), []);
    assert_eq!(why(born("okafor AMARA")), []);
    assert_eq!(why(born("Grace Okafor")), []);
    assert_eq!(why(born("Okafor")), []);
}

#[test]
fn a_child_is_found_by_an_alias() {
    assert_eq!(why(born("Amara Bello")), [Why::OtherName]);
    assert!(finds(on_street("Bello", "Mill Lane")));
}

#[test]
fn a_child_is_found_by_a_nickname_a_sound_and_a_slip_of_the_pen() {
    let content = Content { names: vec![name("Elizabeth", "Thompson")], ..amara() };
    let why = |names: &str| answer_of(profile(), content.clone(), born(names)).map(|quality| quality.why);
    assert_eq!(why("Lizzie Thompson"), Some(vec![Why::Nickname]));
    assert_eq!(why("Elizabeth Tompson"), Some(vec![Why::SoundsAlike]));
    assert_eq!(why("Elizabeth Thomlson"), Some(vec![Why::Misspelt]));
    assert_eq!(why("E Thompson"), Some(vec![Why::Initial]));
    assert_eq!(why("Robert Thompson"), None);
    assert_eq!(why("Elizabeth Baker"), None);
}

#[test]
fn each_part_of_a_double_name_finds_the_child() {
    for (surname, asked) in [
        ("Smith-Jones", "Jones"),
        ("Smith-Jones", "Smith"),
        ("Smith-Jones", "Smith Jones"),
        ("García López", "Garcia"),
        ("van den Berg", "Berg"),
        ("van den Berg", "Vandenberg"),
        ("van den Berg", "van den Berg"),
        ("O'Brien", "O Brien"),
        ("O'Brien", "OBrien"),
        ("de la Cruz", "la Cruz"),
    ] {
        let content = Content { names: vec![name("Ana", surname)], ..amara() };
        assert!(answer_of(profile(), content, born(asked)).is_some(), "{asked} for {surname}");
    }
}

#[test]
fn a_person_of_a_single_name_is_found_by_it() {
    for single in [name("Suharto", ""), name("", "Suharto")] {
        let content = Content { names: vec![single], ..amara() };
        assert!(answer_of(profile(), content.clone(), born("Suharto")).is_some());
        assert!(answer_of(profile(), content, on_street("Suharto", "Mill Lane")).is_some());
    }
}

#[test]
fn a_middle_name_not_on_record_does_not_hide_the_child() {
    assert_eq!(why(born("Amara Joy Okafor")), [Why::NameMissing]);
    assert!(!finds(born("Joy Okafor")));
}

#[test]
fn a_date_nearly_right_finds_the_child_only_with_both_names() {
    let near = |names: &str, date: &str| Criteria { date_of_birth: Some(day(date)), ..asking(names) };
    assert_eq!(why(near("Amara Okafor", "2016-09-03")), [Why::NearDate]);
    assert_eq!(why(near("Amara Okafor", "2016-03-19")), [Why::NearDate]);
    assert_eq!(why(near("Amara Okafor", "2016-03")), []);
    assert!(!finds(near("Okafor", "2016-09-03")));
    assert!(!finds(near("Amara Okafor", "2015-09-03")));
}

#[test]
fn age_and_gender_filter() {
    let aged = |band: &str, gender| Criteria {
        age: Some(AgeBand::parse(band).unwrap()),
        gender: Some(gender),
        ..asking("Okafor")
    };
    assert!(finds(aged("10", Gender::Female)) && finds(aged("9-11", Gender::Female)));
    assert!(!finds(aged("9", Gender::Female)) && !finds(aged("10", Gender::Male)));
    let unspecified = Content { gender: Gender::NotSpecified, ..amara() };
    assert!(answer_of(profile(), unspecified, aged("10", Gender::Male)).is_some());
}

#[test]
fn places_filter_and_never_merely_rank() {
    assert!(finds(at_postcode("Okafor", "AL1 2QB")) && finds(at_postcode("Okafor", "AL1")));
    assert!(finds(at_postcode("Okafor", "AL1 2")) && finds(at_postcode("Okafor", "AL")));
    assert!(!finds(at_postcode("Okafor", "AL2")) && !finds(at_postcode("Okafor", "LU1 1AA")));
    assert!(finds(at_school("Okafor", "willow brook")) && finds(at_school("Okafor", "Brook School")));
    assert!(!finds(at_school("Okafor", "Oak Grove")));
    assert_eq!(answer(at_postcode("Okafor", "AL1")), answer(born("Okafor")));
}

#[test]
fn the_number_finds_the_child_and_every_other_field_filters() {
    let by = |number: ChildNumber| Criteria { number: Some(number), ..Criteria::default() };
    assert!(finds(by(number())));
    assert!(!finds(by(ChildNumber::from_random([8; 16]))));
    assert!(finds(Criteria { names: Some(line("Amara")), ..by(number()) }));
    assert!(!finds(Criteria { names: Some(line("Nobody")), ..by(number()) }));
}

#[test]
fn better_answers_rank_higher() {
    let rank = |names: &str| answer(born(names)).unwrap().rank;
    assert!(rank("Amara Okafor") > rank("Amarah Okafor"));
    assert!(rank("Amara Okafor") > rank("Amara Bello"));
    assert!(rank("Amara Okafor") > rank("Amara Joy Okafor"));
}

#[test]
fn a_shielded_child_is_found_by_name_and_birth_and_by_number() {
    let found = |criteria| answer_of(shielded(), amara(), criteria).is_some();
    assert!(found(born("Amara Okafor")));
    assert!(found(Criteria { number: Some(number()), ..Criteria::default() }));
}

#[test]
fn a_shielded_child_is_not_found_by_postcode() {
    for postcode in ["AL1 2QB", "AL1 2", "AL1", "AL"] {
        assert_eq!(answer_of(shielded(), amara(), at_postcode("Amara Okafor", postcode)), None);
    }
}

#[test]
fn a_shielded_child_is_not_found_by_street_or_school_or_with_the_number_beside() {
    for criteria in [
        on_street("Amara Okafor", "Mill Lane"),
        at_school("Amara Okafor", "Willow Brook"),
        Criteria { number: Some(number()), ..on_street("Amara Okafor", "Mill Lane") },
    ] {
        assert_eq!(answer_of(shielded(), amara(), criteria), None);
    }
}

#[test]
fn a_shielded_child_is_not_found_by_an_alias() {
    assert_eq!(answer_of(shielded(), amara(), born("Amara Bello")), None);
    assert_eq!(answer_of(shielded(), amara(), born("Bello")), None);
}

#[test]
fn a_flat_is_not_taken_for_a_street() {
    let mut home = address("Flat 3", "St Albans", "AL1 2QB");
    home.lines.push(line("27 Broadway"));
    let content = Content { whereabouts: Some(Whereabouts::Current(home)), ..amara() };
    assert!(answer_of(profile(), content, on_street("Okafor", "Broadway")).is_some());
}

#[test]
fn a_school_left_long_ago_does_not_find_the_child() {
    let mut left = school("Oak Grove School");
    left.end = Some(day("2024-07-20"));
    let content =
        Content { education: vec![left], names: vec![name("Amara", "Okafor"), alias("A", "B")], ..amara() };
    assert_eq!(answer_of(profile(), content, at_school("Okafor", "Oak Grove")), None);
}
