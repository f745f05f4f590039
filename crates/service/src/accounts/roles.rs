//! Giving and taking roles (rules 5.8, 12.2, 12.13): several a person, each at an organisation the giver reaches; the ones
//! that carry power over others by two people.

use directory::access::{
    AccountState, DangerousAct, FactKind, OrganisationStanding, Permission, Role, StepRefused,
    needs_level_one,
};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::account_lists::Reach;
use store::accounts::RoleRow;
use store::pending_acts::{self, ActRow, ActState};
use store::{Tx, accounts, organisations};
use uuid::Uuid;

use super::changing::{AccountActError, changed};
use super::lists::widest;
use super::{Account, standing};
use crate::proposers::ProposerMayNot;
use crate::revocations::Revocation;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// Why a role cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefused {
    /// Not at an organisation of this kind.
    #[error("this role cannot be held at an organisation of this kind")]
    NotThere,
    /// The person holds it there already, or it waits for the second person already.
    #[error("the person holds this role there already, or it has been proposed already")]
    HeldAlready,
    /// The person does not hold it there.
    #[error("the person does not hold this role there")]
    NotHeld,
    /// The shield desk is named from among the managers of its organisation (rule 12.3).
    #[error("only a manager of this organisation is named to its shield desk; give the manager’s role first")]
    ManagerFirst,
    /// The role asks for training of level 1 (rule 12.11).
    #[error("this role needs current level 1 training; record it first")]
    LevelOneFirst,
    /// The second person is another than the first, and than the person it is about (rule 12.13).
    #[error("another user manager than the one who proposed it decides, and nobody decides about themselves")]
    AnotherPerson,
    /// It was decided, or its time ran out.
    #[error("this proposal was decided already or has run out; propose the role again")]
    NoLongerOpen,
}

/// What came of giving a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// The person holds it from their next request on.
    AtOnce,
    /// It waits for a second user manager.
    Proposed(Uuid),
}

/// A role that waits for the second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleProposal {
    /// The proposal.
    pub id: Uuid,
    /// For whom.
    pub account: Uuid,
    /// The person's name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Where.
    pub organisation: String,
    /// Who proposed it; none when the operator's import did.
    pub proposed_by: Option<String>,
    /// When.
    pub proposed_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// Whether this viewer may decide it.
    pub may_decide: bool,
}

/// The kind of a proposal among the acts of two people.
pub(super) const GIVE_ROLE: &str = "give_role";
const NEWEST: i64 = 100;

#[derive(Serialize, Deserialize)]
struct ProposalContent {
    role: Role,
}

/// A role that is taken from an account, or given to it, as the journal keeps it.
pub(super) fn role_of(account: &Account, role: Role, organisation: Uuid, taken: bool) -> Revocation {
    Revocation::Role { account: account.row.account_id, organisation, role, taken }
}

