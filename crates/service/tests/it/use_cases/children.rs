//! What is done with a child: found, opened, shielded, sealed, looked up for a colleague.

use directory::access::{ArchiveReason, OverrideReason, OverrideStatement, Permission, Reason, Role};
use directory::retention::HoldBasis;
use jiff::ToSpan as _;
use service::{
    ActHandle, CalendarError, DeathError, HoldError, HoldRequest, MediationError, OverrideError,
    ParticipationBasis, ParticipationError, Reasoned, RecordError, RecordHandle, SealError, SealProposal,
    SearchError, SignedIn,
};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use super::{OWN, Outcome, Stage, UseCase, said, shown};
use crate::house::{CARE, GP, House, by_name, by_name_and_birth, child};

pub const USE_CASES: &[UseCase] = &[
    ("search", &[Permission::SearchChildren]),
    ("open_record", &[Permission::ViewRecord]),
    ("open_for_management", &[Permission::OpenForManagement]),
    ("warnings", &[Permission::ViewRecord]),
    ("seal_identities as the proposer", &[Permission::ProposeSeal]),
    ("seal_identities as the approver", &[Permission::ApproveSeal]),
    ("mediations", &[Permission::AskForMediation, Permission::MediateAccess]),
    ("search_for_colleague", &[Permission::MediateAccess]),
    ("ask_colleague", &[Permission::MediateAccess]),
    ("review_mediation", &[Permission::AskForMediation]),
    ("decide_mediation", &[Permission::AskForMediation]),
    ("open_mediated", &[Permission::MediateAccess]),
    ("withdraw_mediation", &[Permission::MediateAccess]),
    ("record_participation", &[Permission::RecordParticipation]),
    ("withdraw_participation", &[Permission::RecordParticipation]),
    ("record_death", &[Permission::RecordDeath]),
    ("propose_hold", &[Permission::HoldRecords]),
    ("propose_longer_hold", &[Permission::HoldRecords]),
    ("propose_release", &[Permission::HoldRecords]),
    ("decide_hold", &[Permission::HoldRecords]),
    ("legal_holds", &[Permission::HoldRecords]),
    ("record_calendar", &[Permission::ViewRetention]),
    ("authority_figures", &[Permission::ViewAuthorityFigures]),
    ("state_reason", OWN),
    ("override_shield", &[Permission::OverrideShield]),
    ("overridden_record", &[Permission::OverrideShield]),
    ("close_override", &[Permission::OverrideShield]),
    ("ask_second_holder", &[Permission::OverrideShield]),
    ("overrides", &[Permission::OverrideShield]),
    ("review_override", &[Permission::OverrideShield]),
    ("decide_override", &[Permission::OverrideShield]),
    ("open_together", &[Permission::OverrideShield]),
    ("open_from_archive", &[Permission::OpenFromArchive]),
];

fn stated() -> OverrideStatement {
    OverrideStatement::new(OverrideReason::MissingChild, true).unwrap()
}

pub struct Children {
    house: House,
    morgan: SignedIn,
}

