//! What holds of every record whatever, at the desks that work with what one source sent.

use super::filled::{profile, record, views};
use super::random::cases;
use super::viewpoint::another_authority;
use crate::children::TODAY;
use directory::disclosure::{
    disclose_at_shield_desk, disclose_for_matching, disclose_for_placing, disclose_held,
};
use directory::retention::{Stage, stage};
use directory::{AuthorityCode, ChildProfile, Contribution, Seal};
use proptest::prelude::*;

fn leeds() -> AuthorityCode {
    AuthorityCode::parse("E08000035").unwrap()
}

proptest! {
    /// Laws 3 and 5: a data administrator reads the records of ordinary children alone.
    #[test]
    fn no_source_record_of_a_protected_child_reaches_a_data_administrator(case in cases()) {
        let shown = disclose_for_matching(&case.record(), &case.views, case.today);
        let live = stage(&case.record().life_facts(), &directory::retention::RetentionPolicy::default(), case.today);
        let ordinary = !case.profile.is_protected() && !case.profile.held && live == Stage::Live;
        prop_assert_eq!(shown.is_some(), ordinary);
        prop_assert!(shown.is_none_or(|view| view.records.len() == case.views.len()));
    }

    /// Law 3: where a protected child is known is for the desk of the authority that answers for it.
    #[test]
    fn another_authority_is_shown_no_source_record_of_a_protected_child(case in cases()) {
        prop_assume!(case.profile.is_protected());
        let others: Vec<AuthorityCode> = [leeds(), another_authority()]
            .into_iter()
            .filter(|authority| case.authority.as_ref() != Some(authority))
            .collect();
        prop_assert_eq!(disclose_for_placing(&case.record(), &case.views, &others, case.today), None);
    }

    /// Laws 5 and 8: a former identity is shown at no desk that reads what counts.
    #[test]
    fn a_former_identity_is_shown_at_no_desk(case in cases()) {
        let former = ChildProfile { seal: Seal::FormerIdentity, ..case.profile.clone() };
        let (child, both) = (case.record_of(former, case.views.clone()), [leeds(), another_authority()]);
        prop_assert_eq!(disclose_for_matching(&child, &case.views, case.today), None);
        prop_assert_eq!(disclose_for_placing(&child, &case.views, &both, case.today), None);
        prop_assert_eq!(disclose_at_shield_desk(&child, case.today), None);
    }
}

#[test]
fn a_change_that_is_withheld_is_shown_to_the_sealed_desk_whatever_its_record_is() {
    let [counts, waits] = &views()[..] else { panic!("two views") };
    assert_eq!((counts.contribution, waits.contribution), (Contribution::Visible, Contribution::Held));
    for seal in [Seal::None, Seal::NewIdentity, Seal::FormerIdentity] {
        let child = record(ChildProfile { seal, ..profile() });
        assert!(disclose_held(&child, waits).is_some(), "{seal:?}");
        assert!(disclose_held(&child, counts).is_none(), "{seal:?}");
    }
}

#[test]
fn a_statement_is_shown_to_no_desk_that_may_place_it_once_its_child_is_due_to_be_destroyed() {
    let child = record(profile());
    let shown =
        |day: &str| disclose_for_placing(&child, &views(), &[leeds()], day.parse().unwrap()).is_some();
    assert_eq!(["2033-05-31", "2033-06-01"].map(shown), [true, false]);
    assert!(disclose_for_matching(&child, &views(), TODAY).is_some());
}
