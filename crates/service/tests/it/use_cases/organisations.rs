//! Organisations and their accreditation. Who sees no organisations is told that there is none: here there is one.

use directory::access::accreditation::{
    AccreditationState, Act, Criterion, NotDone, RefusalReason, SuspensionReason, Verdict,
};
use directory::access::{Capability, Permission, Role};
use directory::organisation::{ContactDuty, KindError, OrganisationContact, OrganisationKind, Sector};
use directory::{EmailAddress, Line, Telephone};
use service::{NewMember, OrganisationChange, OrganisationError, OrganisationQuery, Reasoned};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::House;
use crate::members::{LEEDS, Town, partner};

pub const USE_CASES: &[UseCase] = &[
    ("organisations", &[Permission::ViewOrganisations]),
    ("organisation_counts", &[Permission::ViewOrganisations]),
    ("organisation", &[Permission::ViewOrganisations]),
    ("accreditation", &[Permission::ViewOrganisations]),
    ("waiting_accreditations", &[Permission::ViewOrganisations]),
    ("register_organisation", &[Permission::ManageOrganisations]),
    ("register_organisation of an authority's kind without its code", &[Permission::ManageOrganisations]),
    ("change_organisation", &[Permission::ManageOrganisations]),
    ("keep_contacts", &[Permission::ManageOrganisations, Permission::ApplyForAccreditation]),
    ("keep_contacts where there are none", &[Permission::ManageOrganisations]),
    ("withdraw_organisation", &[Permission::ManageOrganisations]),
    ("open_accreditation", &[Permission::ApplyForAccreditation]),
    ("act_on_accreditation as an applicant", &[Permission::ApplyForAccreditation]),
    ("act_on_accreditation as an assessor", &[Permission::AssessAccreditation]),
    ("act_on_accreditation as who decides", &[Permission::DecideAccreditation]),
    ("act_on_accreditation of another version", &[Permission::DecideAccreditation]),
    ("act_on_accreditation_in_force", &[Permission::DecideAccreditation]),
    ("act_on_accreditation_in_force where none is", &[Permission::DecideAccreditation]),
];

pub struct Organisations {
    town: Town,
    made: u32,
}

impl Organisations {
    fn next(&mut self) -> String {
        self.made += 1;
        format!("Clinic {}", self.made)
    }

    /// A partner of the council that was registered and is not accredited.
    async fn registered(&mut self) -> Uuid {
        let name = self.next();
        let mary = self.town.sign_in("mary").await;
        self.town.house.directory.register_organisation(&mary, &partner(&name)).await.unwrap()
    }

    /// A partner that the installation declared accredited.
    async fn declared(&mut self) -> Uuid {
        let name = self.next();
        self.town.house.organisation(&name, "partner", Some(LEEDS)).await
    }

    /// An application of a partner, filled in by one manager, and assessed by another if it is to be decided.
    async fn application(&mut self, assessed: bool) -> Uuid {
        let clinic = self.registered().await;
        let mary = self.town.sign_in("mary").await;
        let id = self.town.applied(&mary, clinic, &[Capability::StaffQuery]).await;
        if assessed {
            let mo = self.town.sign_in("mo").await;
            self.town.assessed(&mo, id, &[]).await;
        }
        id
    }

    /// The council's own application, which nobody hands in.
    async fn draft(&mut self) -> Uuid {
        let mary = self.town.sign_in("mary").await;
        let (directory, council) = (&self.town.house.directory, self.town.house.council);
        let known = directory.organisation(&mary, council).await.unwrap().accreditations;
        match known.iter().find(|one| one.state == AccreditationState::Draft) {
            Some(draft) => draft.id,
            None => directory.open_accreditation(&mary, council, true).await.unwrap(),
        }
    }
}

