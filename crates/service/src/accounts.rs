//! Accounts: their personal parts sealed, their facts carried with them, so that entry is decided without a search.

mod changing;
mod expiry;
mod facts;
mod joiner_rows;
mod joiners;
mod life;
mod lists;
mod requests;
mod roles;
mod sheet;
mod shields_first;

pub use changing::AccountActError;
pub(crate) use changing::changed;
pub use facts::NewFact;
pub use joiners::{Import, ImportBy, ImportFault, ImportLine, ImportReport};
pub use life::Change;
pub(crate) use lists::reaches_of;
pub use lists::{AccountLine, AccountQuery, AccountReach, AccountsPage, Cursor, SoonPage};
pub use requests::{RequestError, RequestedAccount};
pub use roles::{Given, RoleProposal, RoleRefused};
pub use sheet::{AccountSheet, ChangeLine, FactLine, RoleLine};

use audit::{AccountChangeDetail, Action, Detail};
use directory::access::{
    AccountFacts, AccountState, Capabilities, ClosingReason, FactKind, HeldFact, HeldFacts, HeldRole,
    OrganisationStanding, PasswordFault, Permission, Role, Standing, SuspensionReason, may, needs_level_one,
};
use directory::watching::OwnAddress;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::accounts::{AccountRow, RoleRow};
use store::organisations::{OrganisationRow, OrganisationState};
use store::{account_facts, account_names, accounts, key_store, organisations};
use totp_rs::{Builder, Totp};
use uuid::Uuid;
use vault::{Aad, Bundle};

use crate::sign_in::may_be_taken;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A new account, with the facts rule 6.5 asks for already evidenced.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the person types; folded to lower case.
    pub username: String,
    /// What pages call them.
    pub display_name: String,
    /// As `directory::access::check_password` lets it be.
    pub password: String,
    /// The organisation they work for.
    pub organisation: Uuid,
    /// Their roles.
    pub roles: Vec<Role>,
    /// When the enhanced disclosure check ends (rule 6.6).
    pub clearance_until: Timestamp,
    /// When the training ends.
    pub training_until: Timestamp,
}

/// Why an account could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Usernames are unique for ever.
    #[error("the username is taken; usernames are never used twice, choose another")]
    Taken,
    /// The password may not be taken.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// There is no such account.
    #[error("there is no account with this username")]
    Unknown,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for AccountError {
    fn from(error: store::StoreError) -> Self {
        match error {
            store::StoreError::UniqueViolation(_) => Self::Taken,
            other => Self::Service(other.into()),
        }
    }
}

/// The evidence of facts that the operator of the installation holds on paper.
const ON_PAPER: &str = "on-paper";

/// The personal part of an account.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) totp_secret: Vec<u8>,
    /// The last successful sign-in, microseconds UTC, so that the next one can show it.
    pub(crate) last_sign_in: Option<i64>,
    /// The newest fact of each kind; none in an account of before facts were recorded one by one.
    #[serde(default)]
    pub(crate) facts: Option<HeldFacts>,
    /// Why it is suspended, when it is.
    #[serde(default)]
    pub(crate) suspension: Option<SuspensionReason>,
    /// Why it was closed, when it was.
    #[serde(default)]
    pub(crate) closing: Option<ClosingReason>,
    /// A recovery of which the person has not been told yet.
    #[serde(default)]
    pub(crate) recovered: Option<crate::recovery::Recovered>,
    /// Where the person lives, when they said so, to know their own house again (rule 7.9).
    #[serde(default)]
    pub(crate) own_address: Option<OwnAddress>,
}

impl Sealed {
    /// RFC 6238 with the parameters every authenticator app knows: SHA-1, six digits, thirty seconds, one step of skew.
    pub(crate) fn totp(&self) -> Result<Totp, ServiceError> {
        Builder::new().with_secret(self.totp_secret.clone().into_boxed_slice()).build().map_err(|error| {
            ServiceError::internal(format!("an account's one-time-code secret is unusable: {error}"))
        })
    }
}

