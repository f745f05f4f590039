//! The trail of others, the register of disclosures, the monthly evidence pack: read, and kept.

use directory::access::Permission;
use directory::register::{RefusalReason, RegisterRule, ReleasedItem};
use directory::{ChildNumber, Month};
use service::{
    About, AuditQuestion, AuditReadError, PackError, PackForm, Reasoned, RegisterDecision, RegisterError,
    SignedIn,
};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{OWN, Outcome, Stage, UseCase, said, shown};
use crate::house::{GP, House, child};
use crate::register::{from_the_late_archive, items, order};

pub const USE_CASES: &[UseCase] = &[
    ("read_audit", &[Permission::ReadAudit]),
    ("read_audit_entry", &[Permission::ReadAudit]),
    ("organisations_to_audit", &[Permission::ReadAudit]),
    ("seal_audit_question", OWN),
    ("open_audit_question", OWN),
    ("pack_owners", &[Permission::ViewEvidencePack]),
    ("evidence_pack", &[Permission::ViewEvidencePack]),
    ("evidence_pack of a month that is not over", &[Permission::ViewEvidencePack]),
    ("disclosure_register", &[Permission::ViewDisclosureRegister]),
    ("disclosure", &[Permission::ViewDisclosureRegister]),
    ("propose_disclosure", &[Permission::KeepDisclosureRegister]),
    ("decide_disclosure", &[Permission::KeepDisclosureRegister]),
    ("release_disclosure", &[Permission::KeepDisclosureRegister]),
    ("archive_retrievals", &[Permission::RetrieveFromArchive]),
    ("retrieve_from_archive", &[Permission::RetrieveFromArchive]),
    ("open_retrieved_record", &[Permission::KeepDisclosureRegister]),
];

pub struct Registers {
    house: House,
    number: ChildNumber,
    morgan: SignedIn,
    reece: SignedIn,
}

impl Stage for Registers {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(GP, &[child("G-1", "Cosmo", "Delacroix", "2011-11-11")]).await;
        house.holds_end();
        let (morgan, reece) = house.managers().await;
        let number = house.number_of(GP, "G-1").await;
        Self { house, number, morgan, reece }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        let directory = &self.house.directory;
        match name {
            "read_audit_entry" => {
                let all = AuditQuestion::about(About::Organisation(self.house.council));
                directory.read_audit(&self.morgan, &all).await.unwrap().lines[0].entry
            }
            "retrieve_from_archive" => {
                let asked = from_the_late_archive(&self.number);
                let entry = directory.propose_disclosure(&self.morgan, asked).await.unwrap();
                directory.decide_disclosure(&self.reece, entry, RegisterDecision::Approve).await.unwrap();
                entry
            }
            "disclosure" | "decide_disclosure" | "release_disclosure" | "open_retrieved_record" => {
                let entry = directory.propose_disclosure(&self.morgan, order(&self.number)).await.unwrap();
                if name == "release_disclosure" {
                    directory.decide_disclosure(&self.reece, entry, RegisterDecision::Approve).await.unwrap();
                }
                entry
            }
            _ => self.house.council,
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (directory, reasoned, who) = (&self.house.directory, who, who.who());
        let question = AuditQuestion::about(About::Organisation(thing));
        match name {
            "read_audit" => said!(directory.read_audit(who, &question).await, AuditReadError::Forbidden),
            "read_audit_entry" => {
                said!(directory.read_audit_entry(who, thing).await, AuditReadError::Forbidden)
            }
            "organisations_to_audit" => {
                shown(!directory.organisations_to_audit(who).await.unwrap().is_empty())
            }
            // A question is sealed for its session and asks nothing yet.
            "seal_audit_question" | "open_audit_question" => {
                let sealed = directory.seal_audit_question(who, &question).unwrap();
                assert!(!sealed.contains(&thing.to_string()));
                shown(directory.open_audit_question(who, &sealed) == Some(question))
            }
            "pack_owners" => shown(!directory.pack_owners(who).await.unwrap().is_empty()),
            "evidence_pack" => {
                let over = Month::parse("2026-02").unwrap();
                let answer = directory.evidence_pack(who, thing, over, PackForm::Csv).await;
                said!(answer, PackError::Forbidden)
            }
            "evidence_pack of a month that is not over" => {
                let this = Month::parse("2026-03").unwrap();
                let answer = directory.evidence_pack(who, thing, this, PackForm::Csv).await;
                said!(answer, PackError::Forbidden, or PackError::NotOver)
            }
            "disclosure_register" => {
                said!(directory.disclosure_register(who).await, RegisterError::Forbidden)
            }
            "disclosure" => said!(directory.disclosure(who, thing).await, RegisterError::Forbidden),
            "propose_disclosure" => {
                let answer = directory.propose_disclosure(who, order(&self.number)).await;
                said!(answer, RegisterError::Forbidden)
            }
            "decide_disclosure" => {
                let refuse = RegisterDecision::Refuse(RefusalReason::AnotherWay);
                said!(directory.decide_disclosure(who, thing, refuse).await, RegisterError::Forbidden)
            }
            "release_disclosure" => {
                let answer = directory.release_disclosure(who, thing, items(&[ReleasedItem::Name])).await;
                said!(answer, RegisterError::Forbidden)
            }
            "archive_retrievals" => {
                said!(directory.archive_retrievals(who).await, RegisterError::Forbidden)
            }
            "retrieve_from_archive" => {
                said!(directory.retrieve_from_archive(who, thing).await, RegisterError::Forbidden)
            }
            // Who may keep the register may ask; what they did not propose is not opened for them.
            "open_retrieved_record" => {
                let answer = directory.open_retrieved_record(reasoned, thing).await;
                said!(answer, RegisterError::Forbidden, or RegisterError::Rule(RegisterRule::NotTheAsker))
            }
            other => panic!("say how {other} is called"),
        }
    }
}
