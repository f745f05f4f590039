//! Stories of households: who shares what.

use super::{Tale, Teller, at_home, carer, next_door, tale, told};
use crate::Source::*;
use crate::names::Sex;
use crate::statement::Whereabouts;
use crate::truth::NamingPattern;

/// Two girls who share everything but the first name and the numbers.
pub(super) fn twins(teller: &mut Teller<'_>) -> Tale {
    let home = at_home(30, "Speedwell Rise", "BL6 4LQ");
    let born = teller.ago(7, 260);
    let first = teller.hero("Poppy Jane", "Summerscale", Sex::Girl, born);
    let second = teller.hero("Penny Jane", "Summerscale", Sex::Girl, born);
    let parents =
        || vec![carer("Emma", "Summerscale", "mother", 191), carer("Lee", "Summerscale", "father", 192)];
    let mut records = Vec::new();
    for hero in [&first, &second] {
        let mut gro = teller.says(GroBirths, hero, born.plus(19), Some(home));
        gro.carers = parents();
        records.push(told(GroBirths, hero, gro, &[], "the birth"));
        let mut dwp = teller.says(DwpChildBenefit, hero, teller.ago(0, 20), Some(home));
        dwp.carers = parents();
        records.push(told(DwpChildBenefit, hero, dwp, &[], "child benefit"));
        let gp = teller.says(NhsGp, hero, teller.ago(0, 100), Some(home));
        records.push(told(NhsGp, hero, gp, &[], "the practice"));
        let mut census = teller.says(SchoolsCensus, hero, teller.world.census_day(), Some(home));
        census.school = teller.school(0, hero, 4, None);
        census.carers = parents();
        records.push(told(SchoolsCensus, hero, census, &[], "the school"));
    }
    tale(
        "twins",
        "Poppy and Penny share surname, second name, address, school, practice and day of birth: two children.",
        &first,
        Some(home),
        records,
    )
}

/// A child of twelve days who has no name yet.
pub(super) fn newborn(teller: &mut Teller<'_>) -> Tale {
    let home = at_home(5, "Clover Rise", "BL6 4NR");
    let mut hero = teller.hero("Baby", "Penhallow", Sex::Girl, teller.ago(0, 12));
    hero.pattern = NamingPattern::Baby;
    let gp = teller.says(NhsGp, &hero, teller.ago(0, 3), Some(home));
    let mut visiting = teller.says(HealthVisiting, &hero, teller.ago(0, 2), Some(home));
    visiting.forenames = "Baby Girl".to_owned();
    visiting.carers = vec![carer("Morwenna", "Penhallow", "mother", 201)];
    visiting.involvements = vec![teller.involvement("health_visitor", 0, teller.ago(0, 2), "")];
    tale(
        "newborn",
        "A girl of twelve days is Baby to her practice and her health visitor; her birth is not registered.",
        &hero,
        Some(home),
        vec![
            told(NhsGp, &hero, gp, &["baby_name"], "registered as Baby"),
            told(HealthVisiting, &hero, visiting, &["baby_name"], "visited as Baby Girl"),
        ],
    )
}

/// A boy who lives with each parent in turn.
pub(super) fn two_households(teller: &mut Teller<'_>) -> Tale {
    let mothers = at_home(47, "Yarrow Rise", "BL6 4PS");
    let fathers = next_door(18, "Lapwing Rise", "BL8 9JG");
    let hero = teller.hero("Theo", "Larkhampton", Sex::Boy, teller.ago(8, 121));
    let mother = carer("Amy", "Larkhampton", "mother", 211);
    let father = carer("Gareth", "Mossley-Trent", "father", 212);
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(33), Some(mothers));
    gro.carers = vec![mother.clone(), father.clone()];
    let mut dwp = teller.says(DwpChildBenefit, &hero, teller.ago(0, 61), Some(mothers));
    dwp.carers = vec![mother.clone()];
    let gp = teller.says(NhsGp, &hero, teller.ago(0, 73), Some(fathers));
    let mut census = teller.says(SchoolsCensus, &hero, teller.world.census_day(), Some(mothers));
    census.school = teller.school(0, &hero, 6, None);
    census.carers = vec![mother, father];
    tale(
        "two_households",
        "A boy lives with each parent in turn: his practice has the father's address, his school the mother's.",
        &hero,
        Some(mothers),
        vec![
            told(GroBirths, &hero, gro, &[], "the birth"),
            told(DwpChildBenefit, &hero, dwp, &[], "the mother's address"),
            told(NhsGp, &hero, gp, &["address_other_household"], "the father's address"),
            told(SchoolsCensus, &hero, census, &[], "the mother's address"),
        ],
    )
}

/// Cousins of one name, three weeks apart, two streets apart.
pub(super) fn cousins(teller: &mut Teller<'_>) -> Tale {
    let homes = [at_home(11, "Sorrel Rise", "BL6 4QT"), at_home(64, "Betony Rise", "BL6 4RU")];
    let heroes = [
        teller.hero("Oliver", "Harkaway", Sex::Boy, teller.ago(10, 12)),
        teller.hero("Oliver", "Harkaway", Sex::Boy, teller.ago(10, 33)),
    ];
    let mothers = [carer("Jodie", "Harkaway", "mother", 221), carer("Stacey", "Harkaway", "mother", 222)];
    let mut records = Vec::new();
    for ((hero, home), mother) in heroes.iter().zip(homes).zip(mothers) {
        let mut gro = teller.says(GroBirths, hero, hero.born.plus(14), Some(home));
        gro.carers = vec![mother.clone()];
        records.push(told(GroBirths, hero, gro, &[], "the birth"));
        let gp = teller.says(NhsGp, hero, teller.ago(0, 140), Some(home));
        records.push(told(NhsGp, hero, gp, &[], "the practice"));
        let mut census = teller.says(SchoolsCensus, hero, teller.world.census_day(), Some(home));
        census.school = teller.school(0, hero, 8, None);
        census.carers = vec![mother];
        records.push(told(SchoolsCensus, hero, census, &[], "the school they share"));
    }
    let [first, _] = &heroes;
    tale(
        "cousins",
        "Two cousins are both Oliver Harkaway, born three weeks apart, at one school: two children.",
        first,
        homes.first().copied(),
        records,
    )
}

/// A family that says it will return.
pub(super) fn left_england(teller: &mut Teller<'_>) -> Tale {
    let before = at_home(77, "Burnet Rise", "BL6 4SW");
    let hero = teller.hero("Elena Sofia", "Quarrendon", Sex::Girl, teller.ago(5, 180));
    let mut gro = teller.says(GroBirths, &hero, hero.born.plus(27), Some(before));
    gro.carers = vec![carer("Victoria", "Quarrendon", "mother", 231)];
    let mut dwp = teller.says(DwpChildBenefit, &hero, teller.ago(0, 80), None);
    dwp.whereabouts = Whereabouts { kind: "left_return", ..Whereabouts::default() };
    dwp.carers = vec![carer("Victoria", "Quarrendon", "mother", 231)];
    tale(
        "left_england",
        "A family has left England and means to return within three years.",
        &hero,
        None,
        vec![
            told(GroBirths, &hero, gro, &["address_former"], "the birth"),
            told(DwpChildBenefit, &hero, dwp, &["left_england"], "left, means to return"),
        ],
    )
}