impl Stage for Children {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(GP, &[child("G-1", "Peregrine", "Hathersage", "2009-09-09")]).await;
        house.load(CARE, &[child("C-1", "Ottilie", "Vane", "2014-01-01")]).await;
        house.holds_end();
        house.account("visitor", &[Role::Practitioner]).await;
        let (morgan, _) = house.managers().await;
        Self { house, morgan }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, _: &str) -> Uuid {
        Uuid::nil()
    }

    async fn call(&mut self, who: &Reasoned, name: &str, _: Uuid) -> Outcome {
        let (house, directory, person) = (&self.house, &self.house.directory, who.who());
        let (morgan, criteria) = (&self.morgan, by_name_and_birth("Peregrine Hathersage", "2009-09-09"));
        let (record, act) =
            (RecordHandle::from_form("none".to_owned()), ActHandle::from_form("none".to_owned()));
        match name {
            "search" => said!(directory.search(who, criteria).await, SearchError::Forbidden),
            "open_record" => {
                // A handle is its session's alone: who may not search has none.
                let handle = match person.may(Permission::SearchChildren) {
                    true => house.find(who, criteria).await.remove(0).handle,
                    false => record,
                };
                said!(directory.open_record(who, &handle, Reason::Referral).await, RecordError::Forbidden)
            }
            "open_for_management" => {
                let handle = match person.may(Permission::OpenForManagement) {
                    true => house.find(who, criteria).await.remove(0).handle,
                    false => record,
                };
                let answer = directory.open_for_management(who, &handle, Reason::Management).await;
                said!(answer, RecordError::Forbidden)
            }
            "warnings" => {
                let own = by_name(&format!("Zoe {}", person.display_name()));
                shown(!directory.warnings(who, &record, &own).await.unwrap().is_empty())
            }
            "seal_identities as the proposer" => {
                let nothing = SealProposal::default();
                let answer = directory.seal_identities(person, morgan, &nothing).await;
                said!(answer, SealError::Forbidden, or SealError::Sides)
            }
            "seal_identities as the approver" => {
                let nothing = SealProposal::default();
                let answer = directory.seal_identities(morgan, person, &nothing).await;
                said!(answer, SealError::Forbidden, or SealError::Sides)
            }
            "mediations" => said!(directory.mediations(person).await, MediationError::Forbidden),
            "search_for_colleague" => {
                let answer = directory.search_for_colleague(who, "visitor", criteria).await;
                said!(answer, MediationError::Forbidden)
            }
            // Handles of requests are their session's alone: whoever may is told that this one leads nowhere.
            "ask_colleague" => {
                let answer = directory.ask_colleague(who, &record, Reason::Referral).await;
                said!(answer, MediationError::Forbidden, or MediationError::Ended)
            }
            "review_mediation" => {
                let answer = directory.review_mediation(person, &act).await;
                said!(answer, MediationError::Forbidden, or MediationError::Ended)
            }
            "decide_mediation" => {
                let answer = directory.decide_mediation(person, &act, true).await;
                said!(answer, MediationError::Forbidden, or MediationError::Ended)
            }
            "open_mediated" => {
                let answer = directory.open_mediated(who, &act).await;
                said!(answer, MediationError::Forbidden, or MediationError::Ended)
            }
            "withdraw_mediation" => {
                let answer = directory.withdraw_mediation(person, &act).await;
                said!(answer, MediationError::Forbidden, or MediationError::Ended)
            }
            "record_participation" => {
                let (number, own) = (house.number_of(GP, "G-1").await, ParticipationBasis::OwnConsent);
                let answer = directory.record_participation(who, &number, 21, own).await;
                said!(answer, ParticipationError::Forbidden)
            }
            "withdraw_participation" => {
                let number = house.number_of(GP, "G-1").await;
                let answer = directory.withdraw_participation(who, &number).await;
                said!(answer, ParticipationError::Forbidden, or ParticipationError::NotParticipating)
            }
            "record_death" => {
                let number = house.number_of(CARE, "C-1").await;
                said!(directory.record_death(person, &number, None).await, DeathError::Forbidden)
            }
            "propose_hold" => {
                let (number, basis) = (house.number_of(CARE, "C-1").await, HoldBasis::CourtOrder);
                let until = directory.today().checked_add(30.days()).unwrap();
                let answer = directory.propose_hold(person, &HoldRequest { number, basis, until }).await;
                said!(answer, HoldError::Forbidden)
            }
            // No hold is in force: whoever may is told that there is none.
            "propose_release" => {
                let answer = directory.propose_release(person, Uuid::nil()).await;
                said!(answer, HoldError::Forbidden, or HoldError::NotFound)
            }
            "propose_longer_hold" => {
                let answer = directory.propose_longer_hold(person, Uuid::nil(), directory.today()).await;
                said!(answer, HoldError::Forbidden, or HoldError::NotFound)
            }
            "decide_hold" => {
                let answer = directory.decide_hold(person, Uuid::nil(), true).await;
                said!(answer, HoldError::Forbidden, or HoldError::NotFound)
            }
            "legal_holds" => said!(directory.legal_holds(person).await, HoldError::Forbidden),
            "record_calendar" => {
                let number = house.number_of(CARE, "C-1").await;
                said!(directory.record_calendar(who, &number).await, CalendarError::Forbidden)
            }
            "authority_figures" => shown(!directory.authority_figures(person).await.unwrap().is_empty()),
            "state_reason" => {
                directory.state_reason(person, Reason::Referral).await.unwrap();
                Outcome::Permitted
            }
            // The role alone gives no access to child data: whoever has it is told so, and no more.
            "override_shield" => {
                let answer = directory.override_shield(who, &record, stated()).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            "overridden_record" => {
                let answer = directory.overridden_record(who).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            "close_override" => said!(directory.close_override(person).await, OverrideError::Forbidden),
            "ask_second_holder" => {
                let answer = directory.ask_second_holder(who, &record, stated()).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            "overrides" => {
                let answer = directory.overrides(person).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            "review_override" => {
                let answer = directory.review_override(person, &act).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            "decide_override" => {
                let answer = directory.decide_override(person, &act, true).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            "open_together" => {
                let answer = directory.open_together(who, &act).await;
                said!(answer, OverrideError::Forbidden, or OverrideError::NoAccess)
            }
            // The child lives, so that whoever may is told that the archive has no such number.
            "open_from_archive" => {
                let number = house.number_of(CARE, "C-1").await;
                let answer = directory.open_from_archive(who, &number, ArchiveReason::LegalClaim).await;
                said!(answer, RecordError::Forbidden, or RecordError::NotFound)
            }
            other => panic!("say how {other} is called"),
        }
    }
}

on_both_databases! {
    async fn a_result_list_from_before_a_role_was_taken_opens_and_tells_nothing_more(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[child("G-1", "Peregrine", "Nurse", "2013-09-09")]).await;
        house.holds_end();
        let una = house.person("una", Role::UserManager, house.council).await;
        house.account("nurse", &[Role::Practitioner]).await;
        let session = house.session("nurse").await;
        let nurse = house.directory.authenticate(&session).await.unwrap();
        let nurse = house.directory.state_reason(&nurse, Reason::Referral).await.unwrap();
        let asked = by_name_and_birth("Peregrine Nurse", "2013-09-09");
        let listed = house.find(&nurse, asked.clone()).await.remove(0).handle;
        assert!(!house.directory.warnings(&nurse, &listed, &asked).await.unwrap().is_empty());
        let id = nurse.who().account();
        house.directory.take_role(&una, id, Role::Practitioner, house.council).await.unwrap();
        let nurse = house.directory.authenticate(&session).await.unwrap().reasoned().unwrap();
        let opened = house.directory.open_record(&nurse, &listed, Reason::Referral).await;
        assert!(matches!(opened, Err(RecordError::Forbidden)));
        assert_eq!(house.directory.warnings(&nurse, &listed, &asked).await.unwrap(), []);
    }
}
