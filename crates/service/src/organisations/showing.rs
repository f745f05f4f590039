//! One organisation with all that belongs to it.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, Detail, ExportDetail};
use directory::access::accreditation::{Accreditation, may_accredit, may_apply};
use directory::access::{Capabilities, OrganisationStanding, Permission};
use directory::organisation::{OrganisationContact, may_keep_contacts, may_manage};
use store::organisations::{self, OrganisationState};
use uuid::Uuid;

use super::listing::OrganisationLine;
use super::{OrganisationError, instant};
use crate::accreditations::AccreditationSummary;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What the person who looks may do about an organisation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MayDo {
    /// Change and withdraw it.
    pub manage: bool,
    /// Say whom to reach there.
    pub contacts: bool,
    /// Apply for it.
    pub apply: bool,
    /// Assess.
    pub assess: bool,
    /// Decide, suspend and reinstate.
    pub decide: bool,
}

impl MayDo {
    pub(crate) fn of(who: &SignedIn, target: &OrganisationStanding, withdrawn: bool) -> Self {
        if withdrawn {
            return Self::default();
        }
        let roles = who.roles();
        Self {
            manage: may_manage(roles, target),
            contacts: may_keep_contacts(roles, target),
            apply: may_apply(roles, target),
            assess: may_accredit(roles, Permission::AssessAccreditation, target),
            decide: may_accredit(roles, Permission::DecideAccreditation, target),
        }
    }
}

/// An organisation as its page shows it.
#[derive(Debug, Clone)]
pub struct OrganisationView {
    /// The organisation.
    pub line: OrganisationLine,
    /// What is on today.
    pub capabilities: Capabilities,
    /// The organisation it is a part of.
    pub parent: Option<(Uuid, String)>,
    /// Its own parts, at most a hundred.
    pub parts: Vec<OrganisationLine>,
    /// Whom to reach.
    pub contacts: Vec<OrganisationContact>,
    /// The accreditation in force or suspended, with its id; none for one that only the installation declared.
    pub current: Option<(Uuid, Accreditation)>,
    /// All of its accreditations, newest first.
    pub accreditations: Vec<AccreditationSummary>,
    /// The names of the people in the one in force.
    pub people: BTreeMap<Uuid, String>,
    /// What the person who looks may do.
    pub may: MayDo,
}

const SHOWN_PARTS: i64 = 100;

impl Directory {
    /// One organisation.
    ///
    /// # Errors
    ///
    /// [`OrganisationError::NotFound`] beyond the person's reach, or the system's.
    pub async fn organisation(
        &self,
        who: &SignedIn,
        organisation: Uuid,
    ) -> Result<OrganisationView, OrganisationError> {
        let mut conn = self.store.reader().await?;
        let row = self.visible(&mut conn, who, organisation).await?;
        let parent = match row.parent_id {
            Some(id) => organisations::by_id(&mut conn, id).await?.map(|row| (id, row.name)),
            None => None,
        };
        let parts = organisations::parts(&mut conn, organisation, ("", Uuid::nil()), SHOWN_PARTS).await?;
        let contacts = match &row.sealed {
            Some(sealed) => self.open_at(organisation, organisation, sealed).await?,
            None => Vec::new(),
        };
        let opened = self.accreditations_of(&mut conn, organisation).await?;
        // Given back before names are looked up: one request never holds two.
        drop(conn);
        self.organisation_read(who, "organisation", organisation).await?;
        let accreditations = opened
            .iter()
            .map(|(row, accreditation)| AccreditationSummary {
                id: row.accreditation_id,
                opened_at: instant(row.opened_at),
                state: accreditation.state(),
                purpose: accreditation.purpose(),
                until: accreditation.valid_until(),
            })
            .collect();
        let current = opened
            .into_iter()
            .find(|(row, _)| crate::accreditations::is_current(row.state))
            .map(|(row, accreditation)| (row.accreditation_id, accreditation));
        let people = current.as_ref().map(|(_, accreditation)| people_in(accreditation)).unwrap_or_default();
        let target = self.standing_of(&row);
        Ok(OrganisationView {
            line: self.line(&row),
            may: MayDo::of(who, &target, row.state == OrganisationState::Withdrawn),
            capabilities: target.capabilities,
            parent,
            parts: parts.iter().map(|part| self.line(part)).collect(),
            contacts,
            current,
            accreditations,
            people: self
                .account_names_of(&mut self.store.reader().await?, people.into_iter().collect())
                .await?,
        })
    }

    pub(crate) async fn organisation_read(
        &self,
        who: &SignedIn,
        what: &str,
        subject: Uuid,
    ) -> Result<(), ServiceError> {
        let detail =
            ExportDetail { what: what.to_owned(), subject: Some(subject), ..ExportDetail::default() };
        self.record(Event::new(Action::OrganisationsRead, Detail::Export(detail)).by(who)).await?;
        Ok(())
    }
}

/// Everybody who took part in an accreditation.
pub(crate) fn people_in(accreditation: &Accreditation) -> BTreeSet<Uuid> {
    let steps = accreditation.steps().iter().filter_map(|step| step.by);
    accreditation
        .applicants()
        .iter()
        .chain(accreditation.assessors())
        .copied()
        .chain(accreditation.decided_by())
        .chain(accreditation.suspended().map(|stop| stop.by))
        .chain(steps)
        .collect()
}
