//! Stories of what must be kept apart or hidden.

use super::{Tale, Teller, at_home, carer, next_door, tale, told};
use crate::Source::*;
use crate::names::Sex;

/// A mother fled with two children to a place that the father must not learn.
pub(super) fn shielded(teller: &mut Teller<'_>) -> Tale {
    let before = next_door(33, "Dunnock Rise", "BL8 9FB");
    let refuge = at_home(2, "Saxifrage Rise", "BL6 4FJ");
    let fled = teller.ago(0, 120);
    let girl = teller.hero("Leila Rose", "Wrenshaw", Sex::Girl, teller.ago(7, 15));
    let boy = teller.hero("Samuel", "Wrenshaw", Sex::Boy, teller.ago(3, 88));
    let mother = || carer("Nadia", "Wrenshaw", "mother", 151);
    let father = || carer("Karl", "Brackenbury", "father", 152);
    let mut records = Vec::new();
    for hero in [&girl, &boy] {
        let mut gro = teller.says(GroBirths, hero, hero.born.plus(20), Some(before));
        gro.carers = vec![mother(), father()];
        records.push(told(GroBirths, hero, gro, &["address_former"], "the address the father knows"));
        let mut dwp = teller.says(DwpChildBenefit, hero, teller.ago(1, 3), Some(before));
        dwp.carers = vec![mother()];
        records.push(told(DwpChildBenefit, hero, dwp, &["address_former"], "the address the father knows"));
        let gp = teller.says(NhsGp, hero, fled.plus(9), Some(refuge));
        records.push(told(NhsGp, hero, gp, &[], "the address he must not learn"));
        let mut care = teller.says(SocialCare, hero, fled.plus(3), Some(refuge));
        care.carers = vec![mother()];
        let mut worker = teller.involvement("social_worker", 5, fled.plus(1), "");
        worker.lead = true;
        care.involvements = vec![worker, teller.involvement("housing_support", 6, fled, "")];
        records.push(told(SocialCare, hero, care, &[], "the move, told by the social worker"));
    }
    let mut census = teller.says(SchoolsCensus, &girl, teller.world.census_day(), Some(refuge));
    census.school = teller.school(0, &girl, 3, None);
    census.carers = vec![mother()];
    records.push(told(SchoolsCensus, &girl, census, &[], "the new school"));
    let mut visiting = teller.says(HealthVisiting, &boy, fled.plus(20), Some(refuge));
    visiting.carers = vec![mother()];
    visiting.involvements = vec![teller.involvement("health_visitor", 3, fled.plus(20), "")];
    records.push(told(HealthVisiting, &boy, visiting, &[], "the brother's health visitor"));
    tale(
        "shielded",
        "A mother and her two children moved to a refuge; their whereabouts must be hidden, and the brother's \
         record would give away the sister's. Place the shield through the service, on both.",
        &girl,
        Some(refuge),
        records,
    )
}

/// One person, two identities: before and after adoption.
pub(super) fn adoption(teller: &mut Teller<'_>) -> Tale {
    let before_home = next_door(71, "Fieldfare Rise", "BL8 9GD");
    let home = at_home(19, "Bryony Rise", "BL6 4GL");
    let mut before = teller.hero("Kayleigh Ann", "Thruppley", Sex::Girl, teller.ago(6, 202));
    let since = teller.ago(3, 10);
    let after = teller.renewed(&mut before, "Katie Ann", "Pendragon", since, "adoption");
    let parents =
        || vec![carer("Helen", "Pendragon", "mother", 161), carer("Mark", "Pendragon", "father", 162)];
    let birth_mother = || vec![carer("Tracy", "Thruppley", "mother", 163)];

    let mut born = teller.says(GroBirths, &before, before.born.plus(28), Some(before_home));
    born.carers = birth_mother();
    let old_gp = teller.says(NhsGp, &before, before.born.plus(60), Some(before_home));
    let mut old_care = teller.says(SocialCare, &before, since.plus(-200), Some(before_home));
    old_care.carers = birth_mother();
    let mut ended = teller.involvement("social_worker", 2, since.plus(-700), "");
    ended.end = since.plus(-1).to_string();
    old_care.involvements = vec![ended];

    let mut registered = teller.says(GroBirths, &after, since.plus(15), Some(home));
    registered.carers = parents();
    let mut dwp = teller.says(DwpChildBenefit, &after, teller.ago(0, 110), Some(home));
    dwp.carers = parents();
    let gp = teller.says(NhsGp, &after, teller.ago(0, 44), Some(home));
    let mut census = teller.says(SchoolsCensus, &after, teller.world.census_day(), Some(home));
    census.school = teller.school(0, &after, 5, None);
    census.carers = parents();
    tale(
        "adoption",
        "A girl was adopted at three: one person, two identities of the same day of birth, which must never be \
         joined by any feed, merge, reload, search or report.",
        &after,
        Some(home),
        vec![
            told(GroBirths, &before, born, &[], "before: the birth"),
            told(NhsGp, &before, old_gp, &[], "before: a practice that still has her"),
            told(SocialCare, &before, old_care, &[], "before: the social worker of that time"),
            told(GroBirths, &after, registered, &[], "after: the adoption, registered as a birth"),
            told(DwpChildBenefit, &after, dwp, &[], "after: the adoptive parents"),
            told(NhsGp, &after, gp, &[], "after: a new NHS number"),
            told(SchoolsCensus, &after, census, &[], "after: the school"),
        ],
    )
}

