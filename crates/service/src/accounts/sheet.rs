//! One account, as the people who keep accounts see it: its facts, what it lacks, its roles, what was done to it.

use audit::{Action, Detail, Header};
use directory::access::{
    AccountState, ClosingReason, FactKind, HeldFact, Lapse, Permission, Role, SuspensionReason, missing,
};
use jiff::Timestamp;
use jiff::civil::Date;
use store::audit::{EntryRow, LookupKind};
use store::{account_facts, audit as trail, organisations};
use uuid::Uuid;
use vault::Aad;

use super::changing::AccountActError;
use super::facts::FactContent;
use super::{Account, day_of, standing};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// A fact as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactLine {
    /// What it says.
    pub kind: FactKind,
    /// The days on which it holds.
    pub held: HeldFact,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// By whom; none for the operator and the service.
    pub recorded_by: Option<String>,
    /// The reference of its evidence.
    pub evidence: String,
    /// Whether it is the newest of its kind, which counts.
    pub counts: bool,
}

/// A role and where it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleLine {
    /// The role.
    pub role: Role,
    /// Where.
    pub organisation_id: Uuid,
    /// Its name.
    pub organisation: String,
}

/// Something that was done to the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLine {
    /// When.
    pub at: Timestamp,
    /// By whom; none for the operator and the service.
    pub by: Option<String>,
    /// What, as stable codes.
    pub changes: Vec<String>,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSheet {
    /// Which.
    pub id: Uuid,
    /// The person's name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The organisation they work for.
    pub organisation_id: Uuid,
    /// Its name.
    pub organisation: String,
    /// Where the account stands.
    pub state: AccountState,
    /// Why it is suspended, when it is.
    pub suspension: Option<SuspensionReason>,
    /// Why it was closed, when it was.
    pub closing: Option<ClosingReason>,
    /// What is missing today for use of the account, all of it.
    pub missing: Vec<Lapse>,
    /// The last day of the clearance.
    pub clearance_until: Option<Date>,
    /// The last day of the training the roles ask for.
    pub training_until: Option<Date>,
    /// The facts, newest first.
    pub facts: Vec<FactLine>,
    /// The roles.
    pub roles: Vec<RoleLine>,
    /// What was done to the account, newest first.
    pub history: Vec<ChangeLine>,
    /// The last successful sign-in.
    pub last_sign_in: Option<Timestamp>,
    /// Whether it is the viewer's own: nobody changes their own.
    pub own: bool,
    /// Whether the viewer manages it.
    pub may_manage: bool,
    /// Whether the viewer records training.
    pub may_train: bool,
    /// Whether the viewer may suspend it for misuse.
    pub may_investigate: bool,
}

/// How many facts and changes are shown.
const NEWEST: i64 = 100;

impl Directory {
    /// One account within the person's reach. The reading is in the trail before it is answered.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn account_sheet(&self, who: &SignedIn, id: Uuid) -> Result<AccountSheet, AccountActError> {
        let account = self.account_within(who, Permission::ViewAccounts, id).await?;
        self.record(self.accounts_read(who, "account_opened", Some(id))).await?;
        let today = self.today();
        let mut conn = self.store.reader().await?;
        let rows = account_facts::of_account(&mut conn, id, NEWEST).await?;
        let key = self.action_handle(id, Action::AccountChanged);
        let entries = trail::by_lookup(&mut conn, LookupKind::Action, key, NEWEST).await?;
        let mut history = Vec::new();
        for entry in &entries {
            let header = Header::parse(&entry.header).map_err(ServiceError::internal)?;
            let by = header.account.map(|handle| Uuid::from_bytes(*handle.as_bytes()));
            history.push((header.at, by, self.changes_of(entry).await?));
        }
        let people =
            rows.iter().filter_map(|row| row.recorded_by).chain(history.iter().filter_map(|line| line.1));
        let names = self.account_names_of(&mut conn, people.collect()).await?;
        let mut roles = Vec::new();
        for held in &account.roles {
            let organisation = organisations::by_id(&mut conn, held.at.id).await?;
            let organisation = organisation.map(|row| row.name).unwrap_or_default();
            roles.push(RoleLine { role: held.role, organisation_id: held.at.id, organisation });
        }
        roles.sort_by(|a, b| (a.role, &a.organisation).cmp(&(b.role, &b.organisation)));
        drop(conn);
        let held = account.held();
        let mut seen = Vec::new();
        let facts = rows
            .iter()
            .filter_map(|row| Some((FactKind::from_code(&row.kind)?, row)))
            .map(|(kind, row)| {
                let counts = !seen.contains(&kind);
                seen.push(kind);
                Ok(FactLine {
                    kind,
                    held: HeldFact { from: day_of(row.holds_from), until: row.holds_until.map(day_of) },
                    recorded_at: Timestamp::from_microsecond(row.recorded_at).unwrap_or(Timestamp::MIN),
                    recorded_by: row.recorded_by.and_then(|by| names.get(&by).cloned()),
                    evidence: evidence_of(&account, row)?,
                    counts,
                })
            })
            .collect::<Result<Vec<_>, ServiceError>>()?;
        let at = standing(&account.organisation, today);
        let own = account.row.account_id == who.account;
        let may = |permission| !own && who.may_at(permission, &at);
        Ok(AccountSheet {
            id,
            name: account.sealed.display_name.clone(),
            username: account.sealed.username.clone(),
            organisation_id: account.row.organisation_id,
            organisation: account.organisation.name.clone(),
            state: account.state(),
            suspension: account.sealed.suspension,
            closing: account.sealed.closing,
            missing: missing(&account.facts(), today),
            clearance_until: held.clearance_until(),
            training_until: held.training_until(&account.held_roles()),
            facts,
            roles,
            history: history
                .into_iter()
                .map(|(at, by, changes)| ChangeLine {
                    at,
                    by: by.and_then(|by| names.get(&by).cloned()),
                    changes,
                })
                .collect(),
            last_sign_in: account
                .sealed
                .last_sign_in
                .and_then(|micros| Timestamp::from_microsecond(micros).ok()),
            own,
            may_manage: may(Permission::ManageAccounts),
            may_train: may(Permission::ManageAccounts) || may(Permission::RecordTraining),
            may_investigate: may(Permission::Investigate),
        })
    }

    /// What an entry says was done to an account; nothing when it is not readable any more.
    async fn changes_of(&self, entry: &EntryRow) -> Result<Vec<String>, ServiceError> {
        let month = entry.month.replace('-', "").parse().map_err(ServiceError::internal)?;
        let Some(key) = self.kept_audit_key(month).await? else { return Ok(Vec::new()) };
        let Ok(body) = vault::open(&key, Aad::new(entry.entry_id, 0), &entry.body) else {
            return Ok(Vec::new());
        };
        match Detail::from_bytes(&body) {
            Ok(Detail::AccountChange(detail)) => Ok(detail.changes),
            _ => Ok(Vec::new()),
        }
    }
}

fn evidence_of(account: &Account, row: &account_facts::FactRow) -> Result<String, ServiceError> {
    let key = account.bundle.key(0).ok_or_else(|| ServiceError::internal("an account's data key is gone"))?;
    let plain = vault::open(key, Aad::new(row.fact_id, 0), &row.sealed)?;
    let content: FactContent = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
    Ok(content.evidence)
}
