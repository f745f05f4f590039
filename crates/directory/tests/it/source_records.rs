use crate::children::{amara, consent, details};
use directory::parts::Item;
use directory::{Basis, BasisKind, Content, Involvement, ServiceType};

#[test]
fn a_record_taken_apart_and_put_together_is_the_same() {
    assert_eq!(amara().split().assemble(), amara());
}

#[test]
fn a_record_survives_storage() {
    let json = serde_json::to_string(&amara()).unwrap();
    assert_eq!(serde_json::from_str::<Content>(&json).unwrap(), amara());
    for item in amara().split().items {
        let json = serde_json::to_string(&item).unwrap();
        assert_eq!(serde_json::from_str::<Item>(&json).unwrap(), item);
    }
}

#[test]
fn the_stored_form_of_a_record_stays_as_it_is() {
    insta::assert_json_snapshot!(amara());
}

#[test]
fn what_is_destroyed_is_missing_and_nothing_else() {
    let mut parts = amara().split();
    parts.items.retain(|item| !matches!(item, Item::Carer(_) | Item::Practice(_)));
    let expected = Content { carers: Vec::new(), practice: None, ..amara() };
    assert_eq!(parts.assemble(), expected);
}

#[test]
fn the_identity_part_holds_no_contact_of_anyone() {
    let identity = serde_json::to_string(&amara().split().identity).unwrap();
    for contact in ["Ngozi", "07700", "Willow", "Surgery", "Anyshire", "Sam Hill"] {
        assert!(!identity.contains(contact), "{contact}");
    }
}

#[test]
fn a_sensitive_service_cannot_be_held_without_a_basis() {
    for service in [ServiceType::SexualHealth, ServiceType::MentalHealth, ServiceType::SubstanceMisuse] {
        assert!(Involvement::new(details(service), None).is_err());
        let harm = Basis { kind: BasisKind::SignificantHarm, consent: None, ..consent() };
        for basis in [consent(), harm] {
            assert!(Involvement::new(details(service), Some(basis)).is_ok());
        }
        let by_nobody = Basis { consent: None, ..consent() };
        assert!(Involvement::new(details(service), Some(by_nobody)).is_err());
    }
}

#[test]
fn a_withdrawn_consent_is_no_basis() {
    let withdrawn = Basis { withdrawn_on: Some("2026-06-01".parse().unwrap()), ..consent() };
    assert!(Involvement::new(details(ServiceType::MentalHealth), Some(withdrawn)).is_err());
}

#[test]
fn storage_cannot_bring_in_a_sensitive_service_without_its_basis() {
    let mut json = serde_json::to_value(amara()).unwrap();
    json["involvements"][1].as_object_mut().unwrap().remove("basis");
    assert!(serde_json::from_value::<Content>(json).is_err());
}

#[test]
fn once_the_basis_is_destroyed_the_sensitive_involvement_is_gone() {
    let mut parts = amara().split();
    parts.items.retain(|item| !matches!(item, Item::Basis { .. }));
    let services: Vec<_> = parts.assemble().involvements.iter().map(|i| i.details().service).collect();
    assert_eq!(services, [ServiceType::SocialWorker, ServiceType::SchoolNurse]);
}

#[test]
fn no_basis_is_kept_for_a_service_that_needs_none() {
    let involvement = Involvement::new(details(ServiceType::SocialWorker), Some(consent())).unwrap();
    assert_eq!(involvement.basis(), None);
}
