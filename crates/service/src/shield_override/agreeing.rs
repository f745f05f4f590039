//! The second holder's part: what waits, what exactly is asked, and the decision.

use directory::ChildNumber;
use directory::access::{DangerousAct, OverrideReason, may_enter, may_second};
use jiff::Timestamp;
use store::pending_acts::{self, ActRow, ActState};

use super::OverrideError;
use super::together::{LISTED, OpenRequest, TO_OPEN, TOGETHER, of_account, of_person, step};
use crate::accounts::Account;
use crate::mediation::{ActHandle, MediationState};
use crate::session::{SignedIn, instant};
use crate::{Directory, Disclosed};

/// What handles of requests are bound to beside the session.
const TO_READ: u128 = 0x6f76_6572_7269_6465_2072_6561_6420_3031;
const TO_DECIDE: u128 = 0x6f76_6572_7269_6465_2064_6563_6964_6531;

/// A request of somebody else that this person may decide. No child is named here.
#[derive(Debug, Clone)]
pub struct OverrideRequest {
    /// How to read it.
    pub handle: ActHandle,
    /// Who asks.
    pub asker: String,
    /// For which organisation they work.
    pub organisation: String,
    /// Until when it can be decided and used.
    pub until: Timestamp,
}

/// A request that this person made in this session.
#[derive(Debug, Clone)]
pub struct OwnOverride {
    /// How to open the record once the second holder has agreed.
    pub handle: ActHandle,
    /// Where it stands.
    pub state: MediationState,
    /// Until when it can be decided and used.
    pub until: Timestamp,
}

/// What concerns one holder now.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// They wait for a second holder, who may be this person.
    pub waiting: Vec<OverrideRequest>,
    /// This person made them.
    pub own: Vec<OwnOverride>,
}

/// What a second holder reads before they decide: who asks, for which number and why; nothing else of the child.
#[derive(Debug, Clone)]
pub struct OverrideReview {
    /// How to decide it; only who has read it has this handle.
    pub handle: ActHandle,
    /// Who asks.
    pub asker: String,
    /// For which organisation they work.
    pub organisation: String,
    /// The child's number.
    pub number: ChildNumber,
    /// Why.
    pub reason: OverrideReason,
    /// Until when it can be decided and used.
    pub until: Timestamp,
}

impl Directory {
    /// The requests that this person could decide, and those they made in this session.
    ///
    /// # Errors
    ///
    /// [`OverrideError::Forbidden`], [`OverrideError::NoAccess`] or the system's.
    pub async fn overrides(&self, who: &SignedIn) -> Result<Overrides, OverrideError> {
        self.is_override_holder(who).await?;
        let now = self.world.now();
        let mut found = Overrides::default();
        for state in [ActState::Open, ActState::Approved, ActState::Refused] {
            let mut conn = self.store.reader().await?;
            let rows =
                pending_acts::within(&mut conn, TOGETHER, state, now.as_microsecond(), "", LISTED).await?;
            drop(conn);
            for row in rows {
                let Some(asked) = self.asked_of_two(&row).await? else { continue };
                let until = instant(row.expires_at);
                if asked.account == who.account && asked.session == who.session.0 {
                    let handle = self.act_handle(who, TO_OPEN, row.act_id)?;
                    let state = match state {
                        ActState::Approved => MediationState::Approved,
                        ActState::Refused => MediationState::Refused,
                        _ => MediationState::Waiting,
                    };
                    found.own.push(OwnOverride { handle, state, until });
                } else if state == ActState::Open
                    && let Some(open) = self.read_request(row).await?
                    && let Some(asker) = self.first_of(who, &open).await?
                {
                    found.waiting.push(OverrideRequest {
                        handle: self.act_handle(who, TO_READ, open.row.act_id)?,
                        asker: asker.sealed.display_name,
                        organisation: asker.organisation.name,
                        until,
                    });
                }
            }
        }
        Ok(found)
    }

