//! Names from other scripts and alphabets in more than one spelling, all else but the home equal.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

const BORN: &str = "2014-03-09";

fn given(a: &str, b: &str) -> (linkage::RawRecord, linkage::RawRecord) {
    (at(Old, a, "Sarafian", BORN, "M"), at(Old, b, "Sarafian", BORN, "M"))
}

#[test]
fn transliterated_given_names_at_one_home_are_one_child_not_twins() {
    let pairs = [
        ("Mohammed", "Muhammad"),
        ("Yusuf", "Yousef"),
        ("Aleksandr", "Alexander"),
        ("Piotr", "Pyotr"),
        ("Oleksandr", "Aleksandr"),
        ("Serhii", "Sergei"),
        ("Volodymyr", "Vladimir"),
        ("Yuliia", "Julia"),
        ("Hussein", "Hossain"),
        ("Khadija", "Khadeeja"),
        ("Xiao Ming", "Xiaoming"),
        ("Hsiao Ming", "Xiao Ming"),
        ("Abdul Rahman", "Abdulrahman"),
        ("Мария", "Mariya"),
        ("Zoë", "Zoe"),
        ("Rhys", "Reece"),
    ];
    let cases: Vec<Case> = pairs
        .iter()
        .map(|(a, b)| {
            let (x, y) = given(a, b);
            (*a, x, y, Link)
        })
        .collect();
    check(&cases);
}

#[test]
fn transliterated_family_names_after_a_move() {
    let pairs = [
        ("Chowdhury", "Choudhury"),
        ("Sheikh", "Shaikh"),
        ("Zhang", "Chang"),
        ("Hsu", "Xu"),
        ("Shevchenko", "Schewtschenko"),
        ("Tchaikovsky", "Chaikovskiy"),
        ("Nguyễn", "Nguyen"),
        ("Öztürk", "Ozturk"),
        ("Şahin", "Sahin"),
    ];
    let cases: Vec<Case> = pairs
        .iter()
        .map(|(a, b)| (*a, at(Old, "Ottoline", a, BORN, "F"), at(New, "Ottoline", b, BORN, "F"), Link))
        .collect();
    check(&cases);
}

#[test]
fn names_that_merely_look_alike_are_not_spellings_of_one() {
    let (hassan, hussein) = given("Hassan", "Hussein");
    let (ahmed, hamid) = given("Ahmed", "Hamid");
    let (amelia, emilia) = given("Amelia", "Emilia");
    check(&[
        ("Hassan and Hussein are twins' names", hassan, hussein, Review),
        ("Ahmed and Hamid", ahmed, hamid, Apart),
        ("Amelia and Emilia differ by two slips", amelia, emilia, Review),
    ]);
}
