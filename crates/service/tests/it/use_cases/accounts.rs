//! Accounts: asked for, kept, recovered. What the calls are about is always an account at the council.

use std::collections::HashMap;

use directory::access::{FactKind, Permission, Role, SuspensionReason, allows};
use service::{
    AccountActError, AccountQuery, ActHandle, Change, EnrolmentError, Given, Import, ImportBy, NewAccount,
    Reasoned, RecoveryError, RecoveryStage, RequestError, RequestedAccount, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said, shown};
use crate::house::{COUNCIL, House, PASSWORD};
use crate::joiners::{file, joins};
use crate::people::fact;
use crate::recovery::seen;

pub const USE_CASES: &[UseCase] = &[
    ("list_accounts", &[Permission::ViewAccounts]),
    ("accounts_that_run_out", &[Permission::ViewAccounts]),
    ("account_sheet", &[Permission::ViewAccounts]),
    ("organisations_of_accounts", &[Permission::ViewAccounts]),
    ("request_account", &[Permission::RequestAccount]),
    ("request_account without a username", &[Permission::RequestAccount]),
    ("import_accounts", &[Permission::ManageAccounts]),
    ("record_fact of a training", &[Permission::ManageAccounts, Permission::RecordTraining]),
    ("record_fact of a clearance", &[Permission::ManageAccounts]),
    ("change_account", &[Permission::ManageAccounts]),
    ("change_account as only the clock does", &[Permission::ManageAccounts]),
    ("suspend_for_misuse", &[Permission::Investigate]),
    ("move_account", &[Permission::ManageAccounts]),
    ("give_role", &[Permission::ManageAccounts]),
    ("take_role", &[Permission::ManageAccounts]),
    ("decide_role", &[Permission::ManageAccounts]),
    ("role_proposals", &[Permission::ManageAccounts]),
    ("end_sessions_of", &[Permission::ManageAccounts]),
    ("start_enrolment", &[Permission::ManageAccounts]),
    ("propose_recovery", &[Permission::RecoverAccount]),
    ("open_recoveries", &[Permission::RecoverAccount]),
    ("decide_recovery", &[Permission::RecoverAccount]),
    ("take_recovery_code", &[Permission::RecoverAccount]),
];

pub struct Accounts {
    house: House,
    clinic: Uuid,
    una: SignedIn,
    usernames: HashMap<Uuid, String>,
    made: u32,
}

impl Accounts {
    fn next(&mut self) -> String {
        self.made += 1;
        format!("ada{}", self.made)
    }

    /// A practitioner of the council, in use.
    async fn nurse(&mut self) -> Uuid {
        let username = self.next();
        let until = self.house.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
        let new = NewAccount {
            username: username.clone(),
            display_name: "Ada Nurse".to_owned(),
            password: PASSWORD.to_owned(),
            organisation: self.house.council,
            roles: vec![Role::Practitioner],
            clearance_until: until,
            training_until: until,
        };
        let id = self.house.directory.create_account(new).await.unwrap();
        self.usernames.insert(id, username);
        id
    }

    /// A requested account of the council.
    async fn requested(&mut self) -> Uuid {
        let username = self.next();
        let asked = asked(&self.house, username);
        let id = self.house.directory.request_account(&self.una, &asked).await.unwrap();
        self.usernames.insert(id, asked.username);
        id
    }
}

fn asked(house: &House, username: String) -> RequestedAccount {
    let name = "Ada Nurse".to_owned();
    RequestedAccount { username, name, organisation: house.council, roles: vec![Role::Practitioner] }
}

