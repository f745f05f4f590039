//! The colleague's part: what waits for them, what it is about, their decision.

use directory::access::{DangerousAct, Party, Permission, may_enter, may_mediate};
use directory::disclosure::{NamedChild, Purpose};
use jiff::Timestamp;
use store::pending_acts::{self, ActRow, ActState};

use super::{
    ActHandle, Colleague, LISTED, LISTED_FOR, MEDIATION, MediationError, MediationReview, MediationState,
    Mediations, OpenAct, OwnRequest, TO_DECIDE, TO_OPEN, TO_READ, WaitingRequest, instant, mediation,
    state_at,
};
use crate::session::SignedIn;
use crate::{Directory, Disclosed};

impl Directory {
    /// The requests that wait for this person, and those they made. No child is named here.
    ///
    /// # Errors
    ///
    /// [`MediationError::Forbidden`] or the system's.
    pub async fn mediations(&self, who: &SignedIn) -> Result<Mediations, MediationError> {
        if !who.may(Permission::AskForMediation) && !who.may(Permission::MediateAccess) {
            return Err(MediationError::Forbidden);
        }
        let now = self.world.now();
        let since = now.checked_sub(LISTED_FOR).unwrap_or(Timestamp::MIN).as_microsecond();
        let mut conn = self.store.reader().await?;
        let waiting = pending_acts::about(&mut conn, who.account, MEDIATION, ActState::Open, LISTED).await?;
        let own = pending_acts::of_proposer(&mut conn, who.account, MEDIATION, since, LISTED).await?;
        drop(conn);
        let mut found = Mediations::default();
        for row in waiting.into_iter().filter(|row| now.as_microsecond() < row.expires_at) {
            let Some(mediator) = self.party(row.proposed_by).await? else { continue };
            found.waiting.push(WaitingRequest {
                handle: self.act_handle(who, TO_READ, row.act_id)?,
                until: instant(row.expires_at),
                mediator: mediator.sealed.display_name,
                organisation: mediator.organisation.name,
            });
        }
        for row in own {
            let Some(colleague) = self.party(row.subject_id).await? else { continue };
            found.own.push(OwnRequest {
                handle: self.act_handle(who, TO_OPEN, row.act_id)?,
                colleague: colleague.sealed.display_name,
                state: state_at(&row, now),
                made_at: instant(row.opened_at),
                until: instant(row.expires_at),
            });
        }
        Ok(found)
    }

    /// What a request is about, for the colleague whom it asks: the child's name and date of birth as both may see them.
    /// The entry is durable before this returns.
    ///
    /// # Errors
    ///
    /// [`MediationError`].
    pub async fn review_mediation(
        &self,
        who: &SignedIn,
        request: &ActHandle,
    ) -> Result<Disclosed<MediationReview>, MediationError> {
        let (act, mediator) = self.act_before(who, TO_READ, request, None).await?;
        let shown = self.seen_by_both(act.child, who, &mediator, Purpose::Search).await?;
        let Some(child) = shown.named() else {
            return self.no_mediation(who, "nothing_to_show", MediationError::NothingToShow).await;
        };
        let review = MediationReview {
            handle: self.act_handle(who, TO_DECIDE, act.row.act_id)?,
            mediator: mediator.name.clone(),
            organisation: mediator.organisation_name.clone(),
            child,
            until: instant(act.row.expires_at),
        };
        let event = mediation("mediation_read", act.row.act_id, act.child, mediator.account, who.account)
            .by(who)
            .because(act.reason.code())
            .together_with(Some(&mediator))
            .about(act.child)
            .showing(NamedChild::FIELDS);
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(review, act.reason, receipt))
    }

    /// The colleague's decision on exactly the act they have read.
    ///
    /// # Errors
    ///
    /// [`MediationError`].
    pub async fn decide_mediation(
        &self,
        who: &SignedIn,
        read: &ActHandle,
        approve: bool,
    ) -> Result<(), MediationError> {
        // To refuse protects the child, and asks for nothing.
        let danger = approve.then_some(DangerousAct::ApproveMediation);
        let (act, mediator) = self.act_before(who, TO_DECIDE, read, danger).await?;
        let (state, change) = if approve {
            (ActState::Approved, "mediation_approved")
        } else {
            (ActState::Refused, "mediation_refused")
        };
        let mut row = ActRow {
            state,
            decided_by: Some(who.account),
            decided_at: Some(self.world.now().as_microsecond()),
            ..act.row
        };
        if !approve {
            row.sealed = self.emptied(&row, act.reason, act.session).await?;
        }
        let event = mediation(change, row.act_id, act.child, mediator.account, who.account)
            .by(who)
            .because(act.reason.code())
            .together_with(Some(&mediator))
            .about(act.child);
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(MediationError::Ended);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The act a colleague points at, if it is open and asks this very person, and the mediator, if they still may.
    async fn act_before(
        &self,
        who: &SignedIn,
        purpose: u128,
        handle: &ActHandle,
        danger: Option<DangerousAct>,
    ) -> Result<(OpenAct, Colleague), MediationError> {
        if !who.may(Permission::AskForMediation) {
            return self.no_mediation(who, "not_permitted", MediationError::Forbidden).await;
        }
        if let Some(act) = danger {
            self.freshly_proved(who, act)?;
        }
        let Some([act_id]) = self.unseal_ids(who, purpose, handle.as_str()) else {
            return self.no_mediation(who, "not_a_handle_of_this_session", MediationError::Ended).await;
        };
        let act = self.mediation_act(act_id).await?.filter(|act| {
            act.row.subject_id == Some(who.account)
                && state_at(&act.row, self.world.now()) == MediationState::Waiting
        });
        let Some(act) = act else {
            return self.no_mediation(who, "not_open", MediationError::Ended).await;
        };
        let mediator = self.party(act.row.proposed_by).await?;
        let mediator = mediator.filter(|account| {
            let of_mediator = Party { account: account.row.account_id, roles: &account.roles };
            let of_asker = Party { account: who.account, roles: &who.roles };
            may_mediate(of_mediator, of_asker).is_ok() && may_enter(&account.facts(), self.today()).is_ok()
        });
        match mediator {
            Some(mediator) => Ok((act, Colleague::of(&mediator))),
            None => self.no_mediation(who, "nothing_to_show", MediationError::NothingToShow).await,
        }
    }
}
