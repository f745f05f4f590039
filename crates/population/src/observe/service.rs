//! Carers, school, practice and the people who work with the child, as a source has them.

use super::View;
use crate::Source;
use crate::calendar::Day;
use crate::family::Adult;
use crate::places::AreaAt;
use crate::rates::Cause;
use crate::services::{SERVICES, TRUST, mobile, slug};
use crate::statement::{Carer, Education, Involvement, Registration, Statement};

/// Adds what this source says beyond identity and whereabouts.
pub(super) fn observe(view: &mut View<'_>, statement: &mut Statement) {
    match view.source {
        Source::GroBirths | Source::DwpChildBenefit => statement.carers = carers(view),
        Source::SchoolsCensus => {
            statement.carers = carers(view);
            attend(view, statement);
        }
        Source::NhsGp => register(view, statement),
        Source::SocialCare => {
            statement.carers = carers(view);
            involve(view, statement);
        }
        Source::HealthVisiting => {
            statement.carers = carers(view);
            visit(view, statement);
        }
    }
}

fn carers(view: &mut View<'_>) -> Vec<Carer> {
    let family = view.family;
    let mother = family.adults.first();
    let father = view.child.father.and_then(|at| family.adults.get(usize::from(at)));
    let known: Vec<&Adult> = mother.into_iter().chain(father).take(view.source.carers()).collect();
    let mut carers = Vec::new();
    for adult in known {
        if !view.strikes(Cause::CarerMissing) {
            carers.push(carer(view, adult));
        }
    }
    carers
}

fn carer(view: &mut View<'_>, adult: &Adult) -> Carer {
    // The register of births has no way to reach anybody.
    let reach = view.source != Source::GroBirths;
    let telephone = if reach && view.chance.happens(85_000) { mobile(adult.mobile) } else { String::new() };
    let email = if reach && view.chance.happens(55_000) {
        let name = [slug(&adult.forename), slug(&adult.surname)];
        let name = name.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>();
        format!("{}{}@example.org", name.join("."), adult.mobile)
    } else {
        String::new()
    };
    let responsibility = match adult.relationship {
        "mother" => "yes",
        _ if view.chance.happens(85_000) => "yes",
        _ => "unknown",
    };
    Carer {
        forenames: adult.forename.to_string(),
        surname: adult.surname.to_string(),
        relationship: adult.relationship,
        responsibility,
        telephone,
        email,
    }
}

fn area_on(view: &View<'_>, day: Day) -> AreaAt {
    view.family.address_on(day).map_or(0, |address| address.area)
}

/// Children in the census, of 1,000, who are taught at home, and who attend no school: half of these are said
/// to attend none, half to have left one.
const HOME_EDUCATED: u32 = 9;
const MISSING_EDUCATION: u32 = 3;

fn attend(view: &mut View<'_>, statement: &mut Statement) {
    let day = view.world.census_day();
    let first = view.child.born.reception();
    let upper = first.years_after(7);
    let secondary = upper <= day;
    let entered = if secondary { upper } else { first };
    // A school is kept after a move within reach; otherwise the new area's is joined on moving.
    let area = area_on(view, day);
    let joined = view
        .family
        .residences
        .iter()
        .find(|(_, address)| address.area == area)
        .map_or(entered, |(since, _)| entered.max(*since));
    let code = view.world.places.get(area).map_or("", |place| place.code);
    statement.local_authority = code.to_owned();
    let Some(school) = view.world.services.school(area, secondary, view.family.preference) else { return };
    let drawn = view.chance.below(1000);
    let left = joined.plus(view.chance.between(0, day.since(joined).max(0)));
    if drawn < HOME_EDUCATED || drawn.is_multiple_of(2) && drawn < HOME_EDUCATED + MISSING_EDUCATION {
        // A statement that there is no school has no school columns.
        let status = if drawn < HOME_EDUCATED { "home_educated" } else { "none" };
        statement.school = Education { status, start: left.to_string(), ..Education::default() };
        return;
    }
    let mut education = Education {
        urn: school.urn.to_string(),
        name: school.name.clone(),
        telephone: school.telephone.clone(),
        email: school.email.clone(),
        start: joined.min(day).to_string(),
        end: String::new(),
        status: "in_school",
    };
    if drawn < HOME_EDUCATED + MISSING_EDUCATION {
        education.end = left.to_string();
    }
    statement.school = education;
}

