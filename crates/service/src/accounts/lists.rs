//! Lists of accounts within a person's reach: by organisation, state and role, by a word of a name, by what runs out soon.
//! A page is one statement, one look-up in the key store and one of the roles, whatever the number of accounts.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Action, Detail, ExportDetail};
use directory::access::{AccountState, FactKind, HeldRole, Permission, Role, SuspensionReason, day_after};
use directory::names;
use jiff::civil::Date;
use store::account_lists::{self, Ends, Filter, Reach};
use store::accounts::AccountRow;
use store::organisations;
use store::organisations::OrganisationRow;
use uuid::Uuid;

use super::changing::AccountActError;
use super::{Account, midnight, open_sealed, standing};
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What is asked of the list; what is not asked for is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountQuery {
    /// Words of a name, or a username; all must be met. At most three count.
    pub words: String,
    /// One organisation.
    pub organisation: Option<Uuid>,
    /// A state.
    pub state: Option<AccountState>,
    /// A role held.
    pub role: Option<Role>,
    /// The last account of the page before.
    pub after: Option<Uuid>,
}

/// One account of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    /// Which.
    pub id: Uuid,
    /// The person's name.
    pub name: String,
    /// The username.
    pub username: String,
    /// The organisation's name.
    pub organisation: String,
    /// Where it stands.
    pub state: AccountState,
    /// Why it is suspended, when it is.
    pub suspension: Option<SuspensionReason>,
    /// The roles held.
    pub roles: Vec<Role>,
    /// The last day of the clearance.
    pub clearance_until: Option<Date>,
    /// The last day of the training the roles ask for.
    pub training_until: Option<Date>,
    /// The last day of the need for the job, where an end is known.
    pub need_until: Option<Date>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountsPage {
    /// The accounts, by name within the page.
    pub lines: Vec<AccountLine>,
    /// What to ask for next, when there is more.
    pub next: Option<Uuid>,
}

/// Where a page of what runs out soon ended: an end and an account.
pub type Cursor = (i64, Uuid);

/// One page of what runs out soon, what ends first before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoonPage {
    /// The accounts.
    pub lines: Vec<AccountLine>,
    /// What to ask for next, when there is more.
    pub next: Option<Cursor>,
}

/// An organisation of which a person sees or manages accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountReach {
    /// Which.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

const PAGE: i64 = 25;