impl Stage for Accounts {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let clinic = house.organisation("Aire Valley Clinics", "partner", Some("E08000035")).await;
        house.managers().await;
        let una = house.person("una", Role::UserManager, house.council).await;
        Self { house, clinic, una, usernames: HashMap::new(), made: 0 }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        match name {
            "start_enrolment" => self.requested().await,
            "decide_role" | "role_proposals" => {
                let account = self.requested().await;
                let council = self.house.council;
                match self
                    .house
                    .directory
                    .give_role(&self.una, account, Role::Auditor, council)
                    .await
                    .unwrap()
                {
                    Given::Proposed(proposal) => proposal,
                    Given::AtOnce => panic!("an auditor is made by two"),
                }
            }
            "decide_recovery" | "open_recoveries" => {
                let account = self.nurse().await;
                let username = &self.usernames[&account];
                self.house.directory.propose_recovery(&self.una, username, &seen()).await.unwrap();
                account
            }
            _ => self.nurse().await,
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let who = who.who();
        let fresh = self.next();
        let directory = &self.house.directory;
        let (council, today) = (self.house.council, directory.today());
        let username = self.usernames.get(&thing).cloned().unwrap_or_default();
        match name {
            "list_accounts" => {
                said!(
                    directory.list_accounts(who, &AccountQuery::default()).await,
                    AccountActError::Forbidden
                )
            }
            "accounts_that_run_out" => {
                let answer = directory.accounts_that_run_out(who, FactKind::Clearance, None).await;
                said!(answer, AccountActError::Forbidden)
            }
            "account_sheet" => said!(directory.account_sheet(who, thing).await, AccountActError::Forbidden),
            "organisations_of_accounts" => {
                let answer = directory.organisations_of_accounts(who, Permission::ViewAccounts, 100).await;
                shown(!answer.unwrap().unwrap().is_empty())
            }
            "request_account" => {
                let answer = directory.request_account(who, &asked(&self.house, fresh)).await;
                said!(answer, RequestError::Act(AccountActError::Forbidden))
            }
            "request_account without a username" => {
                let answer = directory.request_account(who, &asked(&self.house, String::new())).await;
                said!(answer, RequestError::Act(AccountActError::Forbidden), or RequestError::Username)
            }
            "import_accounts" => {
                let text = file(&[&joins(&fresh, "Ada Nurse", COUNCIL, "practitioner", "yes")]);
                let import = Import { text: &text, dry_run: false };
                let answer = directory.import_accounts(&ImportBy::Person(who), &import).await;
                if let Ok(report) = &answer {
                    assert!(report.written, "{:?}", report.faults);
                }
                said!(answer, AccountActError::Forbidden)
            }
            "record_fact of a training" => {
                let new = fact(FactKind::TrainingLevelTwo, today);
                said!(directory.record_fact(who, thing, &new).await, AccountActError::Forbidden)
            }
            "record_fact of a clearance" => {
                let new = fact(FactKind::Clearance, today);
                said!(directory.record_fact(who, thing, &new).await, AccountActError::Forbidden)
            }
            "change_account" => {
                let change = Change::Suspend(SuspensionReason::Absence);
                said!(directory.change_account(who, thing, change).await, AccountActError::Forbidden)
            }
            "change_account as only the clock does" => {
                let change = Change::Suspend(SuspensionReason::Expired);
                let answer = directory.change_account(who, thing, change).await;
                said!(answer, AccountActError::Forbidden, or AccountActError::Step(_))
            }
            "suspend_for_misuse" => {
                said!(directory.suspend_for_misuse(who, thing).await, AccountActError::Forbidden)
            }
            "move_account" => {
                said!(directory.move_account(who, thing, self.clinic).await, AccountActError::Forbidden)
            }
            "give_role" => {
                said!(
                    directory.give_role(who, thing, Role::Helpdesk, council).await,
                    AccountActError::Forbidden
                )
            }
            "take_role" => {
                let answer = directory.take_role(who, thing, Role::Practitioner, council).await;
                said!(answer, AccountActError::Forbidden)
            }
            "decide_role" => said!(directory.decide_role(who, thing, true).await, AccountActError::Forbidden),
            "role_proposals" => said!(directory.role_proposals(who).await, AccountActError::Forbidden),
            "end_sessions_of" => shown(directory.end_sessions_of(who, thing).await.unwrap().is_some()),
            "start_enrolment" => {
                // An account that was only asked for is given no keys yet.
                let answer = directory.start_enrolment(who, &username).await;
                said!(answer, EnrolmentError::Forbidden, or EnrolmentError::NotInUse)
            }
            "propose_recovery" => {
                said!(directory.propose_recovery(who, &username, &seen()).await, RecoveryError::Forbidden)
            }
            "open_recoveries" => said!(directory.open_recoveries(who).await, RecoveryError::Forbidden),
            "decide_recovery" => {
                let handle = handle_to_decide(&self.house, who).await;
                said!(directory.decide_recovery(who, &handle, false).await, RecoveryError::Forbidden)
            }
            "take_recovery_code" => {
                // A handle is its session's alone: whoever may is told that this one leads nowhere.
                let none = ActHandle::from_form("none".to_owned());
                let answer = directory.take_recovery_code(who, &none).await;
                said!(answer, RecoveryError::Forbidden, or RecoveryError::Ended)
            }
            other => panic!("say how {other} is called"),
        }
    }
}

/// The handle of a recovery that waits for this person; of none, for who sees none.
async fn handle_to_decide(house: &House, who: &SignedIn) -> ActHandle {
    let open = match who.may(Permission::RecoverAccount) {
        true => house.directory.open_recoveries(who).await.unwrap(),
        false => Vec::new(),
    };
    let found = open.into_iter().find(|one| one.stage == RecoveryStage::CanBeDecided);
    found.map_or_else(|| ActHandle::from_form("none".to_owned()), |one| one.handle)
}

on_both_databases! {
    async fn the_organisations_of_a_permission_are_there_for_exactly_the_roles_that_carry_it(db: TestDatabases) {
        let stage = Accounts::set(&db).await;
        for &role in Role::ALL.iter().filter(|role| role.may_be_held_at("authority")) {
            let who = stage.house.person(role.code(), role, stage.house.council).await;
            let held: Vec<Role> = who.roles().iter().map(|held| held.role).collect();
            for &permission in Permission::ALL {
                let within = stage.house.directory.organisations_of_accounts(&who, permission, 100).await.unwrap();
                let allowed = allows(&held, permission);
                assert_eq!(!within.unwrap().is_empty(), allowed, "{role:?}: {permission:?}");
            }
        }
    }
}
