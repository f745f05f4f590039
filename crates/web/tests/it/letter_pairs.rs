//! Two letters for each thing a letter may not tell (rule 14.5): one about a child of whom it is held, one about the same child
//! of whom it is not. To whoever may not know it, both are the same page and the same PDF, byte for byte.
//!
//! What is held, in which states, and who may know it are the disclosure matrix's own lists: a field that is added there and
//! has no pair here does not compile.

#[path = "../../../directory/tests/it/disclosure_matrix/expected.rs"]
#[allow(dead_code, reason = "its table is read here, its list of keys is not")]
mod expected;
#[path = "../../../directory/tests/it/disclosure_matrix/field.rs"]
#[allow(dead_code, reason = "its list is read here, its labels and values are not")]
mod field;
#[path = "../../../directory/tests/it/disclosure_matrix/filled.rs"]
#[allow(dead_code, reason = "its child is taken apart here")]
mod filled;
#[path = "../../../directory/tests/it/disclosure_matrix/state.rs"]
#[allow(dead_code, reason = "its states are read here, their labels are not")]
mod state;
#[path = "../../../directory/tests/it/disclosure_matrix/viewpoint.rs"]
#[allow(dead_code, reason = "the table's columns: a letter is for two of them")]
mod viewpoint;

use directory::families::DisputedItem;
use directory::identities::Side;
use directory::letter::{Access, AccessDepth, Letter, LetterTerms, Seen, SubjectAnswer};
use directory::vocabulary::Vocabulary;
use directory::{
    AuthorityCode, Basis, ChildNumber, ChildProfile, ChildRecord, Consent, Contact, Content, Education,
    Gender, Involvement, InvolvementDetails, NameUse, PersonName, Requester, Seal, Sector, ServiceType,
    Setting, Shield, ShieldGrounds, ShieldRequester, SourceView,
};
use jiff::civil::{Date, date};
use uuid::Uuid;

use self::expected::table;
use self::field::Field;
use self::state::State;
use self::viewpoint::{Viewpoint, another_authority, requesting_carer};
use crate::children::{at, day, line};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Herself,
    ACarer,
    TheOnlyCarer,
    Unnamed,
}

impl Asker {
    const ALL: [Self; 4] = [Self::Herself, Self::ACarer, Self::TheOnlyCarer, Self::Unnamed];

    fn requester(self) -> Requester {
        match self {
            Self::Herself => Requester::YoungPerson,
            Self::ACarer | Self::TheOnlyCarer => requesting_carer(),
            Self::Unnamed => Requester::Unnamed,
        }
    }

    /// Whether they may know a field, by the matrix's table.
    fn may_know(self, field: Field, state: State) -> bool {
        let to_a_carer = |field| table(state).shows(field, Viewpoint::Carer);
        match (self, field) {
            (Self::Herself, _) => table(state).shows(field, Viewpoint::YoungPerson),
            // The table is of a child with two: the address of one alone is no other's home.
            (Self::TheOnlyCarer, Field::Whereabouts) => to_a_carer(Field::Carers),
            (Self::Unnamed, Field::AskersContact) => false,
            _ => to_a_carer(field),
        }
    }
}

/// What is held of a child, and who looked.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    views: Vec<SourceView>,
    profile: ChildProfile,
    authority: Option<AuthorityCode>,
    disputed: Vec<DisputedItem>,
    accesses: Vec<Access>,
}

/// A world: a child, or nobody.
#[derive(Debug, Clone, PartialEq)]
struct World(Option<Held>);

impl Held {
    /// Everything there is to hold, in that state.
    fn everything(state: State, asker: Asker) -> Self {
        let profile = state.profile();
        let authority = Some(filled::accountable()).filter(|_| !profile.is_protected());
        let of = |on: Date, sector, organisation: &str| Access {
            seen: if on.day() == 5 { Seen::Listed } else { Seen::Opened },
            on,
            sector,
            organisation: organisation.to_owned(),
        };
        let accesses = vec![
            of(date(2026, 10, 2), Sector::School, "Gorsehill Primary School"),
            of(date(2026, 10, 5), Sector::SocialCare, "Saltmarsh Children’s Team"),
            of(date(2026, 9, 1), Sector::Health, "Cove Counselling"),
        ];
        let mut held =
            Self { views: filled::views(), profile, authority, disputed: filled::disputed(), accesses };
        if asker == Asker::TheOnlyCarer {
            held.each(|content| content.carers.truncate(1));
        }
        held
    }

    fn record(&self) -> ChildRecord {
        ChildRecord::compute(self.profile.clone(), self.views.clone())
            .answered_for_by(self.authority.clone())
            .disputed_in(self.disputed.clone())
    }

    /// Changes every statement, also what is not shown yet.
    fn each(&mut self, change: impl Fn(&mut Content)) {
        self.views.iter_mut().for_each(|view| change(&mut view.content));
    }

