//! Who stands under whom.

use directory::organisation::{
    DEEPEST, KindError, OrganisationKind, Placed, StructureError, may_be_part_of, may_be_registered,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn placed(id: u128, kind: OrganisationKind, authority: Option<&str>) -> Placed {
    Placed { id: Uuid::from_u128(id), kind, authority: authority.map(str::to_owned), withdrawn: false }
}

fn partner(id: u128) -> Placed {
    placed(id, OrganisationKind::Partner, Some("E08000035"))
}

#[test]
fn a_clinic_is_a_part_of_a_trust_of_the_same_authority() {
    use OrganisationKind as Kind;
    let (clinic, trust) = (partner(1), partner(2));
    assert_eq!(may_be_part_of(&clinic, &trust, &[], 0), Ok(()));
    let gone = Placed { withdrawn: true, ..trust.clone() };
    for (parent, above, below, refused) in [
        (clinic.clone(), vec![], 0, StructureError::Itself),
        (trust.clone(), vec![clinic.id], 0, StructureError::Cycle),
        (trust.clone(), vec![Uuid::from_u128(9), clinic.id], 0, StructureError::Cycle),
        (placed(2, Kind::Partner, Some("E10000016")), vec![], 0, StructureError::Foreign),
        (placed(2, Kind::Partner, None), vec![], 0, StructureError::Foreign),
        (placed(2, Kind::Authority, Some("E08000035")), vec![], 0, StructureError::Foreign),
        (placed(2, Kind::NationalPartner, None), vec![], 0, StructureError::Foreign),
        (gone, vec![], 0, StructureError::Withdrawn),
        (trust.clone(), (10..14).map(Uuid::from_u128).collect(), 0, StructureError::TooDeep),
        (trust.clone(), vec![], DEEPEST - 1, StructureError::TooDeep),
    ] {
        assert_eq!(may_be_part_of(&clinic, &parent, &above, below), Err(refused), "{parent:?} {above:?}");
    }
}

#[test]
fn an_authority_and_its_partners_have_a_code_and_national_bodies_have_none() {
    use OrganisationKind as Kind;
    for (kind, with, without) in [
        (Kind::Authority, Ok(()), Err(KindError::NeedsAuthority)),
        (Kind::Partner, Ok(()), Err(KindError::NeedsAuthority)),
        (Kind::NationalPartner, Err(KindError::HasNoAuthority), Ok(())),
        (Kind::NationalSource, Err(KindError::HasNoAuthority), Ok(())),
        (Kind::Centre, Err(KindError::Centre), Err(KindError::Centre)),
    ] {
        assert_eq!(
            (may_be_registered(kind, true), may_be_registered(kind, false)),
            (with, without),
            "{kind:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_sequence_of_moves_makes_a_circle_or_a_tower(moves in prop::collection::vec((0..8_u128, 0..8_u128), 1..60)) {
        let mut parent: BTreeMap<Uuid, Uuid> = BTreeMap::new();
        let above = |parent: &BTreeMap<Uuid, Uuid>, of: Uuid| -> Vec<Uuid> {
            std::iter::successors(parent.get(&of).copied(), |at| parent.get(at).copied()).take(20).collect()
        };
        for (child, under) in moves {
            let (child, under) = (partner(child), partner(under));
            let below = (0..8_u128)
                .map(|id| above(&parent, Uuid::from_u128(id)).iter().position(|at| *at == child.id).map_or(0, |at| at + 1))
                .max()
                .unwrap_or(0);
            if may_be_part_of(&child, &under, &above(&parent, under.id), below).is_ok() {
                parent.insert(child.id, under.id);
            }
            for id in (0..8_u128).map(Uuid::from_u128) {
                prop_assert!(above(&parent, id).len() < DEEPEST);
                prop_assert!(!above(&parent, id).contains(&id));
            }
        }
    }
}
