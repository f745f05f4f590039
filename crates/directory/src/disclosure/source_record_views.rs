//! A source record as its source sent it, for the people who decide to whom it belongs (rules 10.10, 10.12, 12.5). Each desk has
//! a type of its own, with a place for what it decides by and for nothing else, and one function that says of whose records
//! it is made.

use super::is_nobody;
use crate::address::Address;
use crate::authority_code::AuthorityCode;
use crate::child_number::ChildNumber;
use crate::child_record::{ChildRecord, Contribution, SourceView};
use crate::gender::Gender;
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::retention::{Stage, stage};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use uuid::Uuid;

/// A child at matching, as a data administrator sees it: what each of its source records says, to decide which of them are one
/// child. Only [`disclose_for_matching`] makes one:
///
/// ```compile_fail,E0639
/// fn forge(view: directory::disclosure::MatchingView) -> directory::disclosure::MatchingView {
///     directory::disclosure::MatchingView { records: Vec::new(), ..view }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MatchingView {
    /// The identifying number.
    pub number: ChildNumber,
    /// The records, those of one source together.
    pub records: Vec<MatchingRecordView>,
}

/// One source record at matching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MatchingRecordView {
    /// The record.
    pub id: Uuid,
    /// Whose it is.
    pub source: Line,
    /// The names in it, the present one first.
    pub names: Vec<PersonName>,
    /// The birth date in it.
    pub date_of_birth: Option<PartialDate>,
    /// The gender in it.
    pub gender: Gender,
    /// The address in it.
    pub address: Option<Address>,
    /// The day on which its statement took effect.
    pub effective_on: Date,
}

/// A source record at the desk where two people give each record of a child to one of two identities. Of where anybody is it has
/// nothing. Only [`disclose_for_placing`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlacingView {
    /// The record.
    pub id: Uuid,
    /// Whose it is.
    pub source: Line,
    /// The child's name in it.
    pub name: Option<PersonName>,
    /// The birth date in it.
    pub date_of_birth: Option<PartialDate>,
    /// The day on which its statement took effect.
    pub effective_on: Date,
}

/// A held record at the sealed desk, where two people decide to whom it belongs. Of where anybody is it has nothing. Only
/// [`disclose_held`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HeldRecordView {
    /// Whose it is.
    pub source: Line,
    /// The names in it, the present one first.
    pub names: Vec<PersonName>,
    /// The birth date in it.
    pub date_of_birth: Option<PartialDate>,
    /// The gender in it.
    pub gender: Gender,
    /// The day on which its statement took effect.
    pub effective_on: Date,
}

impl MatchingView {
    /// The names of every field it may show, for the sealed body of the audit entry.
    pub const FIELDS: [&'static str; 8] =
        ["number", "name", "aliases", "date_of_birth", "gender", "whereabouts", "source", "effective_on"];
}

impl PlacingView {
    /// The names of every field it may show, for the sealed body of the audit entry.
    pub const FIELDS: [&'static str; 4] = ["name", "date_of_birth", "source", "effective_on"];
}

impl HeldRecordView {
    /// The names of every field it may show, for the sealed body of the audit entry.
    pub const FIELDS: [&'static str; 6] =
        ["name", "aliases", "date_of_birth", "gender", "source", "effective_on"];
}

/// Decides what a data administrator sees of a child's source records on the day `today`: nothing of one that is shielded, is
/// either of two identities kept apart, waits for the protected desk, or has left the live directory. Those are matched by two
/// people of the protected desk, who compare what is disclosed of the child and read no record.
#[must_use]
pub fn disclose_for_matching(child: &ChildRecord, sent: &[SourceView], today: Date) -> Option<MatchingView> {
    let profile = &child.profile;
    let hidden = profile.needs_the_protected_desk() || profile.archived;
    let live = stage(&child.life_facts(), &child.periods, today) == Stage::Live;
    (live && !hidden).then(|| MatchingView {
        number: profile.number.clone(),
        records: in_order(sent).into_iter().map(MatchingRecordView::of).collect(),
    })
}

/// Decides what a desk that keeps identities apart sees of a child's source records on the day `today`, by the authorities it
/// works for: of a protected child nothing but at the authority that answers for it, of a former identity, of who waits for the
/// protected desk and of what is due to be destroyed nothing at all.
#[must_use]
pub fn disclose_for_placing(
    child: &ChildRecord,
    sent: &[SourceView],
    desk: &[AuthorityCode],
    today: Date,
) -> Option<Vec<PlacingView>> {
    let profile = &child.profile;
    let gone = matches!(stage(&child.life_facts(), &child.periods, today), Stage::ToDestroy(_));
    if gone || is_nobody(child) || profile.held {
        return None;
    }
    let theirs = profile.authority.as_ref().is_some_and(|authority| desk.contains(authority));
    let shown = theirs || !profile.is_protected();
    shown.then(|| in_order(sent).into_iter().map(PlacingView::of).collect())
}

/// Decides what the sealed desk sees of a source record: of one that is held, whether it opened its child or is a change of a
/// record known before. Of a record that counts it sees nothing.
#[must_use]
pub fn disclose_held(child: &ChildRecord, sent: &SourceView) -> Option<HeldRecordView> {
    let held = child.profile.held || sent.contribution == Contribution::Held;
    held.then(|| HeldRecordView {
        source: sent.source.clone(),
        names: sent.content.names.clone(),
        date_of_birth: sent.content.date_of_birth,
        gender: sent.content.gender,
        effective_on: effective_on(sent),
    })
}

impl MatchingRecordView {
    fn of(sent: &SourceView) -> Self {
        let whereabouts = sent.content.whereabouts.as_ref();
        Self {
            id: sent.record_id,
            source: sent.source.clone(),
            names: sent.content.names.clone(),
            date_of_birth: sent.content.date_of_birth,
            gender: sent.content.gender,
            address: whereabouts.and_then(|whereabouts| whereabouts.address()).cloned(),
            effective_on: effective_on(sent),
        }
    }
}

impl PlacingView {
    fn of(sent: &SourceView) -> Self {
        Self {
            id: sent.record_id,
            source: sent.source.clone(),
            name: sent.content.names.first().cloned(),
            date_of_birth: sent.content.date_of_birth,
            effective_on: effective_on(sent),
        }
    }
}

/// By source, so that the order tells nothing of when a record came.
fn in_order(sent: &[SourceView]) -> Vec<&SourceView> {
    let mut sent: Vec<&SourceView> = sent.iter().collect();
    sent.sort_by(|a, b| (&a.source, a.record_id).cmp(&(&b.source, b.record_id)));
    sent
}

fn effective_on(sent: &SourceView) -> Date {
    sent.content.effective_at.to_zoned(TimeZone::UTC).date()
}
