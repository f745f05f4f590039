//! Children not yet named: "Baby", "Infant", "Twin 1" are not names.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

const BORN: &str = "2026-10-02";

#[test]
fn a_newborn_without_a_name() {
    let baby = || at(Old, "Baby", "Smith", BORN, "F");
    let cases: [Case; 9] = [
        ("named later: it may be a twin", baby(), at(Old, "Isla", "Smith", BORN, "F"), Review),
        (
            "named later, the number known",
            baby().with("nhs_number", "9434765919"),
            at(Old, "Isla", "Smith", BORN, "F").with("nhs_number", "9434765919"),
            Link,
        ),
        (
            "named later, another number",
            baby().with("nhs_number", "9434765919"),
            at(Old, "Isla", "Smith", BORN, "F").with("nhs_number", "4010232137"),
            Review,
        ),
        ("of the other gender", baby(), at(Old, "Noah", "Smith", BORN, "M"), Review),
        ("of that name and birth date elsewhere", baby(), at(New, "Isla", "Smith", BORN, "F"), Review),
        ("both unnamed at one home", baby(), at(Old, "Baby Girl", "Smith", BORN, "F"), Review),
        ("both unnamed elsewhere", baby(), at(New, "Infant", "Smith", BORN, "F"), Review),
        ("an elder sister", baby(), at(Old, "Isla", "Smith", "2023-05-11", "F"), Apart),
        ("the mother's and the father's name", baby(), at(Old, "Isla", "Jones", BORN, "F"), Review),
    ];
    check(&cases);
}

#[test]
fn baby_agrees_with_nobody_called_baby() {
    let two = |born: &str| at(New, "Baby", "Okonkwo", born, "M");
    let (same, other) = (at(Old, "Baby", "Hughes", BORN, "M"), at(Old, "Amos", "Hughes", BORN, "M"));
    assert_eq!(super::weight(&same, &two(BORN)), super::weight(&other, &two(BORN)));
}