    fn schools(&mut self, change: impl Fn(&mut Education)) {
        self.each(|content| content.education.iter_mut().for_each(&change));
    }

    fn no_service(&mut self, of: ServiceType) {
        self.each(|content| content.involvements.retain(|one| one.details().service != of));
    }

    fn services(&mut self, change: impl Fn(&mut InvolvementDetails, &mut Option<Basis>)) {
        self.each(|content| {
            let rebuilt = content.involvements.drain(..).map(|one| {
                let (mut details, mut basis) = one.into_parts();
                change(&mut details, &mut basis);
                Involvement::new(details, basis).unwrap()
            });
            content.involvements = rebuilt.collect();
        });
    }

    /// Nothing but what a shield hides from nobody.
    fn nothing_but_who_it_is(&mut self) {
        self.each(|content| {
            *content = Content {
                names: content.names[..1].to_vec(),
                whereabouts: None,
                previous_addresses: Vec::new(),
                identifiers: Vec::new(),
                carers: Vec::new(),
                education: Vec::new(),
                practice: None,
                involvements: Vec::new(),
                caf: None,
                ..content.clone()
            };
        });
        self.accesses.clear();
    }
}

/// A shield on other people's word.
fn by_others(shield: &Shield) -> Shield {
    let grounds = ShieldGrounds { requested_by: ShieldRequester::Parent, ..shield.grounds().clone() };
    Shield::decide(grounds, [0xb1, 0xb2].map(Uuid::from_u128), shield.decided(), shield.review_due()).unwrap()
}

/// The same world without the secret. What everybody has, as a name, is another one there.
fn without(field: Field, state: State, asker: Asker, held: Held) -> World {
    let mut held = held;
    let open = |details: &InvolvementDetails| details.service == ServiceType::SocialWorker;
    match field {
        Field::Name => held.each(|content| {
            content.names[0] = PersonName::new("Ottoline", "Brook", NameUse::Current).unwrap();
        }),
        Field::OtherNames => held.each(|content| content.names.truncate(1)),
        Field::DateOfBirth => held.each(|content| content.date_of_birth = Some(day("2016-03-10"))),
        Field::Gender => held.each(|content| content.gender = Gender::Male),
        Field::Number => held.profile.number = ChildNumber::from_random([9; 16]),
        Field::Whereabouts => held.each(|content| content.whereabouts = None),
        Field::EarlierAddresses => held.each(|content| content.previous_addresses.clear()),
        Field::SourceNumbers => held.each(|content| content.identifiers.clear()),
        Field::Carers => held.each(|content| content.carers.clear()),
        Field::AskersContact => held.each(|content| content.carers[0].contact = Contact::default()),
        Field::OtherCarersContact => held.each(|content| {
            content.carers.iter_mut().skip(1).for_each(|carer| carer.contact = Contact::default());
        }),
        Field::School => held.each(|content| content.education.retain(|one| one.end.is_some())),
        Field::SchoolContact => held.schools(|one| match &mut one.setting {
            Setting::School { contact, .. } if one.end.is_none() => *contact = Contact::default(),
            _ => {}
        }),
        Field::SchoolsArea => {
            held.schools(|one| one.local_authority = None);
            held.each(|content| content.practice.iter_mut().for_each(|one| one.local_authority = None));
        }
        Field::ArchivedSchool => held.each(|content| content.education.retain(|one| one.end.is_none())),
        Field::Practice => held.each(|content| content.practice = None),
        Field::PracticeContact => {
            held.each(|content| content.practice.iter_mut().for_each(|one| one.contact = Contact::default()));
        }
        Field::Services => held.no_service(ServiceType::SocialWorker),
        Field::ServicesContact => held.services(|details, _| {
            if open(details) {
                details.contact = Contact::default();
            }
        }),
        Field::LeadProfessional => held.services(|details, _| details.lead = false),
        Field::EndedService => held.no_service(ServiceType::YouthWorker),
        Field::ArchivedService => held.no_service(ServiceType::SpeechTherapy),
        Field::ItemPastItsTime => held.no_service(ServiceType::FamilySupport),
        Field::SensitiveByConsent => held.no_service(ServiceType::MentalHealth),
        Field::SensitiveBySuspicion => held.no_service(ServiceType::SubstanceMisuse),
        // On the same ground, or another service would be known: given by another, asserted by others, on another day.
        Field::Basis => held.services(|details, basis| {
            *basis = match details.service {
                ServiceType::MentalHealth => {
                    Some(Basis::consent(Consent::Parent, line("Heron Trust"), day("2026-02-13")))
                }
                ServiceType::SubstanceMisuse => {
                    Some(Basis::significant_harm(line("Heron Trust"), day("2026-03-15")))
                }
                _ => return,
            };
        }),
        Field::EarlyHelp => held.each(|content| content.caf = None),
        Field::EarlyHelpContact => {
            held.each(|content| content.caf.iter_mut().for_each(|caf| caf.contact = Contact::default()));
        }
        Field::Sources => held.views.iter_mut().for_each(|view| {
            view.source = line("Another register");
            view.last_confirmed = date(2026, 10, 7);
        }),
        // A shielded child's letter to a carer is the one about a child of whom nothing else is held.
        Field::Shield => {
            held.profile.shields.retain(|shield| !shield.in_force());
            if asker != Asker::Herself && state.profile().is_shielded() {
                held.nothing_but_who_it_is();
            }
        }
        Field::ShieldsPeople => {
            held.profile.shields.retain(Shield::in_force);
            held.profile.shields = held.profile.shields.iter().map(by_others).collect();
        }
        Field::Authority => {
            held.authority = held.authority.map(|_| another_authority());
            held.profile.authority = held.profile.authority.map(|_| another_authority());
        }
        // Whoever has been dead for so long that nothing is left is not alive in the other world: they died before.
        Field::DiedOn | Field::Archived if state == State::ToDestroy => {
            held.profile.died_on = Some(day("2026-04-11"));
        }
        Field::DiedOn => held.profile.died_on = None,
        Field::Archived => {
            held.profile.died_on = None;
            held.profile.archived = !held.profile.archived;
        }
        Field::Participation => held.profile.participation = None,
        Field::Waiting => held.views.truncate(1),
        Field::Disputed => held.disputed.clear(),
        // A former identity is answered for as a number that was never issued.
        Field::OtherIdentity if state == State::FormerIdentity => return World(None),
        Field::OtherIdentity => {
            held.profile.seal = match held.profile.seal {
                Seal::NewIdentity => Seal::None,
                _ => Seal::NewIdentity,
            };
            held.profile.apart = vec![(Uuid::from_u128(0xc1), Side::Current)];
            held.profile.foreign = vec![17, 19];
        }
        Field::SourceRecord => held.views.iter_mut().zip(0x51..).for_each(|(view, id)| {
            view.record_id = Uuid::from_u128(id);
            view.content.effective_at = at("2026-09-30T09:00:00Z");
            view.content.ended_on = None;
        }),
    }
    World(Some(held))
}

