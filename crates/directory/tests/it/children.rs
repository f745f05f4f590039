//! Children to test with.

use directory::search::Criteria;
use directory::{
    Address, Basis, Carer, ChildNumber, ChildProfile, ChildRecord, Consent, Contact, Content, Contribution,
    Disclosure, Education, Gender, Identifier, Involvement, InvolvementDetails, Line, Month, NameUse,
    NhsNumber, PartialDate, PersonName, Postcode, Practice, Purpose, Relationship, Responsibility,
    ServiceType, Setting, Shield, ShieldGrounds, ShieldReason, ShieldRequester, SourceView, Telephone,
    Viewer, Whereabouts, disclose,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;

pub const TODAY: Date = date(2026, 11, 22);

pub fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

pub fn day(text: &str) -> PartialDate {
    PartialDate::parse(text).unwrap()
}

pub fn name(forenames: &str, surname: &str) -> PersonName {
    PersonName::new(forenames, surname, NameUse::Current).unwrap()
}

pub fn alias(forenames: &str, surname: &str) -> PersonName {
    PersonName::new(forenames, surname, NameUse::Alias).unwrap()
}

pub fn number() -> ChildNumber {
    ChildNumber::from_random([7; 16])
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn address(first_line: &str, town: &str, postcode: &str) -> Address {
    Address {
        lines: vec![line(first_line)],
        town: Some(line(town)),
        postcode: Some(Postcode::parse(postcode).unwrap()),
        from: None,
    }
}

pub fn telephone(number: &str) -> Contact {
    Contact { telephone: Some(Telephone::parse(number).unwrap()), email: None }
}

pub fn school(name: &str) -> Education {
    Education {
        setting: Setting::School { urn: None, name: line(name), contact: telephone("01632 960100") },
        local_authority: None,
        start: Some(day("2021-09-01")),
        end: None,
    }
}

pub fn details(service: ServiceType) -> InvolvementDetails {
    InvolvementDetails {
        service,
        organisation: Some(line("Anyshire Council")),
        practitioner: Some(line("Sam Hill")),
        contact: telephone("01632 960001"),
        start: Some(day("2026-01-05")),
        end: None,
        lead: false,
    }
}

/// A consent that stands.
pub fn consent() -> Basis {
    Basis::consent(Consent::ChildOfUnderstanding, line("Anyshire Council"), day("2026-01-05"))
}

pub fn involvement(service: ServiceType) -> Involvement {
    Involvement::new(details(service), Some(consent())).unwrap()
}

/// Amara Okafor, ten years old, of 12 Mill Lane, with everything a record can hold.
pub fn amara() -> Content {
    Content {
        names: vec![name("Amara Grace", "Okafor"), alias("Amara", "Bello")],
        date_of_birth: Some(day("2016-03-09")),
        gender: Gender::Female,
        whereabouts: Some(Whereabouts::Current(address("12 Mill Lane", "St Albans", "AL1 2QB"))),
        previous_addresses: vec![address("3 Old Street", "Luton", "LU1 1AA")],
        identifiers: vec![Identifier::NhsNumber(NhsNumber::parse("943 476 5919").unwrap())],
        carers: vec![Carer {
            name: name("Ngozi", "Okafor"),
            relationship: Relationship::Mother,
            responsibility: Responsibility::Yes,
            contact: telephone("07700 900123"),
        }],
        education: vec![school("Willow Brook Primary School")],
        practice: Some(Practice {
            code: Some(line("E82001")),
            name: line("Mill Lane Surgery"),
            contact: telephone("01632 960200"),
            start: None,
            local_authority: None,
        }),
        involvements: vec![
            involvement(ServiceType::SocialWorker),
            involvement(ServiceType::MentalHealth),
            involvement(ServiceType::SchoolNurse),
        ],
        caf: None,
        death: None,
        effective_at: at("2026-10-01T09:00:00Z"),
        ended_on: None,
        left_since: None,
    }
}

pub fn view(source: &str, precedence: i64, content: Content) -> SourceView {
    SourceView {
        record_id: Uuid::from_u128(u128::from(precedence.unsigned_abs()) + 1),
        source: line(source),
        precedence,
        last_confirmed: date(2026, 11, 1),
        content,
        contribution: Contribution::Visible,
    }
}

pub fn profile() -> ChildProfile {
    ChildProfile::new(number())
}

pub fn shield() -> Shield {
    let month = |text: &str| Month::parse(text).unwrap();
    Shield::decide(
        ShieldGrounds::new(ShieldRequester::Refuge, ShieldReason::DomesticAbuse),
        [Uuid::from_u128(1), Uuid::from_u128(2)],
        month("2026-05"),
        month("2026-11"),
    )
    .unwrap()
}

pub fn shielded() -> ChildProfile {
    ChildProfile { shields: vec![shield()], ..profile() }
}

pub fn record(profile: ChildProfile, content: Content) -> ChildRecord {
    ChildRecord::compute(profile, vec![view("Children's social care", 1, content)])
}

pub fn opened(record: &ChildRecord, today: Date) -> Disclosure {
    disclose(record, &Viewer::AuthorityPractitioner, Purpose::OpenRecord, today)
}

pub fn searched(record: &ChildRecord) -> Disclosure {
    disclose(record, &Viewer::AuthorityPractitioner, Purpose::Search, TODAY)
}

pub fn asking(names: &str) -> Criteria {
    Criteria { names: Some(line(names)), ..Criteria::default() }
}
