//! The life of somebody else's account (rules 6.14, 6.16): put in use, suspended, lifted, closed, moved.

use directory::access::{
    AccountState, ClosingReason, DangerousAct, FactKind, HeldFact, Permission, Role, Step, StepRefused,
    SuspensionReason, step,
};
use jiff::Span;
use store::organisations::OrganisationRow;
use store::{Tx, account_facts, accounts, organisations, sessions};
use uuid::Uuid;

use super::changing::{AccountActError, changed};
use super::facts::{ends_are_told, warning};
use super::roles::role_of;
use super::{Account, standing};
use crate::revocations::Revocation;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What a user manager does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Put it in use.
    Activate,
    /// Suspend it.
    Suspend(SuspensionReason),
    /// Lift a suspension.
    Lift,
    /// Close it, for ever.
    Close(ClosingReason),
}

impl Change {
    /// Which dangerous act it is. To put an account in use is none: every fact was recorded before. To suspend one for
    /// another cause than misuse takes nothing that is not given back by lifting it.
    fn danger(self) -> Option<DangerousAct> {
        match self {
            Self::Suspend(SuspensionReason::Misuse) => Some(DangerousAct::SuspendForMisuse),
            Self::Lift => Some(DangerousAct::LiftSuspension),
            Self::Close(_) => Some(DangerousAct::CloseAccount),
            Self::Activate | Self::Suspend(_) => None,
        }
    }

    /// What it takes from the account, or gives back, as the journal keeps it.
    fn revokes(self, account: Uuid) -> Option<Revocation> {
        let (suspended, closed) = match self {
            // A first activation gives nothing back.
            Self::Activate => return None,
            Self::Suspend(reason) => (Some(reason), None),
            Self::Lift => (None, None),
            Self::Close(reason) => (None, Some(reason)),
        };
        Some(Revocation::Account { account, suspended, closed })
    }

    fn told(self) -> String {
        match self {
            Self::Activate => "activated".to_owned(),
            Self::Suspend(reason) => format!("suspended:{}", reason.code()),
            Self::Lift => "suspension_lifted".to_owned(),
            Self::Close(reason) => format!("closed:{}", reason.code()),
        }
    }
}

impl Directory {
    /// Takes the step; every session of the person ends in the same transaction when the account is no longer in use, on
    /// every server. A suspension for misuse opens an investigation.
    ///
    /// # Errors
    ///
    /// [`AccountActError`]; what is missing for activation is all named.
    pub async fn change_account(
        &self,
        who: &SignedIn,
        account: Uuid,
        change: Change,
    ) -> Result<AccountState, AccountActError> {
        let mut account = self.others_account(who, Permission::ManageAccounts, account).await?;
        if change == Change::Suspend(SuspensionReason::Expired) {
            return Err(StepRefused::NotFromHere.into());
        }
        if let Some(act) = change.danger() {
            self.freshly_proved(who, act)?;
        }
        if change == Change::Activate {
            let roles: Vec<(Role, Uuid)> = account.roles.iter().map(|held| (held.role, held.at.id)).collect();
            self.shields_come_first(&roles).await?;
        }
        let mut tx = self.store.begin().await?;
        self.change_in(&mut tx, &mut account, change, Some(who)).await?;
        tx.commit().await?;
        Ok(account.state())
    }

