//! What two people decide is decided by both at the moment of the second: who proposed it must still be let in, hold the
//! permission at that desk and be kept by no shield from any of the children (laws 3, 6, rule 12.13). Otherwise the proposal is
//! void, and somebody proposes anew: what a suspended person left behind decides nothing.

use audit::{Action, ChangeDetail, Detail};
use directory::access::{HeldRole, Permission, may_at, may_enter, that_count};
use store::accounts::AccountState;
use store::pending_acts::{self, ActRow, ActState};
use store::{accounts, organisations};
use uuid::Uuid;

use crate::accounts::standing;
use crate::retention::HoldError;
use crate::session::{SignedIn, is_barred};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Who proposed it may not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("who proposed this may not any more; propose it anew")]
pub struct ProposerMayNot;

/// Somebody who proposed something and is let in still.
pub(crate) struct LetIn {
    pub(crate) account: Uuid,
    pub(crate) employer: Uuid,
    /// The roles that count.
    pub(crate) roles: Vec<HeldRole>,
}

impl Directory {
    /// Who proposed something, as they stand now; nobody where they could not sign in.
    pub(crate) async fn still_let_in(&self, proposer: Uuid) -> Result<Option<LetIn>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let row = accounts::by_id(&mut conn, proposer).await?;
        // Of an account that was closed long ago the keys are gone.
        let Some(row) = row.filter(|row| row.state == AccountState::Active) else { return Ok(None) };
        let account = self.open_account(&mut conn, row).await?;
        if may_enter(&account.facts(), self.today()).is_err() {
            return Ok(None);
        }
        let employer = account.row.organisation_id;
        Ok(Some(LetIn { account: proposer, employer, roles: that_count(account.roles) }))
    }

    /// Whether who proposed something, at the desk of this organisation and about these children, could propose it now.
    pub(crate) async fn proposer_still_may(
        &self,
        proposer: Uuid,
        (permission, desk): (Permission, Uuid),
        children: &[Uuid],
    ) -> Result<bool, ServiceError> {
        let at = organisations::by_id(&mut self.store.reader().await?, desk).await?;
        let (Some(person), Some(at)) = (self.still_let_in(proposer).await?, at) else { return Ok(false) };
        let (employer, roles) = (person.employer, &person.roles);
        // What stands with the centre is every authority's desk's.
        let of_nobody = at.kind == "centre"
            && roles.iter().any(|held| held.gives(permission) && held.at.kind == "authority");
        if !(of_nobody || may_at(roles, permission, &standing(&at, self.today()))) {
            return Ok(false);
        }
        for child in children {
            let bars = match self.open_or_survivor(*child).await? {
                Some(open) => is_barred(proposer, employer, roles, |who, at| open.profile.bars(who, at)),
                None => {
                    let kept = self.kept_unread(*child).await?;
                    let lists = kept.iter().flat_map(|kept| &kept.barred);
                    lists
                        .into_iter()
                        .any(|list| is_barred(proposer, employer, roles, |who, at| list.bars(who, at)))
                }
            };
            if bars {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// That who proposed a legal hold, or its release, still may; otherwise the act ends, refused.
    pub(crate) async fn proposer_of_hold_still_may(
        &self,
        who: &SignedIn,
        act: &ActRow,
        child: Uuid,
    ) -> Result<(), HoldError> {
        let at = (Permission::HoldRecords, act.organisation_id);
        let stands = match act.proposed_by {
            Some(proposer) => self.proposer_still_may(proposer, at, &[child]).await?,
            None => false,
        };
        if stands {
            return Ok(());
        }
        let void = ActRow { state: ActState::Refused, ..act.clone() };
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &void).await? {
            tx.rollback().await?;
            return Err(HoldError::NoLongerOpen);
        }
        let change = "hold_proposal_void".to_owned();
        let detail = ChangeDetail { change, subject: Some(child), ..ChangeDetail::default() };
        let event = Event::new(Action::RecordChanged, Detail::Change(detail)).by(who).concerning([child]);
        self.commit_with(tx, vec![event]).await?;
        Err(ProposerMayNot.into())
    }
}