/// A boy was given a new identity for his safety.
pub(super) fn protected_identity(teller: &mut Teller<'_>) -> Tale {
    let before_home = next_door(12, "Whimbrel Rise", "BL8 9HE");
    let home = at_home(88, "Comfrey Rise", "BL6 4HN");
    let mut before = teller.hero("Marcus Paul", "Aldermaston", Sex::Boy, teller.ago(14, 155));
    let since = teller.ago(1, 100);
    let after = teller.renewed(&mut before, "Lewis", "Tolladay", since, "protected_identity");
    let mut born = teller.says(GroBirths, &before, before.born.plus(9), Some(before_home));
    born.carers = vec![carer("Paula", "Aldermaston", "mother", 171)];
    let old_gp = teller.says(NhsGp, &before, since.plus(-400), Some(before_home));
    let mut dwp = teller.says(DwpChildBenefit, &after, since.plus(30), Some(home));
    dwp.carers = vec![carer("Louise", "Tolladay", "mother", 172)];
    let gp = teller.says(NhsGp, &after, since.plus(40), Some(home));
    let mut census = teller.says(SchoolsCensus, &after, teller.world.census_day(), Some(home));
    census.school = teller.school(0, &after, 1, None);
    census.carers = vec![carer("Louise", "Tolladay", "mother", 172)];
    tale(
        "protected_identity",
        "A boy has lived under a protected new identity for a year; nothing may lead from one to the other.",
        &after,
        Some(home),
        vec![
            told(GroBirths, &before, born, &[], "before: the birth"),
            told(NhsGp, &before, old_gp, &[], "before: the practice"),
            told(DwpChildBenefit, &after, dwp, &[], "after: child benefit"),
            told(NhsGp, &after, gp, &[], "after: a new NHS number"),
            told(SchoolsCensus, &after, census, &[], "after: the school"),
        ],
    )
}

/// A girl who sees a sensitive service with consent, beside an ordinary one.
pub(super) fn sensitive_service(teller: &mut Teller<'_>) -> Tale {
    let home = at_home(23, "Tansy Rise", "BL6 4JP");
    let hero = teller.hero("Grace Olivia", "Ashgrove", Sex::Girl, teller.ago(15, 9));
    let mother = || vec![carer("Ruth", "Ashgrove", "mother", 181)];
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(31), Some(home));
    gro.carers = mother();
    let gp = teller.says(NhsGp, &hero, teller.ago(0, 12), Some(home));
    let mut census = teller.says(SchoolsCensus, &hero, teller.world.census_day(), Some(home));
    census.school = teller.school(0, &hero, 2, None);
    census.carers = mother();
    let mut care = teller.says(SocialCare, &hero, teller.ago(0, 50), Some(home));
    care.carers = mother();
    let mut help = teller.involvement("early_help", 7, teller.ago(0, 180), "");
    help.lead = true;
    care.caf = Some((help.practitioner.clone(), help.telephone.clone()));
    care.involvements = vec![help, teller.involvement("mental_health", 1, teller.ago(0, 50), "consent")];
    tale(
        "sensitive_service",
        "A girl works with early help and, with her consent recorded, with a mental health service, which no \
         ordinary user may see.",
        &hero,
        Some(home),
        vec![
            told(GroBirths, &hero, gro, &[], "the birth"),
            told(NhsGp, &hero, gp, &[], "the practice"),
            told(SchoolsCensus, &hero, census, &[], "the school"),
            told(SocialCare, &hero, care, &[], "early help, and a sensitive service with consent"),
        ],
    )
}