/// An account as the use cases read it.
pub(crate) struct Account {
    pub(crate) row: AccountRow,
    pub(crate) sealed: Sealed,
    pub(crate) bundle: Bundle,
    pub(crate) organisation: OrganisationRow,
    pub(crate) roles: Vec<HeldRole>,
}

impl Account {
    /// The facts access follows from (rules 6.5, 6.6, 11.2).
    pub(crate) fn facts(&self) -> AccountFacts {
        AccountFacts {
            state: self.state(),
            organisation_accredited_until: accredited_until(&self.organisation),
            serves_accreditation: self.organisation.state != OrganisationState::Withdrawn
                && (may(&self.roles, Permission::ApplyForAccreditation)
                    || may(&self.roles, Permission::ManageOrganisations)),
            needs_level_one: needs_level_one(&self.held_roles()),
            held: self.held(),
        }
    }

    /// Where it stands in its life.
    pub(crate) fn state(&self) -> AccountState {
        AccountState::from_code(self.row.state.as_str()).unwrap_or(AccountState::Closed)
    }

    /// Where it stands, with the reason of a suspension.
    pub(crate) fn standing(&self) -> Standing {
        Standing { state: self.state(), suspension: self.sealed.suspension }
    }

    /// The roles, wherever they are held.
    pub(crate) fn held_roles(&self) -> Vec<Role> {
        self.roles.iter().map(|held| held.role).collect()
    }

    /// The newest fact of each kind. An account of before facts were recorded one by one was only made with all of them on
    /// paper; its two columns are what is known of their ends.
    pub(crate) fn held(&self) -> HeldFacts {
        if let Some(facts) = &self.sealed.facts {
            return facts.clone();
        }
        let ends = |until: Option<i64>| until.map(day_of);
        on_paper(ends(self.row.clearance_until), ends(self.row.training_until))
    }
}

/// The facts of an account that is made with all of them on paper, the training of either level.
fn on_paper(clearance_until: Option<Date>, training_until: Option<Date>) -> HeldFacts {
    let mut facts = HeldFacts::default();
    for kind in FactKind::ALL.iter().copied() {
        let until = match kind {
            FactKind::Clearance => clearance_until,
            FactKind::TrainingLevelOne | FactKind::TrainingLevelTwo => training_until,
            _ => None,
        };
        let ends_by_itself = kind == FactKind::Clearance || kind.is_training();
        if !ends_by_itself || until.is_some() {
            facts.put(kind, HeldFact { from: Date::MIN, until });
        }
    }
    facts
}

/// The day of an instant, microseconds UTC.
pub(crate) fn day_of(micros: i64) -> Date {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN).to_zoned(TimeZone::UTC).date()
}

/// The midnight a day begins with, microseconds UTC.
pub(crate) fn midnight(day: Date) -> i64 {
    day.to_zoned(TimeZone::UTC).map_or(i64::MAX, |midnight| midnight.timestamp().as_microsecond())
}

