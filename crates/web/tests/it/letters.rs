//! Paired letters (rule 14.5, laws 2 to 5): two worlds with and without something that whoever asks may not know, and the
//! same bytes for them, as a page and as a PDF.

use directory::families::LetterExemption;
use directory::letter::{Access, AccessDepth, Letter, LetterTerms, Seen, SubjectAnswer};
use directory::vocabulary::Vocabulary;
use directory::{
    Address, Basis, BasisKind, CafIndicator, Carer, ChildNumber, ChildProfile, ChildRecord, Consent, Contact,
    Content, Contribution, Education, Gender, Involvement, InvolvementDetails, Line, NameUse, PartialDate,
    PersonName, Postcode, Relationship, Requester, Responsibility, Seal, Sector, ServiceType, Setting,
    Shield, ShieldGrounds, ShieldReason, ShieldRequester, SourceView, Telephone, Whereabouts,
};
use jiff::civil::{Date, date};
use uuid::Uuid;

const TODAY: Date = date(2026, 11, 22);

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn name(forenames: &str, surname: &str) -> PersonName {
    PersonName::new(forenames, surname, NameUse::Current).unwrap()
}

fn telephone(number: &str) -> Contact {
    Contact { telephone: Some(Telephone::parse(number).unwrap()), email: None }
}

fn carer(forenames: &str, relationship: Relationship, contact: Contact) -> Carer {
    Carer { name: name(forenames, "Zawadzka"), relationship, responsibility: Responsibility::Yes, contact }
}

fn service(service: ServiceType, organisation: &str, basis: Option<BasisKind>) -> Involvement {
    let details = InvolvementDetails {
        service,
        organisation: Some(line(organisation)),
        practitioner: None,
        contact: telephone("01632 960300"),
        start: Some(PartialDate::parse("2026-01-05").unwrap()),
        end: None,
        lead: false,
    };
    let (by, on) = (line(organisation), PartialDate::parse("2026-01-05").unwrap());
    let basis = basis.map(|kind| match kind {
        BasisKind::Consent => Basis::consent(Consent::ChildOfUnderstanding, by, on),
        BasisKind::SignificantHarm => Basis::significant_harm(by, on),
    });
    Involvement::new(details, basis).unwrap()
}

/// Only who the child is.
fn bare() -> Content {
    Content {
        names: vec![name("Łucja", "Zawadzka")],
        date_of_birth: Some(PartialDate::parse("2012-08-08").unwrap()),
        gender: Gender::Female,
        whereabouts: None,
        previous_addresses: Vec::new(),
        identifiers: Vec::new(),
        carers: Vec::new(),
        education: Vec::new(),
        practice: None,
        involvements: Vec::new(),
        caf: None,
        death: None,
        effective_at: "2026-09-01T09:00:00Z".parse().unwrap(),
        ended_on: None,
        left_since: None,
    }
}

/// With two parents, a school and a social worker.
fn known() -> Content {
    let school = Setting::School { urn: None, name: line("Heron Park School"), contact: Contact::default() };
    let home = Address {
        lines: vec![line("7 Osier Bank")],
        town: Some(line("Saltmarsh")),
        postcode: Some(Postcode::parse("AL1 2QB").unwrap()),
        from: None,
    };
    Content {
        whereabouts: Some(Whereabouts::Current(home)),
        carers: vec![
            carer("Halina", Relationship::Mother, telephone("07700 900123")),
            carer("Marek", Relationship::Father, Contact::default()),
        ],
        education: vec![Education { setting: school, local_authority: None, start: None, end: None }],
        involvements: vec![service(ServiceType::SocialWorker, "Saltmarsh Team", None)],
        ..bare()
    }
}

fn profile() -> ChildProfile {
    ChildProfile::new(ChildNumber::from_random([7; 16]))
}

fn shielded() -> ChildProfile {
    let grounds = ShieldGrounds::new(ShieldRequester::Refuge, ShieldReason::DomesticAbuse);
    let month = directory::Month::from(TODAY);
    let shield = Shield::decide(grounds, [1, 2].map(Uuid::from_u128), month, month.plus(6)).unwrap();
    ChildProfile { shields: vec![shield], ..profile() }
}

fn view(source: &str, id: u128, content: Content, contribution: Contribution) -> SourceView {
    SourceView {
        record_id: Uuid::from_u128(id),
        source: line(source),
        precedence: 1,
        last_confirmed: TODAY,
        content,
        contribution,
    }
}

fn record(profile: ChildProfile, content: Content) -> ChildRecord {
    ChildRecord::compute(profile, vec![view("Social care", 1, content, Contribution::Visible)])
}