/// What leaves: the page and the PDF.
fn letter(world: &World, asker: Asker, on: Date) -> (String, Vec<u8>) {
    let terms = LetterTerms::from(AccessDepth::OrganisationAndDay);
    let record = world.0.as_ref().map(Held::record);
    let accesses = world.0.as_ref().map(|held| held.accesses.clone()).unwrap_or_default();
    let answer = SubjectAnswer::of(record.as_ref(), &asker.requester(), &accesses, terms, on);
    let letter = Letter::of(&answer, "0A1B-2C3D", &Vocabulary::shipped());
    (web::letter_page(&letter, "ContactPoint").unwrap(), service::letter_pdf(&letter, "ContactPoint"))
}

/// Whether there is something to hide in that world: one carer has no other, and no shield was ever asked for alone.
fn is_there(field: Field, asker: Asker) -> bool {
    !(field == Field::OtherCarersContact && asker == Asker::TheOnlyCarer)
}

#[test]
fn every_field_that_is_hidden_from_whoever_asks_changes_no_byte_of_their_letter() {
    let mut hidden_somewhere = std::collections::BTreeSet::new();
    for state in State::ALL {
        for asker in Asker::ALL {
            let full = World(Some(Held::everything(state, asker)));
            let with = letter(&full, asker, state.today());
            for field in Field::ALL.into_iter().filter(|field| is_there(*field, asker)) {
                let bare = without(field, state, asker, Held::everything(state, asker));
                let told = format!("{field:?} of a child that is {}, to {asker:?}", state.label());
                assert!(bare != full || has_none(field, state), "{told}: the two worlds are one");
                let (page, pdf) = letter(&bare, asker, state.today());
                if asker.may_know(field, state) {
                    // Who may know it reads it: so the pair is one of what it says it is.
                    assert!(page != with.0 && pdf != with.1, "{told}: it is told, and no letter says it");
                    continue;
                }
                hidden_somewhere.insert(field);
                let differing = page.lines().zip(with.0.lines()).find(|(one, other)| one != other);
                assert!(page == with.0, "{told}: {differing:?}");
                assert!(pdf == with.1, "{told}: the PDF differs");
            }
        }
    }
    // Who may ask at all is told the four fields of anybody; of a sealed or held child not even those.
    assert_eq!(hidden_somewhere.len(), Field::ALL.len());
}

/// Whether no child in that state has it, so that there is nothing to take away.
fn has_none(field: Field, state: State) -> bool {
    field == Field::Shield && !state.profile().is_shielded()
}