impl Directory {
    /// One page of the accounts within the person's reach. The reading is in the trail before it is answered.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn list_accounts(
        &self,
        who: &SignedIn,
        query: &AccountQuery,
    ) -> Result<AccountsPage, AccountActError> {
        let reach = self.list_reach(who, query.organisation).await?;
        let words = if query.words.trim().is_empty() { Vec::new() } else { words_of(&query.words) };
        let what = if words.is_empty() {
            "accounts_listed".to_owned()
        } else {
            format!("accounts_searched:{}", words.join(" "))
        };
        self.record(self.accounts_read(who, &what, None)).await?;
        let filter = Filter {
            state: query.state.map_or_else(String::new, |state| state.code().to_owned()),
            role: query.role.map_or_else(String::new, |role| role.code().to_owned()),
        };
        let after = query.after.unwrap_or(Uuid::nil());
        let mut conn = self.store.reader().await?;
        let keys: Vec<store::Key16> = words.iter().map(|word| self.name_word_key(word)).collect();
        let mut rows = match keys.as_slice() {
            [] => account_lists::page(&mut conn, &reach, &filter, after, PAGE + 1).await?,
            [first, rest @ ..] => {
                let second = rest.first().copied().unwrap_or(*first);
                let third = rest.get(1).copied().unwrap_or(second);
                let names = [*first, second, third];
                account_lists::named(&mut conn, names, &reach, &filter, after, PAGE + 1).await?
            }
        };
        let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > PAGE;
        if more {
            rows.pop();
        }
        let next = rows.last().filter(|_| more).map(|row| row.account_id);
        let mut lines: Vec<AccountLine> =
            self.open_accounts(&mut conn, rows).await?.iter().map(Account::line).collect();
        lines.sort_by_cached_key(|line| (names::fold(&line.name), line.id));
        Ok(AccountsPage { lines, next })
    }

    /// One page of what of active accounts runs out within the policy's longest warning: clearances or training.
    ///
    /// # Errors
    ///
    /// [`AccountActError`].
    pub async fn accounts_that_run_out(
        &self,
        who: &SignedIn,
        kind: FactKind,
        after: Option<Cursor>,
    ) -> Result<SoonPage, AccountActError> {
        let reach = self.list_reach(who, None).await?;
        self.record(self.accounts_read(who, "accounts_that_run_out", None)).await?;
        let ends = match kind {
            FactKind::NeedForJob => Ends::Need,
            kind if kind.is_training() => Ends::Training,
            _ => Ends::Clearance,
        };
        let last = day_after(self.today(), self.policy.accounts.facts.first_warning());
        let by = midnight(day_after(last, 1)) - 1;
        let after = after.unwrap_or((i64::MIN, Uuid::nil()));
        let mut conn = self.store.reader().await?;
        let mut rows = account_lists::ending(&mut conn, ends, &reach, by, after, PAGE + 1).await?;
        let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > PAGE;
        if more {
            rows.pop();
        }
        let end = |row: &AccountRow| match ends {
            Ends::Clearance => row.clearance_until,
            Ends::Training => row.training_until,
            Ends::Need => row.need_until,
        };
        let next = rows.last().filter(|_| more).and_then(|row| Some((end(row)?, row.account_id)));
        let order: Vec<Uuid> = rows.iter().map(|row| row.account_id).collect();
        let accounts = self.open_accounts(&mut conn, rows).await?;
        let mut lines: BTreeMap<Uuid, AccountLine> =
            accounts.iter().map(|account| (account.row.account_id, account.line())).collect();
        let lines = order.iter().filter_map(|id| lines.remove(id)).collect();
        Ok(SoonPage { lines, next })
    }

    /// The organisations over whose accounts the person has the permission, by name; none when there are more than `most`,
    /// which is too many to choose from a list.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn organisations_of_accounts(
        &self,
        who: &SignedIn,
        permission: Permission,
        most: u16,
    ) -> Result<Option<Vec<AccountReach>>, ServiceError> {
        let mut conn = self.store.reader().await?;
        let mut within = BTreeMap::new();
        for reach in reaches_of(who, permission) {
            let some = account_lists::organisations(&mut conn, &reach, i64::from(most) + 1).await?;
            within.extend(some.into_iter().map(|(id, name)| ((name.clone(), id), AccountReach { id, name })));
        }
        Ok((within.len() <= usize::from(most)).then(|| within.into_values().collect()))
    }

    /// The widest reach the person has over accounts, or one organisation within it.
    async fn list_reach(&self, who: &SignedIn, one: Option<Uuid>) -> Result<Reach, AccountActError> {
        if let Some(id) = one {
            let organisation = self.organisation_within(who, Permission::ViewAccounts, id).await?;
            return Ok(Reach::Organisation(organisation.organisation_id));
        }
        widest(who, Permission::ViewAccounts).ok_or(AccountActError::Forbidden)
    }

    pub(super) fn accounts_read(&self, who: &SignedIn, what: &str, subject: Option<Uuid>) -> Event {
        let detail = ExportDetail { what: what.to_owned(), subject, ..ExportDetail::default() };
        let event = Event::new(Action::AccountsRead, Detail::Export(detail)).by(who);
        match subject {
            Some(account) => event.changing_account(account),
            None => event,
        }
    }

    /// Opens many accounts with one look-up in the key store.
    pub(super) async fn open_accounts(
        &self,
        conn: &mut store::Conn,
        rows: Vec<AccountRow>,
    ) -> Result<Vec<Account>, ServiceError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.account_id).collect();
        let mut bundles = BTreeMap::new();
        for (owner, (generation, bytes)) in self.wrapped_bundles(&ids).await? {
            bundles.insert(owner, self.keys.unwrap(owner, generation, &bytes)?);
        }
        let held = account_lists::roles_of_many(conn, &ids).await?;
        let needed: BTreeSet<Uuid> = rows
            .iter()
            .map(|row| row.organisation_id)
            .chain(held.iter().map(|role| role.organisation_id))
            .collect();
        let mut known: BTreeMap<Uuid, OrganisationRow> = BTreeMap::new();
        for id in needed {
            if let Some(organisation) = organisations::by_id(conn, id).await? {
                known.insert(id, organisation);
            }
        }
        let today = self.today();
        rows.into_iter()
            .map(|row| {
                let bundle = bundles
                    .remove(&row.account_id)
                    .ok_or_else(|| ServiceError::internal("a data key is missing from the key store"))?;
                let organisation = known
                    .get(&row.organisation_id)
                    .cloned()
                    .ok_or_else(|| ServiceError::internal("an account's organisation is missing"))?;
                let sealed = open_sealed(&bundle, &row)?;
                let roles = held
                    .iter()
                    .filter(|role| role.account_id == row.account_id)
                    .filter_map(|role| {
                        let at = standing(known.get(&role.organisation_id)?, today);
                        Some(HeldRole { role: Role::from_code(&role.role)?, at })
                    })
                    .collect();
                Ok(Account { row, sealed, bundle, organisation, roles })
            })
            .collect()
    }

    /// A person's name; nothing for nobody.
    pub(crate) async fn name_of(&self, account: Option<Uuid>) -> Result<Option<String>, ServiceError> {
        let Some(account) = account else { return Ok(None) };
        Ok(self.account_by_id(account).await?.map(|account| account.sealed.display_name))
    }

    /// The names of these people.
    pub(crate) async fn account_names_of(
        &self,
        conn: &mut store::Conn,
        mut people: Vec<Uuid>,
    ) -> Result<BTreeMap<Uuid, String>, ServiceError> {
        people.sort_unstable();
        people.dedup();
        let rows = account_lists::by_ids(conn, &people).await?;
        let accounts = self.open_accounts(conn, rows).await?;
        Ok(accounts
            .into_iter()
            .map(|account| (account.row.account_id, account.sealed.display_name))
            .collect())
    }
}