fn register(view: &mut View<'_>, statement: &mut Statement) {
    let area = area_on(view, view.seen);
    statement.local_authority = view.world.places.get(area).map_or("", |place| place.code).to_owned();
    let Some(practice) = view.world.services.practice(area, view.family.preference) else { return };
    let start = view
        .family
        .residences
        .iter()
        .find(|(_, address)| address.area == area)
        .map_or(view.seen, |(since, _)| (*since).max(view.child.born.plus(7)))
        .min(view.seen);
    statement.practice = Registration {
        code: practice.code.clone(),
        name: practice.name.clone(),
        telephone: practice.telephone.clone(),
        start: start.to_string(),
    };
}

/// The involvement of a service, by its place in [`SERVICES`].
fn involvement(view: &mut View<'_>, at: usize, start: Day, end: Option<Day>) -> Option<Involvement> {
    let service = SERVICES.get(at)?;
    let preference = u16::try_from(view.chance.below(u32::from(u16::MAX))).ok()?;
    let practitioner = view.world.services.practitioner(at, preference)?;
    let basis = match (service.sensitive, view.chance.below(5)) {
        (false, _) => "",
        (true, 0) => "significant_harm",
        (true, _) => "consent",
    };
    let consent = match (basis, view.child.born.age_on(view.seen)) {
        ("consent", 16..) => "child_aged_16_or_17",
        ("consent", 13..) => "child_of_understanding",
        ("consent", _) => "parent",
        _ => "",
    };
    Some(Involvement {
        service: service.code,
        organisation: view.world.services.organisation(service),
        practitioner: practitioner.name.clone(),
        telephone: practitioner.telephone.clone(),
        email: practitioner.email.clone(),
        start: start.to_string(),
        end: end.map(|end| end.to_string()).unwrap_or_default(),
        lead: false,
        basis,
        consent,
    })
}

/// What the home authority's case system knows: one to three services, often a lead, perhaps an assessment.
fn involve(view: &mut View<'_>, statement: &mut Statement) {
    let age = view.child.born.age_on(view.seen);
    let wanted = view.chance.weighted(&[(1, 58), (2, 30), (3, 12)]).copied().unwrap_or(1);
    let fitting: Vec<(usize, u32)> = SERVICES
        .iter()
        .enumerate()
        .filter(|(_, service)| service.weight > 0 && (service.ages.0..=service.ages.1).contains(&age))
        .map(|(at, service)| (at, service.weight))
        .collect();
    for _ in 0..wanted {
        let Some(at) = view.chance.weighted(&fitting).copied() else { break };
        let code = SERVICES.get(at).map_or("", |service| service.code);
        if statement.involvements.iter().any(|known| known.service == code) {
            continue;
        }
        let known = view.seen.since(view.child.born).clamp(0, 900);
        let start = view.seen.plus(-view.chance.between(0, known));
        let ended = view.chance.happens(18_000);
        let end = ended.then(|| start.plus(view.chance.between(0, view.seen.since(start))));
        statement.involvements.extend(involvement(view, at, start, end));
    }
    let lead = view.chance.happens(55_000);
    if let Some(first) =
        statement.involvements.iter_mut().find(|known| known.end.is_empty() && known.basis.is_empty())
    {
        first.lead = lead;
        if view.chance.happens(42_000) {
            statement.caf = Some((first.practitioner.clone(), first.telephone.clone()));
        }
    }
}

/// The health visitor, and now and then a therapist of the same trust.
fn visit(view: &mut View<'_>, statement: &mut Statement) {
    let start = view.child.born.plus(10).min(view.seen);
    let own = |at: &usize| SERVICES.get(*at).is_some_and(|service| service.code == "health_visitor");
    if let Some(at) = (0..SERVICES.len()).find(own) {
        statement.involvements.extend(involvement(view, at, start, None));
    }
    if view.child.born.age_on(view.seen) > 0 && view.chance.happens(6_000) {
        let ours = |at: &usize| {
            SERVICES.get(*at).is_some_and(|service| {
                service.organisation == TRUST && service.code != "health_visitor" && service.ages.0 <= 1
            })
        };
        let others: Vec<usize> = (0..SERVICES.len()).filter(ours).collect();
        if let Some(at) = view.chance.pick(&others).copied() {
            let since = view.seen.plus(-view.chance.between(0, 200)).max(start);
            statement.involvements.extend(involvement(view, at, since, None));
        }
    }
}
