//! Records of every kind: what a source says, what was decided, and the day on which somebody looks.

use super::filled::{content, in_force};
use crate::children::{address, day, line, number};
use directory::{
    AuthorityCode, Basis, CafIndicator, Carer, ChildProfile, ChildRecord, Consent, Contact, Content,
    Contribution, Gender, Involvement, InvolvementDetails, LeftEngland, NameUse, Participation, PersonName,
    Seal, ServiceType, SourceView, Telephone, Whereabouts,
};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use uuid::Uuid;

/// A record, and a day.
#[derive(Debug, Clone)]
pub struct Case {
    pub profile: ChildProfile,
    pub views: Vec<SourceView>,
    pub authority: Option<AuthorityCode>,
    pub today: Date,
}

impl Case {
    pub fn record(&self) -> ChildRecord {
        self.record_of(self.profile.clone(), self.views.clone())
    }

    /// The same child with another profile or other views.
    pub fn record_of(&self, profile: ChildProfile, views: Vec<SourceView>) -> ChildRecord {
        let clear = self.authority.clone().filter(|_| !profile.is_protected());
        let sealed = self.authority.clone().filter(|_| profile.is_protected());
        ChildRecord::compute(ChildProfile { authority: sealed, ..profile }, views).answered_for_by(clear)
    }
}

/// One of two authorities, or none yet.
pub fn authority() -> impl Strategy<Value = Option<AuthorityCode>> {
    let code = |code: &str| Some(AuthorityCode::parse(code).unwrap());
    prop::sample::select(vec![None, code("E08000035"), code("E09000003")])
}

fn person() -> impl Strategy<Value = PersonName> {
    ("[A-Z][a-z]{4,8}", "[A-Z][a-z]{4,8}", prop::sample::select(NameUse::ALL))
        .prop_map(|(forenames, surname, name_use)| PersonName::new(&forenames, &surname, name_use).unwrap())
}

fn contact() -> impl Strategy<Value = Contact> {
    "07700 9[0-9]{5}"
        .prop_map(|number| Contact { telephone: Some(Telephone::parse(&number).unwrap()), email: None })
}

fn carer() -> impl Strategy<Value = Carer> {
    use directory::{Relationship, Responsibility};
    (person(), prop::sample::select(Relationship::ALL), prop::sample::select(Responsibility::ALL), contact())
        .prop_map(|(name, relationship, responsibility, contact)| Carer {
            name,
            relationship,
            responsibility,
            contact,
        })
}

fn service() -> impl Strategy<Value = Involvement> {
    let kinds = prop::sample::select(ServiceType::ALL);
    let end = prop::option::of(2016..2028_i16);
    let consent = prop::option::of(prop::sample::select(Consent::ALL));
    (kinds, "[A-Z][a-z]{6,12} Team", contact(), end, any::<bool>(), consent).prop_map(
        |(service, organisation, contact, end, lead, consent)| {
            let details = InvolvementDetails {
                service,
                organisation: Some(line(&organisation)),
                practitioner: None,
                contact,
                start: None,
                end: end.map(|year| day(&format!("{year}-06-15"))),
                lead,
            };
            let basis = match consent {
                Some(consent) => Basis::consent(consent, line("Asserting Trust"), day("2026-01-05")),
                None => Basis::significant_harm(line("Asserting Trust"), day("2026-01-05")),
            };
            Involvement::new(details, Some(basis)).unwrap()
        },
    )
}

fn whereabouts() -> impl Strategy<Value = Option<Whereabouts>> {
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(Whereabouts::NoKnownAddress)),
        1 => prop::sample::select(LeftEngland::ALL).prop_map(|said| Some(Whereabouts::LeftEngland(said))),
        4 => "[A-Z][a-z]{5,9}".prop_map(|town| Some(Whereabouts::Current(address("77 Some Road", &town, "M1 1AE")))),
        2 => "[A-Z][a-z]{5,9}".prop_map(|town| Some(Whereabouts::LastKnown(address("78 Some Road", &town, "M1 1AE")))),
    ]
}

/// What one source says of the child, each part there or not.
fn said() -> impl Strategy<Value = Content> {
    (
        prop::collection::vec(person(), 0..3),
        prop::option::of(2000..2026_i16),
        prop::sample::select(Gender::ALL),
        whereabouts(),
        prop::collection::vec(carer(), 0..3),
        prop::collection::vec(service(), 0..5),
        (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
    )
        .prop_map(|(names, born, gender, whereabouts, carers, involvements, keep)| {
            let whole = content();
            Content {
                names,
                date_of_birth: born.map(|year| day(&format!("{year}-03-09"))),
                gender,
                whereabouts,
                previous_addresses: whole.previous_addresses.into_iter().filter(|_| keep.0).collect(),
                identifiers: whole.identifiers.into_iter().filter(|_| keep.1).collect(),
                carers,
                education: whole.education.into_iter().filter(|_| keep.2).collect(),
                practice: whole.practice.filter(|_| keep.3),
                involvements,
                caf: whole.caf.map(|caf| CafIndicator { ..caf }).filter(|_| keep.4),
                death: None,
                effective_at: whole.effective_at,
                ended_on: None,
                left_since: None,
            }
        })
}

fn view() -> impl Strategy<Value = SourceView> {
    (any::<u128>(), "Source of [a-z]{6,10}", 1..4_i64, said(), prop::bool::weighted(0.15)).prop_map(
        |(id, source, precedence, content, held)| SourceView {
            record_id: Uuid::from_u128(id),
            source: line(&source),
            precedence,
            last_confirmed: date(2026, 11, 1),
            content,
            contribution: if held { Contribution::Held } else { Contribution::Visible },
        },
    )
}

fn decided() -> impl Strategy<Value = ChildProfile> {
    let seal =
        prop_oneof![6 => Just(Seal::None), 2 => Just(Seal::NewIdentity), 1 => Just(Seal::FormerIdentity)];
    let died = prop::option::weighted(0.15, 2019..2027_i16);
    let stays = prop::option::weighted(0.3, 19..26_u8);
    (any::<bool>(), seal, prop::bool::weighted(0.1), died, stays).prop_map(
        |(shielded, seal, held, died, stays)| ChildProfile {
            shields: if shielded { vec![in_force()] } else { Vec::new() },
            seal,
            held,
            died_on: died.map(|year| day(&format!("{year}-04-01"))),
            participation: stays.and_then(|age| Participation::until_age(age).ok()),
            ..ChildProfile::new(number())
        },
    )
}

/// Any record, on any day of twelve years.
pub fn cases() -> impl Strategy<Value = Case> {
    (decided(), prop::collection::vec(view(), 1..4), authority(), 0..4400_i64).prop_map(
        |(profile, views, authority, after)| Case {
            profile,
            views,
            authority,
            today: date(2022, 1, 1).saturating_add(jiff::ToSpan::days(after)),
        },
    )
}
