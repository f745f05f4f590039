//! What is done about two identities: proposed, decided, and what the sealed desk does with what is held.

use directory::access::Permission;
use directory::identities::SealKind;
use service::{HeldChoice, HeldError, Reasoned, SealError, SealProposal, SealRequest, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::{CARE, GP, House, SCHOOLS, child, nhs_number};

pub const USE_CASES: &[UseCase] = &[
    ("seal_proposals", &[Permission::ProposeSeal]),
    ("records_to_seal", &[Permission::ProposeSeal]),
    ("propose_seal", &[Permission::ProposeSeal]),
    // Another's; who proposed one sees it too.
    ("seal_proposal", &[Permission::ApproveSeal]),
    ("decide_seal", &[Permission::ApproveSeal]),
    ("held_records", &[Permission::ApproveSeal]),
    ("held_record", &[Permission::ApproveSeal]),
    ("propose_held_release", &[Permission::ApproveSeal]),
    ("decide_held_release", &[Permission::ApproveSeal]),
];

pub struct Identities {
    house: House,
    morgan: SignedIn,
    held: Vec<Uuid>,
}

impl Stage for Identities {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let amy = child("G-1", "Amy", "Carterwright", "2017-05-06").at("3 Quayside", "LS10 1AA");
        let ottilie = |id: &str| child(id, "Ottilie", "Vane", "2014-01-01").at("1 Beech Avenue", "LS1 1AA");
        let ruby = child("C-2", "Ruby", "Thornycroft", "2017-05-06").at("20 Abbey Walk", "LS16 8ZZ");
        house.load(GP, &[amy.with("nhs_number", &nhs_number(1)), ottilie("G-5")]).await;
        house.load(CARE, &[ruby, ottilie("C-5")]).await;
        house.holds_end();
        let (morgan, reece) = house.managers().await;
        let named = |source: &str, id: &str| vec![(source.to_owned(), id.to_owned())];
        let proposal =
            SealProposal { former: named(GP, "G-1"), current: named(CARE, "C-2"), ..SealProposal::default() };
        house.directory.seal_identities(&morgan, &reece, &proposal).await.unwrap();
        let both = |id: &str| {
            child(id, "Ruby", "Thornycroft", "2017-05-06")
                .at("20 Abbey Walk", "LS16 8ZZ")
                .with("alias_1_forenames", "Amy")
                .with("alias_1_surname", "Carterwright")
        };
        house.load(SCHOOLS, &[both("S-8"), both("S-9")]).await;
        let held = house.directory.held_records(&morgan).await.unwrap();
        Self { house, morgan, held: held.into_iter().map(|line| line.id).collect() }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        let d = &self.house.directory;
        match name {
            "seal_proposal" | "decide_seal" => {
                let number = self.house.number_of(GP, "G-5").await;
                let reasoned =
                    d.state_reason(&self.morgan, directory::access::Reason::Management).await.unwrap();
                let records = d.records_to_seal(&reasoned, &[number]).await.unwrap().data().clone();
                let sides = [directory::Side::Former, directory::Side::Current].map(directory::CutOver::All);
                let records = records.iter().map(|record| record.sent.id).zip(sides).collect();
                d.propose_seal(&self.morgan, &SealRequest { kind: SealKind::Adoption, records })
                    .await
                    .unwrap()
            }
            "decide_held_release" => {
                let case = self.held[1];
                let proposed = d.held_records(&self.morgan).await.unwrap();
                if !proposed.iter().any(|line| line.id == case && line.proposed) {
                    d.propose_held_release(&self.morgan, case, HeldChoice::Different).await.unwrap();
                }
                case
            }
            _ => self.held[0],
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (d, person) = (&self.house.directory, who.who());
        match name {
            "seal_proposals" => said!(d.seal_proposals(person).await, SealError::Forbidden),
            "records_to_seal" => {
                let number = self.house.number_of(GP, "G-5").await;
                said!(d.records_to_seal(who, &[number]).await, SealError::Forbidden)
            }
            "propose_seal" => {
                let nothing = SealRequest { kind: SealKind::Adoption, records: Vec::new() };
                said!(d.propose_seal(person, &nothing).await, SealError::Forbidden, or SealError::Sides)
            }
            "seal_proposal" => {
                said!(d.seal_proposal(who, thing).await, SealError::Forbidden | SealError::NotFound)
            }
            "decide_seal" => said!(d.decide_seal(person, thing, false).await, SealError::Forbidden),
            "held_records" => said!(d.held_records(person).await, HeldError::Forbidden),
            "held_record" => said!(d.held_record(who, thing).await, HeldError::Forbidden),
            "propose_held_release" => {
                said!(
                    d.propose_held_release(person, thing, HeldChoice::Different).await,
                    HeldError::Forbidden
                )
            }
            "decide_held_release" => {
                said!(d.decide_held_release(person, thing, false).await, HeldError::Forbidden)
            }
            other => panic!("say how {other} is called"),
        }
    }
}
