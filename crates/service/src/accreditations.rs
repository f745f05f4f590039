//! The accreditation of organisations, carried out: the rules are `directory::access::accreditation`'s. A change writes the
//! accreditation, what its organisation may do now, and the entry of the trail in one transaction.

mod acting;
mod calendar;
mod reading;

pub use reading::{AccreditationSummary, AccreditationView, Waiting, WaitingPage};

use directory::access::Capabilities;
use directory::access::accreditation::{Accreditation, AccreditationState};
use jiff::civil::Date;
use store::accreditations::{self, AccreditationRow, AccreditationState as Stored};
use store::organisations::{OrganisationRow, OrganisationState};
use store::{Conn, Tx, organisations};
use uuid::Uuid;

use crate::accounts::accredited_until;
use crate::organisations::{beginning, end, sector_of};
use crate::{Directory, ServiceError};

/// As many as an organisation has in a century.
const ALL_OF_ONE: i64 = 200;

/// Whether the accreditation is the one its organisation's row follows.
pub(crate) fn is_current(state: Stored) -> bool {
    matches!(state, Stored::Granted | Stored::Suspended)
}

fn stored(state: AccreditationState) -> Stored {
    match state {
        AccreditationState::Draft => Stored::Draft,
        AccreditationState::Submitted => Stored::Submitted,
        AccreditationState::Assessed => Stored::Assessed,
        AccreditationState::Granted => Stored::Granted,
        AccreditationState::Refused => Stored::Refused,
        AccreditationState::Suspended => Stored::Suspended,
        AccreditationState::Superseded => Stored::Superseded,
    }
}

impl Directory {
    /// Whether people have decided in the product where this organisation stands: from then on the configuration's word
    /// counts for nothing.
    pub(crate) async fn was_decided_on(
        &self,
        conn: &mut Conn,
        organisation: Uuid,
    ) -> Result<bool, ServiceError> {
        let rows = accreditations::of_organisation(conn, organisation, ALL_OF_ONE).await?;
        Ok(rows.iter().any(|row| is_current(row.state) || row.state == Stored::Superseded))
    }

    /// Every accreditation of an organisation, opened, newest first.
    pub(crate) async fn accreditations_of(
        &self,
        conn: &mut Conn,
        organisation: Uuid,
    ) -> Result<Vec<(AccreditationRow, Accreditation)>, ServiceError> {
        let mut opened = Vec::new();
        for row in accreditations::of_organisation(conn, organisation, ALL_OF_ONE).await? {
            let accreditation = self.open_accreditation_row(&row).await?;
            opened.push((row, accreditation));
        }
        Ok(opened)
    }

    async fn open_accreditation_row(&self, row: &AccreditationRow) -> Result<Accreditation, ServiceError> {
        self.open_at(row.organisation_id, row.accreditation_id, &row.sealed).await
    }

    /// The row of an accreditation as it stands now.
    async fn accreditation_row(
        &self,
        before: &AccreditationRow,
        accreditation: &Accreditation,
    ) -> Result<AccreditationRow, ServiceError> {
        Ok(AccreditationRow {
            state: stored(accreditation.state()),
            valid_until: accreditation.valid_until().and_then(end),
            due_at: accreditation.next_due(&self.policy.accreditation).map(beginning),
            sealed: self.seal_at(before.organisation_id, before.accreditation_id, accreditation).await?,
            ..before.clone()
        })
    }

    /// Lets the organisation's row follow its accreditation: every session of its people asks that row at every request.
    async fn follow(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationRow,
        accreditation: &Accreditation,
    ) -> Result<(), ServiceError> {
        let state = match (organisation.state, accreditation.state()) {
            (OrganisationState::Withdrawn, _) => OrganisationState::Withdrawn,
            (_, AccreditationState::Granted) => OrganisationState::Accredited,
            _ => OrganisationState::Suspended,
        };
        let row = OrganisationRow {
            state,
            // A suspended one keeps its end: that it once was accredited is told apart from never.
            accredited_until: accreditation.valid_until().map(|last| end(last).unwrap_or(FAR)),
            capabilities: Capabilities::dated_text(&accreditation.dated_capabilities()),
            ..organisation.clone()
        };
        organisations::put(tx, &row).await?;
        Ok(())
    }

    /// The accreditation in force by the installation's word alone, in a form that can be suspended.
    fn declared(&self, organisation: &OrganisationRow) -> Option<Accreditation> {
        let until = accredited_until(organisation).filter(|until| self.today() <= *until)?;
        let capabilities = Capabilities::on(&organisation.capabilities, self.today());
        let until = (until < Date::MAX).then_some(until);
        Some(Accreditation::declared(&capabilities, until, sector_of(organisation)))
    }
}

/// The end of one that has none: the first instant of the year 9999, UTC.
const FAR: i64 = 253_370_764_800_000_000;
