//! Telling the line manager (rule 6.14): an entry in the queue of the organisation's lead and user managers, which they
//! acknowledge. It names the person and the act, and nothing of any child.

use audit::{Action, ChangeDetail, Detail};
use directory::access::{Permission, Role};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::organisations;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::alerts::{instant, looked};
use super::deciding::AlertError;
use crate::accounts::standing;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// The kind of the act that tells of a suspension.
const KIND: &str = "misuse_notice";

/// A notice is kept in the queue this long.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 365);

/// How many of each organisation are shown.
const SHOWN: i64 = 50;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Which.
    pub id: Uuid,
    /// The organisation.
    pub organisation: String,
    /// The person whose account was suspended.
    pub person: Option<String>,
    /// When.
    pub at: Timestamp,
    /// When somebody acknowledged it, and who.
    pub acknowledged: Option<(Timestamp, Option<String>)>,
}

#[derive(Serialize, Deserialize)]
struct NoticeContent {
    investigation: Option<Uuid>,
}

impl Directory {
    /// The notice of a suspension, to be written with it.
    pub(super) async fn misuse_notice(
        &self,
        by: Option<Uuid>,
        organisation: Uuid,
        investigation: Option<Uuid>,
        account: Uuid,
    ) -> Result<ActRow, ServiceError> {
        let now = self.world.now();
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let content = NoticeContent { investigation };
        Ok(ActRow {
            act_id,
            kind: KIND.to_owned(),
            organisation_id: organisation,
            proposed_by: by,
            subject_id: Some(account),
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: (now + KEPT).as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_at(organisation, act_id, &content).await?,
        })
    }

    /// The notices at the organisations where the person manages people: leads of the organisation itself, user managers
    /// of it or of its authority.
    ///
    /// # Errors
    ///
    /// [`AlertError::Forbidden`] for who manages nobody, or the system's.
    pub async fn notices(&self, who: &SignedIn) -> Result<Vec<Notice>, AlertError> {
        if !who.may(Permission::RequestAccount) {
            return Err(AlertError::Forbidden);
        }
        self.record(looked(who, "notices", None)).await?;
        let mut conn = self.store.reader().await?;
        let mut found = Vec::new();
        for organisation in organisations::all(&mut conn).await? {
            if !manages(who, &standing(&organisation, self.today())) {
                continue;
            }
            for state in [ActState::Open, ActState::Used] {
                let id = organisation.organisation_id;
                for act in pending_acts::of_organisation(&mut conn, id, KIND, state, SHOWN).await? {
                    found.push((organisation.name.clone(), act));
                }
            }
        }
        drop(conn);
        let mut notices = Vec::new();
        for (organisation, act) in found {
            // Nobody is told of their own suspension here.
            if act.subject_id == Some(who.account) {
                continue;
            }
            let acknowledged = match act.decided_at {
                Some(at) => Some((instant(at), self.name_of(act.decided_by).await?)),
                None => None,
            };
            notices.push(Notice {
                id: act.act_id,
                organisation,
                person: self.name_of(act.subject_id).await?,
                at: instant(act.opened_at),
                acknowledged,
            });
        }
        Ok(notices)
    }

    /// Acknowledges a notice.
    ///
    /// # Errors
    ///
    /// [`AlertError`].
    pub async fn acknowledge_notice(&self, who: &SignedIn, id: Uuid) -> Result<(), AlertError> {
        if !who.may(Permission::RequestAccount) {
            return Err(AlertError::Forbidden);
        }
        let mut tx = self.store.begin().await?;
        let act = pending_acts::by_id(&mut tx, id).await?.filter(|act| act.kind == KIND);
        let act = act.ok_or(AlertError::NotFound)?;
        let organisation = organisations::by_id(&mut tx, act.organisation_id).await?;
        let organisation = organisation.ok_or(AlertError::NotFound)?;
        if !manages(who, &standing(&organisation, self.today())) || act.subject_id == Some(who.account) {
            return Err(AlertError::NotFound);
        }
        if act.state != ActState::Open {
            return Err(AlertError::Closed);
        }
        let content: NoticeContent = self.open_at(act.organisation_id, act.act_id, &act.sealed).await?;
        let row = ActRow {
            state: ActState::Used,
            decided_by: Some(who.account),
            decided_at: Some(self.world.now().as_microsecond()),
            ..act
        };
        if !pending_acts::replace(&mut tx, &row).await? {
            return Err(AlertError::Changed);
        }
        let detail = ChangeDetail {
            change: "line_manager_told".to_owned(),
            subject: content.investigation,
            others: vec![row.act_id],
            ..ChangeDetail::default()
        };
        let event = Event::new(Action::InvestigationChanged, Detail::Change(detail)).by(who);
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn manages(who: &SignedIn, organisation: &directory::access::OrganisationStanding) -> bool {
    who.roles.iter().any(|held| {
        matches!(held.role, Role::OrganisationLead | Role::UserManager) && held.reaches(organisation)
    })
}
