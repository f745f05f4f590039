use directory::register::{BodyName, Decision, Reference, RegisterRule, RegisterState, ReleasedItem};
use std::collections::BTreeSet;
use uuid::Uuid;

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn items(items: &[ReleasedItem]) -> BTreeSet<ReleasedItem> {
    items.iter().copied().collect()
}

#[test]
fn nobody_approves_their_own_disclosure_and_nothing_is_decided_or_released_twice() {
    use RegisterState::{Approved, Proposed, Refused, Released};
    let asked = items(&[ReleasedItem::Name, ReleasedItem::Whereabouts]);
    let proposed = Decision::propose(ONE, asked.clone()).unwrap();
    assert_eq!(proposed.decide(ONE, true), Err(RegisterRule::OwnProposal));
    assert_eq!(proposed.decide(ONE, false), Err(RegisterRule::OwnProposal));
    assert_eq!(proposed.decide(OTHER, true), Ok(Approved));
    assert_eq!(proposed.decide(OTHER, false), Ok(Refused));
    for state in [Approved, Refused, Released] {
        assert_eq!(
            Decision { state, ..proposed.clone() }.decide(OTHER, true),
            Err(RegisterRule::NotOpen),
            "{state:?}"
        );
    }
    for state in [Proposed, Refused, Released] {
        assert_eq!(
            Decision { state, ..proposed.clone() }.release(&asked),
            Err(RegisterRule::NotApproved),
            "{state:?}"
        );
    }
    assert_eq!(Decision { state: Approved, ..proposed }.release(&asked), Ok(Released));
}

#[test]
fn what_leaves_is_a_part_of_what_was_approved() {
    let asked = items(&[ReleasedItem::Name, ReleasedItem::Whereabouts]);
    let approved = Decision { state: RegisterState::Approved, proposed_by: ONE, items: asked };
    assert_eq!(approved.release(&items(&[ReleasedItem::Name])), Ok(RegisterState::Released));
    assert_eq!(approved.release(&items(&[])), Err(RegisterRule::NoItems));
    let more = items(&[ReleasedItem::Name, ReleasedItem::Carers]);
    assert_eq!(approved.release(&more), Err(RegisterRule::ItemNotApproved));
    assert_eq!(Decision::propose(ONE, items(&[])), Err(RegisterRule::NoItems));
}

#[test]
fn a_reference_is_a_number_of_a_file_and_never_prose() {
    for good in ["FD26P00417", "13/WY-2026.4", "abc1"] {
        assert_eq!(Reference::parse(good).unwrap().as_str(), good);
    }
    let long = "1".repeat(41);
    for bad in ["", "12", "the mother said 2", "no-digit", "a1\nb2", "Ümlaut1", long.as_str()] {
        assert!(Reference::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_body_that_asks_has_a_name_and_no_numbers() {
    assert_eq!(BodyName::parse(" West  Yorkshire Police ").unwrap().as_str(), "West Yorkshire Police");
    for bad in ["", "ab", "12 Mill Lane", "a<b>c", "..."] {
        assert!(BodyName::parse(bad).is_err(), "{bad}");
    }
}
