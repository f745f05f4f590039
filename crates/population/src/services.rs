//! Schools, GP practices and the people who work with children. All invented: URNs from 900000, practice
//! codes in Z, telephones in the ranges Ofcom keeps for drama, e-mail at names that never resolve.

use crate::chance::{Chance, Purpose};
use crate::facts::Facts;
use crate::names::Sex;
use crate::names::spelling::without_marks;
use crate::places::{AreaAt, Places};
use crate::words::{SAINTS, STREET_FIRST, STREET_LAST};

/// Children to a primary school, a secondary school, a practice and a practitioner of one service.
const PRIMARY_SIZE: u64 = 700;
const SECONDARY_SIZE: u64 = 2_300;
const PRACTICE_SIZE: u64 = 1_700;
const CASELOAD: u64 = 900;

/// A school.
#[derive(Clone, Debug)]
pub(crate) struct School {
    pub(crate) urn: u32,
    pub(crate) name: String,
    pub(crate) telephone: String,
    pub(crate) email: String,
}

/// A GP practice.
#[derive(Clone, Debug)]
pub(crate) struct Practice {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) telephone: String,
}

/// Somebody who works with children.
#[derive(Clone, Debug)]
pub(crate) struct Practitioner {
    pub(crate) name: String,
    pub(crate) telephone: String,
    pub(crate) email: String,
}

/// What one area offers.
#[derive(Debug)]
pub(crate) struct AreaServices {
    pub(crate) primaries: Vec<School>,
    pub(crate) secondaries: Vec<School>,
    pub(crate) practices: Vec<Practice>,
}

/// All services.
#[derive(Debug)]
pub(crate) struct Services {
    areas: Vec<AreaServices>,
    /// Practitioners of the home authority and the trust, by [`SERVICES`].
    practitioners: Vec<Vec<Practitioner>>,
    /// The home authority's name.
    home: String,
}

/// The trust whose health visitors feed the directory.
pub(crate) const TRUST: &str = "Croal and Irwell Community Health Trust";

/// A coded service and how often it works with a child known to social care, of a thousand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    pub(crate) code: &'static str,
    pub(crate) organisation: &'static str,
    /// Weight among the involvements of children known to social care, for children of these ages.
    pub(crate) weight: u32,
    pub(crate) ages: (i16, i16),
    /// Needs a basis (law 4).
    pub(crate) sensitive: bool,
}

const fn service(code: &'static str, organisation: &'static str, weight: u32, ages: (i16, i16)) -> Service {
    Service { code, organisation, weight, ages, sensitive: false }
}

const fn sensitive(code: &'static str, organisation: &'static str, weight: u32, ages: (i16, i16)) -> Service {
    Service { code, organisation, weight, ages, sensitive: true }
}

/// The services; `{home}` stands for the home authority's name.
pub(crate) const SERVICES: &[Service] = &[
    service("social_worker", "{home} Children's Social Care", 300, (0, 17)),
    service("family_support", "{home} Family Support", 150, (0, 17)),
    service("early_help", "{home} Early Help", 170, (0, 17)),
    service("education_welfare", "{home} Education Welfare", 70, (5, 16)),
    service("special_needs_coordinator", "{home} Inclusion Service", 80, (4, 17)),
    service("youth_worker", "{home} Youth Service", 60, (11, 17)),
    service("youth_offending", "{home} Youth Justice", 25, (12, 17)),
    service("speech_therapy", TRUST, 50, (1, 10)),
    service("paediatrics", TRUST, 45, (0, 16)),
    service("school_nurse", TRUST, 60, (5, 16)),
    service("police_public_protection", "Invented North West Police", 20, (0, 17)),
    service("housing_support", "{home} Housing Options", 40, (0, 17)),
    sensitive("mental_health", "Croal Valley Young People's Mental Health", 18, (10, 17)),
    sensitive("substance_misuse", "Turning Tide Young People", 6, (13, 17)),
    sensitive("sexual_health", "The Lantern Clinic", 5, (14, 17)),
    service("health_visitor", TRUST, 0, (0, 4)),
];

impl Services {
    pub(crate) fn new(facts: &Facts, places: &Places, seed: u64, children: u32) -> Services {
        let mut urn = 900_000;
        let mut practice = 0;
        let areas = (0_u16..)
            .zip(&places.places)
            .map(|(at, place)| {
                let mut chance = Chance::new(seed, Purpose::Services, u64::from(at));
                area_services(
                    &mut chance,
                    at,
                    place.code,
                    places.children_in(at, children),
                    &mut urn,
                    &mut practice,
                )
            })
            .collect();
        let mut chance = Chance::new(seed, Purpose::Services, u64::from(u32::MAX));
        let team = places.children_in(0, children) / CASELOAD + 3;
        let practitioners = SERVICES
            .iter()
            .map(|service| (0..team).map(|_| practitioner(facts, &mut chance, service)).collect())
            .collect();
        let home = places.get(0).map_or_else(String::new, |place| place.name.clone());
        Services { areas, practitioners, home }
    }

