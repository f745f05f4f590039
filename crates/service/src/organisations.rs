//! Organisations: who takes part, where they stand, whom to reach there. Registered, changed and withdrawn; never deleted.

mod changing;
mod listing;
mod showing;

pub use changing::{NewMember, OrganisationChange};
pub(crate) use listing::authorities_of;
pub use listing::{OrganisationLine, OrganisationPage, OrganisationQuery, StandingCount};
pub(crate) use showing::people_in;
pub use showing::{MayDo, OrganisationView};

use directory::access::accreditation::NotDone;
use directory::access::{Capability, OrganisationStanding};
use directory::organisation::{KindError, OrganisationKind, OrganisationStands, Sector, StructureError};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use store::organisations::{OrganisationRow, OrganisationState};
use store::sources::SourceRow;
use store::{Conn, Key16, Tx, locks, organisations};

use crate::accounts::{accredited_until, standing};
use crate::sign_in::StepUpFirst;
use crate::{Directory, ServiceError};

/// Why something was not done to an organisation or its accreditation.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// There is none of this id, or it is not within the person's reach: the answer is the same.
    #[error("there is no such organisation")]
    NotFound,
    /// The person may see it, and may not do this.
    #[error("this account may not do this at this organisation")]
    Forbidden,
    /// It was changed since the person looked.
    #[error("somebody else has changed this meanwhile; look again")]
    Changed,
    /// Names are unique.
    #[error("another organisation has this name")]
    NameTaken,
    /// An authority has one code, and a code one authority.
    #[error("another authority has this code")]
    AuthorityTaken,
    /// No authority of that code is registered.
    #[error("no authority with this code is registered")]
    AuthorityUnknown,
    /// Others are a part of it.
    #[error("other organisations are a part of this one; move or withdraw them first")]
    HasParts,
    /// One's own.
    #[error("nobody withdraws the organisation they work for")]
    Own,
    /// It left.
    #[error("this organisation has been withdrawn")]
    Withdrawn,
    /// There is an open application.
    #[error("an application is open already")]
    AlreadyOpen,
    /// The kind and the authority do not fit.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// The structure does not allow it.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// The accreditation does not allow it.
    #[error(transparent)]
    NotDone(#[from] NotDone),
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed; nothing was changed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for OrganisationError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Every change to organisations waits for this lock: two that are right one by one could together make a circle, give a
/// name twice, or supersede one accreditation twice. They are rare.
const REGISTER: Key16 = Key16(*b"organisations...");

impl Directory {
    pub(crate) async fn begin_register(&self) -> Result<Tx, ServiceError> {
        let mut tx = self.store.begin().await?;
        locks::lock_keys(&mut tx, &[REGISTER]).await?;
        Ok(tx)
    }

    /// Whether a source's organisation is accredited now for what the source sends: to feed, and of deaths to report them
    /// (rule 4.6).
    pub(crate) async fn may_feed(&self, conn: &mut Conn, source: &SourceRow) -> Result<bool, ServiceError> {
        let Some(row) = organisations::by_id(conn, source.organisation_id).await? else { return Ok(false) };
        let capabilities = standing(&row, self.today()).capabilities;
        let of_deaths = feeds::Profile::named(&source.profile).is_some_and(feeds::Profile::registers_deaths);
        let reports = !of_deaths || capabilities.has(Capability::ChildDeathReporting);
        Ok(capabilities.has(Capability::FeedData) && reports)
    }

    /// Where an organisation stands today.
    pub(crate) fn standing_today(&self, row: &OrganisationRow) -> OrganisationStands {
        let today = self.today();
        match (row.state, accredited_until(row)) {
            (OrganisationState::Withdrawn, _) => OrganisationStands::Withdrawn,
            (OrganisationState::Suspended, _) if row.accredited_until.is_none() => OrganisationStands::Never,
            (OrganisationState::Suspended, _) => OrganisationStands::Suspended,
            (OrganisationState::Accredited, Some(until)) if today > until => OrganisationStands::Ended,
            (OrganisationState::Accredited, Some(until)) if self.soon() > until => {
                OrganisationStands::EndsSoon
            }
            (OrganisationState::Accredited, _) => OrganisationStands::InForce,
        }
    }

    /// What ends before this day ends soon: its renewal is open.
    fn soon(&self) -> Date {
        let months = i64::from(self.policy.accreditation.renewal_months).months();
        self.today().saturating_add(months)
    }

    pub(crate) fn standing_of(&self, row: &OrganisationRow) -> OrganisationStanding {
        standing(row, self.today())
    }
}

/// The first microsecond of a day, UTC.
pub(crate) fn beginning(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(i64::MAX, |start| start.timestamp().as_microsecond())
}

/// The last microsecond of a day, UTC.
pub(crate) fn end(day: Date) -> Option<i64> {
    let next = day.tomorrow().ok()?;
    next.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp().as_microsecond() - 1)
}

pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN)
}

pub(crate) fn kind_of(row: &OrganisationRow) -> Option<OrganisationKind> {
    OrganisationKind::from_code(&row.kind)
}

pub(crate) fn sector_of(row: &OrganisationRow) -> Sector {
    Sector::from_code(&row.sector).unwrap_or(Sector::Other)
}