impl Stage for Organisations {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        Self { town: Town::build(db).await, made: 0 }
    }

    fn house(&self) -> &House {
        &self.town.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        match name {
            "keep_contacts where there are none"
            | "change_organisation"
            | "act_on_accreditation_in_force where none is" => self.registered().await,
            "withdraw_organisation" | "act_on_accreditation_in_force" => self.declared().await,
            "accreditation" | "act_on_accreditation as an applicant" => self.draft().await,
            "act_on_accreditation as an assessor" => self.application(false).await,
            "act_on_accreditation as who decides" | "act_on_accreditation of another version" => {
                self.application(true).await
            }
            _ => self.town.house.council,
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        use OrganisationError as E;
        let fresh = Line::parse(&self.next()).unwrap();
        let (directory, who) = (&self.town.house.directory, who.who());
        match name {
            "organisations" => {
                said!(directory.organisations(who, &OrganisationQuery::default()).await, E::Forbidden)
            }
            "organisation_counts" => said!(directory.organisation_counts(who).await, E::Forbidden),
            "organisation" => said!(directory.organisation(who, thing).await, E::NotFound),
            "accreditation" => said!(directory.accreditation(who, thing).await, E::NotFound),
            "waiting_accreditations" => {
                let answer = directory.waiting_accreditations(who, AccreditationState::Draft, None).await;
                said!(answer, E::Forbidden)
            }
            "register_organisation" => {
                // An authority registers its partners, the centre the authorities (rule 6.4).
                let new = match who.holds(Role::CentralTeam) {
                    true => NewMember {
                        kind: OrganisationKind::Authority,
                        authority: Some("E08000032".parse().unwrap()),
                        ..partner(fresh.as_str())
                    },
                    false => partner(fresh.as_str()),
                };
                said!(directory.register_organisation(who, &new).await, E::Forbidden)
            }
            "register_organisation of an authority's kind without its code" => {
                let new = NewMember { authority: None, ..partner(fresh.as_str()) };
                let answer = directory.register_organisation(who, &new).await;
                said!(answer, E::Forbidden, or E::Kind(KindError::NeedsAuthority))
            }
            "change_organisation" => {
                let change = OrganisationChange { name: fresh, sector: Sector::Housing, parent: None };
                said!(directory.change_organisation(who, thing, &change).await, E::Forbidden | E::NotFound)
            }
            "keep_contacts" | "keep_contacts where there are none" => {
                let answer = directory.keep_contacts(who, thing, &[contact()]).await;
                said!(answer, E::Forbidden | E::NotFound)
            }
            "withdraw_organisation" => {
                said!(directory.withdraw_organisation(who, thing).await, E::Forbidden | E::NotFound)
            }
            "open_accreditation" => {
                let answer = directory.open_accreditation(who, thing, true).await;
                said!(answer, E::Forbidden | E::NotFound, or E::AlreadyOpen)
            }
            "act_on_accreditation as an applicant" => {
                let act = Act::Answer { capability: Capability::StaffQuery, yes: true };
                said!(
                    directory.act_on_accreditation(who, thing, None, &[act]).await,
                    E::Forbidden | E::NotFound
                )
            }
            "act_on_accreditation as an assessor" => {
                let criterion = Criterion::from_code("S1").unwrap();
                let act = Act::Judge { criterion, verdict: Verdict::Met };
                said!(
                    directory.act_on_accreditation(who, thing, None, &[act]).await,
                    E::Forbidden | E::NotFound
                )
            }
            "act_on_accreditation as who decides" => {
                let act = Act::Refuse(RefusalReason::NoNeed);
                said!(
                    directory.act_on_accreditation(who, thing, None, &[act]).await,
                    E::Forbidden | E::NotFound
                )
            }
            "act_on_accreditation of another version" => {
                let act = Act::Refuse(RefusalReason::NoNeed);
                let answer = directory.act_on_accreditation(who, thing, Some(999), &[act]).await;
                said!(answer, E::Forbidden | E::NotFound, or E::Changed)
            }
            "act_on_accreditation_in_force" => {
                let act = Act::SwitchOff(Capability::StaffQuery, SuspensionReason::CriterionNoLongerMet);
                said!(
                    directory.act_on_accreditation_in_force(who, thing, &act).await,
                    E::Forbidden | E::NotFound
                )
            }
            "act_on_accreditation_in_force where none is" => {
                let act = Act::Suspend(SuspensionReason::SuspectedMisuse);
                let answer = directory.act_on_accreditation_in_force(who, thing, &act).await;
                said!(answer, E::Forbidden | E::NotFound, or E::NotDone(NotDone::NotNow))
            }
            other => panic!("say how {other} is called"),
        }
    }
}

fn contact() -> OrganisationContact {
    OrganisationContact {
        duty: ContactDuty::Security,
        name: Line::parse("Sam Porter").unwrap(),
        post: Line::parse("Head of security").unwrap(),
        telephone: Telephone::parse("0113 496 0000").unwrap(),
        email: EmailAddress::parse("security@example.org").unwrap(),
    }
}