impl Directory {
    /// Makes an active account of a person whose facts are all on paper: the first accounts of a service, and the demo's.
    /// Every other account is asked for, and its facts are recorded one by one. Its one-time-code secret is random; [`Directory::enrolment`] shows it once.
    ///
    /// # Errors
    ///
    /// [`AccountError::Taken`], [`AccountError::Password`], or the system's.
    pub async fn create_account(&self, new: NewAccount) -> Result<Uuid, AccountError> {
        may_be_taken(&new.password, &new.username, &new.display_name)?;
        let mut rng = self.world.chance.generator();
        let account_id = vault::uuid_v4(rng.random());
        let password_hash = self.hash_password(new.password.clone()).await?;
        let today = self.today();
        let mut facts = HeldFacts::default();
        let ends = [new.clearance_until, new.training_until].map(|end| day_of(end.as_microsecond()));
        for kind in FactKind::ALL.iter().copied() {
            let until = match kind {
                FactKind::Clearance => Some(ends[0]),
                FactKind::TrainingLevelOne if !needs_level_one(&new.roles) => continue,
                FactKind::TrainingLevelTwo if needs_level_one(&new.roles) => continue,
                FactKind::TrainingLevelOne | FactKind::TrainingLevelTwo => Some(ends[1]),
                _ => None,
            };
            let from = until.map_or(today, |until| until.min(today));
            facts.put(kind, HeldFact { from, until });
        }
        let sealed = Sealed {
            username: fold(&new.username),
            display_name: new.display_name.clone(),
            totp_secret: rng.random::<[u8; 20]>().to_vec(),
            last_sign_in: None,
            facts: Some(facts.clone()),
            suspension: None,
            closing: None,
            recovered: None,
            own_address: None,
        };
        let bundle = Bundle::with_identity_slot(&mut rng);
        let row = AccountRow {
            account_id,
            username_key: self.keys.accounts.hash(0, sealed.username.as_bytes()),
            organisation_id: new.organisation,
            state: accounts::AccountState::Active,
            sealed: self.seal_account(account_id, &bundle, &sealed, &mut rng)?,
            password_hash,
            clearance_until: Some(new.clearance_until.as_microsecond()),
            training_until: Some(new.training_until.as_microsecond()),
            need_until: None,
            version: 1,
        };
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(account_id, &bundle, &mut rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin().await?;
        accounts::put(&mut tx, &row).await?;
        account_names::add(&mut tx, account_id, &self.name_keys(&sealed)).await?;
        for kind in FactKind::ALL.iter().copied() {
            if let Some(fact) = facts.of(kind) {
                let row = self.fact_row(account_id, &bundle, kind, fact, ON_PAPER, None, &mut rng)?;
                account_facts::insert(&mut tx, &row).await?;
            }
        }
        for role in &new.roles {
            let held =
                RoleRow { account_id, organisation_id: new.organisation, role: role.code().to_owned() };
            accounts::give_role(&mut tx, &held).await?;
        }
        let changes = std::iter::once("account_created".to_owned())
            .chain(new.roles.iter().map(|role| format!("role_given:{}", role.code())))
            .collect();
        let detail = AccountChangeDetail { account: Some(account_id), changes };
        let event =
            Event::new(Action::AccountChanged, Detail::AccountChange(detail)).changing_account(account_id);
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(account_id)
    }

    /// Whether an account with this username exists.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn has_account(&self, username: &str) -> Result<bool, ServiceError> {
        Ok(self.account_named(username).await?.is_some())
    }

    /// The current one-time code of an account: what the person's authenticator shows. For enrolment and the demo;
    /// no route of the web reaches it.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] or the system's.
    pub async fn current_code(&self, username: &str) -> Result<String, AccountError> {
        let account = self.account_named(username).await?.ok_or(AccountError::Unknown)?;
        let seconds = u64::try_from(self.world.now().as_second()).unwrap_or_default();
        Ok(account.sealed.totp()?.generate(seconds).to_string())
    }

    /// The secret to type into an authenticator, in base 32.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`] or the system's.
    pub async fn enrolment(&self, username: &str) -> Result<String, AccountError> {
        let account = self.account_named(username).await?.ok_or(AccountError::Unknown)?;
        Ok(account.sealed.totp()?.secret().to_base32())
    }

    pub(crate) async fn account_named(&self, username: &str) -> Result<Option<Account>, ServiceError> {
        let username_key = self.keys.accounts.hash(0, fold(username).as_bytes());
        let mut conn = self.store.reader().await?;
        match accounts::by_username(&mut conn, username_key).await? {
            Some(row) => Ok(Some(self.open_account(&mut conn, row).await?)),
            None => Ok(None),
        }
    }