    /// What exactly is asked. The entry is durable before this returns.
    ///
    /// # Errors
    ///
    /// [`OverrideError`].
    pub async fn review_override(
        &self,
        who: &SignedIn,
        request: &ActHandle,
    ) -> Result<Disclosed<OverrideReview>, OverrideError> {
        self.is_override_holder(who).await?;
        let (open, asker) = self.request_before(who, TO_READ, request).await?;
        let Some(number) = open.asked.number.clone() else { return Err(OverrideError::Ended) };
        let review = OverrideReview {
            handle: self.act_handle(who, TO_DECIDE, open.row.act_id)?,
            asker: asker.sealed.display_name.clone(),
            organisation: asker.organisation.name.clone(),
            number,
            reason: open.asked.reason,
            until: instant(open.row.expires_at),
        };
        let reason = open.asked.reason.in_the_clear();
        let event = step("read", &open.row, open.child, open.asked.account, Some(who.account))
            .by(who)
            .because(reason.code())
            .changing_account(open.asked.account)
            .at_organisation(open.row.organisation_id);
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(review, reason, receipt))
    }

    /// The second holder's decision on exactly what they have read. To agree takes a proof for this one request; to refuse
    /// protects the child, and takes none.
    ///
    /// # Errors
    ///
    /// [`OverrideError`].
    pub async fn decide_override(
        &self,
        who: &SignedIn,
        read: &ActHandle,
        agrees: bool,
    ) -> Result<(), OverrideError> {
        self.is_override_holder(who).await?;
        let (open, _) = self.request_before(who, TO_DECIDE, read).await?;
        let proof = match agrees {
            true => {
                let act = DangerousAct::AgreeToOverride;
                Some(self.proof_of_its_own(who, act, open.row.act_id).await?)
            }
            false => None,
        };
        let (state, what) =
            if agrees { (ActState::Approved, "agreed") } else { (ActState::Refused, "refused") };
        let event = step(what, &open.row, open.child, open.asked.account, Some(who.account))
            .by(who)
            .because(open.asked.reason.in_the_clear().code())
            .changing_account(open.asked.account)
            .at_organisation(open.row.organisation_id);
        let mut row = ActRow {
            state,
            decided_by: Some(who.account),
            decided_at: Some(self.world.now().as_microsecond()),
            ..open.row
        };
        if !agrees {
            row = self.emptied_request(row).await?;
        }
        let mut tx = self.store.begin().await?;
        if let Some(proof) = &proof
            && !self.use_proof_up(&mut tx, who, proof, |_| ()).await?
        {
            tx.rollback().await?;
            return Err(OverrideError::Ended);
        }
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(OverrideError::Ended);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The request a handle points at, while this person may decide it, and who asks.
    async fn request_before(
        &self,
        who: &SignedIn,
        purpose: u128,
        handle: &ActHandle,
    ) -> Result<(OpenRequest, Account), OverrideError> {
        let found = match self.unseal_ids(who, purpose, handle.as_str()) {
            Some([act]) => self.open_second_request(act).await?,
            None => None,
        };
        let now = self.world.now();
        let waits = found.filter(|open| open.row.state == ActState::Open && open.is_in_time(now));
        if let Some(open) = waits
            && let Some(asker) = self.first_of(who, &open).await?
            && self.may_know_of(who, &open).await?
        {
            return Ok((open, asker));
        }
        self.no_override(who, None, "override_not_open").await?;
        Err(OverrideError::Ended)
    }

    /// Who asks, while this person may be their second.
    async fn first_of(&self, who: &SignedIn, open: &OpenRequest) -> Result<Option<Account>, OverrideError> {
        let asker = self.party_of(Some(open.asked.account)).await?;
        Ok(asker.filter(|asker| {
            may_enter(&asker.facts(), self.today()).is_ok() && may_second(of_account(asker), of_person(who))
        }))
    }

    /// Whom a shield bars does not learn that the child is there.
    async fn may_know_of(&self, who: &SignedIn, open: &OpenRequest) -> Result<bool, OverrideError> {
        let child = self.open_children(&[open.child]).await?.pop();
        Ok(child.is_some_and(|child| !who.is_barred_by(&child.profile)))
    }
}
