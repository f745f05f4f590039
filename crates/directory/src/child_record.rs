//! The child record: the view computed from linked source records (rules 8.2, 10.16).

use crate::address::{Address, Whereabouts};
use crate::authority_code::AuthorityCode;
use crate::child_profile::ChildProfile;
use crate::families::DisputedItem;
use crate::gender::Gender;
use crate::involvement::Involvement;
use crate::line::Line;
use crate::names::same_name;
use crate::partial_date::PartialDate;
use crate::person_name::{NameUse, PersonName};
use crate::retention::RetentionPolicy;
use crate::source_record::{CafIndicator, Carer, Content, Education, Identifier, Practice};
use jiff::Timestamp;
use jiff::civil::Date;
use std::cmp::Reverse;
use uuid::Uuid;

/// One linked source record as it enters the computation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// The source record; decides between statements otherwise equal, so that the result never depends on order.
    pub record_id: Uuid,
    /// The source's name as shown beside a value.
    pub source: Line,
    /// The source's authority: 1 before 2.
    pub precedence: i64,
    /// The last day on which the source confirmed the statement.
    pub last_confirmed: Date,
    /// What it states.
    pub content: Content,
    /// Whether it counts.
    pub contribution: Contribution,
}

/// Whether a source record contributes to what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contribution {
    /// It counts.
    Visible,
    /// It is held and adds nothing, as if it had not arrived (decision 11).
    Held,
}

/// A value with the source that gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The source's name.
    pub source: Line,
    /// The last day on which the source confirmed it.
    pub last_confirmed: Date,
}

impl<T> Sourced<T> {
    /// The same, its value borrowed.
    #[must_use]
    pub fn as_ref(&self) -> Sourced<&T> {
        Sourced { value: &self.value, source: self.source.clone(), last_confirmed: self.last_confirmed }
    }

    /// What is made of the value, from the same source.
    #[must_use]
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: make(self.value), source: self.source, last_confirmed: self.last_confirmed }
    }
}

/// Everything known of one child. Nobody is shown this: pass it through [`disclose`](crate::disclosure::disclose).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildRecord {
    pub(crate) profile: ChildProfile,
    pub(crate) periods: RetentionPolicy,
    pub(crate) authority: Option<AuthorityCode>,
    pub(crate) waiting: u32,
    pub(crate) disputed: Vec<DisputedItem>,
    pub(crate) name: Option<Sourced<PersonName>>,
    pub(crate) aliases: Vec<Sourced<PersonName>>,
    pub(crate) date_of_birth: Option<Sourced<PartialDate>>,
    pub(crate) gender: Option<Sourced<Gender>>,
    pub(crate) whereabouts: Option<Sourced<Whereabouts>>,
    pub(crate) whereabouts_since: Option<Timestamp>,
    pub(crate) previous_addresses: Vec<Sourced<Address>>,
    pub(crate) identifiers: Vec<Sourced<Identifier>>,
    pub(crate) carers: Vec<Sourced<Carer>>,
    pub(crate) education: Vec<Sourced<Education>>,
    pub(crate) practices: Vec<Sourced<Practice>>,
    pub(crate) involvements: Vec<Sourced<Involvement>>,
    pub(crate) caf: Vec<Sourced<CafIndicator>>,
    /// The day of death that a register states.
    pub(crate) registered_death: Option<Sourced<PartialDate>>,
}

impl ChildRecord {
    /// Computes the record under the default periods of retention. The order of the views does not matter.
    #[must_use]
    pub fn compute(profile: ChildProfile, views: Vec<SourceView>) -> Self {
        Self::compute_under(RetentionPolicy::default(), profile, views)
    }

    /// Computes the record: each single value is the newest of the most authoritative source that gives one; names that
    /// others give are aliases; contacts of every source stand side by side. Of an entry in a register of deaths nothing but
    /// the day counts: the record is as the others tell it, and where nobody else tells of the child, nobody is shown one.
    #[must_use]
    pub fn compute_under(
        periods: RetentionPolicy,
        profile: ChildProfile,
        mut views: Vec<SourceView>,
    ) -> Self {
        let linked = views.len();
        views.retain(|view| view.contribution == Contribution::Visible);
        let waiting = u32::try_from(linked - views.len()).unwrap_or(u32::MAX);
        views.sort_by_key(|view| (view.precedence, Reverse(view.content.effective_at), view.record_id));
        let (views, deaths): (Vec<_>, Vec<_>) =
            views.into_iter().partition(|view| view.content.tells_of_the_child());
        let name =
            first(&views, |content| content.names.first().cloned().map(|n| n.used_as(NameUse::Current)));
        let aliases = aliases(&views, name.as_ref().map(|name| &name.value));
        let whereabouts_view = whereabouts_view(&views);
        Self {
            profile,
            periods,
            authority: None,
            waiting,
            disputed: Vec::new(),
            aliases,
            // Of a child whom only a register of deaths knows, it serves retention alone.
            date_of_birth: first(if views.is_empty() { &deaths } else { &views }, |content| {
                content.date_of_birth
            }),
            gender: first(&views, |content| Some(content.gender).filter(|g| *g != Gender::NotSpecified))
                .or_else(|| first(&views, |content| Some(content.gender))),
            whereabouts: whereabouts_view
                .and_then(|view| view.content.whereabouts.clone().map(|w| sourced(view, w))),
            whereabouts_since: whereabouts_view.map(|view| since_when(view, &views)),
            previous_addresses: all(&views, |content| content.previous_addresses.clone(), |a, b| a == b),
            identifiers: all(&views, |content| content.identifiers.clone(), |a, b| a == b),
            carers: all(&views, |content| content.carers.clone(), same_carer),
            education: all(&views, |content| content.education.clone(), same_education),
            practices: all(&views, |content| content.practice.iter().cloned().collect(), same_practice),
            involvements: all(&views, |content| content.involvements.clone(), same_involvement),
            caf: all(&views, |content| content.caf.iter().cloned().collect(), |a, b| a == b),
            registered_death: first(&deaths, Content::registered_death),
            name,
        }
    }

