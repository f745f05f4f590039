//! The mediator's part: searching for a colleague, asking them, taking the request back.

use directory::access::{NoMediation, Permission, Reason};
use directory::search::Criteria;
use jiff::SignedDuration;
use rand::RngExt as _;
use store::pending_acts::{self, ActRow, ActState};

use super::{
    ActHandle, Asked, Colleague, MEDIATION, MediatedSearch, MediationError, TO_ASK, TO_OPEN, mediation,
};
use crate::accounts::Account;
use crate::search::RecordHandle;
use crate::session::{NOT_OF_ONES_WORK, Reasoned, SignedIn};
use crate::{Directory, Disclosed};

impl Directory {
    /// Searches for a colleague: the mediator sees, by their own right and for their own stated reason, those children of
    /// whom both may see what was searched by. The entry names both and is durable before this returns.
    ///
    /// # Errors
    ///
    /// [`MediationError`]; a refusal is in the trail too.
    pub async fn search_for_colleague(
        &self,
        who: &Reasoned,
        username: &str,
        criteria: Criteria,
    ) -> Result<Disclosed<MediatedSearch>, MediationError> {
        let colleague = self.colleague_named(who.who(), username).await?;
        let answer = self.search_with(who, criteria, Some(&colleague)).await?;
        let (data, reason, receipt) = answer.into_parts();
        let data = MediatedSearch { colleague: colleague.name, answer: data };
        Ok(Disclosed::after_audit(data, reason, receipt))
    }

    /// Asks the colleague for whom a child was found to approve that its record is opened, for this reason.
    ///
    /// # Errors
    ///
    /// [`MediationError`]; a refusal is in the trail too.
    pub async fn ask_colleague(
        &self,
        who: &Reasoned,
        found: &RecordHandle,
        reason: Reason,
    ) -> Result<(), MediationError> {
        let person = who.who();
        if !person.may(Permission::MediateAccess) || !person.may(Permission::ViewRecord) {
            return self.no_mediation(person, "not_permitted", MediationError::Forbidden).await;
        }
        if !person.states(reason) {
            return self.no_mediation(person, NOT_OF_ONES_WORK, MediationError::Forbidden).await;
        }
        let Some([child, account]) = self.unseal_ids(person, TO_ASK, found.as_str()) else {
            return self.no_mediation(person, "not_a_handle_of_this_session", MediationError::Ended).await;
        };
        let account = self.account_by_id(account).await?;
        let colleague = self.colleague(person, account).await?;
        let now = self.world.now();
        let until = now + SignedDuration::from_mins(i64::from(self.policy.mediation.minutes));
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let asked = Asked { child: Some(child), reason, session: person.session.0 };
        let row = ActRow {
            act_id,
            kind: MEDIATION.to_owned(),
            organisation_id: person.organisation_id,
            proposed_by: Some(person.account),
            subject_id: Some(colleague.account),
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: until.as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_act(act_id, &asked, super::BLOCK).await?,
        };
        let most = i64::from(self.policy.mediation.open_for_one_asker);
        let mut tx = self.store.begin().await?;
        let open = pending_acts::about(&mut tx, colleague.account, MEDIATION, ActState::Open, most).await?;
        let waiting = open.iter().filter(|row| now.as_microsecond() < row.expires_at).count();
        if i64::try_from(waiting).unwrap_or(i64::MAX) >= most {
            tx.rollback().await?;
            return self.no_mediation(person, "too_many_waiting", MediationError::TooManyWaiting).await;
        }
        pending_acts::insert(&mut tx, &row).await?;
        let event = mediation("mediation_asked", act_id, child, person.account, colleague.account)
            .by(person)
            .because(reason.code())
            .together_with(Some(&colleague))
            .about(child);
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// Takes a request back that was not used.
    ///
    /// # Errors
    ///
    /// [`MediationError`].
    pub async fn withdraw_mediation(
        &self,
        who: &SignedIn,
        request: &ActHandle,
    ) -> Result<(), MediationError> {
        if !who.may(Permission::MediateAccess) {
            return self.no_mediation(who, "not_permitted", MediationError::Forbidden).await;
        }
        let Some([act_id]) = self.unseal_ids(who, TO_OPEN, request.as_str()) else {
            return Err(MediationError::Ended);
        };
        let Some(act) = self.mediation_act(act_id).await? else { return Err(MediationError::Ended) };
        if act.row.proposed_by != Some(who.account) {
            return Err(MediationError::Ended);
        }
        let colleague = act.row.subject_id.unwrap_or_default();
        let event = mediation("mediation_withdrawn", act_id, act.child, who.account, colleague)
            .by(who)
            .because(act.reason.code())
            .changing_account(colleague)
            .about(act.child);
        let mut row = ActRow { state: ActState::Withdrawn, ..act.row };
        row.sealed = self.emptied(&row, act.reason, act.session).await?;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(MediationError::Ended);
        }
        self.commit_with(tx, vec![event]).await?;
        Ok(())
    }

    /// The colleague of that username, who may be looked up for by this person now.
    async fn colleague_named(&self, who: &SignedIn, username: &str) -> Result<Colleague, MediationError> {
        if !who.may(Permission::MediateAccess) {
            return self.no_mediation(who, "not_permitted", MediationError::Forbidden).await;
        }
        let account = self.account_named(username).await?;
        self.colleague(who, account).await
    }

    async fn colleague(&self, who: &SignedIn, account: Option<Account>) -> Result<Colleague, MediationError> {
        let Some(account) = account else {
            return self.no_mediation(who, "no_such_colleague", MediationError::NoSuchColleague).await;
        };
        match self.standing_with(who, &account) {
            Ok(colleague) => Ok(colleague),
            Err(Some(NoMediation::OnesOwn)) => {
                self.no_mediation(who, "ones_own", MediationError::OnesOwn).await
            }
            Err(Some(NoMediation::NotAMediator)) => {
                self.no_mediation(who, "not_permitted", MediationError::Forbidden).await
            }
            Err(_) => self.no_mediation(who, "no_such_colleague", MediationError::NoSuchColleague).await,
        }
    }
}
