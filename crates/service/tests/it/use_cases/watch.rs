//! Alerts, investigations and notices about people of the council.

use directory::access::{Permission, Role};
use directory::watching::{EvidenceReference, Finding, Outcome as Decision, Sanction, StepKind};
use service::{AlertError, NewAccount, Reasoned, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::{House, PASSWORD, by_name_and_birth};

pub const USE_CASES: &[UseCase] = &[
    ("alerts", &[Permission::ViewAlerts]),
    ("alert", &[Permission::ViewAlerts]),
    ("claim_alert", &[Permission::HandleAlerts]),
    ("release_alert", &[Permission::HandleAlerts]),
    ("escalate_alert", &[Permission::HandleAlerts]),
    ("decide_alert", &[Permission::HandleAlerts]),
    ("investigations", &[Permission::ViewAlerts]),
    ("investigation", &[Permission::ViewAlerts]),
    ("record_step", &[Permission::Investigate]),
    ("record_step of a kind that is not by hand", &[Permission::Investigate]),
    ("escalate_investigation", &[Permission::Investigate]),
    ("close_investigation", &[Permission::Investigate]),
    ("confirm_finding", &[Permission::Investigate]),
    ("notices", &[Permission::RequestAccount]),
    ("acknowledge_notice", &[Permission::RequestAccount]),
];

pub struct Watch {
    house: House,
    morgan: SignedIn,
    una: SignedIn,
    made: u32,
}

fn evidence() -> EvidenceReference {
    EvidenceReference::parse("HR-2026/0142").unwrap()
}

impl Watch {
    /// A practitioner of the council.
    async fn nurse(&mut self) -> (Uuid, String) {
        self.made += 1;
        let username = format!("ada{}", self.made);
        let until = self.house.clock.now() + jiff::SignedDuration::from_hours(24 * 365);
        let new = NewAccount {
            username: username.clone(),
            display_name: "Ada Whitlock".to_owned(),
            password: PASSWORD.to_owned(),
            organisation: self.house.council,
            roles: vec![Role::Practitioner],
            clearance_until: until,
            training_until: until,
        };
        (self.house.directory.create_account(new).await.unwrap(), username)
    }

    /// A nurse has searched for their own surname, which is noticed.
    async fn alert(&mut self) -> Uuid {
        let (_, username) = self.nurse().await;
        let directory = &self.house.directory;
        let nurse = self.house.sign_in(&username).await;
        let nurse = directory.state_reason(&nurse, directory::access::Reason::Referral).await.unwrap();
        self.house.search(&nurse, by_name_and_birth("Zoe Whitlock", "2012-01-01")).await;
        let before = self.open_alerts().await;
        let mut notary = directory.notary().await.unwrap();
        directory.notarise(&mut notary).await.unwrap();
        while directory.watch().await.unwrap() > 0 {}
        let after = self.open_alerts().await;
        *after.iter().find(|id| !before.contains(id)).expect("a new alert")
    }

    async fn open_alerts(&self) -> Vec<Uuid> {
        let page = self.house.directory.alerts(&self.morgan, None, false, None).await.unwrap();
        assert!(page.next.is_none(), "a page is enough");
        page.lines.iter().map(|line| line.id).collect()
    }

    /// A nurse was suspended for misuse: it is investigated, and their lead is told.
    async fn investigation(&mut self) -> Uuid {
        let (account, _) = self.nurse().await;
        let before = self.open_investigations().await;
        self.house.directory.suspend_for_misuse(&self.morgan, account).await.unwrap();
        let after = self.open_investigations().await;
        *after.iter().find(|id| !before.contains(id)).expect("a new investigation")
    }

    async fn open_investigations(&self) -> Vec<Uuid> {
        let page = self.house.directory.investigations(&self.morgan, None, false, None).await.unwrap();
        assert!(page.next.is_none(), "a page is enough");
        page.lines.iter().map(|line| line.id).collect()
    }
}

impl Stage for Watch {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let (morgan, _) = house.managers().await;
        let una = house.person("una", Role::UserManager, house.council).await;
        Self { house, morgan, una, made: 0 }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        match name {
            "alert" | "claim_alert" | "escalate_alert" | "decide_alert" => self.alert().await,
            "release_alert" => {
                let alert = self.alert().await;
                self.house.directory.claim_alert(&self.morgan, alert).await.unwrap();
                alert
            }
            "confirm_finding" => {
                let id = self.investigation().await;
                let (finding, sanction) = (Finding::Misuse, Sanction::AccessWithdrawn);
                let directory = &self.house.directory;
                directory.close_investigation(&self.morgan, id, finding, sanction, evidence()).await.unwrap();
                id
            }
            "acknowledge_notice" => {
                self.investigation().await;
                let notices = self.house.directory.notices(&self.una).await.unwrap();
                notices.iter().find(|notice| notice.acknowledged.is_none()).unwrap().id
            }
            "alerts" | "investigations" | "notices" => Uuid::nil(),
            _ => self.investigation().await,
        }
    }

    fn uses_up(name: &str) -> bool {
        !["alert", "investigation"].contains(&name) && !name.starts_with("record_step")
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        use AlertError as E;
        let (directory, who) = (&self.house.directory, who.who());
        match name {
            "alerts" => said!(directory.alerts(who, None, false, None).await, E::Forbidden),
            "alert" => said!(directory.alert(who, thing).await, E::Forbidden),
            "claim_alert" => said!(directory.claim_alert(who, thing).await, E::Forbidden),
            "release_alert" => said!(directory.release_alert(who, thing).await, E::Forbidden),
            "escalate_alert" => said!(directory.escalate_alert(who, thing).await, E::Forbidden),
            "decide_alert" => {
                if who.may(Permission::HandleAlerts) {
                    directory.claim_alert(who, thing).await.unwrap();
                }
                let answer = directory.decide_alert(who, thing, Decision::FalseAlarm, None).await;
                said!(answer, E::Forbidden)
            }
            "investigations" => said!(directory.investigations(who, None, false, None).await, E::Forbidden),
            "investigation" => said!(directory.investigation(who, thing).await, E::Forbidden),
            "record_step" => {
                let answer = directory.record_step(who, thing, StepKind::PersonHeard, evidence()).await;
                said!(answer, E::Forbidden)
            }
            "record_step of a kind that is not by hand" => {
                let answer = directory.record_step(who, thing, StepKind::Closed, evidence()).await;
                said!(answer, E::Forbidden, or E::NotByHand)
            }
            "escalate_investigation" => {
                said!(directory.escalate_investigation(who, thing).await, E::Forbidden)
            }
            "close_investigation" => {
                let (finding, sanction) = (Finding::NoMisuse, Sanction::None);
                let answer = directory.close_investigation(who, thing, finding, sanction, evidence()).await;
                said!(answer, E::Forbidden)
            }
            "confirm_finding" => said!(directory.confirm_finding(who, thing, true).await, E::Forbidden),
            "notices" => said!(directory.notices(who).await, E::Forbidden),
            "acknowledge_notice" => said!(directory.acknowledge_notice(who, thing).await, E::Forbidden),
            other => panic!("say how {other} is called"),
        }
    }
}
