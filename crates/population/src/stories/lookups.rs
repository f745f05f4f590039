//! Stories that the early adopters of 2009 told of looking somebody up.

use super::{Home, Tale, Teller, at_home, carer, next_door, tale, told, whereabouts};
use crate::Source::*;
use crate::names::Sex;

/// A neighbour knows a surname and a street; the child has a former school in another area.
pub(super) fn jean(teller: &mut Teller<'_>) -> Tale {
    let home = at_home(14, "Larkspur Rise", "BL6 4AQ");
    // The last authority of the list is far from home.
    let far = u16::try_from(teller.world.places.places.len().saturating_sub(1)).unwrap_or(0);
    let before = Home { area: far, house: 3, street: "Curlew Rise", town: "Worcester", postcode: "WR9 4QT" };
    let hero = teller.hero("Isla May", "Featherby", Sex::Girl, teller.ago(9, 131));
    let left = teller.ago(0, 210);
    let mother = carer("Joanne", "Featherby", "mother", 101);
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(21), Some(before));
    gro.carers = vec![carer("Joanne", "Featherby", "mother", 101), carer("Neil", "Featherby", "father", 102)];
    let mut dwp = teller.says(DwpChildBenefit, &hero, teller.ago(0, 150), Some(home));
    dwp.carers = vec![mother.clone()];
    let mut census = teller.says(SchoolsCensus, &hero, left.plus(4), Some(before));
    census.whereabouts = whereabouts("last_known", before);
    census.school = teller.school(far, &hero, 1, Some(left));
    census.carers = vec![mother];
    let gp = teller.says(NhsGp, &hero, teller.ago(0, 160), Some(home));
    tale(
        "jean",
        "A neighbour knows the surname and the street of a child who goes to no school; the record shows the \
         school she left, in another area.",
        &hero,
        Some(home),
        vec![
            told(GroBirths, &hero, gro, &["address_former"], "born in another area"),
            told(DwpChildBenefit, &hero, dwp, &[], "at the new address"),
            told(SchoolsCensus, &hero, census, &["address_former"], "left the school in the other area"),
            told(NhsGp, &hero, gp, &[], "registered with a practice at the new address"),
        ],
    )
}

/// A family that left no forwarding address lives under another name; the child is at no school.
pub(super) fn carol(teller: &mut Teller<'_>) -> Tale {
    let before = next_door(27, "Kestrel Rise", "BL8 9DX");
    let home = at_home(6, "Pimpernel Rise", "BL6 4BN");
    let mut hero = teller.hero("Tyler James", "Quennell", Sex::Boy, teller.ago(13, 40));
    let left = teller.ago(0, 250);
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(17), Some(before));
    gro.carers = vec![carer("Dawn", "Quennell", "mother", 111)];
    let mut census = teller.says(SchoolsCensus, &hero, left.plus(10), Some(before));
    census.whereabouts = whereabouts("last_known", before);
    census.school = teller.school(1, &hero, 2, Some(left));
    census.carers = vec![carer("Dawn", "Quennell", "mother", 111)];
    let former = ("Tyler James".to_owned(), "Quennell".to_owned());
    hero.surname = "Marlingford";
    let mut dwp = teller.says(DwpChildBenefit, &hero, teller.ago(0, 170), Some(home));
    dwp.carers = vec![carer("Dawn", "Marlingford", "mother", 111)];
    let mut gp = teller.says(NhsGp, &hero, teller.ago(0, 180), Some(home));
    gp.aliases = vec![former.clone()];
    let mut care = teller.says(SocialCare, &hero, teller.ago(0, 30), Some(home));
    care.aliases = vec![former];
    care.carers = vec![carer("Dawn", "Marlingford", "mother", 111)];
    care.involvements = vec![teller.involvement("education_welfare", 4, teller.ago(0, 30), "")];
    tale(
        "carol",
        "A family moved out of its borough and lives under an alias; the boy attends no school. A search for \
         the name he had finds him under the name he has.",
        &hero,
        Some(home),
        vec![
            told(GroBirths, &hero, gro, &["surname_former", "address_former"], "the name at birth"),
            told(
                SchoolsCensus,
                &hero,
                census,
                &["surname_former", "address_former"],
                "left the school under the former name",
            ),
            told(DwpChildBenefit, &hero, dwp, &[], "under the alias at the new address"),
            told(NhsGp, &hero, gp, &[], "under the alias, the former name as alias"),
            told(SocialCare, &hero, care, &[], "an education welfare officer, both names"),
        ],
    )
}