    pub(crate) fn area(&self, area: AreaAt) -> Option<&AreaServices> {
        self.areas.get(usize::from(area))
    }

    /// The school of that area for a preference that brothers and sisters share.
    pub(crate) fn school(&self, area: AreaAt, secondary: bool, preference: u16) -> Option<&School> {
        let area = self.area(area)?;
        let schools = if secondary { &area.secondaries } else { &area.primaries };
        schools.get(usize::from(preference) % schools.len().max(1))
    }

    /// The practice of that area for a family's preference.
    pub(crate) fn practice(&self, area: AreaAt, preference: u16) -> Option<&Practice> {
        let practices = &self.area(area)?.practices;
        practices.get(usize::from(preference) % practices.len().max(1))
    }

    /// Somebody of that service, by place in [`SERVICES`].
    pub(crate) fn practitioner(&self, service: usize, preference: u16) -> Option<&Practitioner> {
        let team = self.practitioners.get(service)?;
        team.get(usize::from(preference) % team.len().max(1))
    }

    /// The organisation of a service, with the home authority's name put in.
    pub(crate) fn organisation(&self, service: &Service) -> String {
        service.organisation.replace("{home}", &self.home)
    }
}

fn area_services(
    chance: &mut Chance,
    at: AreaAt,
    code: &str,
    children: u64,
    urn: &mut u32,
    practice: &mut u32,
) -> AreaServices {
    let london = code.starts_with("E09");
    let mut schools = |wanted: u64, secondary: bool| {
        (0..wanted)
            .map(|_| {
                *urn += 1;
                school(chance, *urn, secondary, london)
            })
            .collect()
    };
    let primaries = schools(children / PRIMARY_SIZE + 2, false);
    let secondaries = schools(children / SECONDARY_SIZE + 1 + u64::from(Places::is_neighbourhood(at)), true);
    let practices = (0..children / PRACTICE_SIZE + 2)
        .map(|_| {
            *practice += 1;
            let kind = chance.word(&["Surgery", "Medical Centre", "Health Centre", "Family Practice"]);
            Practice {
                code: format!("Z{practice:05}"),
                name: format!("{} {kind}", place_word(chance)),
                telephone: landline(chance, london),
            }
        })
        .collect();
    AreaServices { primaries, secondaries, practices }
}

fn school(chance: &mut Chance, urn: u32, secondary: bool, london: bool) -> School {
    let word = place_word(chance);
    let name = match (secondary, chance.below(4)) {
        (false, 0) => format!("{} CE Primary School", chance.word(SAINTS)),
        (false, 1) => format!("{} Catholic Primary School", chance.word(SAINTS)),
        (false, _) => format!("{word} Primary School"),
        (true, 0) => format!("{} High School", chance.word(SAINTS)),
        (true, 1) => format!("{word} Academy"),
        (true, _) => format!("{word} High School"),
    };
    let email = format!("office@{}.example", slug(&name));
    School { urn, name, telephone: landline(chance, london), email }
}

fn practitioner(facts: &Facts, chance: &mut Chance, service: &Service) -> Practitioner {
    let sex = if chance.happens(72_000) { Sex::Girl } else { Sex::Boy };
    let forename = match sex {
        Sex::Girl => facts.girls.pick(chance),
        Sex::Boy => facts.boys.pick(chance),
    };
    let surname = facts.surnames.pick(chance);
    Practitioner {
        telephone: landline(chance, false),
        email: format!("{}.{}@{}.example", slug(&forename), slug(&surname), service.code.replace('_', "-")),
        name: format!("{forename} {surname}"),
    }
}

/// An invented place.
fn place_word(chance: &mut Chance) -> String {
    format!("{}{}", chance.word(STREET_FIRST), chance.word(STREET_LAST))
}

/// A number in a range kept for drama: 020 7946 0xxx in London, 01632 960xxx elsewhere.
pub(crate) fn landline(chance: &mut Chance, london: bool) -> String {
    let number = chance.below(1000);
    if london { format!("020 7946 0{number:03}") } else { format!("01632 960{number:03}") }
}

/// A mobile number in the range kept for drama: 07700 900xxx.
pub(crate) fn mobile(number: u16) -> String {
    format!("07700 900{:03}", number % 1000)
}

/// Lower-case ASCII letters, digits and single hyphens, for e-mail addresses.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in without_marks(text).chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if letter != '\'' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
