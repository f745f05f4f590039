//! Who may feed: products and installations, prepared, signed off, stopped.

use directory::Line;
use directory::access::{Permission, Role};
use directory::connecting::{InstallationAct, ProductAct, StoppedBecause};
use service::{ConnectingError, Reasoned, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::connecting::{KEEPER, report};
use crate::house::{CARE, GP, House, child, file};

const PREPARES: &[Permission] = &[Permission::PrepareFeed];
const SIGNS: &[Permission] = &[Permission::SignOffFeed];
const ACCREDITS: &[Permission] = &[Permission::AccreditProducts];
const EITHER: &[Permission] = &[Permission::PrepareFeed, Permission::SignOffFeed];

pub const USE_CASES: &[UseCase] = &[
    ("installations", EITHER),
    ("installation", EITHER),
    ("act_on_installation to prepare", PREPARES),
    ("act_on_installation to stop", PREPARES),
    ("act_on_installation to sign", SIGNS),
    ("act_on_installation to go on", SIGNS),
    ("products", &[Permission::PrepareFeed, Permission::SignOffFeed, Permission::AccreditProducts]),
    ("register_product", ACCREDITS),
    ("hand_in_type_report", ACCREDITS),
    ("hand_in_pilot", PREPARES),
    ("rehearse_file", PREPARES),
    ("act_on_product to decide", ACCREDITS),
];

pub struct Connecting {
    house: House,
    morgan: SignedIn,
}

impl Stage for Connecting {
    const USE_CASES: &'static [UseCase] = USE_CASES;

    async fn set(db: &TestDatabases) -> Self {
        let house = House::open(db).await;
        let (morgan, _) = house.managers().await;
        Self { house, morgan }
    }

    fn house(&self) -> &House {
        &self.house
    }

    async fn thing(&mut self, _: &str) -> Uuid {
        let [supplier, name, version] = KEEPER.map(|text| Line::parse(text).unwrap());
        self.house.directory.register_product(&self.morgan, supplier, name, version).await.unwrap()
    }

    async fn call(&mut self, who: &Reasoned, name: &str, thing: Uuid) -> Outcome {
        let (directory, who) = (&self.house.directory, who.who());
        // A national source is the centre's, and so are the products that it registers.
        let central = who.holds(Role::CentralTeam);
        let (source, profile) = if central { (GP, "nhs-gp") } else { (CARE, "social-care") };
        let reads = PREPARES.iter().chain(SIGNS).any(|permission| who.may(*permission));
        let seen = match reads {
            true => directory.installation(who, source).await.unwrap().version,
            false => 1,
        };
        let act = async |act: InstallationAct| {
            said!(
                directory.act_on_installation(who, source, seen, act).await,
                ConnectingError::Forbidden,
                or ConnectingError::NotDone(_)
            )
        };
        match name {
            "installations" => said!(directory.installations(who).await, ConnectingError::Forbidden),
            "installation" => said!(directory.installation(who, source).await, ConnectingError::Forbidden),
            "act_on_installation to prepare" => act(InstallationAct::NameProduct(thing)).await,
            "act_on_installation to stop" => act(InstallationAct::Stop(StoppedBecause::OwnRequest)).await,
            "act_on_installation to sign" => act(InstallationAct::Sign).await,
            "act_on_installation to go on" => act(InstallationAct::GoOn).await,
            "products" => said!(directory.products(who).await, ConnectingError::Forbidden),
            "register_product" => {
                let line = |text: &str| Line::parse(text).unwrap();
                let answer = directory.register_product(who, line("A"), line("B"), line("1")).await;
                said!(answer, ConnectingError::Forbidden)
            }
            "hand_in_type_report" | "act_on_product to decide" if central => {
                let own = KEEPER.map(|text| Line::parse(text).unwrap());
                let [supplier, product, version] = own;
                let own = directory.register_product(who, supplier, product, version).await.unwrap();
                let text = report(KEEPER, directory.today());
                said!(directory.hand_in_type_report(who, own, 1, &text).await, ConnectingError::Forbidden)
            }
            "hand_in_type_report" => {
                let text = report(KEEPER, directory.today());
                said!(directory.hand_in_type_report(who, thing, 1, &text).await, ConnectingError::Forbidden)
            }
            "hand_in_pilot" => {
                let answer = directory.hand_in_pilot(who, source, seen, "{}").await;
                said!(answer, ConnectingError::Forbidden, or ConnectingError::Pilot(_))
            }
            "rehearse_file" => {
                let text = file(profile, &[child("C-1", "Ada", "Quill", "2014-01-01")]);
                said!(
                    directory.rehearse_file(who, source, seen, ("pilot.csv", text.as_bytes())).await,
                    ConnectingError::Forbidden,
                    or ConnectingError::NotDone(_)
                )
            }
            "act_on_product to decide" => {
                said!(
                    directory.act_on_product(who, thing, 1, ProductAct::Grant).await,
                    ConnectingError::Forbidden,
                    or ConnectingError::NotDone(_)
                )
            }
            other => panic!("say how {other} is called"),
        }
    }
}
