//! Organisations and their people, for the tests of both.

use directory::Line;
use directory::access::Capability;
use directory::access::Role;
use directory::access::accreditation::{AccreditationState, Act, EvidenceReference, Verdict};
use directory::organisation::{OrganisationKind, Sector};
use jiff::SignedDuration;
use service::{NewAccount, NewMember, NewOrganisation, OrganisationError, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use crate::house::{House, PASSWORD};

pub const LEEDS: &str = "E08000035";
pub const KENT: &str = "E10000016";

/// The council with two managers, a trust of it that is not accredited with its lead and a nurse, a charity with two
/// managers, and the centre.
pub struct Town {
    pub house: House,
    pub trust: Uuid,
    pub charity: Uuid,
}

impl Town {
    pub async fn build(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let until = house.clock.now() + SignedDuration::from_hours(24 * 365 * 8);
        let declare = |name: &str, kind: &str, authority: Option<&str>| NewOrganisation {
            name: name.to_owned(),
            kind: kind.to_owned(),
            authority_code: authority.map(str::to_owned),
            accredited_until: until,
        };
        let d = &house.directory;
        let charity =
            d.declare_organisation(declare("Harbour Charity", "national_partner", None)).await.unwrap();
        let centre = d.declare_organisation(declare("The centre", "centre", None)).await.unwrap();
        let mut town = Self { house, trust: Uuid::nil(), charity };
        let council = town.house.council;
        for (username, role, organisation) in [
            ("mary", Role::Manager, council),
            ("mo", Role::Manager, council),
            ("max", Role::Manager, council),
            ("audra", Role::Auditor, council),
            ("chris", Role::Manager, charity),
            ("chloe", Role::Manager, charity),
            ("chuck", Role::OrganisationLead, charity),
            ("cecil", Role::CentralTeam, centre),
        ] {
            town.person(username, role, organisation).await;
        }
        let mary = town.sign_in("mary").await;
        town.trust =
            town.house.directory.register_organisation(&mary, &partner("Leeds Trust")).await.unwrap();
        town.person("lena", Role::OrganisationLead, town.trust).await;
        town.person("nora", Role::Practitioner, town.trust).await;
        town
    }

    pub async fn person(&self, username: &str, role: Role, organisation: Uuid) {
        let later = self.house.clock.now() + SignedDuration::from_hours(24 * 365 * 8);
        let account = NewAccount {
            username: username.to_owned(),
            display_name: format!("The {username}"),
            password: PASSWORD.to_owned(),
            organisation,
            roles: crate::house::with_the_desk(&[role]),
            clearance_until: later,
            training_until: later,
        };
        self.house.directory.create_account(account).await.unwrap();
    }

    /// A code works once: the next one comes half a minute later.
    pub async fn sign_in(&self, username: &str) -> SignedIn {
        self.house.clock.advance(SignedDuration::from_secs(31));
        self.house.sign_in(username).await
    }

    /// The lead asks for these, with evidence for every criterion, and hands in.
    pub async fn applied(&self, lead: &SignedIn, organisation: Uuid, asked: &[Capability]) -> Uuid {
        let d = &self.house.directory;
        let id = d.open_accreditation(lead, organisation, false).await.unwrap();
        self.filled_in(lead, id, asked).await;
        id
    }

    pub async fn filled_in(&self, lead: &SignedIn, id: Uuid, asked: &[Capability]) {
        let d = &self.house.directory;
        let answers: Vec<Act> = Capability::ALL
            .iter()
            .filter(|capability| **capability != Capability::Ninth)
            .map(|&capability| Act::Answer { capability, yes: asked.contains(&capability) })
            .collect();
        d.act_on_accreditation(lead, id, None, &answers).await.unwrap();
        let criteria = d.accreditation(lead, id).await.unwrap().accreditation.criteria();
        let mut rest: Vec<Act> = criteria
            .into_iter()
            .map(|criterion| Act::GiveEvidence { criterion, reference: reference("DOC-7") })
            .collect();
        rest.push(Act::HandIn);
        d.act_on_accreditation(lead, id, None, &rest).await.unwrap();
    }

    /// The assessor judges every criterion and hands on.
    pub async fn assessed(&self, assessor: &SignedIn, id: Uuid, but: &[(&str, Verdict)]) {
        let d = &self.house.directory;
        let criteria = d.accreditation(assessor, id).await.unwrap().accreditation.criteria();
        let mut acts: Vec<Act> = criteria
            .into_iter()
            .map(|criterion| {
                let given = but.iter().find(|(code, _)| *code == criterion.code);
                Act::Judge { criterion, verdict: given.map_or(Verdict::Met, |(_, verdict)| *verdict) }
            })
            .collect();
        acts.push(Act::HandOn);
        d.act_on_accreditation(assessor, id, None, &acts).await.unwrap();
    }

    pub async fn grant(&self, decider: &SignedIn, id: Uuid) -> Result<(), OrganisationError> {
        let d = &self.house.directory;
        let carried = d.accreditation(decider, id).await?.accreditation.carried();
        d.act_on_accreditation(decider, id, None, &[Act::Grant(carried)]).await
    }

    /// Accredits the trust: the lead applies, one manager assesses, another decides.
    pub async fn accredited(&self, asked: &[Capability], but: &[(&str, Verdict)]) -> Uuid {
        let lena = self.sign_in("lena").await;
        let id = self.applied(&lena, self.trust, asked).await;
        let mary = self.sign_in("mary").await;
        self.assessed(&mary, id, but).await;
        let mo = self.sign_in("mo").await;
        self.grant(&mo, id).await.unwrap();
        let view = self.house.directory.accreditation(&mo, id).await.unwrap();
        assert_eq!(view.accreditation.state(), AccreditationState::Granted);
        id
    }
}

pub fn partner(name: &str) -> NewMember {
    NewMember {
        name: Line::parse(name).unwrap(),
        kind: OrganisationKind::Partner,
        authority: Some(LEEDS.parse().unwrap()),
        sector: Sector::Health,
        parent: None,
    }
}

pub fn reference(text: &str) -> EvidenceReference {
    EvidenceReference::parse(text).unwrap()
}
