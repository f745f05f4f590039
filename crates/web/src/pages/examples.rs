//! Invented children for the snapshots of pages, as the rules of disclosure show them.

use directory::child_record::{ChildRecord, Contribution, SourceView};
use directory::disclosure::{Purpose, Viewer, disclose};
use directory::{
    Address, AuthorityCode, Basis, CafIndicator, Carer, ChildNumber, ChildProfile, Consent, Contact, Content,
    Disclosure, Education, Gender, Identifier, Involvement, InvolvementDetails, Line, Month, NameUse,
    PartialDate, PersonName, Postcode, Practice, Relationship, Responsibility, ServiceType, Setting, Shield,
    ShieldGrounds, ShieldReason, ShieldRequester, Telephone, Whereabouts,
};
use jiff::civil::{Date, date};
use uuid::Uuid;

pub(crate) const TODAY: Date = date(2026, 11, 22);

/// A girl whom three sources know, under two names, with a lead professional.
pub(crate) fn known_to_three(purpose: Purpose) -> Disclosure {
    let mut social_care = content();
    social_care.names.push(name("Chidinma", "Adeyemi", NameUse::Former));
    social_care.involvements = vec![
        involvement(ServiceType::SocialWorker, Some("01632 960142"), None, true),
        involvement(ServiceType::YouthWorker, None, Some("2026-05-31"), false),
    ];
    social_care.caf = Some(CafIndicator { holder: Some(line("P. Natarajan")), contact: Contact::default() });
    let mut census = content();
    census.education = vec![Education {
        setting: Setting::School {
            urn: None,
            name: line("Mill Lane Primary School"),
            contact: reached_at("01632 960111"),
        },
        local_authority: None,
        start: born("2018-09-03"),
        end: None,
    }];
    census.carers = vec![Carer {
        name: name("Ngozi", "Okafor", NameUse::Current),
        relationship: Relationship::Mother,
        responsibility: Responsibility::Yes,
        contact: reached_at("07700 900123"),
    }];
    let mut practice = content();
    practice.practice = Some(Practice {
        code: None,
        name: line("Verulam Surgery"),
        contact: Contact::default(),
        start: born("2014-04"),
        local_authority: None,
    });
    let views = vec![
        view("Social care", 1, social_care),
        view("Schools census", 2, census),
        view("NHS GP registrations", 3, practice),
    ];
    shown(ChildProfile::new(ChildNumber::from_random([7; 16])), views, purpose)
}

/// The same girl, shielded.
pub(crate) fn shielded(purpose: Purpose) -> Disclosure {
    let mut profile = ChildProfile::new(ChildNumber::from_random([7; 16]));
    let month = Month::parse("2026-09").unwrap();
    let two = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let shield = Shield::decide(
        ShieldGrounds::new(ShieldRequester::Parent, ShieldReason::DomesticAbuse),
        two,
        month,
        month.plus(6),
    );
    profile.shields = vec![shield.unwrap()];
    shown(profile, vec![view("Social care", 1, content())], purpose)
}

/// A shielded girl as management of her authority sees her: what practitioners are not shown, each kind of it once.
pub(crate) fn behind_the_shield() -> Disclosure {
    let authority = AuthorityCode::parse("E10000015").unwrap();
    let mut profile = ChildProfile::new(ChildNumber::from_random([7; 16]));
    let month = Month::parse("2026-09").unwrap();
    let two = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let shield = Shield::decide(
        ShieldGrounds::new(ShieldRequester::Parent, ShieldReason::DomesticAbuse),
        two,
        month,
        month.plus(6),
    );
    profile.shields = vec![shield.unwrap()];
    profile.authority = Some(authority.clone());
    let mut said = content();
    said.previous_addresses = vec![Address {
        lines: vec![line("2 Old Row")],
        town: Some(line("Luton")),
        postcode: None,
        from: None,
    }];
    said.identifiers = vec![Identifier::BirthRegistration(line("BR-1"))];
    said.involvements = vec![
        involvement(ServiceType::SocialWorker, Some("01632 960142"), None, true),
        involvement(ServiceType::MentalHealth, Some("01632 960143"), None, false),
        involvement(ServiceType::SubstanceMisuse, None, Some("2024-05-31"), false),
        involvement(ServiceType::YouthWorker, None, Some("2024-05-31"), false),
    ];
    let mut late = view("Schools census", 2, content());
    late.contribution = Contribution::Held;
    let record = ChildRecord::compute(profile, vec![view("Social care", 1, said), late]);
    disclose(&record, &Viewer::AuthorityManagement { authority }, Purpose::OpenRecord, TODAY)
}

fn shown(profile: ChildProfile, views: Vec<SourceView>, purpose: Purpose) -> Disclosure {
    disclose(&ChildRecord::compute(profile, views), &Viewer::AuthorityPractitioner, purpose, TODAY)
}

fn view(source: &str, precedence: i64, content: Content) -> SourceView {
    SourceView {
        record_id: Uuid::from_u128(u128::from(precedence.unsigned_abs())),
        source: line(source),
        precedence,
        last_confirmed: date(2026, 10, 4),
        content,
        contribution: Contribution::Visible,
    }
}

fn content() -> Content {
    let address = Address {
        lines: vec![line("14 Mill Lane")],
        town: Some(line("St Albans")),
        postcode: Some(Postcode::parse("AL1 2QB").unwrap()),
        from: None,
    };
    Content {
        names: vec![name("Chidinma", "Okafor", NameUse::Current)],
        date_of_birth: born("2014-03-27"),
        gender: Gender::Female,
        whereabouts: Some(Whereabouts::Current(address)),
        previous_addresses: Vec::new(),
        identifiers: Vec::new(),
        carers: Vec::new(),
        education: Vec::new(),
        practice: None,
        involvements: Vec::new(),
        caf: None,
        death: None,
        effective_at: "2026-09-01T00:00:00Z".parse().unwrap(),
        ended_on: None,
        left_since: None,
    }
}

fn involvement(service: ServiceType, telephone: Option<&str>, end: Option<&str>, lead: bool) -> Involvement {
    let details = InvolvementDetails {
        service,
        organisation: Some(line("Invented Children’s Services")),
        practitioner: Some(line("P. Natarajan")),
        contact: telephone.map(reached_at).unwrap_or_default(),
        start: born("2025-03"),
        end: end.and_then(born),
        lead,
    };
    // Kept of a sensitive service only.
    Involvement::new(details, Some(consent())).unwrap()
}

fn consent() -> Basis {
    Basis::consent(
        Consent::ChildOfUnderstanding,
        line("Invented Children’s Services"),
        born("2025-03").unwrap(),
    )
}

fn reached_at(telephone: &str) -> Contact {
    Contact { telephone: Some(Telephone::parse(telephone).unwrap()), email: None }
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn name(forenames: &str, surname: &str, name_use: NameUse) -> PersonName {
    PersonName::new(forenames, surname, name_use).unwrap()
}

fn born(text: &str) -> Option<PartialDate> {
    Some(PartialDate::parse(text).unwrap())
}
