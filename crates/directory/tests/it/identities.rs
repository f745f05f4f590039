//! Two identities: to which of them a statement belongs, and what tells them apart (law 5, rules 10.12, 10.13).

use directory::identities::{CutOver, Mark, Side, marks, without};
use directory::{NameUse, PersonName};
use jiff::civil::date;

use crate::children::{amara, at};

#[test]
fn a_statement_belongs_to_an_identity_by_its_record_or_by_its_day() {
    let over = CutOver::From(date(2026, 1, 15));
    let table = [
        (CutOver::All(Side::Former), "2030-01-01T00:00:00Z", Some(Side::Former)),
        (CutOver::All(Side::Current), "2001-01-01T00:00:00Z", Some(Side::Current)),
        (over, "2026-01-14T23:59:59Z", Some(Side::Former)),
        (over, "2026-01-15T00:00:00Z", None),
        (over, "2026-01-15T23:59:59Z", None),
        (over, "2026-01-16T00:00:00Z", Some(Side::Current)),
    ];
    for (cut, when, side) in table {
        assert_eq!(cut.side_of(at(when)), side, "{cut:?} {when}");
    }
}

#[test]
fn names_numbers_places_and_carers_tell_an_identity_and_schools_and_services_do_not() {
    let content = amara();
    let told: Vec<String> = marks(&content).iter().map(Mark::text).collect();
    let (mut other, before) = (content.clone(), told.len());
    other.education.clear();
    other.practice = None;
    other.involvements.clear();
    assert_eq!(marks(&other).len(), before);
    let surname = content.names[0].surname().to_lowercase();
    assert!(told.iter().any(|mark| mark.starts_with("name|") && surname.contains(&mark[5..])), "{told:?}");
    assert!(told.iter().any(|mark| mark.starts_with("place|")), "{told:?}");
    assert_eq!(told.len(), told.iter().collect::<std::collections::BTreeSet<_>>().len());
}

#[test]
fn what_is_foreign_is_left_out_and_ones_own_name_and_address_cannot_be() {
    let mut content = amara();
    content.names.push(PersonName::new("Zelda", "Quince", NameUse::Alias).unwrap());
    let quince = |mark: &Mark| *mark == Mark::Name("quince".to_owned());
    let less = without(content.clone(), quince).unwrap();
    assert_eq!(less.names.len(), content.names.len() - 1);
    assert!(marks(&less).iter().all(|mark| !quince(mark)));
    assert!(
        without(content.clone(), |mark| matches!(mark, Mark::Number(..))).unwrap().identifiers.is_empty()
    );
    assert!(without(content.clone(), |mark| matches!(mark, Mark::Carer(_))).unwrap().carers.is_empty());
    assert!(without(content.clone(), |mark| matches!(mark, Mark::Place(_))).is_none());
    content.names.swap(0, 1);
    let last = content.names.len() - 1;
    content.names.swap(0, last);
    assert!(without(content, quince).is_none());
}