    pub(crate) async fn account_by_id(&self, id: Uuid) -> Result<Option<Account>, ServiceError> {
        let mut conn = self.store.reader().await?;
        match accounts::by_id(&mut conn, id).await? {
            Some(row) => Ok(Some(self.open_account(&mut conn, row).await?)),
            None => Ok(None),
        }
    }

    pub(crate) async fn open_account(
        &self,
        conn: &mut store::Conn,
        row: AccountRow,
    ) -> Result<Account, ServiceError> {
        let organisation = organisations::by_id(conn, row.organisation_id)
            .await?
            .ok_or_else(|| ServiceError::internal("an account's organisation is missing"))?;
        let bundle = self.bundle_of(row.account_id).await?;
        let sealed = open_sealed(&bundle, &row)?;
        let today = self.today();
        let mut roles = Vec::new();
        for held in accounts::roles_of(conn, row.account_id).await? {
            let Some(role) = Role::from_code(&held.role) else { continue };
            let at = if held.organisation_id == organisation.organisation_id {
                standing(&organisation, today)
            } else {
                let elsewhere = organisations::by_id(conn, held.organisation_id).await?;
                standing(
                    &elsewhere.ok_or_else(|| ServiceError::internal("a role's organisation is missing"))?,
                    today,
                )
            };
            roles.push(HeldRole { role, at });
        }
        Ok(Account { row, sealed, bundle, organisation, roles })
    }

    pub(crate) fn seal_account(
        &self,
        account: Uuid,
        bundle: &Bundle,
        sealed: &Sealed,
        rng: &mut rand_chacha::ChaCha12Rng,
    ) -> Result<Vec<u8>, ServiceError> {
        let key = bundle.key(0).ok_or_else(|| ServiceError::internal("an account's data key is gone"))?;
        let plain = serde_json::to_vec(sealed).map_err(ServiceError::internal)?;
        Ok(vault::seal(key, Aad::new(account, 0), &plain, rng)?)
    }

    pub(crate) async fn bundle_of(&self, owner: Uuid) -> Result<Bundle, ServiceError> {
        let mut wrapped = self.wrapped_bundles(&[owner]).await?;
        let (generation, bytes) = wrapped
            .remove(&owner)
            .ok_or_else(|| ServiceError::internal("a data key is missing from the key store"))?;
        self.keys.unwrap(owner, generation, &bytes)
    }
}

/// Opens the personal part of an account.
fn open_sealed(bundle: &Bundle, row: &AccountRow) -> Result<Sealed, ServiceError> {
    let key = bundle.key(0).ok_or_else(|| ServiceError::internal("an account's data key is gone"))?;
    let plain = vault::open(key, Aad::new(row.account_id, 0), &row.sealed)?;
    serde_json::from_slice(&plain).map_err(ServiceError::internal)
}

/// The last day of an organisation's accreditation; none when it has none.
pub(crate) fn accredited_until(organisation: &OrganisationRow) -> Option<Date> {
    match (organisation.state, organisation.accredited_until) {
        (OrganisationState::Accredited, Some(until)) => {
            let until = Timestamp::from_microsecond(until).unwrap_or(Timestamp::MIN);
            Some(until.to_zoned(TimeZone::UTC).date())
        }
        (OrganisationState::Accredited, None) => Some(Date::MAX),
        _ => None,
    }
}

/// An organisation as access asks about it: without accreditation no capability is on.
pub(crate) fn standing(organisation: &OrganisationRow, today: Date) -> OrganisationStanding {
    let accredited = accredited_until(organisation).is_some_and(|until| today <= until);
    OrganisationStanding {
        id: organisation.organisation_id,
        kind: organisation.kind.clone(),
        authority: organisation.authority_code.clone(),
        capabilities: if accredited {
            Capabilities::on(&organisation.capabilities, today)
        } else {
            Capabilities::none()
        },
    }
}

/// Usernames are compared without regard to case or surrounding space.
pub(crate) fn fold(username: &str) -> String {
    username.trim().to_lowercase()
}
