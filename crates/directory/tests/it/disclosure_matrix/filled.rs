//! A child of whom everything a record can hold is known, each value told apart from every other.

use crate::children::{at, day, line, number, view};
use directory::families::DisputedItem;
use directory::{
    Address, AuthorityCode, Basis, CafIndicator, Carer, ChildProfile, ChildRecord, Consent, Contact, Content,
    Contribution, Education, EmailAddress, Gender, Identifier, Involvement, InvolvementDetails, Month,
    NameUse, NhsNumber, Participation, PersonName, Postcode, Practice, Relationship, Responsibility,
    ServiceType, Setting, Shield, ShieldClass, ShieldGrounds, ShieldReason, ShieldRequester, SourceView,
    Telephone, Upn, Whereabouts,
};
use uuid::Uuid;

pub fn accountable() -> AuthorityCode {
    AuthorityCode::parse("E08000035").unwrap()
}

fn named(forenames: &str, surname: &str, name_use: NameUse) -> PersonName {
    PersonName::new(forenames, surname, name_use).unwrap()
}

fn reached(telephone: &str, email: &str) -> Contact {
    Contact {
        telephone: Some(Telephone::parse(telephone).unwrap()),
        email: Some(EmailAddress::parse(email).unwrap()),
    }
}

fn address(first_line: &str, town: &str, postcode: &str, from: &str) -> Address {
    Address {
        lines: vec![line(first_line)],
        town: Some(line(town)),
        postcode: Some(Postcode::parse(postcode).unwrap()),
        from: Some(day(from)),
    }
}

pub fn asker() -> Carer {
    Carer {
        name: named("Morwenna", "Verrall-Hale", NameUse::Current),
        relationship: Relationship::Mother,
        responsibility: Responsibility::Yes,
        contact: reached("07700 900123", "morwenna@example.org"),
    }
}

fn other_carer() -> Carer {
    Carer {
        name: named("Piers", "Askham", NameUse::Current),
        relationship: Relationship::Father,
        responsibility: Responsibility::Yes,
        contact: reached("07700 900456", "piers@example.org"),
    }
}