/// A school looked twice in a month and a clinic once.
fn accesses() -> Vec<Access> {
    let of = |seen, on, sector, organisation: &str| Access {
        seen,
        on,
        sector,
        organisation: organisation.to_owned(),
    };
    vec![
        of(Seen::Listed, date(2026, 10, 2), Sector::School, "Heron Park School"),
        of(Seen::Opened, date(2026, 10, 2), Sector::School, "Heron Park School"),
        of(Seen::Opened, date(2026, 10, 9), Sector::School, "Heron Park School"),
        of(Seen::Opened, date(2026, 9, 1), Sector::Health, "Cove Counselling"),
        of(Seen::Listed, date(2026, 9, 1), Sector::Police, "Leeds Police"),
        of(Seen::Listed, date(2026, 9, 3), Sector::Police, "Leeds Police"),
    ]
}

/// A world: what is held, and who looked.
struct World {
    record: Option<ChildRecord>,
    accesses: Vec<Access>,
    exemption: Option<LetterExemption>,
}

fn world(record: ChildRecord) -> World {
    World { record: Some(record), accesses: accesses(), exemption: None }
}

/// Nobody looked.
fn unseen(record: Option<ChildRecord>) -> World {
    World { record, accesses: Vec::new(), exemption: None }
}

/// A letter for which one person chose, and another agreed, to leave out what tells of an enquiry.
fn exempt(said: Vec<(Sector, SourceView)>, accesses: Vec<Access>) -> World {
    let exemption = LetterExemption::EnquiryUnderWay;
    let record = ChildRecord::compute(profile(), exemption.leaves(said));
    World { record: Some(record), accesses, exemption: Some(exemption) }
}

/// What her school says, and a health visitor.
fn at_school() -> Content {
    let mut content = known();
    content.involvements = vec![service(ServiceType::HealthVisitor, "Saltmarsh Health", None)];
    content
}

/// The same, with everything in it that an enquiry often begins with or brings.
fn at_school_and_asked_about() -> Content {
    let mut content = at_school();
    let more = [
        (ServiceType::SocialWorker, "Saltmarsh Team"),
        (ServiceType::PolicePublicProtection, "Saltmarsh Police"),
        (ServiceType::YouthOffending, "Saltmarsh Youth Justice"),
        (ServiceType::FamilySupport, "Saltmarsh Families"),
        (ServiceType::EarlyHelp, "Saltmarsh Hub"),
    ];
    content.involvements.extend(more.map(|(kind, organisation)| service(kind, organisation, None)));
    content.caf = Some(CafIndicator { holder: Some(line("Saltmarsh Hub")), contact: Contact::default() });
    content
}

/// What social care says: another name and another house, so that it would show.
fn in_care() -> Content {
    Content { names: vec![name("Lucja", "Zawadska")], carers: Vec::new(), ..known() }
}

fn of_school(content: Content) -> (Sector, SourceView) {
    (Sector::Education, view("Schools census", 2, content, Contribution::Visible))
}

/// What leaves: the page and the PDF.
fn letter(world: &World, requester: &Requester) -> (String, Vec<u8>) {
    let terms = LetterTerms { depth: AccessDepth::OrganisationAndDay, exemption: world.exemption };
    let answer = SubjectAnswer::of(world.record.as_ref(), requester, &world.accesses, terms, TODAY);
    let letter = Letter::of(&answer, "0A1B-2C3D", &Vocabulary::shipped());
    (web::letter_page(&letter, "ContactPoint").unwrap(), service::letter_pdf(&letter, "ContactPoint"))
}

fn herself() -> Requester {
    Requester::YoungPerson
}

fn her_father() -> Requester {
    Requester::Carer { name: name("Marek", "Zawadzka"), relationship: Relationship::Father }
}

/// Everybody who is no entry of their own.
fn not_herself() -> Vec<Requester> {
    vec![her_father(), Requester::Unnamed]
}

/// Archived since her eighteenth birthday.
fn grown() -> Content {
    Content { date_of_birth: Some(PartialDate::parse("2005-08-08").unwrap()), ..known() }
}

/// Archived a year after that.
fn died(profile: ChildProfile) -> ChildProfile {
    ChildProfile { died_on: Some(PartialDate::parse("2025-03-01").unwrap()), ..profile }
}

fn with_contact_hidden() -> Content {
    let mut content = known();
    content.carers[0].contact = Contact::default();
    content
}

fn with_service(basis: BasisKind) -> Content {
    let mut content = known();
    content.involvements.push(service(ServiceType::MentalHealth, "Cove Counselling", Some(basis)));
    content
}

