use crate::children::{line, name};
use directory::household::{MOST_KEYS, Tie, address_key, household_keys};
use directory::{Address, Postcode, Telephone, Whereabouts};

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
    child.previous_addresses.clear();
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
        "a shield is everybody's who shares a carer (law 3); all four are reached at one number"
    );
}

#[test]
fn every_carer_has_a_key_of_their_own_telephone() {
    let mut child = crate::children::amara();
    let mut father = child.carers[0].clone();
    father.name = name("Ike", "Okafor");
    let other = Telephone::parse("07700 900777").unwrap();
    father.contact.telephone = Some(other.clone());
    child.carers.push(father);
    let keys = household_keys(&child);
    let telephones: Vec<&str> =
        keys.iter().filter(|key| key.tie == Tie::CarerTelephone).map(|key| key.value.as_str()).collect();
    assert!(telephones.len() == 2 && telephones.contains(&other.uri().as_str()), "{telephones:?}");
}

#[test]
fn a_carer_has_a_key_in_each_of_the_last_districts_and_the_budget_is_kept() {
    let mut child = crate::children::amara();
    let carer = child.carers[0].clone();
    child.carers = ["Ike", "Bola", "Tunde", "Ngozi", "Uche"]
        .iter()
        .enumerate()
        .map(|(at, forenames)| {
            let mut other = carer.clone();
            other.name = name(forenames, "Okafor");
            other.contact.telephone = Some(Telephone::parse(&format!("07700 90070{at}")).unwrap());
            other
        })
        .collect();
    child.whereabouts = Some(Whereabouts::Current(address(&["1 New Row"], Some("BD1 1AA"))));
    child.previous_addresses =
        [("LS8 1BB", "1 Old Row"), ("LS8 4ZZ", "2 Old Row"), ("M1 1AE", "3"), ("YO1 7HH", "4")]
            .map(|(postcode, lines)| address(&[lines], Some(postcode)))
            .to_vec();
    let keys = household_keys(&child);
    let of_ike: Vec<&str> = keys
        .iter()
        .filter(|key| key.tie == Tie::Carer)
        .filter_map(|key| key.value.split_once('|').filter(|(carer, _)| carer.contains("ike")))
        .map(|(_, district)| district)
        .collect();
    assert_eq!(of_ike.len(), 3, "each district once, and no more than three: {of_ike:?}");
    assert!(of_ike.contains(&"BD1") && of_ike.contains(&"LS8") && of_ike.contains(&"M1"), "{of_ike:?}");
    assert_eq!(keys.len(), MOST_KEYS);
}

#[test]
fn a_record_has_no_more_keys_than_its_budget_and_prints_no_value() {
    let keys = household_keys(&crate::children::amara());
    assert!((1..=MOST_KEYS).contains(&keys.len()), "{keys:?}");
    assert!(keys.iter().any(|key| key.tie == Tie::Address));
    for key in &keys {
        assert!(!format!("{key:?}").contains(&key.value));
    }
}
