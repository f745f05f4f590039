//! What is done about sensitive services and those whom nobody is shown: consents withdrawn, contact brokered.

use directory::access::{Permission, Reason, Role};
use directory::brokering::{BrokerReason, ProviderChoice};
use directory::{ChildNumber, ServiceType, Telephone};
use service::{BrokerError, BrokerRequest, ConsentError, ProviderKey, Reasoned, WithdrawnFrom};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::house::{CARE, House, child};

const DESKS: &[Permission] = &[Permission::HandleBrokering, Permission::DecideShield];

pub const USE_CASES: &[UseCase] = &[
    ("withdraw_consent", &[Permission::WithdrawConsent]),
    ("ask_to_be_put_in_touch", &[Permission::RequestBrokering]),
    ("own_broker_requests", &[Permission::RequestBrokering]),
    ("broker_queue", &[Permission::HandleBrokering]),
    ("protected_broker_queue", &[Permission::DecideShield]),
    ("broker_request", DESKS),
    ("take_on_broker_request", DESKS),
    ("record_provider_contacted", DESKS),
    ("record_provider_choice", DESKS),
    ("close_with_nothing", DESKS),
];

pub struct Brokering {
    house: House,
    number: ChildNumber,
    asker: Reasoned,
    mona: Reasoned,
}

impl Brokering {
    fn request(&self) -> BrokerRequest {
        BrokerRequest {
            number: self.number.clone(),
            reason: BrokerReason::PlanningSupport,
            telephone: Telephone::parse("01632 960123").unwrap(),
        }
    }

    /// A request at the council's queue, nobody's yet.
    async fn waiting(&self) -> Uuid {
        let d = &self.house.directory;
        let known = d.broker_queue(self.mona.who()).await.unwrap();
        d.ask_to_be_put_in_touch(&self.asker, self.request()).await.unwrap();
        let queue = d.broker_queue(self.mona.who()).await.unwrap();
        queue.into_iter().find(|line| known.iter().all(|known| known.id != line.id)).unwrap().id
    }

    /// Taken on by whoever may.
    async fn taken_on(&self, who: &Reasoned, id: Uuid) -> ProviderKey {
        if !who.who().may(Permission::HandleBrokering) {
            return ProviderKey::from_form("none".to_owned());
        }
        self.house.directory.take_on_broker_request(who.who(), id).await.unwrap();
        self.house.directory.broker_request(who, id).await.unwrap().data().providers[0].key.clone()
    }
}

impl Stage for Brokering {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let row =
            child("C-1", "Ottilie", "Vane", "2014-01-01").with("involvement_1_service", "social_worker");
        house.load(CARE, &[row]).await;
        house.holds_end();
        let mut people = Vec::new();
        for (username, role) in [("visitor", Role::Practitioner), ("mona", Role::Manager)] {
            house.account(username, &[role]).await;
            let who = house.sign_in(username).await;
            people.push(house.directory.state_reason(&who, Reason::SafeguardingConcern).await.unwrap());
        }
        let number = house.number_of(CARE, "C-1").await;
        let (mona, asker) = (people.remove(1), people.remove(0));
        Self { house, number, asker, mona }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, name: &str) -> Uuid {
        match name {
            "broker_request"
            | "take_on_broker_request"
            | "record_provider_contacted"
            | "record_provider_choice"
            | "close_with_nothing" => self.waiting().await,
            _ => Uuid::nil(),
        }
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (d, person) = (&self.house.directory, who.who());
        match name {
            "withdraw_consent" => {
                let from = WithdrawnFrom::Own(ServiceType::MentalHealth);
                said!(d.withdraw_consent(who, &self.number, &from).await, ConsentError::Forbidden)
            }
            "ask_to_be_put_in_touch" => {
                said!(d.ask_to_be_put_in_touch(who, self.request()).await, BrokerError::Forbidden)
            }
            "own_broker_requests" => said!(d.own_broker_requests(who).await, BrokerError::Forbidden),
            "broker_queue" => said!(d.broker_queue(person).await, BrokerError::Forbidden),
            "protected_broker_queue" => {
                said!(d.protected_broker_queue(person).await, BrokerError::Forbidden)
            }
            "broker_request" => said!(d.broker_request(who, thing).await, BrokerError::Forbidden),
            "take_on_broker_request" => {
                said!(d.take_on_broker_request(person, thing).await, BrokerError::Forbidden)
            }
            "record_provider_contacted" => {
                let key = self.taken_on(who, thing).await;
                said!(d.record_provider_contacted(person, thing, &key).await, BrokerError::Forbidden)
            }
            "record_provider_choice" => {
                let key = self.taken_on(who, thing).await;
                if person.may(Permission::HandleBrokering) {
                    d.record_provider_contacted(person, thing, &key).await.unwrap();
                }
                let answer = d.record_provider_choice(person, thing, ProviderChoice::CallBack).await;
                said!(answer, BrokerError::Forbidden)
            }
            "close_with_nothing" => {
                self.taken_on(who, thing).await;
                said!(d.close_with_nothing(person, thing).await, BrokerError::Forbidden)
            }
            other => panic!("say how {other} is called"),
        }
    }
}