#[test]
fn what_whoever_asks_may_not_know_changes_no_byte_of_their_letter() {
    let everybody = || [vec![herself()], not_herself()].concat();
    let held = ChildRecord::compute(
        profile(),
        vec![
            view("Social care", 1, known(), Contribution::Visible),
            view("A refuge", 2, with_service(BasisKind::Consent), Contribution::Held),
        ],
    );
    let pairs: Vec<(&str, Vec<Requester>, World, World)> = vec![
        (
            "a shield, to others: as if nothing else were held",
            not_herself(),
            world(record(shielded(), known())),
            unseen(Some(record(profile(), bare()))),
        ),
        (
            "a shield, to herself",
            vec![herself()],
            world(record(shielded(), known())),
            world(record(profile(), known())),
        ),
        (
            "another carer's contact",
            everybody(),
            world(record(profile(), known())),
            world(record(profile(), with_contact_hidden())),
        ),
        (
            "a sensitive service with her consent",
            not_herself(),
            world(record(profile(), with_service(BasisKind::Consent))),
            world(record(profile(), known())),
        ),
        (
            "a sensitive service for suspected harm",
            everybody(),
            world(record(profile(), with_service(BasisKind::SignificantHarm))),
            world(record(profile(), known())),
        ),
        (
            "a new identity",
            everybody(),
            world(record(ChildProfile { seal: Seal::NewIdentity, ..profile() }, known())),
            world(record(profile(), known())),
        ),
        (
            "a former identity, as if never issued",
            everybody(),
            world(record(ChildProfile { seal: Seal::FormerIdentity, ..profile() }, known())),
            unseen(None),
        ),
        (
            "an adult in the archive, to others: as if never issued",
            not_herself(),
            world(record(profile(), grown())),
            unseen(None),
        ),
        (
            "an adult in the archive, shielded, to herself",
            vec![herself()],
            world(record(shielded(), grown())),
            world(record(profile(), grown())),
        ),
        (
            "a child who died and whose record is in the archive, shielded, to others",
            not_herself(),
            world(record(died(shielded()), known())),
            unseen(Some(record(died(profile()), bare()))),
        ),
        (
            "a sensitive service in the archive, to others",
            not_herself(),
            world(record(died(profile()), with_service(BasisKind::Consent))),
            world(record(died(profile()), known())),
        ),
        (
            "an enquiry under way: as if nobody who makes one had said anything, and nobody had looked",
            not_herself(),
            exempt(
                vec![
                    of_school(at_school_and_asked_about()),
                    (Sector::SocialCare, view("Social care", 1, in_care(), Contribution::Visible)),
                    (Sector::Police, view("The police", 3, in_care(), Contribution::Visible)),
                    (Sector::YouthJustice, view("Youth justice", 4, in_care(), Contribution::Visible)),
                ],
                accesses(),
            ),
            unseen(Some(ChildRecord::compute(profile(), vec![of_school(at_school()).1]))),
        ),
        (
            "an enquiry under way about a child of whom nobody else knows: as if never issued",
            not_herself(),
            exempt(
                vec![(Sector::SocialCare, view("Social care", 1, known(), Contribution::Visible))],
                accesses(),
            ),
            unseen(None),
        ),
        (
            "an enquiry under way about a child who is shielded",
            not_herself(),
            World {
                record: Some(record(shielded(), at_school_and_asked_about())),
                exemption: Some(LetterExemption::EnquiryUnderWay),
                accesses: accesses(),
            },
            unseen(Some(record(profile(), bare()))),
        ),
        ("a record that is held", everybody(), world(held), world(record(profile(), known()))),
        (
            "a child who is held",
            everybody(),
            world(record(ChildProfile { held: true, ..profile() }, known())),
            World { record: None, accesses: accesses(), exemption: None },
        ),
        (
            "a dispute",
            everybody(),
            world(record(profile(), known()).disputed_in(directory::families::DisputedItem::ALL.to_vec())),
            world(record(profile(), known())),
        ),
        (
            "the authority that answers",
            everybody(),
            world(
                record(profile(), known()).answered_for_by(directory::AuthorityCode::parse("E08000035").ok()),
            ),
            world(record(profile(), known())),
        ),
    ];
    for (secret, who, with, without) in &pairs {
        for requester in who {
            assert_eq!(letter(with, requester), letter(without, requester), "{secret}, {requester:?}");
        }
    }
}

#[test]
fn who_may_know_is_told_and_the_standing_words_are_in_every_letter() {
    let rich = world(record(profile(), with_service(BasisKind::Consent)));
    let own = letter(&rich, &herself()).0;
    for told in [
        "7 Osier Bank",
        "Cove Counselling",
        "Saltmarsh Team",
        "2 October 2026",
        "School or college: opened 2 times, in 1 list",
    ] {
        assert!(own.contains(told), "{told} in {own}");
    }
    let fathers = letter(&rich, &her_father()).0;
    for hidden in ["Osier", "Cove", "07700", "2 October 2026"] {
        assert!(!fathers.contains(hidden), "{hidden} in {fathers}");
    }
    assert!(fathers.contains("Saltmarsh Team") && fathers.contains("Health: opened once"), "{fathers}");
    let archived = letter(&world(record(profile(), grown())), &herself()).0;
    for told in ["7 Osier Bank", "Saltmarsh Team", "2 October 2026"] {
        assert!(archived.contains(told), "the archive answers her (rule 14.4): {told} in {archived}");
    }
    let nothing = unseen(None);
    for world in [&rich, &nothing, &world(record(shielded(), known()))] {
        for requester in [herself(), her_father(), Requester::Unnamed] {
            let page = letter(world, &requester).0;
            for said in Letter::standing_words() {
                assert!(page.contains(said), "{said}");
            }
            assert!(!page.contains("href=") && !page.contains("shield"), "{page}");
        }
    }
}