    /// The same record, answered for by the authority that stands in the clear beside it; none while nobody answers for
    /// it, or while it is sealed because the child is protected.
    #[must_use]
    pub fn answered_for_by(self, authority: Option<AuthorityCode>) -> Self {
        Self { authority, ..self }
    }

    /// The same record, with the items that somebody says are wrong and nobody has settled yet (rule 14.3).
    #[must_use]
    pub fn disputed_in(self, mut disputed: Vec<DisputedItem>) -> Self {
        disputed.sort_unstable();
        disputed.dedup();
        Self { disputed, ..self }
    }

    /// The authority that answers for the record (rule 5.2): of a protected child the sealed one, and no other.
    #[must_use]
    pub const fn accountable_authority(&self) -> Option<&AuthorityCode> {
        match &self.profile.authority {
            Some(sealed) => Some(sealed),
            None => self.authority.as_ref(),
        }
    }

    /// The day of death: as a register states it, otherwise as it was notified to the authority (rule 4.6).
    #[must_use]
    pub fn died_on(&self) -> Option<PartialDate> {
        self.registered_death.as_ref().map(|death| death.value).or(self.profile.died_on)
    }

    /// The directory's own decisions about the child.
    #[must_use]
    pub const fn profile(&self) -> &ChildProfile {
        &self.profile
    }
}

/// The view that tells where the child is: the first in order of authority that gives a current address or says that
/// the child left England; only without any, a last known address; only then the statement that none is known
/// (rule 1.2).
fn whereabouts_view(views: &[SourceView]) -> Option<&SourceView> {
    let standing = |whereabouts: &Whereabouts| match whereabouts {
        Whereabouts::Current(_) | Whereabouts::LeftEngland(_) => 0,
        Whereabouts::LastKnown(_) => 1,
        Whereabouts::NoKnownAddress => 2,
    };
    let telling =
        views.iter().filter_map(|view| view.content.whereabouts.as_ref().map(|w| (view, standing(w))));
    telling.min_by_key(|(_, standing)| *standing).map(|(view, _)| view)
}

/// Since when it is told where the child is; of several sources of one authority that say alike that it left England, the first word.
fn since_when(told: &SourceView, views: &[SourceView]) -> Timestamp {
    let own = told.content.whereabouts_since();
    let away = told.content.stays_away();
    let alike =
        views.iter().filter(|view| view.precedence == told.precedence && view.content.stays_away() == away);
    alike.map(|view| view.content.whereabouts_since()).filter(|_| away.is_some()).min().unwrap_or(own)
}

/// The value of the first view, in order of authority, that gives one.
fn first<T>(views: &[SourceView], value: impl Fn(&Content) -> Option<T>) -> Option<Sourced<T>> {
    views.iter().find_map(|view| value(&view.content).map(|value| sourced(view, value)))
}

fn all<T>(
    views: &[SourceView],
    values: impl Fn(&Content) -> Vec<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Sourced<T>> {
    let mut kept: Vec<Sourced<T>> = Vec::new();
    for view in views {
        for value in values(&view.content) {
            match kept.iter_mut().find(|other| same(&other.value, &value)) {
                // Said by several: the most authoritative wording, the latest confirmation.
                Some(other) => other.last_confirmed = other.last_confirmed.max(view.last_confirmed),
                None => kept.push(sourced(view, value)),
            }
        }
    }
    kept
}

fn sourced<T>(view: &SourceView, value: T) -> Sourced<T> {
    Sourced { value, source: view.source.clone(), last_confirmed: view.last_confirmed }
}

fn aliases(views: &[SourceView], shown: Option<&PersonName>) -> Vec<Sourced<PersonName>> {
    let names = |content: &Content| {
        let uses = |(index, name): (usize, &PersonName)| match (index, name.name_use()) {
            (0, _) | (_, NameUse::Current) => name.clone().used_as(NameUse::Alias),
            _ => name.clone(),
        };
        content.names.iter().enumerate().map(uses).collect()
    };
    let mut aliases = all(views, names, same_name);
    aliases.retain(|alias| shown.is_none_or(|shown| !same_name(&alias.value, shown)));
    aliases
}

fn same_carer(a: &Carer, b: &Carer) -> bool {
    same_name(&a.name, &b.name) && (a.contact == b.contact || b.contact.is_empty())
}

fn same_education(a: &Education, b: &Education) -> bool {
    a.setting == b.setting && a.start == b.start && a.end == b.end
}

fn same_practice(a: &Practice, b: &Practice) -> bool {
    a.name == b.name && a.code == b.code && (a.contact == b.contact || b.contact.is_empty())
}

fn same_involvement(a: &Involvement, b: &Involvement) -> bool {
    a.details() == b.details()
}
