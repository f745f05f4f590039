//! Who may feed (rules 10.6, 11.1): nothing loads without the accreditation of its product and of its installation.

use std::collections::BTreeSet;

use directory::Line;
use directory::access::Role;
use directory::connecting::{
    CredentialKind, InstallationAct, Missing, NotDone, Pilot, ProductAct, StoppedBecause, TypeTest, WayIn,
};
use jiff::civil::Date;
use service::{ConnectingError, LoadError, NewSource, SignedIn};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::house::{CARE, COUNCIL, GP, Row, child, file, judged, load};
use crate::members::Town;
use crate::raw::Raw;

/// A report of the conformance kit that was passed.
pub fn report(on: Date) -> TypeTest {
    TypeTest {
        kit: Line::parse("1").unwrap(),
        on,
        ways_in: BTreeSet::from([WayIn::Files]),
        failed: BTreeSet::new(),
        report: "ab".repeat(32),
    }
}

fn pilot(on: Date) -> InstallationAct {
    let pilot = Pilot { on, rows: 500, score: 93, below: Vec::new(), report: "cd".repeat(32) };
    InstallationAct::HandInPilot(pilot)
}

const CERTIFICATE: [u8; 32] = [0x5A; 32];

/// A town whose social care system nobody has declared accredited.
async fn town(db: &TestDatabases) -> Town {
    let town = Town::build(db).await;
    town.person("dee", Role::DataAdministrator, town.house.council).await;
    declare(&town, None).await;
    town
}

async fn declare(town: &Town, accredited_until: Option<Date>) {
    let source = NewSource {
        name: CARE.to_owned(),
        profile: "social-care".to_owned(),
        organisation: COUNCIL.to_owned(),
        precedence: 10,
        one_record_per_child: false,
        accredited_until,
    };
    town.house.directory.declare_source(source).await.unwrap();
}

async fn act(town: &Town, who: &SignedIn, act: InstallationAct) -> Result<(), ConnectingError> {
    let d = &town.house.directory;
    let seen = d.installation(who, CARE).await?.version;
    d.act_on_installation(who, CARE, seen, act).await
}

/// A product that two people of the council have accredited.
async fn accredited(town: &Town, hands_in: &SignedIn, grants: &SignedIn) -> Uuid {
    let d = &town.house.directory;
    let line = |text: &str| Line::parse(text).unwrap();
    let product = d
        .register_product(hands_in, line("Harbour Systems"), line("Case Keeper"), line("4.2"))
        .await
        .unwrap();
    d.act_on_product(hands_in, product, 1, ProductAct::HandIn(report(d.today()))).await.unwrap();
    let alone = d.act_on_product(hands_in, product, 2, ProductAct::Grant).await;
    assert!(matches!(alone, Err(ConnectingError::NotDone(NotDone::SamePerson))), "{alone:?}");
    d.act_on_product(grants, product, 2, ProductAct::Grant).await.unwrap();
    product
}

async fn lacks(town: &Town) -> Vec<Missing> {
    let rows = [child("C-1", "Ada", "Quill", "2014-01-01")];
    match load(&town.house.directory, CARE, &file("social-care", &rows), 10).await {
        Ok(_) => Vec::new(),
        Err(LoadError::Lacks { missing, .. }) => missing,
        Err(other) => panic!("{other}"),
    }
}

