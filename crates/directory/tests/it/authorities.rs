use directory::AuthorityCode;
use directory::accountable_authority::{AllocationReason, AuthorityFacts, NATIONAL, allocate};

fn code(text: &str) -> Option<AuthorityCode> {
    Some(AuthorityCode::parse(text).unwrap())
}

#[test]
fn the_authority_of_the_address_goes_before_school_before_practice_before_none() {
    let (home, school, practice) = (code("E06000001"), code("E06000002"), code("E06000003"));
    for (facts, authority, reason) in [
        ((&home, &school, &practice), &home, AllocationReason::Address),
        ((&None, &school, &practice), &school, AllocationReason::School),
        ((&None, &None, &practice), &practice, AllocationReason::Practice),
        ((&None, &None, &None), &None, AllocationReason::Unallocated),
    ] {
        let facts =
            AuthorityFacts { address: facts.0.clone(), school: facts.1.clone(), practice: facts.2.clone() };
        let allocation = allocate(&facts);
        assert_eq!((&allocation.authority, allocation.reason), (authority, reason));
    }
}

#[test]
fn a_protected_childs_authority_is_not_in_the_clear() {
    let facts = AuthorityFacts { address: code("E06000001"), ..AuthorityFacts::default() };
    assert_eq!(allocate(&facts).in_the_clear(true), NATIONAL);
    assert_eq!(allocate(&facts).in_the_clear(false), "E06000001");
    assert_eq!(allocate(&AuthorityFacts::default()).in_the_clear(true), NATIONAL);
    assert_eq!(allocate(&AuthorityFacts::default()).in_the_clear(false), NATIONAL);
}