    /// Suspends an account at once because misuse is suspected, and opens the investigation (rule 6.14). For who
    /// investigates; a user manager does it with [`Directory::change_account`].
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn suspend_for_misuse(&self, who: &SignedIn, account: Uuid) -> Result<(), AccountActError> {
        let mut account = self.others_account(who, Permission::Investigate, account).await?;
        self.freshly_proved(who, DangerousAct::SuspendForMisuse)?;
        let mut tx = self.store.begin().await?;
        let change = Change::Suspend(SuspensionReason::Misuse);
        self.change_in(&mut tx, &mut account, change, Some(who)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The step inside a transaction of the caller's.
    pub(crate) async fn change_in(
        &self,
        tx: &mut Tx,
        account: &mut Account,
        change: Change,
        who: Option<&SignedIn>,
    ) -> Result<(), AccountActError> {
        let today = self.today();
        let taken = match change {
            Change::Activate => Step::Activate,
            Change::Suspend(reason) => Step::Suspend(reason),
            Change::Lift => {
                let open = accounts::open_investigations(tx, account.row.account_id).await?;
                Step::Lift { under_investigation: open > 0 }
            }
            Change::Close(_) => Step::Close,
        };
        let after = step(account.standing(), taken, &account.facts(), today)?;
        account.stand(after);
        let mut changes = vec![change.told()];
        if let Change::Close(reason) = change {
            account.sealed.closing = Some(reason);
            accounts::take_roles(tx, account.row.account_id).await?;
            changes.extend(account.roles.drain(..).map(|held| format!("role_taken:{}", held.role.code())));
        }
        if after.state == AccountState::Active {
            changes.extend(self.warnings_due(tx, account).await?);
        }
        self.keep_account(tx, account).await?;
        if let Some(revocation) = change.revokes(account.row.account_id) {
            self.journal_revocation(&revocation).await?;
        }
        if change == Change::Suspend(SuspensionReason::Misuse) {
            self.investigate_misuse(tx, account, who.map(SignedIn::account)).await?;
            changes.push("investigation_opened".to_owned());
        }
        self.write_event(tx, changed(who, &account.row, changes)).await?;
        Ok(())
    }

    /// Suspends an account for misuse inside a transaction of the caller's, who opens or has opened the investigation: its
    /// sessions end and the trail says so. False when it is closed, or suspended for misuse already.
    pub(crate) async fn suspend_for_misuse_in(
        &self,
        tx: &mut Tx,
        who: Option<&SignedIn>,
        account: Uuid,
    ) -> Result<bool, AccountActError> {
        let mut account = self.account_by_id(account).await?.ok_or(AccountActError::NotFound)?;
        let reason = SuspensionReason::Misuse;
        let taken = step(account.standing(), Step::Suspend(reason), &account.facts(), self.today());
        let Ok(after) = taken else { return Ok(false) };
        account.stand(after);
        self.keep_account(tx, &mut account).await?;
        if let Some(revocation) = Change::Suspend(reason).revokes(account.row.account_id) {
            self.journal_revocation(&revocation).await?;
        }
        let changes = vec![Change::Suspend(reason).told()];
        self.write_event(tx, changed(who, &account.row, changes)).await?;
        Ok(true)
    }

    /// Moves a person to another organisation. The roles at the old one go at once, and so does its need for the job: the
    /// new employer confirms its own (rule 6.5). Roles held elsewhere stay. The person managing reaches both.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn move_account(&self, who: &SignedIn, account: Uuid, to: Uuid) -> Result<(), AccountActError> {
        let mut account = self.others_account(who, Permission::ManageAccounts, account).await?;
        if account.state() == AccountState::Closed {
            return Err(StepRefused::Closed.into());
        }
        let to = self.organisation_within(who, Permission::ManageAccounts, to).await?;
        let from = account.row.organisation_id;
        if from == to.organisation_id {
            return Err(StepRefused::NotFromHere.into());
        }
        let today = self.today();
        let mut tx = self.store.begin().await?;
        let mut changes = vec!["moved_organisation".to_owned()];
        accounts::take_roles_at(&mut tx, account.row.account_id, from).await?;
        let taken: Vec<Role> =
            account.roles.iter().filter(|held| held.at.id == from).map(|held| held.role).collect();
        changes.extend(taken.iter().map(|role| format!("role_taken:{}", role.code())));
        account.roles.retain(|held| held.at.id != from);
        let mut held = account.held();
        if let Some(need) = held.of(FactKind::NeedForJob) {
            let ended = today.checked_sub(Span::new().days(1)).unwrap_or(today);
            let fact = HeldFact { from: need.from.min(ended), until: Some(ended) };
            let row = {
                let mut rng = self.world.chance.generator();
                let (id, by) = (account.row.account_id, Some(who.account));
                self.fact_row(id, &account.bundle, FactKind::NeedForJob, fact, "moved", by, &mut rng)?
            };
            account_facts::insert(&mut tx, &row).await?;
            held.put(FactKind::NeedForJob, fact);
            account.sealed.facts = Some(held);
        }
        account.row.organisation_id = to.organisation_id;
        account.organisation = to;
        self.keep_account(&mut tx, &mut account).await?;
        for role in &taken {
            self.journal_revocation(&role_of(&account, *role, from, true)).await?;
        }
        sessions::remove_of_account(&mut tx, account.row.account_id).await?;
        self.write_event(&mut tx, changed(Some(who), &account.row, changes)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The organisation, when the person has the permission over it.
    pub(super) async fn organisation_within(
        &self,
        who: &SignedIn,
        permission: Permission,
        id: Uuid,
    ) -> Result<OrganisationRow, AccountActError> {
        if !who.may(permission) {
            return Err(AccountActError::Forbidden);
        }
        let found = organisations::by_id(&mut self.store.reader().await?, id).await?;
        let today = self.today();
        found
            .filter(|organisation| who.may_at(permission, &standing(organisation, today)))
            .ok_or(AccountActError::NotFound)
    }

    async fn warnings_due(&self, tx: &mut Tx, account: &Account) -> Result<Vec<String>, ServiceError> {
        let mut due = Vec::new();
        for (kind, until) in self.runs_out_soon(account) {
            if ends_are_told(kind)
                && let Some(days) = self.policy.accounts.facts.warning_due(until, self.today())
                && self.warn_once(tx, account.row.account_id, kind, until, days).await?
            {
                due.push(warning(kind, days));
            }
        }
        Ok(due)
    }
}
