//! Sign-in details are given to whom two people know, and by nobody to themselves (rules 6.5, 12.4, 12.13).

use directory::access::{
    AccountState, DocumentNumber, NoRenewal, may_be_given_keys, may_decide_recovery, may_propose_recovery,
};
use uuid::Uuid;

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);
const HOLDER: Uuid = Uuid::from_u128(3);

#[test]
fn two_different_people_renew_the_details_of_a_third() {
    let active = AccountState::Active;
    assert_eq!(may_propose_recovery(FIRST, HOLDER, active), Ok(()));
    assert_eq!(may_decide_recovery(FIRST, SECOND, HOLDER, active), Ok(()));
    assert_eq!(may_decide_recovery(FIRST, FIRST, HOLDER, active), Err(NoRenewal::SamePersonTwice));
    assert_eq!(may_decide_recovery(FIRST, HOLDER, HOLDER, active), Err(NoRenewal::OnesOwn));
    assert_eq!(may_propose_recovery(HOLDER, HOLDER, active), Err(NoRenewal::OnesOwn));
}

#[test]
fn only_an_account_that_is_in_use_is_recovered() {
    for &state in AccountState::ALL {
        let in_use = matches!(state, AccountState::Verified | AccountState::Trained | AccountState::Active);
        assert_eq!(may_be_given_keys(state), in_use, "{state:?}");
        let expected = if in_use { Ok(()) } else { Err(NoRenewal::NotInUse) };
        assert_eq!(may_propose_recovery(FIRST, HOLDER, state), expected, "{state:?}");
        assert_eq!(may_decide_recovery(FIRST, SECOND, HOLDER, state), expected, "{state:?}");
    }
}

#[test]
fn a_document_has_a_number_and_not_a_story() {
    for (written, read) in [
        ("533401372", "533401372"),
        (" mor gA657054sm9ij ", "MORGA657054SM9IJ"),
        ("hr/2026-118", "HR/2026-118"),
    ] {
        assert_eq!(DocumentNumber::parse(written).unwrap().as_str(), read);
    }
    for refused in ["", "123", "seen by me", "PASSPORT", "A_1234", "1234567890123456789012345", "Zoë1234"] {
        assert!(DocumentNumber::parse(refused).is_err(), "{refused}");
    }
}
