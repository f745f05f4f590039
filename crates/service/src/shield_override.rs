//! The override of a shield (rules 2.9, 7.9, 9.6, 12.8): by somebody specially granted it, after a warning, for a reason of
//! its own, with a proof that serves this one record; it shows the record for ten minutes at most, in this session alone, and
//! opens an investigation in the same transaction. Everybody else still sees the shield.
//!
//! It begins with the record's handle, as every opening does: a number that nobody has searched for cannot be tried. Whoever
//! tries it on a record without a shield, on one that a shield bars them from, or on one that is not there is told the same,
//! and it counts against no quota: the ordinary view has told them as much already (law 3).
//!
//! What runs is noted in the session's own sealed row: it ends with the session, is nobody else's, and is known to every
//! server. A shield of high risk opens to nobody alone: a second holder, of another organisation, agrees live.

mod agreeing;
mod opening;
mod quota;
mod running;
mod together;

use audit::{Action, Detail, DisclosureDetail};
use directory::access::{OverrideReason, Permission, QuotaUsed};
use directory::child_profile::ChildProfile;
use directory::disclosure::{Disclosure, OverrideView, Purpose, SpecialView, Viewer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::agreeing::{OverrideRequest, OverrideReview, Overrides, OwnOverride};
pub(crate) use self::together::TOGETHER;

use crate::search::RecordHandle;
use crate::session::SignedIn;
use crate::sign_in::{NoProof, StepUpFirst};
use crate::trail::Event;
use crate::watching::Near;
use crate::{Directory, ServiceError};

/// A record behind its shield, and until when.
#[derive(Debug, Clone)]
pub struct Overridden {
    /// What is shown.
    pub view: OverrideView,
    /// From this instant on nothing is shown.
    pub until: Timestamp,
    /// The reason by the override's own list.
    pub reason: OverrideReason,
    /// Whether a second person agreed to it.
    pub by_two: bool,
}

/// Why a record was not shown behind its shield.
#[derive(Debug, thiserror::Error)]
pub enum OverrideError {
    /// The person was not granted it, or their organisation is not accredited for it.
    #[error("this account may not override a shield")]
    Forbidden,
    /// The person was granted it, and has no access to child data of their own, or belongs to the centre.
    #[error("to override a shield goes with a practitioner's own access, which this account does not have")]
    NoAccess,
    /// No shield of that record can be overridden: it has none, it bars this person, it is in the archive, or there is no
    /// such record. All the same.
    #[error("there is no shield here that can be overridden")]
    NothingToOverride,
    /// The shield is of high risk: nobody overrides it alone.
    #[error("nobody overrides this shield alone")]
    TakesTwo,
    /// The account has overridden as many shields as it may for now.
    #[error(transparent)]
    QuotaUsed(#[from] QuotaUsed),
    /// The second person has not decided yet.
    #[error("the second person has not decided yet")]
    NotDecided,
    /// It ran out, was closed, decided or used; or it is nothing of this session.
    #[error("this is not open any more")]
    Ended,
    /// The person must prove who they are, for this one act.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was shown.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for OverrideError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<NoProof> for OverrideError {
    fn from(error: NoProof) -> Self {
        match error {
            NoProof::StepUpFirst(first) => Self::StepUpFirst(first),
            NoProof::Service(fault) => Self::Service(fault),
        }
    }
}

/// An override that runs, as the session's sealed row holds it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct RunningOverride {
    child: Uuid,
    /// Microseconds UTC.
    until: i64,
    reason: OverrideReason,
    agreed_by: Option<Uuid>,
}

/// What lies behind a record's handle for one viewer.
struct Behind {
    disclosure: Disclosure,
    near: Near,
    profile: Option<ChildProfile>,
}

impl Behind {
    /// What an override shows; nothing where it opens nothing.
    fn view(&self) -> Option<OverrideView> {
        match &self.disclosure {
            Disclosure::Special(SpecialView::Override(view)) => Some((**view).clone()),
            _ => None,
        }
    }
}

impl Directory {
    /// The child of a handle, for somebody who may override shields at all.
    async fn may_override(&self, person: &SignedIn, handle: &RecordHandle) -> Result<Uuid, OverrideError> {
        self.is_override_holder(person).await?;
        match self.follow_handle(person, handle) {
            Some(child) => Ok(child),
            None => {
                self.no_override(person, None, "not_a_handle_of_this_session").await?;
                Err(OverrideError::NothingToOverride)
            }
        }
    }

    /// Whether the person was granted the override, beside access of their own (rule 12.8).
    async fn is_override_holder(&self, person: &SignedIn) -> Result<(), OverrideError> {
        if !person.may(Permission::OverrideShield) {
            self.record(refused(None, "not_permitted", "override").by(person)).await?;
            return Err(OverrideError::Forbidden);
        }
        // Nobody stands outside the centre who could investigate one of its own.
        let of_the_centre =
            person.kind == "centre" || person.roles.iter().any(|held| held.at.kind == "centre");
        if !person.may(Permission::ViewRecord) || of_the_centre {
            self.record(refused(None, "not_permitted", "override_without_access").by(person)).await?;
            return Err(OverrideError::NoAccess);
        }
        Ok(())
    }

    /// What the child looks like to this viewer, for this person: whom a shield bars finds nobody.
    async fn behind(&self, child: Uuid, person: &SignedIn, viewer: &Viewer) -> Result<Behind, ServiceError> {
        let sources = self.sources().await?;
        let opened = self.open_children(&[child]).await?.pop();
        let near = opened.as_ref().map(|open| self.near(person, None, open)).unwrap_or_default();
        let open = opened.filter(|open| !person.is_barred_by(&open.profile));
        let seen =
            open.as_ref().and_then(|open| self.disclose_to(open, &sources, viewer, Purpose::OpenRecord));
        let profile = open.map(|open| open.profile);
        Ok(Behind { disclosure: seen.unwrap_or(Disclosure::NotFound), near, profile })
    }

    /// Writes that nothing was shown. To a reader of the trail it is a record that was not found, whatever the cause: only
    /// the flag, which readers are not shown, tells the override.
    async fn no_override(
        &self,
        person: &SignedIn,
        child: Option<Uuid>,
        flag: &str,
    ) -> Result<(), ServiceError> {
        self.record(refused(child, "not_found", flag).by(person)).await?;
        Ok(())
    }
}

/// An entry of a record that was not shown, or is shown no longer.
fn refused(child: Option<Uuid>, why: &str, flag: &str) -> Event {
    let detail = DisclosureDetail {
        child,
        refused: Some(why.to_owned()),
        flags: vec![flag.to_owned()],
        ..DisclosureDetail::default()
    };
    Event::new(Action::RecordRefused, Detail::Disclosure(detail)).concerning(child)
}
