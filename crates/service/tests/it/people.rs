//! The people who keep accounts, and the organisations they keep them at.

use directory::access::{EvidenceReference, FactKind, Role};
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};
use service::{NewAccount, NewFact, NewOrganisation, RequestedAccount, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use crate::house::{COUNCIL, House, PASSWORD};

pub const CLINIC: &str = "Aire Valley Clinics";
pub const CHARITY: &str = "Harbour Charity";
pub const BRADFORD: &str = "Bradford Council";

/// A house with a partner under the council, a national partner, another authority, two user managers and a trainer.
pub struct Office {
    pub house: House,
    pub clinic: Uuid,
    pub charity: Uuid,
    pub bradford: Uuid,
}

pub fn evidence(text: &str) -> EvidenceReference {
    EvidenceReference::parse(text).unwrap()
}

pub fn fact(kind: FactKind, from: Date) -> NewFact {
    NewFact { kind, from, until: None, evidence: evidence("HR-2026/117") }
}

impl Office {
    pub async fn open(db: &TestDatabases) -> Self {
        Self::in_house(House::open(db).await).await
    }

    pub async fn in_house(house: House) -> Self {
        let declare = async |name: &str, kind: &str, authority: Option<&str>| {
            let new = NewOrganisation {
                name: name.to_owned(),
                kind: kind.to_owned(),
                authority_code: authority.map(str::to_owned),
                accredited_until: house.clock.now() + SignedDuration::from_hours(24 * 3650),
            };
            house.directory.declare_organisation(new).await.unwrap()
        };
        declare(COUNCIL, "authority", Some("E08000035")).await;
        let clinic = declare(CLINIC, "partner", Some("E08000035")).await;
        let charity = declare(CHARITY, "national_partner", None).await;
        let bradford = declare(BRADFORD, "authority", Some("E08000032")).await;
        let office = Self { house, clinic, charity, bradford };
        for (username, role) in [
            ("una", Role::UserManager),
            ("umar", Role::UserManager),
            ("tess", Role::Trainer),
            ("morgan", Role::Manager),
            ("reece", Role::Manager),
            ("hal", Role::Helpdesk),
            ("audrey", Role::Auditor),
        ] {
            office.person(username, role, office.house.council).await;
        }
        office.person("lena", Role::OrganisationLead, clinic).await;
        office.person("chris", Role::UserManager, charity).await;
        office.person("bea", Role::UserManager, bradford).await;
        office
    }

    /// An account that holds for ten years.
    pub async fn person(&self, username: &str, role: Role, organisation: Uuid) -> Uuid {
        let years = SignedDuration::from_hours(24 * 3650);
        let now = self.house.clock.now();
        self.house
            .directory
            .create_account(NewAccount {
                username: username.to_owned(),
                display_name: format!("The {username}"),
                password: PASSWORD.to_owned(),
                organisation,
                roles: crate::house::with_the_desk(&[role]),
                clearance_until: now + years,
                training_until: now + years,
            })
            .await
            .unwrap()
    }

    pub async fn sign_in(&self, username: &str) -> SignedIn {
        // A code works once.
        self.house.clock.advance(SignedDuration::from_secs(31));
        self.house.sign_in(username).await
    }

    pub fn today(&self) -> Date {
        self.house.directory.today()
    }

    pub fn days_ago(&self, days: i64) -> Date {
        self.today().checked_sub(days.days()).unwrap()
    }

    /// A requested account of a practitioner at the council.
    pub async fn requested(&self, who: &SignedIn, username: &str, roles: &[Role]) -> Uuid {
        let asked = RequestedAccount {
            username: username.to_owned(),
            name: format!("Nadia {username}"),
            organisation: self.house.council,
            roles: roles.to_vec(),
        };
        self.house.directory.request_account(who, &asked).await.unwrap()
    }

    /// Every fact that a practitioner needs, dated today.
    pub async fn record_all(&self, who: &SignedIn, account: Uuid) {
        for kind in FactKind::ALL.iter().filter(|kind| **kind != FactKind::TrainingLevelOne) {
            self.house.directory.record_fact(who, account, &fact(*kind, self.today())).await.unwrap();
        }
    }
}

/// An authority beside the council.
pub async fn declared(house: &House, name: &str, code: &str) -> Uuid {
    let new = NewOrganisation {
        name: name.to_owned(),
        kind: "authority".to_owned(),
        authority_code: Some(code.to_owned()),
        accredited_until: house.clock.now() + SignedDuration::from_hours(24 * 3650),
    };
    house.directory.declare_organisation(new).await.unwrap()
}
