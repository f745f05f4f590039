//! Whether a record that is known begins to speak of somebody else (rule 10.12).

use directory::somebody_else::{begins_to_speak_of_somebody_else, speaks_of_somebody_else};
use directory::{
    Carer, Content, Identifier, NameUse, NhsNumber, PersonName, Relationship, Responsibility, Whereabouts,
};

use crate::children::{address, amara, day, name, telephone};

fn carer(forenames: &str, surname: &str) -> Carer {
    Carer {
        name: name(forenames, surname),
        relationship: Relationship::Parent,
        responsibility: Responsibility::Yes,
        contact: telephone("01632 960777"),
    }
}

fn numbered(content: &mut Content, number: &str) {
    content.identifiers = vec![Identifier::NhsNumber(NhsNumber::parse(number).unwrap())];
}

/// Jake Turner with his mother and father.
fn jake() -> Content {
    let mut content = amara();
    content.names = vec![name("Jake", "Turner")];
    content.date_of_birth = Some(day("2015-02-28"));
    content.whereabouts = Some(Whereabouts::Current(address("4 Elm Row", "Leeds", "LS7 3EF")));
    content.carers = vec![carer("Siobhan", "Turner"), carer("Pat", "Turner")];
    numbered(&mut content, "9434765919");
    content
}

fn surname(content: &mut Content) {
    content.names = vec![name("Jake", "Hollis")];
}

fn forename(content: &mut Content) {
    let surname = content.names[0].surname().to_owned();
    content.names = vec![name("Oliver", &surname)];
}

fn home(content: &mut Content) {
    content.whereabouts = Some(Whereabouts::Current(address("9 Quayside", "Hull", "HU1 1AA")));
}

fn carers(content: &mut Content) {
    content.carers = vec![carer("Ada", "Hollis"), carer("Tom", "Hollis")];
}

fn number(content: &mut Content) {
    numbered(content, "4010232137");
}

fn birth(content: &mut Content) {
    content.date_of_birth = Some(day("2014-07-01"));
}

#[test]
fn another_surname_and_two_more_things_of_which_a_family_keeps_one_are_somebody_else() {
    type Change = fn(&mut Content);
    let table: [(&str, &[Change], bool); 14] = [
        ("nothing", &[], false),
        ("a marriage", &[surname], false),
        ("a marriage and a move", &[surname, home], false),
        ("a name taken anew throughout, and a move", &[surname, forename, home], false),
        ("a foster home", &[home, carers], false),
        ("another number", &[surname, number], false),
        ("everything but the surname", &[forename, home, carers, number, birth], false),
        ("an adoption that keeps the forename", &[surname, home, carers], true),
        ("an adoption at the same home", &[surname, forename, carers], true),
        ("an adoption with a new number", &[surname, home, number], true),
        ("a new number and a new forename", &[surname, forename, number], true),
        ("a number used again for another child", &[surname, forename, birth], true),
        ("another child at another home", &[surname, home, birth], true),
        ("a carer and a number", &[surname, carers, number], true),
    ];
    for (what, changes, expected) in table {
        let mut now = jake();
        changes.iter().for_each(|change| change(&mut now));
        assert_eq!(speaks_of_somebody_else(&jake(), &now), expected, "{what}");
        assert_eq!(speaks_of_somebody_else(&now, &jake()), expected, "{what}, the other way");
    }
}

#[test]
fn what_is_left_out_or_shared_in_part_says_nothing() {
    let mut adopted = jake();
    [surname, home, carers].iter().for_each(|change| change(&mut adopted));
    let with = |change: &dyn Fn(&mut Content)| {
        let mut now = adopted.clone();
        change(&mut now);
        speaks_of_somebody_else(&jake(), &now)
    };
    assert!(with(&|_| ()));
    assert!(!with(&|now| now.carers.clear()), "no carer is named any more");
    assert!(
        !with(&|now| now.carers.push(carer("Siobhan", "Hollis"))),
        "the mother stays, under her new name"
    );
    assert!(!with(&|now| now.whereabouts = Some(Whereabouts::NoKnownAddress)));
    assert!(!with(&|now| now.names = vec![name("Jake", "Turner-Hollis")]), "half of the surname stays");
    let alias = PersonName::new("Jake", "Turner", NameUse::Alias).unwrap();
    assert!(!with(&|now| now.names.push(alias.clone())), "the source itself says that he is one");
}

#[test]
fn a_change_in_steps_is_seen_in_the_light_of_what_other_sources_say() {
    type Change = fn(&mut Content);
    let after = |changes: &[Change]| {
        let mut content = jake();
        changes.iter().for_each(|change| change(&mut content));
        content
    };
    let one = |before: &[Change], now: &[Change], other: &Content| {
        begins_to_speak_of_somebody_else(&after(before), &after(now), [other].into_iter())
    };
    let placed: &[Change] = &[home, carers];
    let adopted: &[Change] = &[home, carers, surname];
    let renamed: &[Change] = &[surname];
    assert!(!one(&[], placed, &jake()), "new carers and a new home, as of foster carers");
    assert!(one(placed, adopted, &jake()), "and then their name");
    assert!(one(renamed, adopted, &jake()), "the name first");
    assert!(!one(placed, adopted, &after(placed)), "the other source knows the carers and the home");
    assert!(!one(placed, adopted, &after(renamed)), "the other source knows the name");
    assert!(!one(adopted, &[home, carers, surname, forename], &jake()), "it had said so before");
    assert!(
        !begins_to_speak_of_somebody_else(&after(placed), &after(adopted), [].into_iter()),
        "nobody else to ask"
    );
    assert!(one(&[], adopted, &after(placed)), "at once, beside one who knows the carers");
}
