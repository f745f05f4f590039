use crate::children::{line, name};
use directory::household::{Tie, address_key, household_keys};
use directory::{Address, Postcode};

fn address(lines: &[&str], postcode: Option<&str>) -> Address {
    Address {
        lines: lines.iter().map(|text| line(text)).collect(),
        town: Some(line("Leeds")),
        postcode: postcode.map(|text| Postcode::parse(text).unwrap()),
        from: None,
    }
}

#[test]
fn one_address_written_in_several_ways_is_one() {
    let key = |lines: &[&str]| address_key(&address(lines, Some("LS8 1BB"))).unwrap();
    let home = key(&["Flat 2", "14 Orchard Way"]);
    assert_eq!(home, key(&["14 Orchard Wy, flat 2"]));
    assert_ne!(home, key(&["14 Orchard Way"]));
    assert_ne!(home, address_key(&address(&["Flat 2", "14 Orchard Way"], Some("LS8 1BD"))).unwrap());
    assert_eq!(key(&["The Old Mill"]), key(&["the old mill."]));
}

#[test]
fn without_a_postcode_the_street_and_the_town_stand_for_it() {
    let key = |lines: &[&str]| address_key(&address(lines, None)).unwrap();
    assert_ne!(key(&["14 Orchard Way"]), key(&["14 Mill Lane"]));
    assert_eq!(key(&["14 Orchard Way"]), key(&["14, orchard way"]));
    assert!(address_key(&Address::default()).is_none());
}

#[test]
fn each_carer_has_a_key_up_to_the_fourth() {
    let mut child = crate::children::amara();
    let mut carer = child.carers[0].clone();
    for forenames in ["Ike", "Bola", "Tunde", "Ngozi"] {
        carer.name = name(forenames, "Okafor");
        child.carers.push(carer.clone());
    }
    child.carers.truncate(4);
    let of = |tie: Tie| household_keys(&child).iter().filter(|key| key.tie == tie).count();
    assert_eq!(
        (of(Tie::Carer), of(Tie::CarerTelephone)),
        (4, 1),
        "a shield is everybody's who shares a carer (law 3)"
    );
}

#[test]
fn a_record_has_six_keys_at_most_and_prints_no_value() {
    let keys = household_keys(&crate::children::amara());
    assert!((1..=6).contains(&keys.len()), "{keys:?}");
    assert!(keys.iter().any(|key| key.tie == Tie::Address));
    for key in &keys {
        assert!(!format!("{key:?}").contains(&key.value));
    }
}
