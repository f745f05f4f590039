//! Joiners and leavers from a CSV file: all of it or nothing, every fault told with line, column and remedy, and the same
//! file a second time changes nothing. A dry run says what would happen and writes nothing but that it was tried.

use std::collections::{BTreeMap, BTreeSet};

use audit::{AccountChangeDetail, Action, Detail};
use directory::access::{AccountState, ClosingReason, DangerousAct, Permission, Role, Step, step};
use store::organisations::OrganisationRow;
use store::{Tx, accounts, organisations, pending_acts};
use uuid::Uuid;

use super::changing::{AccountActError, changed};
use super::joiner_rows::{COLUMNS, Read, RowReader, date_column};
use super::life::Change;
use super::roles::role_of;
use super::{Account, NewFact, standing};
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A file of joiners and leavers.
pub struct Import<'a> {
    /// The CSV text, UTF-8, with the header line.
    pub text: &'a str,
    /// Whether to say only what would happen.
    pub dry_run: bool,
}

/// Who brings it in.
pub enum ImportBy<'a> {
    /// A user manager, within their reach.
    Person(&'a SignedIn),
    /// The operator of the installation, at the command line.
    Operator,
}

/// Something wrong with the file. It repeats no value of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFault {
    /// The line of the file, from 1 (the header).
    pub line: u64,
    /// The column's name; none for the line as a whole.
    pub column: Option<&'static str>,
    /// What is wrong and what to do.
    pub message: String,
}

/// What a line does, as stable codes: `joins`, `leaves`, `no_change`, and what changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLine {
    /// The line of the file.
    pub line: u64,
    /// The username.
    pub username: String,
    /// Whether it changes anything.
    pub changes: Vec<String>,
    /// The state the account then has.
    pub state: AccountState,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// What is wrong; when anything is, nothing was written.
    pub faults: Vec<ImportFault>,
    /// What each line does, in the order of the file.
    pub lines: Vec<ImportLine>,
    /// Whether it was written.
    pub written: bool,
}

/// A line with the account it is about, and what is done to it.
struct Plan {
    line: u64,
    account: Account,
    is_new: bool,
    facts: Vec<NewFact>,
    roles: Vec<Role>,
    activate: bool,
    leaves: bool,
}

impl Directory {
    /// The header line of a file.
    #[must_use]
    pub fn import_header() -> String {
        COLUMNS.join(",")
    }

    /// Brings in a file, or says what it would do.
    ///
    /// # Errors
    ///
    /// [`AccountActError`]; faults of the file are in the report.
    pub async fn import_accounts(
        &self,
        by: &ImportBy<'_>,
        import: &Import<'_>,
    ) -> Result<ImportReport, AccountActError> {
        let who = match by {
            ImportBy::Person(who) => Some(*who),
            ImportBy::Operator => None,
        };
        if who.is_some_and(|who| !who.may(Permission::ManageAccounts)) {
            return Err(AccountActError::Forbidden);
        }
        if let (Some(who), false) = (who, import.dry_run) {
            self.freshly_proved(who, DangerousAct::ImportAccounts)?;
        }
        let mut faults = Vec::new();
        let rows = self.read_rows(who, import.text, &mut faults).await?;
        let plans = self.plan(who, rows, &mut faults).await?;
        if !faults.is_empty() {
            faults.sort_by(|a, b| (a.line, a.column).cmp(&(b.line, b.column)));
            self.record(imported(who, "import_refused")).await?;
            return Ok(ImportReport { faults, ..ImportReport::default() });
        }
        if !import.dry_run {
            self.keep_keys_of(plans.iter().filter(|plan| plan.is_new).map(|plan| &plan.account)).await?;
        }
        // A dry run takes the same steps in a transaction that is taken back, so that it cannot say anything else.
        let mut tx = self.store.begin().await?;
        let mut lines = Vec::with_capacity(plans.len());
        for plan in plans {
            let (line, column) = (plan.line, if plan.leaves { "action" } else { "activate" });
            match self.carry_out(&mut tx, plan, who).await {
                Ok(done) => lines.push(done),
                Err(AccountActError::Service(error)) => return Err(error.into()),
                Err(error) => {
                    faults.push(ImportFault { line, column: Some(column), message: told(&error) });
                }
            }
        }
        if !faults.is_empty() {
            tx.rollback().await?;
            self.record(imported(who, "import_refused")).await?;
            return Ok(ImportReport { faults, ..ImportReport::default() });
        }
        if import.dry_run {
            tx.rollback().await?;
            // What it says of names that exist already is a reading: it is in the trail before it is shown.
            self.record(imported(who, "import_tried")).await?;
        } else {
            self.write_event(&mut tx, imported(who, "import_carried_out")).await?;
            tx.commit().await?;
        }
        Ok(ImportReport { faults, lines, written: !import.dry_run })
    }