/// A mother gives different names for her child in two areas: three identities in one, two in the other.
pub(super) fn christopher(teller: &mut Teller<'_>) -> Tale {
    let bolton = at_home(41, "Teasel Rise", "BL6 4TX");
    let bury = next_door(8, "Plover Rise", "BL8 9EA");
    let mut hero = teller.hero("Jayden", "Kettleby", Sex::Boy, teller.ago(10, 76));
    let named = |forenames: &str, surname: &str| (forenames.to_owned(), surname.to_owned());
    let mother = |surname: &str| vec![carer("Michelle", surname, "mother", 121)];

    let mut care = teller.says(SocialCare, &hero, teller.ago(0, 60), Some(bolton));
    care.aliases = vec![named("Jayden", "Ravensby"), named("Jaydon", "Fernihough")];
    care.carers = mother("Kettleby");
    care.involvements = vec![teller.involvement("family_support", 1, teller.ago(0, 60), "")];
    let mut again = teller.says(SocialCare, &hero, teller.ago(0, 400), Some(bolton));
    again.forenames = "Jaydon".to_owned();
    again.surname = "Fernihough".to_owned();
    again.nhs_number.clear();
    again.upn.clear();
    again.carers = mother("Fernihough");
    again.involvements = vec![teller.involvement("early_help", 2, teller.ago(0, 400), "")];

    hero.surname = "Ravensby";
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(30), Some(bury));
    gro.carers = mother("Ravensby");
    let mut gp = teller.says(NhsGp, &hero, teller.ago(2, 20), Some(bury));
    gp.aliases = vec![named("Jayden", "Kettleby")];
    let mut census = teller.says(SchoolsCensus, &hero, teller.world.census_day(), Some(bury));
    census.forenames = "Jay".to_owned();
    census.surname = "Merriweather".to_owned();
    census.aliases = vec![named("Jayden", "Ravensby")];
    census.carers = mother("Merriweather");
    census.school = teller.school(1, &hero, 0, None);
    let mut temporary = teller.says(NhsGp, &hero, teller.ago(1, 5), Some(bury));
    temporary.forenames = "Jaydan".to_owned();
    temporary.surname = "Wintringham".to_owned();
    temporary.nhs_number.clear();
    temporary.practice = teller.practice(1, 1, teller.ago(1, 5));
    hero.surname = "Kettleby";
    let alias = ["surname_known_as"];
    tale(
        "christopher",
        "A mother goes to agencies in two areas under different names for her child: three identities in one \
         area and two in the other, and the aliases bring most of them together.",
        &hero,
        Some(bolton),
        vec![
            told(GroBirths, &hero, gro, &["surname_former", "address_former"], "the name at birth"),
            told(SocialCare, &hero, care, &[], "first identity at home, with two aliases"),
            told(SocialCare, &hero, again, &["duplicate", "surname_known_as"], "second identity at home"),
            told(NhsGp, &hero, gp, &["surname_former"], "first identity next door, with an alias"),
            told(SchoolsCensus, &hero, census, &alias, "second identity next door, with an alias"),
            told(
                NhsGp,
                &hero,
                temporary,
                &["duplicate", "surname_known_as"],
                "third identity next door, no alias",
            ),
        ],
    )
}

/// A boy in an emergency department lies about his address; a nurse finds his social worker.
pub(super) fn runaway(teller: &mut Teller<'_>) -> Tale {
    let home = at_home(52, "Foxglove Rise", "BL6 4DG");
    let hero = teller.hero("Callum Reece", "Oakhanger", Sex::Boy, teller.ago(15, 211));
    let mother = carer("Sharon", "Oakhanger", "mother", 131);
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(12), Some(home));
    gro.carers = vec![mother.clone()];
    let mut dwp = teller.says(DwpChildBenefit, &hero, teller.ago(0, 90), Some(home));
    dwp.carers = vec![mother.clone()];
    let mut census = teller.says(SchoolsCensus, &hero, teller.world.census_day(), Some(home));
    census.school = teller.school(0, &hero, 0, None);
    census.carers = vec![mother.clone()];
    let gp = teller.says(NhsGp, &hero, teller.ago(0, 120), Some(home));
    let mut care = teller.says(SocialCare, &hero, teller.ago(0, 14), Some(home));
    care.carers = vec![mother];
    let mut worker = teller.involvement("social_worker", 0, teller.ago(1, 20), "");
    worker.lead = true;
    care.caf = Some((worker.practitioner.clone(), worker.telephone.clone()));
    care.involvements = vec![worker, teller.involvement("youth_worker", 1, teller.ago(0, 200), "")];
    tale(
        "runaway",
        "A boy in an emergency department has run away and lies about his address; by name and date of birth \
         a nurse finds his social worker.",
        &hero,
        Some(home),
        vec![
            told(GroBirths, &hero, gro, &[], "the birth"),
            told(DwpChildBenefit, &hero, dwp, &[], "the address he did not give"),
            told(SchoolsCensus, &hero, census, &[], "his school"),
            told(NhsGp, &hero, gp, &[], "his practice"),
            told(SocialCare, &hero, care, &[], "his social worker, who leads, and a youth worker"),
        ],
    )
}

/// A child of school age whom no school knows.
pub(super) fn missing_education(teller: &mut Teller<'_>) -> Tale {
    let home = at_home(9, "Campion Rise", "BL6 4EH");
    let hero = teller.hero("Amelia Grace", "Hollowby", Sex::Girl, teller.ago(11, 300));
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(25), Some(home));
    gro.carers = vec![carer("Claire", "Hollowby", "mother", 141), carer("Ian", "Hollowby", "father", 142)];
    let mut dwp = teller.says(DwpChildBenefit, &hero, teller.ago(0, 33), Some(home));
    dwp.carers = vec![carer("Claire", "Hollowby", "mother", 141)];
    let gp = teller.says(NhsGp, &hero, teller.ago(0, 71), Some(home));
    tale(
        "missing_education",
        "A girl of eleven whom child benefit and a practice know and no school.",
        &hero,
        Some(home),
        vec![
            told(GroBirths, &hero, gro, &[], "the birth"),
            told(DwpChildBenefit, &hero, dwp, &[], "benefit is paid for her"),
            told(NhsGp, &hero, gp, &[], "a practice knows her; the census does not"),
        ],
    )
}
