//! Looking at accreditations: one, or those that wait for somebody.

use std::collections::BTreeMap;

use audit::{Action, Detail, ExportDetail};
use directory::access::Permission;
use directory::access::accreditation::{Accreditation, AccreditationState, Purpose};
use directory::organisation::OrganisationKind;
use jiff::Timestamp;
use jiff::civil::Date;
use store::accreditations;
use store::organisations::OrganisationState;
use uuid::Uuid;

use super::stored;
use crate::Directory;
use crate::organisations::{MayDo, OrganisationError, OrganisationLine, instant, people_in};
use crate::session::SignedIn;
use crate::trail::Event;

/// A line of an organisation's accreditations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccreditationSummary {
    /// Which.
    pub id: Uuid,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub state: AccreditationState,
    /// What it is for.
    pub purpose: Purpose,
    /// Its last day.
    pub until: Option<Date>,
}

/// An accreditation as its page shows it.
#[derive(Debug, Clone)]
pub struct AccreditationView {
    /// Which.
    pub id: Uuid,
    /// Its organisation.
    pub organisation: OrganisationLine,
    /// What was answered, judged and decided.
    pub accreditation: Accreditation,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The version looked at.
    pub version: i64,
    /// What the people in it are called.
    pub people: BTreeMap<Uuid, String>,
    /// What the person who looks may do, by their roles.
    pub may: MayDo,
}

/// An accreditation that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub organisation: String,
    /// Its kind.
    pub kind: Option<OrganisationKind>,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// A page of them, the longest open first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPage {
    /// At most fifty.
    pub lines: Vec<Waiting>,
    /// The last of this page, when there are more.
    pub next: Option<Uuid>,
}

const PAGE: usize = 50;
const LIMIT: i64 = 51;

impl Directory {
    /// One accreditation.
    ///
    /// # Errors
    ///
    /// [`OrganisationError::NotFound`] beyond the person's reach, or the system's.
    pub async fn accreditation(
        &self,
        who: &SignedIn,
        accreditation: Uuid,
    ) -> Result<AccreditationView, OrganisationError> {
        let mut conn = self.store.reader().await?;
        let row =
            accreditations::by_id(&mut conn, accreditation).await?.ok_or(OrganisationError::NotFound)?;
        let organisation = self.visible(&mut conn, who, row.organisation_id).await?;
        drop(conn);
        self.organisation_read(who, "accreditation", row.organisation_id).await?;
        let opened = self.open_accreditation_row(&row).await?;
        let withdrawn = organisation.state == OrganisationState::Withdrawn;
        Ok(AccreditationView {
            id: accreditation,
            may: MayDo::of(who, &self.standing_of(&organisation), withdrawn),
            organisation: self.line(&organisation),
            opened_at: instant(row.opened_at),
            version: row.version,
            people: self
                .account_names_of(&mut self.store.reader().await?, people_in(&opened).into_iter().collect())
                .await?,
            accreditation: opened,
        })
    }

    /// The accreditations within the person's reach that stand somewhere, the longest open first.
    ///
    /// # Errors
    ///
    /// [`OrganisationError::Forbidden`] for who may see none, or the system's.
    pub async fn waiting_accreditations(
        &self,
        who: &SignedIn,
        state: AccreditationState,
        after: Option<Uuid>,
    ) -> Result<WaitingPage, OrganisationError> {
        if !who.may(Permission::ViewOrganisations) {
            return Err(OrganisationError::Forbidden);
        }
        let detail = ExportDetail { what: "accreditations".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::OrganisationsRead, Detail::Export(detail)).by(who)).await?;
        let mut conn = self.store.reader().await?;
        let last = match after {
            Some(id) => accreditations::by_id(&mut conn, id).await?,
            None => None,
        };
        let mut place = last.map_or((i64::MIN, Uuid::nil()), |row| (row.opened_at, row.accreditation_id));
        // A person of one authority is shown that authority's. Others see what is left of all after their reach.
        let authorities = crate::organisations::authorities_of(who);
        let authority = match &authorities {
            Some(authorities) if authorities.len() == 1 => authorities.first().map_or("", String::as_str),
            _ => "",
        };
        let mut lines: Vec<Waiting> = Vec::new();
        loop {
            let rows = accreditations::waiting(&mut conn, stored(state), place, authority, LIMIT).await?;
            let Some(last) = rows.last() else { break };
            place = (last.opened_at, last.accreditation_id);
            let more = i64::try_from(rows.len()).is_ok_and(|read| read == LIMIT);
            for row in rows {
                let target = directory::access::OrganisationStanding {
                    id: row.organisation_id,
                    kind: row.kind.clone(),
                    authority: row.authority_code.clone(),
                    capabilities: directory::access::Capabilities::none(),
                };
                if who.may_at(Permission::ViewOrganisations, &target) {
                    lines.push(Waiting {
                        id: row.accreditation_id,
                        kind: OrganisationKind::from_code(&row.kind),
                        organisation: row.name,
                        opened_at: instant(row.opened_at),
                    });
                }
            }
            if !more || lines.len() > PAGE {
                break;
            }
        }
        let more = lines.len() > PAGE;
        lines.truncate(PAGE);
        let next = lines.last().map(|line| line.id).filter(|_| more);
        Ok(WaitingPage { lines, next })
    }
}