    async fn read_rows(
        &self,
        who: Option<&SignedIn>,
        text: &str,
        faults: &mut Vec<ImportFault>,
    ) -> Result<Vec<Read>, ServiceError> {
        let whole = |line, message: String| ImportFault { line, column: None, message };
        // A browser ends lines with two signs, at which the reader would count a line late.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        };
        let known = |name: &String| COLUMNS.contains(&name.as_str());
        let distinct: BTreeSet<&String> = header.iter().collect();
        if !header.iter().all(known) || distinct.len() != COLUMNS.len() || header.len() != COLUMNS.len() {
            let message = format!(
                "the first line must name exactly these columns, each once: {}",
                Self::import_header()
            );
            faults.push(whole(1, message));
            return Ok(Vec::new());
        }
        let all = organisations::all(&mut self.store.reader().await?).await?;
        let today = self.today();
        let within = |organisation: &&OrganisationRow| {
            who.is_none_or(|who| who.may_at(Permission::ManageAccounts, &standing(organisation, today)))
        };
        let within: BTreeMap<&str, &OrganisationRow> = all
            .iter()
            .filter(within)
            .map(|organisation| (organisation.name.as_str(), organisation))
            .collect();
        let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    let message = "the line cannot be read: it needs one value for each column, in quotation marks \
                                   where a value holds a comma";
                    faults.push(whole(line, message.to_owned()));
                    continue;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            if rows.len() >= self.policy.accounts.most_rows {
                let most = self.policy.accounts.most_rows;
                faults.push(whole(line, format!("a file has at most {most} lines; split it")));
                break;
            }
            let values: BTreeMap<&str, &str> = header.iter().map(String::as_str).zip(record.iter()).collect();
            let mut row = RowReader { line, values, faults };
            let read = row.read(&within);
            if !seen.insert(read.username.clone()) {
                row.fault("username", "the username stands on an earlier line too; keep one of them");
            }
            rows.push(read);
        }
        Ok(rows)
    }

    /// Finds the account of each line. What is recorded already is left out, so that a file may be brought in twice.
    async fn plan(
        &self,
        who: Option<&SignedIn>,
        rows: Vec<Read>,
        faults: &mut Vec<ImportFault>,
    ) -> Result<Vec<Plan>, ServiceError> {
        let today = self.today();
        let mut plans = Vec::with_capacity(rows.len());
        for row in rows {
            let mut fault = |column, message: &str| {
                faults.push(ImportFault {
                    line: row.line,
                    column: Some(column),
                    message: message.to_owned(),
                });
            };
            let known = self.account_named(&row.username).await?;
            let reached = |account: &Account| {
                who.is_none_or(|who| {
                    who.may_at(Permission::ManageAccounts, &standing(&account.organisation, today))
                })
            };
            let is_new = known.is_none();
            let account = match (known, row.leaves) {
                (Some(account), _) if who.is_some_and(|who| who.account == account.row.account_id) => {
                    fault("username", "this is your own account; ask another user manager");
                    continue;
                }
                (Some(account), true) if reached(&account) => account,
                (_, true) => {
                    fault("username", "you manage no account of this username; check it");
                    continue;
                }
                (Some(account), false) => {
                    let same = row.organisation.as_ref() == Some(&account.organisation)
                        && account.sealed.display_name == row.name
                        && account.state() != AccountState::Closed;
                    if !same {
                        fault(
                            "username",
                            "the username is or was another person’s, or stands with another name or organisation; \
                             usernames are never used twice",
                        );
                        continue;
                    }
                    account
                }
                (None, false) => match &row.organisation {
                    Some(organisation) => {
                        self.unborn_account(&row.username, &row.name, organisation.clone())?
                    }
                    // Its fault is told already.
                    None => continue,
                },
            };
            let held = account.held();
            let mut facts = Vec::new();
            for fact in row.facts {
                let policy = &self.policy.accounts.facts;
                match policy.fact(fact.kind, fact.from, fact.until, &held, today) {
                    Ok(made) if held.of(fact.kind) == Some(made) => {}
                    Ok(_) => facts.push(fact),
                    Err(error) => fault(date_column(fact.kind), &error.to_string()),
                }
            }
            let at = account.row.organisation_id;
            let mut roles = Vec::new();
            let alone = |role: &Role| {
                role.counts_beside()
                    .is_some_and(|other| !row.roles.contains(&other) && !account.holds(other, at))
            };
            if row.roles.iter().any(alone) {
                fault("roles", "the shield desk counts beside a manager's role alone; add manager");
            }
            for role in row.roles {
                if !role.may_be_held_at(&account.organisation.kind) {
                    fault(
                        "roles",
                        "one of the roles cannot be held at an organisation of this kind; take it out",
                    );
                } else if !account.holds(role, at) && !roles.contains(&role) {
                    roles.push(role);
                }
            }
            // An operator sets a service up; a person lets others in (rule 2.17).
            if who.is_some() && (row.activate || account.state() == AccountState::Active) {
                let held = account.roles.iter().map(|held| (held.role, held.at.id));
                let mut used: Vec<(Role, Uuid)> = roles.iter().map(|role| (*role, at)).collect();
                used.extend(held.filter(|_| account.state() != AccountState::Active));
                if self.shields_are_missing_for(&used).await? {
                    fault("activate", &AccountActError::NoShieldDesk.to_string());
                }
            }
            plans.push(Plan {
                line: row.line,
                account,
                is_new,
                facts,
                roles,
                activate: row.activate,
                leaves: row.leaves,
            });
        }
        Ok(plans)
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        plan: Plan,
        who: Option<&SignedIn>,
    ) -> Result<ImportLine, AccountActError> {
        let Plan { line, mut account, is_new, facts, roles, activate, leaves } = plan;
        let username = account.sealed.username.clone();
        let mut changes = Vec::new();
        if leaves {
            if account.state() != AccountState::Closed {
                self.change_in(tx, &mut account, Change::Close(ClosingReason::Left), who).await?;
                changes.push("closed".to_owned());
            }
            return Ok(ImportLine { line, username, changes, state: account.state() });
        }
        if is_new {
            self.add_account(tx, &account).await?;
            changes.push("account_requested".to_owned());
        }
        let at = standing(&account.organisation, self.today());
        for role in roles {
            if role.needs_second_person() {
                if self.no_such_proposal_waits(tx, &account, role, at.id).await.is_ok() {
                    let act = self.proposal(&account, role, at.id, who.map(SignedIn::account)).await?;
                    pending_acts::insert(tx, &act).await?;
                    changes.push(format!("role_proposed:{}", role.code()));
                }
            } else {
                let row = accounts::RoleRow {
                    account_id: account.row.account_id,
                    organisation_id: at.id,
                    role: role.code().to_owned(),
                };
                self.journal_revocation(&role_of(&account, role, at.id, false)).await?;
                accounts::give_role(tx, &row).await?;
                account.roles.push(directory::access::HeldRole { role, at: at.clone() });
                changes.push(format!("role_given:{}", role.code()));
            }
        }
        for fact in &facts {
            changes.extend(self.add_fact(tx, &mut account, fact, who.map(SignedIn::account)).await?);
        }
        if activate
            && matches!(
                account.state(),
                AccountState::Requested | AccountState::Verified | AccountState::Trained
            )
        {
            let after = step(account.standing(), Step::Activate, &account.facts(), self.today())?;
            account.stand(after);
            changes.push("activated".to_owned());
        }
        if !changes.is_empty() {
            self.keep_account(tx, &mut account).await?;
            self.write_event(tx, changed(who, &account.row, changes.clone())).await?;
        }
        Ok(ImportLine { line, username, changes, state: account.state() })
    }
}

/// The entry of the file as a whole; each account that it changes has one of its own.
fn imported(who: Option<&SignedIn>, what: &str) -> Event {
    let detail = AccountChangeDetail { account: None, changes: vec![what.to_owned()] };
    let event = Event::new(Action::AccountChanged, Detail::AccountChange(detail));
    match who {
        Some(who) => event.by(who),
        None => event,
    }
}

/// What is said of a line that cannot be carried out.
fn told(error: &AccountActError) -> String {
    match error {
        AccountActError::Step(directory::access::StepRefused::Lacks(lapses)) => {
            let words = directory::vocabulary::Vocabulary::shipped();
            let remedies: Vec<&str> = lapses.iter().map(|lapse| words.remedy(*lapse)).collect();
            format!("it cannot be activated yet. {}.", remedies.join(". "))
        }
        other => other.to_string(),
    }
}
