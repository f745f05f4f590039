//! The letter to whoever asked for a shield: what was decided, and nothing else. It names the child by number alone and no place, and
//! what it says beside the decision is the same in both: whoever finds it lying about learns nothing of where anybody is (law 3).

use jiff::civil::Date;

use super::{Letter, LetterSection};
use crate::child_number::ChildNumber;
use crate::month::Month;

/// What was decided about a request for a shield.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShieldOutcome {
    /// The child is shielded; when the shield is reviewed.
    Shielded {
        /// The month of the review.
        review: Month,
    },
    /// It is not.
    Declined,
}

/// Said in every letter about a shield, whatever was decided.
const STANDING: [&str; 4] = [
    "Two people of our office decided this. Neither of them is who asked.",
    "We do not write in a letter where a child is, who works with them or what else we were told. We say this in every letter.",
    "If the danger changes, tell us. Anybody may ask again at any time, and nobody needs a reason to ask twice.",
    "If you are not happy with this decision, tell the office that wrote this letter, with the number at the top. You may also complain to the Information Commissioner, or ask a court.",
];

impl Letter {
    /// The letter to whoever asked for the shield of this child.
    #[must_use]
    pub fn of_shield(outcome: ShieldOutcome, number: &ChildNumber, reference: &str, on: Date) -> Self {
        let decided = match outcome {
            ShieldOutcome::Shielded { review } => vec![
                "The record is shielded. People who use the directory see the child’s name, date of birth, gender and number, and nothing about where the child is.".to_owned(),
                format!("We look at this again by {}.", words_of(review)),
            ],
            ShieldOutcome::Declined => vec![
                "The record is not shielded. What the law asks for was not shown to us.".to_owned(),
            ],
        };
        let part = |heading: &str, says: Vec<String>| LetterSection {
            heading: heading.to_owned(),
            says,
            rows: Vec::new(),
        };
        Self {
            title: "Your request for a shield".to_owned(),
            reference: reference.to_owned(),
            on,
            sections: vec![
                part(
                    "About this letter",
                    vec![format!(
                        "You asked us to hide where the child with the number {} is. This is what was decided.",
                        number.grouped()
                    )],
                ),
                part("What was decided", decided),
                part("What you should know", STANDING.map(str::to_owned).to_vec()),
            ],
        }
    }
}

fn words_of(month: Month) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let at = usize::try_from(month.month() - 1).unwrap_or_default();
    format!("the end of {} {}", NAMES.get(at).copied().unwrap_or_default(), month.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Letter, ShieldOutcome};
    use crate::child_number::ChildNumber;
    use crate::month::Month;

    #[test]
    fn both_decisions_are_told_in_a_letter_of_the_same_parts_that_differs_in_the_decision_alone() {
        let number = ChildNumber::from_random([7; 16]);
        let review = Month::parse("2027-05").unwrap();
        let letter = |outcome| Letter::of_shield(outcome, &number, "AB12-CD34", date(2026, 11, 22));
        let (yes, no) = (letter(ShieldOutcome::Shielded { review }), letter(ShieldOutcome::Declined));
        assert!(yes.sections[1].says[1].contains("May 2027"), "{yes:?}");
        assert!(no.sections[1].says[0].contains("is not shielded"), "{no:?}");
        let without = |mut letter: Letter| {
            letter.sections.remove(1);
            letter
        };
        assert_eq!(without(yes), without(no));
    }
}