impl Account {
    fn line(&self) -> AccountLine {
        let mut roles = self.held_roles();
        roles.sort_unstable();
        roles.dedup();
        let held = self.held();
        AccountLine {
            id: self.row.account_id,
            name: self.sealed.display_name.clone(),
            username: self.sealed.username.clone(),
            organisation: self.organisation.name.clone(),
            state: self.state(),
            suspension: self.sealed.suspension,
            clearance_until: held.clearance_until(),
            training_until: held.training_until(&roles),
            need_until: held.of(FactKind::NeedForJob).and_then(|need| need.until),
            roles,
        }
    }
}

/// The words a search asks for: of a name or a username, as they are folded.
fn words_of(text: &str) -> Vec<String> {
    names::words(text).into_iter().take(3).collect()
}

/// How far each of the person's roles that give the permission reaches.
pub(crate) fn reaches_of(who: &SignedIn, permission: Permission) -> Vec<Reach> {
    let mut all: Vec<Reach> = who.roles.iter().filter(|held| held.gives(permission)).map(reach_of).collect();
    all.sort_by_key(breadth);
    all.dedup();
    all
}

/// The widest reach of a permission.
pub(super) fn widest(who: &SignedIn, permission: Permission) -> Option<Reach> {
    reaches_of(who, permission).into_iter().next()
}

fn breadth(reach: &Reach) -> u8 {
    match reach {
        Reach::Everywhere => 0,
        Reach::Authority(_) => 1,
        Reach::Organisation(_) => 2,
    }
}

fn reach_of(held: &HeldRole) -> Reach {
    match (held.role.reaches_below(), held.at.kind.as_str(), &held.at.authority) {
        (true, "centre", _) => Reach::Everywhere,
        (true, "authority", Some(code)) => Reach::Authority(code.clone()),
        _ => Reach::Organisation(held.at.id),
    }
}
