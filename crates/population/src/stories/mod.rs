//! The children worth showing, told record by record. Nothing in them depends on chance except the schools,
//! practices and people of the invented area, so that a demonstration and a browser test always find them.

mod apart;
mod household;
mod lookups;

use crate::calendar::Day;
use crate::family::Standing;
use crate::identifiers::{NhsNumber, Upn, birth_registration, child_benefit};
use crate::names::Sex;
use crate::observe::{identity_id, person_id};
use crate::places::AreaAt;
use crate::services::{SERVICES, mobile, slug};
use crate::statement::{Carer, Education, Involvement, Registration, Statement, Whereabouts};
use crate::truth::{Change, NamingPattern, Truth};
use crate::world::World;
use crate::{Source, Story};

/// How many persons the stories need.
pub(crate) const PERSONS: u32 = 17;

/// A story with its records, before the rows have their keys.
#[derive(Debug)]
pub(crate) struct Tale {
    pub(crate) story: Story,
    pub(crate) records: Vec<Told>,
}

/// One record of a story.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) source: Source,
    pub(crate) statement: Statement,
    pub(crate) truth: Truth,
    pub(crate) person: u32,
    pub(crate) standing: Standing,
    pub(crate) note: &'static str,
}

/// All stories, always in this order.
pub(crate) fn tell(world: &mut World) -> Vec<Tale> {
    let mut teller = Teller { world, persons: 0 };
    vec![
        lookups::jean(&mut teller),
        lookups::carol(&mut teller),
        lookups::christopher(&mut teller),
        lookups::runaway(&mut teller),
        lookups::missing_education(&mut teller),
        apart::shielded(&mut teller),
        apart::adoption(&mut teller),
        apart::protected_identity(&mut teller),
        apart::sensitive_service(&mut teller),
        household::twins(&mut teller),
        household::newborn(&mut teller),
        household::two_households(&mut teller),
        household::cousins(&mut teller),
        household::left_england(&mut teller),
    ]
}

/// A street of the stories: no other family lives there, and its postcode is in a sector no other street has.
#[derive(Clone, Copy, Debug)]
struct Home {
    area: AreaAt,
    house: u16,
    street: &'static str,
    town: &'static str,
    postcode: &'static str,
}

/// A house in the home authority.
const fn at_home(house: u16, street: &'static str, postcode: &'static str) -> Home {
    Home { area: 0, house, street, town: "Bolton", postcode }
}

/// A house in the first neighbour.
const fn next_door(house: u16, street: &'static str, postcode: &'static str) -> Home {
    Home { area: 1, house, street, town: "Bury", postcode }
}

/// An identity in a story.
#[derive(Clone, Debug)]
struct Hero {
    person: u32,
    identity: u8,
    standing: Standing,
    pattern: NamingPattern,
    forenames: &'static str,
    surname: &'static str,
    sex: Sex,
    born: Day,
    nhs: NhsNumber,
    upn: Option<Upn>,
    registration: u32,
}

struct Teller<'a> {
    world: &'a mut World,
    persons: u32,
}

