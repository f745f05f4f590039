//! Who may feed: products and installations, prepared, signed off, stopped.

use directory::Line;
use directory::access::{Permission, Role};
use directory::connecting::{InstallationAct, ProductAct, StoppedBecause};
use service::{ConnectingError, Reasoned, SignedIn};
use testkit::TestDatabases;
use uuid::Uuid;

use super::{Outcome, Stage, UseCase, said};
use crate::connecting::report;
use crate::house::{CARE, GP, House, child, file, judged};

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
    ("rehearse", PREPARES),
    ("products", &[Permission::PrepareFeed, Permission::SignOffFeed, Permission::AccreditProducts]),
    ("register_product", ACCREDITS),
    ("act_on_product to hand in", ACCREDITS),
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
        let line = |text: &str| Line::parse(text).unwrap();
        let (supplier, name, version) = (line("Harbour Systems"), line("Case Keeper"), line("4.2"));
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
            "rehearse" => {
                let text = file(profile, &[child("C-1", "Ada", "Quill", "2014-01-01")]);
                let rows = judged(directory, profile, &text);
                said!(
                    directory.rehearse(who, source, seen, rows).await,
                    ConnectingError::Forbidden,
                    or ConnectingError::NotDone(_)
                )
            }
            "products" => said!(directory.products(who).await, ConnectingError::Forbidden),
            "register_product" => {
                let line = |text: &str| Line::parse(text).unwrap();
                let answer = directory.register_product(who, line("A"), line("B"), line("1")).await;
                said!(answer, ConnectingError::Forbidden)
            }
            "act_on_product to hand in" | "act_on_product to decide" if central => {
                let line = |text: &str| Line::parse(text).unwrap();
                let own = directory.register_product(who, line("A"), line("B"), line("2")).await.unwrap();
                let act = ProductAct::HandIn(report(directory.today()));
                said!(directory.act_on_product(who, own, 1, act).await, ConnectingError::Forbidden)
            }
            "act_on_product to hand in" => {
                let act = ProductAct::HandIn(report(directory.today()));
                said!(directory.act_on_product(who, thing, 1, act).await, ConnectingError::Forbidden)
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
