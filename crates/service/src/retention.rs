//! Nothing is kept too long (law 9): the sweep that archives and destroys, what people say about how long a record is kept,
//! and the keys that make destruction reach into backups.
//!
//! Every step can be killed and begun again: what was begun is recognised by what it left, never by a note that might be
//! missing.

mod acts;
mod audit_months;
mod calendar;
mod cases;
mod death;
mod destroying;
mod generations;
mod handing_on;
mod hold_ending;
mod hold_order;
mod holding;
mod items;
mod life_under_hold;
mod longer_hold;
mod participation;
mod protected_meanwhile;
mod replaying;
mod replaying_holds;
mod replaying_seals;
mod suppressing;
mod sweeping;
mod under_hold;

pub(crate) use audit_months::month_of;
pub(crate) use calendar::FIELD as CALENDAR;
pub use calendar::{CalendarError, RecordCalendar};
pub use death::DeathError;
pub use generations::RotationCounts;
pub(crate) use generations::RotationWalk;
pub use holding::{HoldError, HoldLine, HoldRequest, HoldStep};
pub use participation::{ParticipationBasis, ParticipationError};
pub use replaying::ReplayCounts;
pub use sweeping::SweepCounts;
pub(crate) use sweeping::SweepWalk;

pub(crate) use hold_order::HoldOrder;
pub(crate) use items::rewritten;
pub(crate) use life_under_hold::Speaker;
pub(crate) use under_hold::{KeptUnread, Word};

use std::collections::{BTreeSet, HashMap};

use directory::access::Permission;
use directory::accountable_authority::NATIONAL;
use directory::address::Whereabouts;
use directory::child_profile::ChildProfile;
use directory::retention::{LifeFacts, Stage, is_grown, stage};
use directory::source_record::Content;
use directory::{AuthorityCode, ChildNumber};
use store::sources::SourceRow;
use uuid::Uuid;

use crate::nobody::is_somebody;
use crate::records::{OpenChild, OpenProfile};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// The facts on which a child's retention rests, under a profile, from every record that counts.
    pub(crate) fn facts_under(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> LifeFacts {
        self.compute_record(open, profile.clone(), sources, None).life_facts()
    }

    /// Whether ordinary users may find the record at all today (rule 4.4).
    pub(crate) fn is_live(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
        sources: &HashMap<Uuid, SourceRow>,
    ) -> bool {
        if profile.died_on.is_none() && profile.born_by.is_none() && !self.may_end(open) {
            return true;
        }
        let facts = self.facts_under(open, profile, sources);
        stage(&facts, &self.policy.retention, self.today()) == Stage::Live
    }

    /// Whether anything about the child says that the record may have ended: asked of every child a feed touches, so that
    /// the record is only computed for the few.
    pub(crate) fn may_end(&self, open: &OpenChild) -> bool {
        let profile = &open.profile;
        profile.died_on.is_some()
            || profile.born_by.is_some()
            || open.records.iter().any(|record| self.ends(&record.content))
    }

    /// Whether a statement speaks of somebody grown up, who left England, or who died.
    pub(crate) fn ends(&self, content: &Content) -> bool {
        content.registered_death().is_some()
            || matches!(content.whereabouts, Some(Whereabouts::LeftEngland(_)))
            || content.date_of_birth.is_some_and(|born| is_grown(born, &self.policy.retention, self.today()))
    }

    /// The child of a number with everything about it; nothing for a number that answers as never issued (law 8). Of a number
    /// that a person gives [`Directory::child_for`] is asked.
    pub(crate) async fn child_of_number(
        &self,
        number: &ChildNumber,
    ) -> Result<Option<OpenChild>, ServiceError> {
        self.child_where(number, |_| true).await
    }

    /// The child of a number that this person gives: the one place where such a number becomes a child. Whom a shield bars is
    /// answered as for a number that was never issued, whatever they came to do.
    pub(crate) async fn child_for(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
    ) -> Result<Option<OpenChild>, ServiceError> {
        self.child_where(number, |open| !who.is_barred_by(&open.profile)).await
    }

    async fn child_where(
        &self,
        number: &ChildNumber,
        is_theirs: impl Fn(&OpenProfile) -> bool,
    ) -> Result<Option<OpenChild>, ServiceError> {
        let led = self.led_by(&mut self.store.reader().await?, number).await?;
        let opened = self.open_led(&led, |open| is_somebody(open) && is_theirs(open)).await?;
        Ok(opened.shown().pop())
    }

    /// Which of these children are none to this person: by its own shield, by that of the one it was joined to, or, while a
    /// legal hold keeps it unread, by what the hold remembers.
    pub(crate) async fn barred_among(
        &self,
        who: &SignedIn,
        children: &[Uuid],
    ) -> Result<BTreeSet<Uuid>, ServiceError> {
        let mut barred = BTreeSet::new();
        let mut read = BTreeSet::new();
        for (child, open) in self.open_profiles(children).await? {
            read.insert(child);
            if who.is_barred_by(&open?.profile) {
                barred.insert(child);
            }
        }
        for child in children.iter().filter(|child| !read.contains(child)) {
            let bars = match self.profile_or_survivor(*child).await? {
                Some(survivor) => who.is_barred_by(&survivor.profile),
                None => self.bars_under_hold(who, *child).await?,
            };
            if bars {
                barred.insert(*child);
            }
        }
        Ok(barred)
    }

    /// Whether there is no such child for this person.
    pub(crate) async fn is_barred_from(&self, who: &SignedIn, child: Uuid) -> Result<bool, ServiceError> {
        Ok(!self.barred_among(who, &[child]).await?.is_empty())
    }

    /// What retention does by itself: interrupted releases are gone on with, holds end, what was said under one that ended is taken in, and a bounded part of the
    /// day's sweep and of the rotation of keys is done.
    pub(crate) async fn keep_nothing_too_long(&self) -> Result<(), ServiceError> {
        let released = Box::pin(self.finish_releases()).await;
        Box::pin(self.end_holds()).await?;
        Box::pin(self.hear_what_was_left()).await?;
        self.sweep_a_group().await?;
        self.rotate_a_group().await?;
        released
    }
}

/// Whether one of the person's roles gives the permission over the authority that answers for the child. A child nobody answers
/// for yet is any authority's, and while it is protected nobody's: as with its record, so with everything else that is asked
/// about it (laws 2, 3).
pub(crate) fn answers_for(who: &SignedIn, permission: Permission, open: &OpenChild) -> bool {
    let authority = authority_of(open);
    // Of a protected child only the sealed authority counts, whatever stands in the clear.
    if open.profile.authority.is_none() && open.profile.is_protected() {
        return false;
    }
    who.roles().iter().any(|held| {
        let there = authority == NATIONAL || held.at.authority.as_deref() == Some(authority);
        held.gives(permission) && there
    })
}

/// The authority that answers for a child, of a protected one too.
pub(crate) fn known_authority(open: &OpenChild) -> Option<AuthorityCode> {
    AuthorityCode::parse(authority_of(open)).ok()
}

/// As [`known_authority`], as its code; [`NATIONAL`] where nobody does.
pub(crate) fn authority_of(open: &OpenChild) -> &str {
    let sealed = open.profile.authority.as_ref().map(AuthorityCode::as_str);
    sealed.unwrap_or(&open.row.authority)
}