struct Working<'a> {
    service: ServiceType,
    at: [&'a str; 2],
    days: (&'a str, Option<&'a str>),
    contact: [&'a str; 2],
    lead: bool,
    basis: Option<(Option<Consent>, &'a str, &'a str)>,
}

fn working(given: Working<'_>) -> Involvement {
    let details = InvolvementDetails {
        service: given.service,
        organisation: Some(line(given.at[0])),
        practitioner: Some(line(given.at[1])),
        contact: reached(given.contact[0], given.contact[1]),
        start: Some(day(given.days.0)),
        end: given.days.1.map(day),
        lead: given.lead,
    };
    let basis = given.basis.map(|(consent, by, on)| match consent {
        Some(consent) => Basis::consent(consent, line(by), day(on)),
        None => Basis::significant_harm(line(by), day(on)),
    });
    Involvement::new(details, basis).unwrap()
}

fn involvements() -> Vec<Involvement> {
    let one = |service, at, days, contact| Working { service, at, days, contact, lead: false, basis: None };
    let open = [
        Working {
            lead: true,
            ..one(
                ServiceType::SocialWorker,
                ["Saltmarsh Children’s Team", "Delphine Marsh"],
                ("2026-01-05", None),
                ["01632 960301", "delphine@saltmarsh.example"],
            )
        },
        one(
            ServiceType::YouthWorker,
            ["Pier Youth Club", "Rufus Lane"],
            ("2025-02-03", Some("2026-10-30")),
            ["01632 960302", "rufus@pier.example"],
        ),
        one(
            ServiceType::SpeechTherapy,
            ["Lighthouse Clinic", "Orla Penn"],
            ("2022-01-10", Some("2023-07-14")),
            ["01632 960303", "orla@light.example"],
        ),
        one(
            ServiceType::FamilySupport,
            ["Dunes Family Centre", "Basil Crane"],
            ("2017-01-09", Some("2018-05-11")),
            ["01632 960304", "basil@dunes.example"],
        ),
    ];
    let sensitive = [
        Working {
            basis: Some((Some(Consent::ChildOfUnderstanding), "Cove Trust", "2026-02-11")),
            ..one(
                ServiceType::MentalHealth,
                ["Cove Counselling", "Isolde Finch"],
                ("2026-02-02", None),
                ["01632 960305", "isolde@cove.example"],
            )
        },
        Working {
            basis: Some((None, "Anchor Trust", "2026-03-12")),
            ..one(
                ServiceType::SubstanceMisuse,
                ["Anchor Project", "Leopold Shaw"],
                ("2026-03-03", None),
                ["01632 960306", "leopold@anchor.example"],
            )
        },
    ];
    open.into_iter().chain(sensitive).map(working).collect()
}

fn attended(name: &str, urn: &str, days: (&str, Option<&str>), contact: Contact) -> Education {
    Education {
        setting: Setting::School { urn: Some(line(urn)), name: line(name), contact },
        local_authority: Some(AuthorityCode::parse("E06000011").unwrap()),
        start: Some(day(days.0)),
        end: days.1.map(day),
    }
}

/// The statement of the one source.
pub fn content() -> Content {
    Content {
        names: vec![
            named("Tamsin Rose", "Verrall", NameUse::Current),
            named("Tammy", "Nickleby", NameUse::Alias),
            named("Rosie", "Oldacre", NameUse::Former),
        ],
        date_of_birth: Some(day("2016-03-09")),
        gender: Gender::Female,
        whereabouts: Some(Whereabouts::Current(address(
            "12 Quayside Steps",
            "Saltmarsh",
            "AL1 2QB",
            "2024-08-03",
        ))),
        previous_addresses: vec![address("3 Foundry Row", "Ironbeck", "LU1 1AA", "2019-02-17")],
        identifiers: vec![
            Identifier::NhsNumber(NhsNumber::parse("943 476 5919").unwrap()),
            Identifier::Upn(Upn::parse("H801200001001").unwrap()),
            Identifier::BirthRegistration(line("BR-7731-05")),
            Identifier::ChildBenefit(line("CB-5520-88")),
        ],
        carers: vec![asker(), other_carer()],
        education: vec![
            attended(
                "Gorsehill Primary School",
                "104433",
                ("2021-09-06", None),
                reached("01632 960100", "office@gorsehill.example"),
            ),
            attended(
                "Bramble Nursery",
                "104499",
                ("2019-09-02", Some("2021-07-16")),
                reached("01632 960111", "office@bramble.example"),
            ),
        ],
        practice: Some(Practice {
            code: Some(line("E82001")),
            name: line("Harbour Surgery"),
            contact: reached("01632 960200", "desk@harbour.example"),
            start: Some(day("2020-04-20")),
            local_authority: Some(AuthorityCode::parse("E06000012").unwrap()),
        }),
        involvements: involvements(),
        caf: Some(CafIndicator {
            holder: Some(line("Saltmarsh Early Help")),
            contact: reached("01632 960400", "early@saltmarsh.example"),
        }),
        death: None,
        effective_at: at("2026-10-01T09:00:00Z"),
        ended_on: Some(jiff::civil::date(2026, 10, 2).into()),
        left_since: None,
    }
}

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn decided(reason: ShieldReason, class: ShieldClass, decided: &str, review: &str) -> Shield {
    let deciders = [Uuid::from_u128(0xa1), Uuid::from_u128(0xa2)];
    let grounds = ShieldGrounds { class, ..ShieldGrounds::new(ShieldRequester::Refuge, reason) };
    Shield::decide(grounds, deciders, month(decided), month(review)).unwrap()
}

/// A shield that hides.
pub fn in_force() -> Shield {
    decided(ShieldReason::HonourBasedAbuse, ShieldClass::Ordinary, "2026-07", "2027-01")
}

/// One that no override opens.
pub fn of_high_risk() -> Shield {
    decided(ShieldReason::HonourBasedAbuse, ShieldClass::HighRisk, "2026-07", "2027-01")
}

/// The directory's own decisions: everything but a shield in force, a seal and a hold.
pub fn profile() -> ChildProfile {
    let lifted = decided(ShieldReason::DomesticAbuse, ShieldClass::Ordinary, "2025-01", "2025-07")
        .lift(month("2025-08"))
        .unwrap();
    ChildProfile {
        shields: vec![lifted],
        died_on: Some(day("2026-06-01")),
        participation: Participation::until_age(21).ok(),
        ..ChildProfile::new(number())
    }
}

/// The profile as it is stored of a protected child: the authority is sealed in it (decision 4).
pub fn protected(profile: ChildProfile) -> ChildProfile {
    ChildProfile { authority: Some(accountable()), ..profile }
}

/// What was sent of the child: a statement that counts, and one that arrived so lately that nobody is shown it on the record.
pub fn views() -> Vec<SourceView> {
    let mut waiting = view("A source that waits", 9, content());
    waiting.contribution = Contribution::Held;
    vec![view("The invented register", 1, content()), waiting]
}

/// The record of a child with this profile. Of a protected child no authority stands in the clear.
pub fn record(profile: ChildProfile) -> ChildRecord {
    let clear = Some(accountable()).filter(|_| !profile.is_protected());
    ChildRecord::compute(profile, views()).answered_for_by(clear).disputed_in(disputed())
}

/// The items that somebody says are wrong.
pub fn disputed() -> Vec<DisputedItem> {
    vec![DisputedItem::AssessmentIndicator]
}

/// Whether what the record is made of holds each of the values; a value nobody filled would be missed by nobody.
pub fn holds_all_of<'a>(values: impl Iterator<Item = &'a str>) {
    let shielded = ChildProfile { shields: vec![in_force(), profile().shields[0].clone()], ..profile() };
    let all = format!(
        "{} {} {:?} {:?}",
        serde_json::to_string(&content()).unwrap(),
        serde_json::to_string(&protected(shielded)).unwrap(),
        views(),
        [directory::Seal::NewIdentity, directory::Seal::FormerIdentity]
            .map(|s| serde_json::to_string(&s).unwrap()),
    );
    // Computed from the day of death, the periods and the day: nothing to fill.
    let computed =
        ["2027-06-01", "year_after_death", "2033-06-01", "lead", "waiting", "assessment_indicator"];
    for value in values.filter(|value| !computed.contains(value)) {
        assert!(all.contains(value), "{value} is not in the filled record");
    }
}
