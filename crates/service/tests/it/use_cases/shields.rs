//! What is done about shields: asked for, proposed, decided, reviewed; and the places that are protected.

use directory::access::Permission;
use directory::shield::{EvidenceKind, EvidenceReference};
use directory::{Address, Line, Postcode};
use service::{Reasoned, ReviewDecision, ShieldDecision, ShieldError, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::{GP, House, child, shield_request};

pub const USE_CASES: &[UseCase] = &[
    ("request_shield", &[Permission::RequestShield]),
    ("shield_requests", &[Permission::DecideShield]),
    ("shield_request", &[Permission::DecideShield]),
    ("propose_shield", &[Permission::DecideShield]),
    ("decide_shield", &[Permission::DecideShield]),
    ("review_shield", &[Permission::DecideShield]),
    ("protected_places", &[Permission::DecideShield]),
    ("propose_protected_place", &[Permission::DecideShield]),
    ("propose_place_removal", &[Permission::DecideShield]),
    ("decide_protected_place", &[Permission::DecideShield]),
];

pub struct Shields {
    house: House,
    asks: SignedIn,
    morgan: SignedIn,
    reece: SignedIn,
}

fn file() -> EvidenceReference {
    EvidenceReference::new(EvidenceKind::RefugeReferral, "WA/17").unwrap()
}

fn refuge() -> Address {
    Address {
        lines: vec![Line::parse("17 Quiet Street").unwrap()],
        postcode: Some(Postcode::parse("LS8 1BB").unwrap()),
        ..Address::default()
    }
}

impl Shields {
    async fn place(&self) -> Uuid {
        let d = &self.house.directory;
        let known = d.protected_places(&self.morgan).await.unwrap();
        assert!(d.propose_protected_place(&self.morgan, &refuge(), file()).await.unwrap());
        let places = d.protected_places(&self.morgan).await.unwrap();
        places.into_iter().find(|place| known.iter().all(|known| known.id != place.id)).unwrap().id
    }
}

impl Stage for Shields {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        house.load(GP, &[child("G-1", "Peregrine", "Hathersage", "2013-09-09")]).await;
        house.holds_end();
        let (asks, morgan, reece) = house.desk().await;
        Self { house, asks, morgan, reece }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        let d = &self.house.directory;
        match name {
            "shield_request" | "propose_shield" | "decide_shield" | "review_shield" => {
                let request = shield_request(&self.house.number_of(GP, "G-1").await);
                let id = self.house.ask_for_shield(&self.asks, &self.morgan, request).await;
                if ["decide_shield", "review_shield"].contains(&name) {
                    d.propose_shield(&self.morgan, id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
                }
                if name == "review_shield" {
                    d.decide_shield(&self.reece, id, true).await.unwrap();
                }
                id
            }
            "decide_protected_place" => self.place().await,
            "propose_place_removal" => {
                let place = self.place().await;
                d.decide_protected_place(&self.reece, place, true).await.unwrap();
                place
            }
            _ => Uuid::nil(),
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (d, person) = (&self.house.directory, who.who());
        match name {
            "request_shield" => {
                let request = shield_request(&self.house.number_of(GP, "G-1").await);
                said!(d.request_shield(person, request).await, ShieldError::Forbidden)
            }
            "shield_requests" => said!(d.shield_requests(person).await, ShieldError::Forbidden),
            "shield_request" => said!(d.shield_request(who, thing).await, ShieldError::Forbidden),
            "propose_shield" => {
                said!(d.propose_shield(person, thing, &ShieldDecision::Decline).await, ShieldError::Forbidden)
            }
            "decide_shield" => said!(d.decide_shield(person, thing, true).await, ShieldError::Forbidden),
            "review_shield" => {
                said!(d.review_shield(person, thing, ReviewDecision::Keep).await, ShieldError::Forbidden)
            }
            "protected_places" => said!(d.protected_places(person).await, ShieldError::Forbidden),
            "propose_protected_place" => {
                let answer = d.propose_protected_place(person, &refuge(), file()).await;
                said!(answer, ShieldError::Forbidden)
            }
            "propose_place_removal" => {
                said!(d.propose_place_removal(person, thing).await, ShieldError::Forbidden)
            }
            "decide_protected_place" => {
                said!(d.decide_protected_place(person, thing, true).await, ShieldError::Forbidden)
            }
            other => panic!("say how {other} is called"),
        }
    }
}
