//! What is done about shields: asked for, proposed, decided, reviewed; and the places that are protected.

use directory::access::Permission;
use directory::access::Role;
use directory::shield::{EvidenceKind, EvidenceReference};
use directory::transfer::{TransferReason, TransferRefusal};
use directory::{Address, Line, Postcode};
use service::{
    PlaceDecision, Reasoned, ReviewDecision, ShieldDecision, ShieldError, SignedIn, TransferAnswer,
    TransferError, TransferOffer,
};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::{CARE, COUNCIL, GP, House, child, shield_request};

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
    ("shield_letter", &[Permission::DecideShield]),
    ("transfers", &[Permission::DecideShield]),
    ("transfer", &[Permission::DecideShield]),
    ("offer_transfer", &[Permission::DecideShield]),
    ("take_transfer_back", &[Permission::DecideShield]),
    ("answer_transfer", &[Permission::DecideShield]),
];

pub struct Shields {
    house: House,
    asks: SignedIn,
    morgan: SignedIn,
    reece: SignedIn,
    /// A manager of another authority.
    brenda: SignedIn,
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
    /// An offer of the shielded child of that record to the other desk, made now or before.
    async fn offered(&self, record: &str) -> Uuid {
        let to = "Bradford".to_owned();
        let offer = TransferOffer {
            number: self.house.number_of(CARE, record).await,
            to,
            reason: TransferReason::Placed,
        };
        match self.house.directory.offer_transfer(&self.morgan, &offer).await {
            Ok(id) => id,
            Err(TransferError::OfferedBefore) => {
                let desk = self.house.directory.transfers(&self.morgan).await.unwrap();
                desk.offered.iter().find(|line| line.reason == TransferReason::Placed).unwrap().id
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// An offer of the other desk to this one: of a child it had accepted.
    async fn offered_back(&self) -> Uuid {
        let (d, number) = (&self.house.directory, self.house.number_of(CARE, "C-3").await);
        let offer = |to: &str| TransferOffer {
            number: number.clone(),
            to: to.to_owned(),
            reason: TransferReason::AllocatedWrongly,
        };
        if let Ok(id) = d.offer_transfer(&self.morgan, &offer("Bradford")).await {
            d.answer_transfer(&self.brenda, id, TransferAnswer::Accept).await.unwrap();
        }
        d.offer_transfer(&self.brenda, &offer(COUNCIL)).await.unwrap()
    }

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
        let known = [
            child("C-1", "Drusilla", "Tollard", "2012-02-02").at("4 Quayside", "LS8 1BB"),
            child("C-2", "Barnaby", "Winterbourne", "2014-07-21").at("9 Elm Row", "LS8 4ZZ"),
            child("C-3", "Sigrid", "Larkin", "2010-11-15").at("2 Larch Rise", "LS16 8ZZ"),
        ];
        house.load(CARE, &known).await;
        house.holds_end();
        for record in ["C-1", "C-2", "C-3"] {
            house.shield(CARE, record).await;
        }
        let bradford = house.another_authority().await;
        let brenda = house.person("brenda", Role::Manager, bradford).await;
        let (asks, morgan, reece) = house.desk().await;
        Self { house, asks, morgan, reece, brenda }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        let d = &self.house.directory;
        match name {
            "shield_request" | "propose_shield" | "decide_shield" | "review_shield" | "shield_letter" => {
                let request = shield_request(&self.house.number_of(GP, "G-1").await);
                let id = self.house.ask_for_shield(&self.asks, &self.morgan, request).await;
                if ["decide_shield", "review_shield", "shield_letter"].contains(&name) {
                    d.propose_shield(&self.morgan, id, &ShieldDecision::Shield(Vec::new())).await.unwrap();
                }
                if ["review_shield", "shield_letter"].contains(&name) {
                    d.decide_shield(&self.reece, id, true).await.unwrap();
                }
                id
            }
            "decide_protected_place" => self.place().await,
            "transfer" | "take_transfer_back" => self.offered("C-2").await,
            "answer_transfer" => self.offered_back().await,
            "propose_place_removal" => {
                let place = self.place().await;
                d.decide_protected_place(&self.reece, place, PlaceDecision::Protect(&refuge()))
                    .await
                    .unwrap();
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
                let refuge = refuge();
                let decision = PlaceDecision::Protect(&refuge);
                said!(d.decide_protected_place(person, thing, decision).await, ShieldError::Forbidden)
            }
            "shield_letter" => said!(d.shield_letter(person, thing).await, ShieldError::Forbidden),
            "transfers" => said!(d.transfers(person).await, TransferError::Forbidden),
            "transfer" => said!(d.transfer(who, thing).await, TransferError::Forbidden),
            "offer_transfer" => {
                let offer = TransferOffer {
                    number: self.house.number_of(CARE, "C-1").await,
                    to: "Bradford".to_owned(),
                    reason: TransferReason::MovedHome,
                };
                said!(d.offer_transfer(person, &offer).await, TransferError::Forbidden)
            }
            "take_transfer_back" => {
                said!(d.take_transfer_back(person, thing).await, TransferError::Forbidden)
            }
            "answer_transfer" => {
                let refused = TransferAnswer::Refuse(TransferRefusal::NotHere);
                said!(d.answer_transfer(person, thing, refused).await, TransferError::Forbidden)
            }
            other => panic!("say how {other} is called"),
        }
    }
}
