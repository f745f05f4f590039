//! Asking for an account: by the lead of an organisation for its people, or by a user manager. It begins as requested,
//! without a password, and nobody can enter with it.

use directory::access::{HeldFacts, HeldRole, Permission, Role};
use rand::RngExt as _;
use store::accounts::{self, AccountRow, RoleRow};
use store::organisations::OrganisationRow;
use store::{Tx, account_names, key_store, pending_acts};
use uuid::Uuid;
use vault::Bundle;

use super::changing::{AccountActError, changed};
use super::{Account, Sealed, fold, standing};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct RequestedAccount {
    /// What the person will type: 3 to 40 letters, digits and `. _ - @`; folded to lower case.
    pub username: String,
    /// What pages call them.
    pub name: String,
    /// The organisation they work for.
    pub organisation: Uuid,
    /// The roles they need there.
    pub roles: Vec<Role>,
}

/// Why an account was not asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Not a username.
    #[error("a username has 3 to 40 letters, digits, dots, dashes, underscores or @, and no spaces")]
    Username,
    /// Not a name.
    #[error("a name has 2 to 80 characters")]
    Name,
    /// Usernames are unique for ever, those of closed accounts too.
    #[error("this username is or was in use; usernames are never used twice, choose another")]
    Taken,
    /// One of the roles cannot be held there.
    #[error("a role cannot be held at an organisation of this kind")]
    RoleNotThere,
    /// The shield desk is named from among managers.
    #[error("the shield desk counts beside a manager’s role alone; ask for that too")]
    RoleAlone,
    /// As for any act on accounts.
    #[error(transparent)]
    Act(#[from] AccountActError),
}

impl From<store::StoreError> for RequestError {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::UniqueViolation(_) => Self::Taken,
            other => Self::Act(other.into()),
        }
    }
}

impl From<ServiceError> for RequestError {
    fn from(error: ServiceError) -> Self {
        Self::Act(error.into())
    }
}

/// Whether a text can be a username.
pub(super) fn is_username(folded: &str) -> bool {
    (3..=40).contains(&folded.len())
        && folded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte))
}

/// Whether a text can be a person's name.
pub(super) fn is_name(text: &str) -> bool {
    (2..=80).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

impl Directory {
    /// Makes a requested account. Each role is given if the person may give it alone, and otherwise proposed to a user
    /// manager, who is the second person.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn request_account(
        &self,
        who: &SignedIn,
        asked: &RequestedAccount,
    ) -> Result<Uuid, RequestError> {
        let organisation =
            self.organisation_within(who, Permission::RequestAccount, asked.organisation).await?;
        let username = fold(&asked.username);
        if !is_username(&username) {
            return Err(RequestError::Username);
        }
        let name = asked.name.trim();
        if !is_name(name) {
            return Err(RequestError::Name);
        }
        if asked.roles.iter().any(|role| !role.may_be_held_at(&organisation.kind)) {
            return Err(RequestError::RoleNotThere);
        }
        if asked
            .roles
            .iter()
            .any(|role| role.counts_beside().is_some_and(|other| !asked.roles.contains(&other)))
        {
            return Err(RequestError::RoleAlone);
        }
        if self.account_named(&username).await?.is_some() {
            return Err(RequestError::Taken);
        }
        let mut account = self.unborn_account(&username, name, organisation)?;
        self.keep_keys_of([&account]).await?;
        let at = standing(&account.organisation, self.today());
        let gives = who.may_at(Permission::ManageAccounts, &at);
        let mut acts = Vec::new();
        let mut changes = vec!["account_requested".to_owned()];
        let mut roles = asked.roles.clone();
        roles.sort_unstable();
        roles.dedup();
        for role in roles {
            if gives && !role.needs_second_person() {
                changes.push(format!("role_given:{}", role.code()));
                account.roles.push(HeldRole { role, at: at.clone() });
            } else {
                changes.push(format!("role_proposed:{}", role.code()));
                acts.push(self.proposal(&account, role, at.id, Some(who.account)).await?);
            }
        }
        let mut tx = self.store.begin().await?;
        self.add_account(&mut tx, &account).await?;
        for act in &acts {
            pending_acts::insert(&mut tx, act).await?;
        }
        self.write_event(&mut tx, changed(Some(who), &account.row, changes)).await?;
        tx.commit().await?;
        Ok(account.row.account_id)
    }

    /// An account that is not in the store yet: requested, without facts, roles or password.
    pub(super) fn unborn_account(
        &self,
        username: &str,
        name: &str,
        organisation: OrganisationRow,
    ) -> Result<Account, ServiceError> {
        let mut rng = self.world.chance.generator();
        let account_id = vault::uuid_v4(rng.random());
        let sealed = Sealed {
            username: username.to_owned(),
            display_name: name.to_owned(),
            totp_secret: rng.random::<[u8; 20]>().to_vec(),
            last_sign_in: None,
            facts: Some(HeldFacts::default()),
            suspension: None,
            closing: None,
            recovered: None,
            own_address: None,
        };
        let bundle = Bundle::with_identity_slot(&mut rng);
        let row = AccountRow {
            account_id,
            username_key: self.keys.accounts.hash(0, username.as_bytes()),
            organisation_id: organisation.organisation_id,
            state: accounts::AccountState::Requested,
            sealed: self.seal_account(account_id, &bundle, &sealed, &mut rng)?,
            password_hash: String::new(),
            clearance_until: None,
            training_until: None,
            need_until: None,
            version: 1,
        };
        Ok(Account { row, sealed, bundle, organisation, roles: Vec::new() })
    }

    /// Commits the keys of accounts before the accounts themselves: a key without a row is harmless.
    pub(super) async fn keep_keys_of<'a>(
        &self,
        accounts: impl IntoIterator<Item = &'a Account>,
    ) -> Result<(), ServiceError> {
        let mut rows = Vec::new();
        for account in accounts {
            let mut rng = self.world.chance.generator();
            rows.push(self.bundle_row(account.row.account_id, &account.bundle, &mut rng)?);
        }
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &rows).await?;
        Ok(keys.commit().await?)
    }

    /// Adds an account with its names and the roles it holds.
    pub(super) async fn add_account(&self, tx: &mut Tx, account: &Account) -> Result<(), store::StoreError> {
        accounts::put(tx, &account.row).await?;
        let id = account.row.account_id;
        account_names::add(tx, id, &self.name_keys(&account.sealed)).await?;
        for held in &account.roles {
            let role = held.role.code().to_owned();
            accounts::give_role(tx, &RoleRow { account_id: id, organisation_id: held.at.id, role }).await?;
        }
        Ok(())
    }
}
