//! What every change to somebody's account has in common: whose it is, who may, and that nothing is overwritten.

use audit::{AccountChangeDetail, Action, Detail};
use directory::access::{AccountState, FactFault, FactKind, Permission, Role, Standing, StepRefused};
use directory::names;
use store::accounts::AccountRow;
use store::{Key16, Tx, accounts, sessions};
use uuid::Uuid;

use super::roles::RoleRefused;
use super::{Account, Sealed, midnight, standing};
use crate::proposers::ProposerMayNot;
use crate::session::SignedIn;
use crate::sign_in::StepUpFirst;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Why somebody's account was not changed or shown.
#[derive(Debug, thiserror::Error)]
pub enum AccountActError {
    /// There is none, or it is not within the person's reach: the answer is the same.
    #[error("there is no such account within your reach")]
    NotFound,
    /// The person's roles do not allow it.
    #[error("this account may not do this")]
    Forbidden,
    /// Nobody changes their own account (rule 12.13).
    #[error("nobody changes their own account; ask another user manager")]
    Own,
    /// Somebody else changed it in the meantime; nothing was written.
    #[error("somebody else has just changed this account; look at it again")]
    Changed,
    /// The fact cannot be recorded so.
    #[error(transparent)]
    Fact(#[from] FactFault),
    /// The step is not possible.
    #[error(transparent)]
    Step(#[from] StepRefused),
    /// The role cannot be given.
    #[error(transparent)]
    Role(#[from] RoleRefused),
    /// In that area nobody's whereabouts could be hidden yet (rule 2.17).
    #[error(
        "nobody is let in to search for children here before two people decide about shields: name two managers of the authority to its shield desk first, and see that it is accredited for shielding"
    )]
    NoShieldDesk,
    /// Who proposed the role was suspended since.
    #[error(transparent)]
    ProposerMayNot(#[from] ProposerMayNot),
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for AccountActError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// The kinds of a name's hash: whole folded names, and their words.
const WHOLE_NAME: u16 = 1;
const NAME_WORD: u16 = 2;

impl Directory {
    /// The account, when the person has the permission over its organisation. Without the permission anywhere the answer is
    /// that, and no account is looked for.
    pub(super) async fn account_within(
        &self,
        who: &SignedIn,
        permission: Permission,
        id: Uuid,
    ) -> Result<Account, AccountActError> {
        if !who.may(permission) {
            return Err(AccountActError::Forbidden);
        }
        let account = self.account_by_id(id).await?.ok_or(AccountActError::NotFound)?;
        if !who.may_at(permission, &standing(&account.organisation, self.today())) {
            return Err(AccountActError::NotFound);
        }
        Ok(account)
    }

    /// As [`Directory::account_within`], for a change: nobody changes their own (rule 12.13).
    pub(super) async fn others_account(
        &self,
        who: &SignedIn,
        permission: Permission,
        id: Uuid,
    ) -> Result<Account, AccountActError> {
        let account = self.account_within(who, permission, id).await?;
        if account.row.account_id == who.account { Err(AccountActError::Own) } else { Ok(account) }
    }

    /// Writes an account back with the dates its facts give, and ends its sessions when it is not in use. It is written
    /// only while it is as it was read.
    pub(crate) async fn keep_account(
        &self,
        tx: &mut Tx,
        account: &mut Account,
    ) -> Result<(), AccountActError> {
        if account.sealed.facts.is_none() {
            account.sealed.facts = Some(account.held());
        }
        let held = account.held();
        account.row.clearance_until = held.clearance_until().map(midnight);
        account.row.need_until = held.of(FactKind::NeedForJob).and_then(|need| need.until).map(midnight);
        account.row.training_until = held.training_until(&account.held_roles()).map(midnight);
        let mut rng = self.world.chance.generator();
        account.row.sealed =
            self.seal_account(account.row.account_id, &account.bundle, &account.sealed, &mut rng)?;
        if !accounts::replace(tx, &account.row).await? {
            return Err(AccountActError::Changed);
        }
        account.row.version += 1;
        if account.state() != AccountState::Active {
            sessions::remove_of_account(tx, account.row.account_id).await?;
        }
        Ok(())
    }

    /// The hashes an account is found by: its whole name, the words of its name, its username.
    pub(crate) fn name_keys(&self, sealed: &Sealed) -> Vec<Key16> {
        let words = names::words(&sealed.display_name).into_iter().chain(names::words(&sealed.username));
        let mut keys: Vec<Key16> = words.map(|word| self.name_word_key(&word)).collect();
        keys.push(self.whole_name_key(&sealed.display_name));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The hash of a whole name.
    pub(crate) fn whole_name_key(&self, name: &str) -> Key16 {
        self.keys.accounts.hash(WHOLE_NAME, names::fold(name).as_bytes())
    }

    /// The hash of one folded word of a name, or of a username.
    pub(crate) fn name_word_key(&self, word: &str) -> Key16 {
        self.keys.accounts.hash(NAME_WORD, word.as_bytes())
    }
}

impl Account {
    /// Puts the account where a step led.
    pub(crate) fn stand(&mut self, at: Standing) {
        self.row.state = row_state(at.state);
        self.sealed.suspension = at.suspension;
    }

    /// What goes with a role that is taken: what the person holds there that counts beside it alone, before the role itself.
    pub(crate) fn falling_with(&self, role: Role, organisation: Uuid) -> Vec<Role> {
        let there = self.roles.iter().filter(|held| held.at.id == organisation).map(|held| held.role);
        there.filter(|other| other.counts_beside() == Some(role)).chain([role]).collect()
    }

    /// Whether the person holds the role at that organisation.
    pub(crate) fn holds(&self, role: Role, organisation: Uuid) -> bool {
        self.roles.iter().any(|held| held.role == role && held.at.id == organisation)
    }
}

pub(super) fn row_state(state: AccountState) -> accounts::AccountState {
    match state {
        AccountState::Requested => accounts::AccountState::Requested,
        AccountState::Verified => accounts::AccountState::Verified,
        AccountState::Trained => accounts::AccountState::Trained,
        AccountState::Active => accounts::AccountState::Active,
        AccountState::Suspended => accounts::AccountState::Suspended,
        AccountState::Closed => accounts::AccountState::Closed,
    }
}

/// The entry of a change; `who` is none for the operator and the service itself.
pub(crate) fn changed(who: Option<&SignedIn>, account: &AccountRow, changes: Vec<String>) -> Event {
    let detail = AccountChangeDetail { account: Some(account.account_id), changes };
    let event = Event::new(Action::AccountChanged, Detail::AccountChange(detail));
    let event = match who {
        Some(who) => event.by(who),
        None => event,
    };
    event.changing_account(account.account_id)
}