impl Directory {
    /// Gives a role at an organisation, or proposes it when it needs a second person.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn give_role(
        &self,
        who: &SignedIn,
        account: Uuid,
        role: Role,
        at: Uuid,
    ) -> Result<Given, AccountActError> {
        let mut account = self.others_account(who, Permission::ManageAccounts, account).await?;
        let at = self.organisation_within(who, Permission::ManageAccounts, at).await?;
        self.freshly_proved(who, DangerousAct::GiveRole)?;
        let at = standing(&at, self.today());
        self.role_can_be_given(&account, role, &at)?;
        self.shields_come_first(&[(role, at.id)]).await?;
        if !role.needs_second_person() {
            let mut tx = self.store.begin().await?;
            self.put_role(&mut tx, &mut account, role, at, Some(who)).await?;
            tx.commit().await?;
            return Ok(Given::AtOnce);
        }
        let act = self.proposal(&account, role, at.id, Some(who.account)).await?;
        let mut tx = self.store.begin().await?;
        self.no_such_proposal_waits(&mut tx, &account, role, at.id).await?;
        pending_acts::insert(&mut tx, &act).await?;
        let changes = vec![format!("role_proposed:{}", role.code())];
        self.write_event(&mut tx, changed(Some(who), &account.row, changes)).await?;
        tx.commit().await?;
        Ok(Given::Proposed(act.act_id))
    }

    /// The second person agrees to a proposed role, or refuses it.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn decide_role(
        &self,
        who: &SignedIn,
        proposal: Uuid,
        agree: bool,
    ) -> Result<(), AccountActError> {
        if !who.may(Permission::ManageAccounts) {
            return Err(AccountActError::Forbidden);
        }
        self.freshly_proved(who, DangerousAct::DecideRole)?;
        let act = pending_acts::by_id(&mut self.store.reader().await?, proposal).await?;
        let mut act = act.filter(|act| act.kind == GIVE_ROLE).ok_or(AccountActError::NotFound)?;
        let at = self.organisation_within(who, Permission::ManageAccounts, act.organisation_id).await?;
        let subject = act.subject_id.ok_or(AccountActError::NotFound)?;
        if act.proposed_by == Some(who.account) || subject == who.account {
            return Err(RoleRefused::AnotherPerson.into());
        }
        let now = self.world.now().as_microsecond();
        if act.state != ActState::Open || act.expires_at <= now {
            return Err(RoleRefused::NoLongerOpen.into());
        }
        let mut account = self.others_account(who, Permission::ManageAccounts, subject).await?;
        let content: ProposalContent = self.open_at(act.organisation_id, act.act_id, &act.sealed).await?;
        act.state = if agree { ActState::Used } else { ActState::Refused };
        act.decided_by = Some(who.account);
        act.decided_at = Some(now);
        let at = standing(&at, self.today());
        if agree {
            self.role_can_be_given(&account, content.role, &at)?;
            self.shields_come_first(&[(content.role, at.id)]).await?;
            if !Box::pin(self.proposer_of_role_still_may(&act)).await? {
                let changes = vec![format!("role_proposer_may_not:{}", content.role.code())];
                self.record(changed(Some(who), &account.row, changes)).await?;
                return Err(ProposerMayNot.into());
            }
        }
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &act).await? {
            return Err(RoleRefused::NoLongerOpen.into());
        }
        if agree {
            self.put_role(&mut tx, &mut account, content.role, at, Some(who)).await?;
        } else {
            let changes = vec![format!("role_refused:{}", content.role.code())];
            self.write_event(&mut tx, changed(Some(who), &account.row, changes)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Whether the user manager who proposed a role, or the lead who asked for it, could do so now; the operator's import always
    /// could.
    async fn proposer_of_role_still_may(&self, act: &ActRow) -> Result<bool, ServiceError> {
        let Some(proposer) = act.proposed_by else { return Ok(true) };
        for permission in [Permission::ManageAccounts, Permission::RequestAccount] {
            if self.proposer_still_may(proposer, (permission, act.organisation_id), &[]).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a role away: in force at the person's next request.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn take_role(
        &self,
        who: &SignedIn,
        account: Uuid,
        role: Role,
        at: Uuid,
    ) -> Result<(), AccountActError> {
        let mut account = self.others_account(who, Permission::ManageAccounts, account).await?;
        self.freshly_proved(who, DangerousAct::TakeRole)?;
        if !account.holds(role, at) {
            return Err(RoleRefused::NotHeld.into());
        }
        let mut tx = self.store.begin().await?;
        for role in account.falling_with(role, at) {
            self.take_role_in(&mut tx, &mut account, role, at, Some(who)).await?;
            self.journal_revocation(&role_of(&account, role, at, true)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes the role in the caller's transaction, and says so in the trail.
    pub(crate) async fn take_role_in(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        role: Role,
        at: Uuid,
        who: Option<&SignedIn>,
    ) -> Result<(), AccountActError> {
        let row =
            RoleRow { account_id: account.row.account_id, organisation_id: at, role: role.code().to_owned() };
        accounts::take_role(tx, &row).await?;
        account.roles.retain(|held| held.role != role || held.at.id != at);
        self.keep_account(tx, account).await?;
        let changes = vec![format!("role_taken:{}", role.code())];
        self.write_event(tx, changed(who, &account.row, changes)).await?;
        Ok(())
    }

    /// The roles that wait for the second person at the organisations the person manages, newest first.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn role_proposals(&self, who: &SignedIn) -> Result<Vec<RoleProposal>, AccountActError> {
        if !who.may(Permission::ManageAccounts) {
            return Err(AccountActError::Forbidden);
        }
        self.record(self.accounts_read(who, "role_proposals_listed", None)).await?;
        let now = self.world.now().as_microsecond();
        let mut conn = self.store.reader().await?;
        let acts = match widest(who, Permission::ManageAccounts).ok_or(AccountActError::Forbidden)? {
            Reach::Organisation(id) => {
                pending_acts::of_organisation(&mut conn, id, GIVE_ROLE, ActState::Open, NEWEST).await?
            }
            Reach::Authority(code) => {
                pending_acts::within(&mut conn, GIVE_ROLE, ActState::Open, now, &code, NEWEST).await?
            }
            Reach::Everywhere => {
                pending_acts::within(&mut conn, GIVE_ROLE, ActState::Open, now, "", NEWEST).await?
            }
        };
        let mut waiting = Vec::with_capacity(acts.len());
        for act in acts.into_iter().filter(|act| act.expires_at > now) {
            let organisation = organisations::by_id(&mut conn, act.organisation_id).await?;
            waiting.push((act, organisation.map(|row| row.name).unwrap_or_default()));
        }
        let people: Vec<Uuid> =
            waiting.iter().flat_map(|(act, _)| act.subject_id.into_iter().chain(act.proposed_by)).collect();
        let names = self.account_names_of(&mut conn, people).await?;
        drop(conn);
        let mut proposals = Vec::with_capacity(waiting.len());
        for (act, organisation) in waiting {
            let Some(account) = act.subject_id else { continue };
            let content: ProposalContent = self.open_at(act.organisation_id, act.act_id, &act.sealed).await?;
            let instant = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN);
            proposals.push(RoleProposal {
                id: act.act_id,
                account,
                name: names.get(&account).cloned().unwrap_or_default(),
                role: content.role,
                organisation,
                proposed_by: act.proposed_by.and_then(|id| names.get(&id).cloned()),
                proposed_at: instant(act.opened_at),
                expires_at: instant(act.expires_at),
                may_decide: act.proposed_by != Some(who.account) && account != who.account,
            });
        }
        Ok(proposals)
    }

    pub(super) fn role_can_be_given(
        &self,
        account: &Account,
        role: Role,
        at: &OrganisationStanding,
    ) -> Result<(), AccountActError> {
        if account.state() == AccountState::Closed {
            return Err(StepRefused::Closed.into());
        }
        if !role.may_be_held_at(&at.kind) {
            return Err(RoleRefused::NotThere.into());
        }
        if account.holds(role, at.id) {
            return Err(RoleRefused::HeldAlready.into());
        }
        if role.counts_beside().is_some_and(|other| !account.holds(other, at.id)) {
            return Err(RoleRefused::ManagerFirst.into());
        }
        // A role must not put a person in use out of it: the training comes first.
        let in_use = account.state() == AccountState::Active;
        let trained = account.held().hold_on(FactKind::TrainingLevelOne, self.today());
        if in_use && needs_level_one(&[role]) && !trained {
            return Err(RoleRefused::LevelOneFirst.into());
        }
        Ok(())
    }

    /// Gives the role in the caller's transaction, and says so in the trail.
    pub(super) async fn put_role(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        role: Role,
        at: OrganisationStanding,
        who: Option<&SignedIn>,
    ) -> Result<(), AccountActError> {
        let (account_id, organisation_id) = (account.row.account_id, at.id);
        let row = RoleRow { account_id, organisation_id, role: role.code().to_owned() };
        accounts::give_role(tx, &row).await?;
        account.roles.push(directory::access::HeldRole { role, at });
        self.keep_account(tx, account).await?;
        self.journal_revocation(&role_of(account, role, organisation_id, false)).await?;
        let changes = vec![format!("role_given:{}", role.code())];
        self.write_event(tx, changed(who, &account.row, changes)).await?;
        Ok(())
    }

    pub(super) async fn proposal(
        &self,
        account: &Account,
        role: Role,
        at: Uuid,
        by: Option<Uuid>,
    ) -> Result<ActRow, ServiceError> {
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let now = self.world.now();
        let days = SignedDuration::from_hours(24 * i64::from(self.policy.accounts.proposal_days));
        Ok(ActRow {
            act_id,
            kind: GIVE_ROLE.to_owned(),
            organisation_id: at,
            proposed_by: by,
            subject_id: Some(account.row.account_id),
            state: ActState::Open,
            opened_at: now.as_microsecond(),
            expires_at: now.checked_add(days).unwrap_or(Timestamp::MAX).as_microsecond(),
            decided_by: None,
            decided_at: None,
            token_key: None,
            version: 1,
            sealed: self.seal_at(at, act_id, &ProposalContent { role }).await?,
        })
    }

    pub(super) async fn no_such_proposal_waits(
        &self,
        tx: &mut Tx,
        account: &Account,
        role: Role,
        at: Uuid,
    ) -> Result<(), AccountActError> {
        let now = self.world.now().as_microsecond();
        let waiting =
            pending_acts::about(tx, account.row.account_id, GIVE_ROLE, ActState::Open, NEWEST).await?;
        for act in waiting.iter().filter(|act| act.organisation_id == at && act.expires_at > now) {
            let content: ProposalContent = self.open_at(at, act.act_id, &act.sealed).await?;
            if content.role == role {
                return Err(RoleRefused::HeldAlready.into());
            }
        }
        Ok(())
    }
}