impl Teller<'_> {
    /// The day so many years and days before the day of the population.
    fn ago(&self, years: i16, days: i32) -> Day {
        self.world.as_of.years_after(-years).plus(-days)
    }

    /// A new person.
    fn hero(&mut self, forenames: &'static str, surname: &'static str, sex: Sex, born: Day) -> Hero {
        self.persons += 1;
        let (person, registration) = (self.persons, self.world.next_registration());
        Hero {
            person,
            identity: 1,
            standing: Standing::Ordinary,
            pattern: NamingPattern::CommonEnglish,
            forenames,
            surname,
            sex,
            born,
            nhs: self.world.next_nhs_number(),
            upn: self.world.next_upn(0, born),
            registration,
        }
    }

    /// The later identity of that person; the earlier one is given its end.
    fn renewed(
        &mut self,
        before: &mut Hero,
        forenames: &'static str,
        surname: &'static str,
        since: Day,
        why: &'static str,
    ) -> Hero {
        before.standing = Standing::Former { until: since, why };
        let registration = self.world.next_registration();
        Hero {
            identity: 2,
            standing: Standing::Renewed { since, why },
            forenames,
            surname,
            nhs: self.world.next_nhs_number(),
            upn: self.world.next_upn(0, before.born),
            registration,
            ..before.clone()
        }
    }

    /// What a source says of the hero on that day: name, birth, numbers and address.
    fn says(&self, source: Source, hero: &Hero, day: Day, home: Option<Home>) -> Statement {
        let reference = match source {
            Source::GroBirths => birth_registration(day.date().year(), hero.registration),
            Source::DwpChildBenefit => child_benefit(hero.registration),
            _ => String::new(),
        };
        let mut statement = Statement {
            effective_at: day.to_string(),
            forenames: hero.forenames.to_owned(),
            surname: hero.surname.to_owned(),
            date_of_birth: hero.born.to_string(),
            gender: hero.sex.code(),
            reference,
            nhs_number: hero.nhs.to_string(),
            upn: hero.upn.map(|upn| upn.to_string()).unwrap_or_default(),
            ..Statement::default()
        };
        if let Some(home) = home {
            statement.whereabouts = whereabouts("current", home);
            statement.local_authority =
                self.world.places.get(home.area).map_or("", |place| place.code).to_owned();
            if source == Source::NhsGp {
                statement.practice = self.practice(home.area, 0, day);
            }
        }
        statement
    }

    fn practice(&self, area: AreaAt, preference: u16, start: Day) -> Registration {
        let practice = self.world.services.practice(area, preference);
        practice.map_or_else(Registration::default, |practice| Registration {
            code: practice.code.clone(),
            name: practice.name.clone(),
            telephone: practice.telephone.clone(),
            start: start.to_string(),
        })
    }

    /// Attendance of a school of that area, until a day if it was left.
    fn school(&self, area: AreaAt, hero: &Hero, preference: u16, left: Option<Day>) -> Education {
        let upper = hero.born.reception().years_after(7);
        let census = self.world.census_day();
        let secondary = upper <= left.unwrap_or(census);
        let start = if secondary { upper } else { hero.born.reception() };
        let school = self.world.services.school(area, secondary, preference);
        school.map_or_else(Education::default, |school| Education {
            urn: school.urn.to_string(),
            name: school.name.clone(),
            telephone: school.telephone.clone(),
            email: school.email.clone(),
            start: start.to_string(),
            end: left.map(|day| day.to_string()).unwrap_or_default(),
            status: "in_school",
        })
    }

    fn involvement(&self, code: &str, preference: u16, start: Day, basis: &'static str) -> Involvement {
        let found = SERVICES.iter().enumerate().find(|(_, service)| service.code == code);
        let Some((at, service)) = found else { return Involvement::default() };
        let who = self.world.services.practitioner(at, preference).cloned();
        Involvement {
            service: service.code,
            organisation: self.world.services.organisation(service),
            practitioner: who.as_ref().map(|who| who.name.clone()).unwrap_or_default(),
            telephone: who.as_ref().map(|who| who.telephone.clone()).unwrap_or_default(),
            email: who.map(|who| who.email).unwrap_or_default(),
            start: start.to_string(),
            end: String::new(),
            lead: false,
            basis,
            consent: if basis == "consent" { "child_of_understanding" } else { "" },
        }
    }
}

fn whereabouts(kind: &'static str, home: Home) -> Whereabouts {
    Whereabouts {
        kind,
        line_1: format!("{} {}", home.house, home.street),
        line_2: String::new(),
        town: home.town.to_owned(),
        postcode: home.postcode.to_owned(),
    }
}

fn carer(forenames: &str, surname: &str, relationship: &'static str, number: u16) -> Carer {
    Carer {
        forenames: forenames.to_owned(),
        surname: surname.to_owned(),
        relationship,
        responsibility: "yes",
        telephone: mobile(number),
        email: format!("{}.{}@example.org", slug(forenames), slug(surname)),
    }
}

fn told(
    source: Source,
    hero: &Hero,
    statement: Statement,
    changes: &[&'static str],
    note: &'static str,
) -> Told {
    Told {
        source,
        statement,
        truth: Truth {
            person_id: person_id(hero.person),
            identity_id: identity_id(hero.person, hero.identity),
            naming_pattern: hero.pattern,
            changes: changes.iter().map(|code| Change { code, field: None }).collect(),
        },
        person: hero.person,
        standing: hero.standing,
        note,
    }
}

/// The story of a hero who lives at `home`, told in these records.
fn tale(
    name: &'static str,
    summary: &'static str,
    hero: &Hero,
    home: Option<Home>,
    records: Vec<Told>,
) -> Tale {
    let mut carers = Vec::new();
    for carer in records.iter().flat_map(|told| &told.statement.carers) {
        let named = (carer.forenames.clone(), carer.surname.clone());
        if !carers.contains(&named) {
            carers.push(named);
        }
    }
    let own = (hero.forenames.to_owned(), hero.surname.to_owned());
    let mut aliases = Vec::new();
    // A sealed identity's names are not aliases, and a brother's or sister's are not this child's.
    let same = |told: &&Told| told.truth.identity_id == identity_id(hero.person, hero.identity);
    for told in records.iter().filter(same) {
        let said = &told.statement;
        let names = std::iter::once((said.forenames.clone(), said.surname.clone()));
        for named in names.chain(said.aliases.iter().cloned()) {
            if named != own && !aliases.contains(&named) {
                aliases.push(named);
            }
        }
    }
    let school = records.iter().filter(same).find(|told| !told.statement.school.name.is_empty());
    Tale {
        story: Story {
            name,
            summary,
            forenames: own.0,
            surname: own.1,
            aliases,
            date_of_birth: hero.born.date(),
            street: home.map_or(String::new(), |home| home.street.to_owned()),
            town: home.map_or(String::new(), |home| home.town.to_owned()),
            postcode: home.map_or(String::new(), |home| home.postcode.to_owned()),
            carers,
            school: school.map(|told| told.statement.school.name.clone()).unwrap_or_default(),
            records: Vec::new(),
        },
        records,
    }
}