on_both_databases! {
    async fn a_source_feeds_once_its_product_and_its_installation_are_accredited_and_not_before(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let (dee, mary, mo) = (town.sign_in("dee").await, town.sign_in("mary").await, town.sign_in("mo").await);
        use Missing as M;
        assert_eq!(lacks(&town).await, [M::Product, M::Credential, M::Pilot, M::Rehearsal, M::FirstSignature]);
        let product = accredited(&town, &mary, &mo).await;
        act(&town, &dee, InstallationAct::NameProduct(product)).await.unwrap();
        // As a certificate tool prints it.
        let spelled = ["5A"; 32].join(":");
        act(&town, &dee, InstallationAct::AddCredential(CredentialKind::ClientCertificate, spelled)).await.unwrap();
        assert_eq!(d.source_of_credential(CredentialKind::ClientCertificate, &CERTIFICATE).await.unwrap(), None, "not confirmed");
        act(&town, &mary, InstallationAct::ConfirmCredential(hex::encode(CERTIFICATE))).await.unwrap();
        assert_eq!(d.source_of_credential(CredentialKind::ClientCertificate, &CERTIFICATE).await.unwrap().as_deref(), Some(CARE));
        assert_eq!(d.source_of_credential(CredentialKind::SigningKey, &CERTIFICATE).await.unwrap(), None);
        act(&town, &dee, pilot(d.today())).await.unwrap();
        let rows = judged(d, "social-care", &file("social-care", &[child("C-1", "Ada", "Quill", "2014-01-01")]));
        let seen = d.installation(&dee, CARE).await.unwrap().version;
        d.rehearse(&dee, CARE, seen, rows).await.unwrap();
        assert_eq!(lacks(&town).await, [M::FirstSignature]);
        act(&town, &mary, InstallationAct::Sign).await.unwrap();
        let again = act(&town, &mary, InstallationAct::Sign).await;
        assert!(matches!(again, Err(ConnectingError::NotDone(NotDone::SamePerson))), "{again:?}");
        assert_eq!(lacks(&town).await, [M::SecondSignature]);
        act(&town, &mo, InstallationAct::Sign).await.unwrap();
        assert_eq!(lacks(&town).await, []);
        act(&town, &dee, InstallationAct::Stop(StoppedBecause::SecurityIncident)).await.unwrap();
        assert_eq!(lacks(&town).await, [M::Stopped], "a stop counts at once");
        act(&town, &mary, InstallationAct::GoOn).await.unwrap();
        d.act_on_product(&mary, product, 3, ProductAct::Withdraw(StoppedBecause::SendsWrongly)).await.unwrap();
        assert_eq!(lacks(&town).await, [M::TypeEnded]);
        act(&town, &dee, InstallationAct::RevokeCredential(hex::encode(CERTIFICATE))).await.unwrap();
        assert_eq!(d.source_of_credential(CredentialKind::ClientCertificate, &CERTIFICATE).await.unwrap(), None);
    }

    async fn what_the_configuration_declares_ends_with_the_first_decision_and_no_start_brings_it_back(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let until = d.today().tomorrow().unwrap();
        declare(&town, Some(until)).await;
        assert_eq!(lacks(&town).await, []);
        let (dee, mary) = (town.sign_in("dee").await, town.sign_in("mary").await);
        act(&town, &dee, InstallationAct::Stop(StoppedBecause::OwnRequest)).await.unwrap();
        declare(&town, Some(until)).await;
        assert_eq!(lacks(&town).await.first(), Some(&Missing::Stopped));
        act(&town, &mary, InstallationAct::GoOn).await.unwrap();
        declare(&town, Some(until)).await;
        assert!(lacks(&town).await.contains(&Missing::Product));
    }

    async fn a_credential_belongs_to_one_source(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let cecil = town.sign_in("cecil").await;
        let added = InstallationAct::AddCredential(CredentialKind::SigningKey, hex::encode(CERTIFICATE));
        let seen = d.installation(&cecil, GP).await.unwrap().version;
        d.act_on_installation(&cecil, GP, seen, added).await.unwrap();
        let dee = town.sign_in("dee").await;
        let taken = act(&town, &dee, InstallationAct::AddCredential(CredentialKind::SigningKey, hex::encode(CERTIFICATE))).await;
        assert!(matches!(taken, Err(ConnectingError::CredentialTaken)), "{taken:?}");
        let shape = act(&town, &dee, InstallationAct::AddCredential(CredentialKind::SigningKey, "5a".to_owned())).await;
        assert!(matches!(shape, Err(ConnectingError::DigestShape)), "{shape:?}");
    }

    async fn each_keeps_their_own_sources_and_a_national_one_is_the_centres(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let names = async |who: &SignedIn| {
            let lines = d.installations(who).await.unwrap();
            lines.into_iter().map(|line| line.source).collect::<Vec<_>>()
        };
        let (mary, cecil, chris) = (town.sign_in("mary").await, town.sign_in("cecil").await, town.sign_in("chris").await);
        assert_eq!(names(&mary).await, [CARE]);
        assert!(names(&cecil).await.iter().all(|name| name != CARE) && names(&cecil).await.contains(&GP.to_owned()));
        assert!(names(&chris).await.is_empty());
        let beyond = d.installation(&chris, CARE).await;
        assert!(matches!(beyond, Err(ConnectingError::NotFound)), "beyond reach is as if it were not there");
        let elsewhere = d.act_on_installation(&chris, CARE, 0, InstallationAct::Sign).await;
        assert!(matches!(elsewhere, Err(ConnectingError::Forbidden)));
    }

    async fn a_rehearsal_decides_as_the_live_pipeline_and_writes_nothing(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let known: Vec<_> = (0..40).map(|n| somebody("G", "Quill", n)).collect();
        load(d, GP, &file("nhs-gp", &known), 50).await.unwrap();
        town.house.holds_end();
        let (dee, mary, mo) = (town.sign_in("dee").await, town.sign_in("mary").await, town.sign_in("mo").await);
        let product = accredited(&town, &mary, &mo).await;
        act(&town, &dee, InstallationAct::NameProduct(product)).await.unwrap();
        act(&town, &dee, pilot(d.today())).await.unwrap();
        // Twenty who are known, and twelve new ones who come twice in the file, in groups far apart.
        let mut rows: Vec<_> = (0..20).map(|n| somebody("C", "Quill", n)).collect();
        rows.extend((0..12).map(|n| somebody("N", "Vane", n)));
        rows.extend((0..230).map(|n| somebody("F", "Fill", n)));
        rows.extend((0..12).map(|n| somebody("M", "Vane", n)));
        let text = file("social-care", &rows);
        let mut raw = Raw::data(&db).await;
        let before = (raw.count("source_record").await, raw.count("child").await, raw.count("link").await);
        let seen = d.installation(&dee, CARE).await.unwrap().version;
        d.rehearse(&dee, CARE, seen, judged(d, "social-care", &text)).await.unwrap();
        assert_eq!(before, (raw.count("source_record").await, raw.count("child").await, raw.count("link").await));
        let view = d.installation(&mary, CARE).await.unwrap();
        let rehearsal = view.installation.rehearsal().unwrap().clone();
        assert_eq!((rehearsal.rows, rehearsal.quarantined), (274, 0));
        // What it told is what the load then does: every group saw what those before it would have written.
        declare(&town, Some(d.today())).await;
        let counts = load(d, CARE, &text, 250).await.unwrap();
        let rounded = |count: u64| Some((count + 2) / 5 * 5).filter(|count| *count >= 10);
        assert_eq!(rehearsal.outcome.linked, rounded(counts.linked), "{counts:?}");
        assert_eq!(rehearsal.outcome.opened, rounded(counts.opened), "{counts:?}");
        assert!(counts.linked >= 30, "{counts:?}");
    }
}

/// A child like no other of another number.
fn somebody(record: &str, surname: &str, n: u32) -> Row {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap());
    let surname: String = surname.chars().chain([letter(n), letter(n / 26 + 3), letter(n * 7)]).collect();
    let forename = ["Ada", "Bob", "Cara", "Dan", "Eve", "Finn", "Gwen"][n as usize % 7];
    let born = format!("{}-{:02}-{:02}", 2011 + n % 9, 1 + n % 12, 1 + n % 28);
    child(&format!("{record}-{n}"), forename, &surname, &born)
        .at(&format!("{} {surname} Road", n + 1), &format!("LS{} {}AA", 1 + n % 20, n % 10))
}
