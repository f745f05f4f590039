//! Who may feed (rules 10.6, 11.1): nothing loads without the accreditation of its product and of its installation.

use conformance::{CaseResult, Outcome, Report, ReportError, Signed, Tested, applying};
use directory::Line;
use directory::access::Role;
use directory::connecting::{
    CredentialKind, InstallationAct, MeasuredFile, Missing, NotDone, Pilot, ProductAct, StoppedBecause,
    Tried, TypeTest, WayIn,
};
use jiff::civil::Date;
use service::{ConnectingError, LoadError, Loader, NewSource, SetupError, SignedIn, SourceDoor};
use sha2::{Digest as _, Sha256};
use testkit::{TestDatabases, on_both_databases};
use uuid::Uuid;

use crate::formats;
use crate::house::{CARE, COUNCIL, GP, Row, child, file, judged, load, nhs_number};
use crate::members::Town;
use crate::raw::Raw;

/// A signed report of the conformance kit about a product in which every case was passed.
pub fn report(tested: [&str; 3], on: Date) -> String {
    signed(passed(tested, on))
}

fn passed(tested: [&str; 3], on: Date) -> Report {
    passed_by(tested, on, "social-care", WayIn::Files)
}

fn passed_by([supplier, product, version]: [&str; 3], on: Date, profile: &str, way: WayIn) -> Report {
    let profile = feeds::Profile::named(profile).unwrap();
    let cases = applying(profile, way).map(|case| CaseResult {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        outcome: Outcome::Passed,
        findings: Vec::new(),
    });
    Report {
        format: conformance::FORMAT.to_owned(),
        kit: conformance::KIT.to_owned(),
        tested: Tested {
            supplier: supplier.to_owned(),
            product: product.to_owned(),
            version: version.to_owned(),
        },
        profile: profile.name.to_owned(),
        way: way.code().to_owned(),
        file_format: (way == WayIn::Files).then(|| "csv".to_owned()),
        on,
        agreed: conformance::Agreed::default(),
        values_shown: false,
        cases: cases.collect(),
    }
}

/// The report of a test by JSON in which every case was passed.
pub fn signed_by_json(on: Date) -> String {
    signed(passed_by(KEEPER, on, "social-care", WayIn::Json))
}

fn signed(report: Report) -> String {
    Signed::new(report, &[7; 32]).to_json()
}

pub const KEEPER: [&str; 3] = ["Harbour Systems", "Case Keeper", "4.2"];

/// A pilot that measured this file and found it good.
fn pilot(on: Date, file: &str) -> InstallationAct {
    let rows = file.lines().count() as u64 - 1;
    let files = vec![MeasuredFile { rows, sha256: hex::encode(Sha256::digest(file.as_bytes())) }];
    let pilot = Pilot { on, rows, score: 93, below: Vec::new(), report: "cd".repeat(32), files };
    InstallationAct::HandInPilot(pilot)
}

pub const CERTIFICATE: [u8; 32] = [0x5A; 32];

/// A town whose social care system nobody has declared accredited.
pub async fn town(db: &TestDatabases) -> Town {
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

pub async fn act(town: &Town, who: &SignedIn, act: InstallationAct) -> Result<(), ConnectingError> {
    let d = &town.house.directory;
    let seen = d.installation(who, CARE).await?.version;
    d.act_on_installation(who, CARE, seen, act).await
}

async fn registered(town: &Town, who: &SignedIn) -> Uuid {
    let [supplier, name, version] = KEEPER.map(|text| Line::parse(text).unwrap());
    town.house.directory.register_product(who, supplier, name, version).await.unwrap()
}

/// A product that two people of the council have accredited.
pub async fn accredited(town: &Town, hands_in: &SignedIn, grants: &SignedIn) -> Uuid {
    let d = &town.house.directory;
    let product = registered(town, hands_in).await;
    d.hand_in_type_report(hands_in, product, 1, &report(KEEPER, d.today())).await.unwrap();
    let alone = d.act_on_product(hands_in, product, 2, ProductAct::Grant).await;
    assert!(matches!(alone, Err(ConnectingError::NotDone(NotDone::SamePerson))), "{alone:?}");
    d.act_on_product(grants, product, 2, ProductAct::Grant).await.unwrap();
    product
}

/// Every step of a connection over this pilot file, each by whoever may do it, for a product that was tested by files and by JSON: who
/// prepared it, and one of those who signed it.
async fn signed_off(town: &Town, text: &str) -> (SignedIn, SignedIn) {
    let d = &town.house.directory;
    let (dee, mary, mo) = (town.sign_in("dee").await, town.sign_in("mary").await, town.sign_in("mo").await);
    let product = accredited(town, &mary, &mo).await;
    d.hand_in_type_report(&mary, product, 3, &signed_by_json(d.today())).await.unwrap();
    d.act_on_product(&mo, product, 4, ProductAct::Grant).await.unwrap();
    act(town, &dee, InstallationAct::NameProduct(product)).await.unwrap();
    let certificate = hex::encode(CERTIFICATE);
    let add = InstallationAct::AddCredential(CredentialKind::ClientCertificate, certificate.clone());
    act(town, &dee, add).await.unwrap();
    act(town, &mary, InstallationAct::ConfirmCredential(certificate)).await.unwrap();
    act(town, &dee, pilot(d.today(), text)).await.unwrap();
    let seen = d.installation(&dee, CARE).await.unwrap().version;
    d.rehearse_file(&dee, CARE, seen, ("pilot.csv", text.as_bytes())).await.unwrap();
    for signs in [&mary, &mo] {
        act(town, signs, InstallationAct::Sign).await.unwrap();
    }
    (dee, mary)
}

pub async fn lacks(town: &Town) -> Vec<Missing> {
    let rows = [child("C-1", "Ada", "Quill", "2014-01-01")];
    match load(&town.house.directory, CARE, &file("social-care", &rows), 10).await {
        Ok(_) => Vec::new(),
        Err(LoadError::Lacks { missing, .. }) => missing,
        Err(other) => panic!("{other}"),
    }
}

on_both_databases! {
    async fn a_source_is_not_handed_to_another_organisation(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let source = NewSource {
            name: CARE.to_owned(),
            profile: "social-care".to_owned(),
            organisation: "Education".to_owned(),
            precedence: 10,
            one_record_per_child: false,
            accredited_until: Some(d.today()),
        };
        let refused = d.declare_source(source).await.unwrap_err();
        assert!(matches!(refused, SetupError::AnotherOrganisations { .. }), "{refused}");
        let told = refused.to_string();
        assert!([CARE, "Education"].iter().all(|name| told.contains(name)), "{told}");
        assert_eq!(lacks(&town).await.len(), 5, "nothing of it was written");
    }

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
        let rows = file("social-care", &[sound("C", "Quill", 1)]);
        act(&town, &dee, pilot(d.today(), &rows)).await.unwrap();
        let seen = d.installation(&dee, CARE).await.unwrap().version;
        let better = file("social-care", &[child("C-2", "Bea", "Quill", "2014-01-01")]);
        let other = d.rehearse_file(&dee, CARE, seen, ("other.csv", better.as_bytes())).await;
        assert!(matches!(other, Err(ConnectingError::NotDone(NotDone::OtherFile))), "{other:?}");
        assert!(other.unwrap_err().to_string().contains("run the pilot (step 3) on this file first"));
        assert_eq!(lacks(&town).await, [M::Rehearsal, M::FirstSignature]);
        d.rehearse_file(&dee, CARE, seen, ("pilot.csv", rows.as_bytes())).await.unwrap();
        // A digest confirms whoever guesses a small file: it is sealed like everything else of the installation.
        let digest = hex::encode(Sha256::digest(rows.as_bytes()));
        let kept = Raw::data(&db).await.blobs("SELECT sealed FROM installation").await;
        assert!(!kept.iter().any(|sealed| sealed.windows(64).any(|text| text == digest.as_bytes())));
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

    async fn a_report_is_believed_when_it_is_whole_of_this_product_and_signed_and_else_nothing_is_written(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let (mary, dee) = (town.sign_in("mary").await, town.sign_in("dee").await);
        let product = registered(&town, &mary).await;
        let hand_in = async |text: &str| d.hand_in_type_report(&mary, product, 1, text).await;
        let whole = report(KEEPER, d.today());
        let touched = hand_in(&whole.replace("\"files\"", "\"hl7\"")).await;
        assert!(matches!(touched, Err(ConnectingError::Report(ReportError::Signature))), "{touched:?}");
        let mut left_out = passed(KEEPER, d.today());
        left_out.cases.pop();
        let left_out = hand_in(&signed(left_out)).await;
        assert!(matches!(left_out, Err(ConnectingError::Report(ReportError::Incomplete))), "{left_out:?}");
        for other in [["Harbor Systems", "Case Keeper", "4.2"], ["Harbour Systems", "Case Keeper", "4.3"]] {
            let other = hand_in(&report(other, d.today())).await;
            assert!(matches!(other, Err(ConnectingError::OtherProduct)), "{other:?}");
        }
        let early = hand_in(&report(KEEPER, d.today().saturating_add(jiff::ToSpan::days(2)))).await;
        assert!(matches!(early, Err(ConnectingError::FromTheFuture)), "{early:?}");
        let mut failed = passed(KEEPER, d.today());
        failed.cases[0].outcome = Outcome::NotGiven;
        failed.cases[0].findings = vec![conformance::Finding {
            place: "T01".to_owned(),
            what: "nothing was given".to_owned(),
            remedy: "Give it".to_owned(),
            values: None,
        }];
        let failed = hand_in(&signed(failed)).await;
        assert!(matches!(failed, Err(ConnectingError::NotDone(NotDone::NotPassed))), "{failed:?}");
        let unchecked = TypeTest {
            kit: Line::parse(conformance::KIT).unwrap(),
            on: d.today(),
            tried: [Tried { way: WayIn::Files, profile: "social-care".to_owned(), file_format: None }].into(),
            failed: [].into(),
            report: "ab".repeat(32),
            signed_by: String::new(),
        };
        let unchecked = d.act_on_product(&mary, product, 1, ProductAct::HandIn(unchecked)).await;
        assert!(matches!(unchecked, Err(ConnectingError::NotChecked)), "{unchecked:?}");
        let view = d.products(&mary).await.unwrap().remove(0);
        assert_eq!((view.version, view.product.waiting()), (1, None), "nothing was written");
        hand_in(&whole).await.unwrap();
        let view = d.products(&mary).await.unwrap().remove(0);
        assert_eq!(view.product.waiting().unwrap().signed_by.len(), 39);
        // The pilot of a source in the same way: read, judged, never typed in.
        act(&town, &dee, InstallationAct::NameProduct(product)).await.unwrap();
        let pilot = async |text: &str| {
            let seen = d.installation(&dee, CARE).await.unwrap().version;
            d.hand_in_pilot(&dee, CARE, seen, text).await
        };
        let text = measured("social-care", &d.today().to_string());
        let typed = pilot("{\"format\": \"contactpoint-quality-1\"}").await;
        assert!(matches!(typed, Err(ConnectingError::Pilot(quality::PilotError::Form { line: 1 }))), "{typed:?}");
        let of_others = pilot(&measured("nhs-gp", &d.today().to_string())).await;
        assert!(matches!(of_others, Err(ConnectingError::Pilot(quality::PilotError::Profile { .. }))), "{of_others:?}");
        pilot(&text).await.unwrap();
        let view = d.installation(&dee, CARE).await.unwrap();
        let noted = view.installation.pilot().unwrap();
        assert_eq!(noted.rows, 1);
        assert!(noted.below.contains(&"postcode".to_owned()), "the one row has no postcode: {:?}", noted.below);
        let rows = file("social-care", &[child("C-1", "Ada", "Quill", "2014-01-01")]);
        let early = d.rehearse_file(&dee, CARE, view.version, ("pilot.csv", rows.as_bytes())).await;
        assert!(matches!(early, Err(ConnectingError::NotDone(NotDone::StepBefore))), "{early:?}");
        assert_eq!(noted.measured(&hex::encode(Sha256::digest(rows.as_bytes()))).map(|file| file.rows), Some(1));
        act(&town, &dee, self::pilot(d.today(), "surname;notes")).await.unwrap();
        let cut = d.rehearse_file(&dee, CARE, view.version, ("pilot.csv", b"surname;notes")).await;
        assert!(matches!(&cut, Err(ConnectingError::File(why)) if why.starts_with("pilot.csv")), "{cut:?}");
    }

    async fn a_stop_ends_a_load_between_two_groups_and_leaves_what_waits_waiting(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let text = file("social-care", &(0..12).map(|n| sound("C", "Quill", n)).collect::<Vec<_>>());
        let (dee, mary) = signed_off(&town, &text).await;
        let rows = judged(d, "social-care", &text);
        let digest = d.file_digest(&Sha256::digest(text.as_bytes()).into());
        let mut loader = Loader::new(d.clone(), d.begin_load(CARE, digest, false).await.unwrap());
        loader.push(rows[..4].to_vec()).await.unwrap();
        loader.push(rows[4..8].to_vec()).await.unwrap();
        let door = SourceDoor::of(d.clone());
        let source = door.connect(CredentialKind::ClientCertificate, &CERTIFICATE).await.unwrap().unwrap();
        let said = feeds::Said::Statement(sound("M", "Vane", 40).said_to(source.profile()));
        door.deliver(&source, WayIn::Json, vec![said]).await.unwrap();
        act(&town, &dee, InstallationAct::Stop(StoppedBecause::SecurityIncident)).await.unwrap();
        let stopped = async {
            loader.push(rows[8..].to_vec()).await?;
            loader.finish().await.map(drop)
        };
        match stopped.await {
            Err(LoadError::Lacks { missing, .. }) => assert_eq!(missing, [Missing::Stopped]),
            other => panic!("{other:?}"),
        }
        let mut raw = Raw::data(&db).await;
        let durable = raw.count("source_record").await;
        assert!(durable == 4 || durable == 8, "what was durable when it was stopped: {durable}");
        assert_eq!(d.work_through_inbox().await.unwrap(), 0);
        assert_eq!((raw.count("inbox").await, raw.count("source_record").await), (1, durable), "it waits");
        act(&town, &mary, InstallationAct::GoOn).await.unwrap();
        let counts = load(d, CARE, &text, 4).await.unwrap();
        assert_eq!((counts.rows, counts.accepted), (12, 12), "each row is counted once");
        assert_eq!(d.work_through_inbox().await.unwrap(), 1);
        assert_eq!((raw.count("inbox").await, raw.count("source_record").await), (0, 13));
        // An accreditation that is taken away or ends counts in the same way.
        let product = d.installation(&dee, CARE).await.unwrap().installation.product().unwrap();
        let run = d.begin_load(CARE, d.file_digest(&[1; 32]), false).await.unwrap();
        let mut loader = Loader::new(d.clone(), run);
        d.act_on_product(&mary, product, 5, ProductAct::Withdraw(StoppedBecause::SendsWrongly)).await.unwrap();
        let withdrawn = async {
            loader.push(rows[..4].to_vec()).await?;
            loader.finish().await.map(drop)
        };
        match withdrawn.await {
            Err(LoadError::Lacks { missing, .. }) => assert_eq!(missing, [Missing::TypeEnded]),
            other => panic!("{other:?}"),
        }
    }

    async fn a_file_of_a_format_in_which_the_product_was_not_tested_is_neither_loaded_nor_rehearsed(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let rows: Vec<Row> = (0..6).map(|n| sound("C", "Quill", n)).collect();
        let text = file("social-care", &rows);
        let (dee, mary) = signed_off(&town, &text).await;
        let mo = town.sign_in("mo").await;
        let profile = feeds::Profile::named("social-care").unwrap();
        let header: Vec<&str> = profile.columns().map(|column| column.name).collect();
        let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells(profile)).collect();
        let xml = testkit::formats::xml(&header, &cells);
        let refused = formats::load(&town.house, CARE, &xml, 3).await.summary.refused.unwrap();
        assert_eq!(refused.code, "M04", "{refused:?}");
        for said in ["is of the format XML", "accredited for files of the format CSV", "nothing of the source"] {
            assert!(refused.message.contains(said), "{}", refused.message);
        }
        assert_eq!(Raw::data(&db).await.count("source_record").await, 0);
        assert_eq!(formats::load(&town.house, CARE, text.as_bytes(), 3).await.summary.accepted, 6);
        // Tested in that format too, and decided by two people.
        let product = d.installation(&dee, CARE).await.unwrap().installation.product().unwrap();
        let in_xml = signed(Report { file_format: Some("xml".to_owned()), ..passed(KEEPER, d.today()) });
        d.hand_in_type_report(&mary, product, 5, &in_xml).await.unwrap();
        assert!(formats::load(&town.house, CARE, &xml, 3).await.summary.refused.is_some(), "nobody has decided yet");
        d.act_on_product(&mo, product, 6, ProductAct::Grant).await.unwrap();
        assert_eq!(formats::load(&town.house, CARE, &xml, 3).await.summary.unchanged, 6);
        // A pilot file of a third format is rehearsed no more than it would be loaded.
        let workbook = testkit::formats::workbook(&header, &cells);
        let files = vec![MeasuredFile { rows: 6, sha256: hex::encode(Sha256::digest(&workbook)) }];
        let measured = Pilot { on: d.today(), rows: 6, score: 93, below: Vec::new(), report: "cd".repeat(32), files };
        act(&town, &dee, InstallationAct::HandInPilot(measured)).await.unwrap();
        let seen = d.installation(&dee, CARE).await.unwrap().version;
        let rehearsed = d.rehearse_file(&dee, CARE, seen, ("pilot.xlsx", &workbook)).await;
        match rehearsed {
            Err(ConnectingError::NotOfTheProduct(not)) => assert_eq!((not.format, not.accredited.as_str()), ("Excel workbook", "CSV, XML")),
            other => panic!("{other:?}"),
        }
    }

    async fn a_pilot_report_that_its_own_file_does_not_bear_out_goes_no_further(db: TestDatabases) {
        let town = town(&db).await;
        let d = &town.house.directory;
        let (dee, mary, mo) = (town.sign_in("dee").await, town.sign_in("mary").await, town.sign_in("mo").await);
        let product = accredited(&town, &mary, &mo).await;
        act(&town, &dee, InstallationAct::NameProduct(product)).await.unwrap();
        let today = d.today().to_string();
        let rehearsed = async |report: &serde_json::Value, text: &str| {
            let seen = d.installation(&dee, CARE).await.unwrap().version;
            d.hand_in_pilot(&dee, CARE, seen, &report.to_string()).await.unwrap();
            let view = d.installation(&dee, CARE).await.unwrap();
            assert_eq!(view.installation.pilot().unwrap().below, [""; 0], "what the report says is believed");
            d.rehearse_file(&dee, CARE, view.version, ("pilot.csv", text.as_bytes())).await
        };
        let refused = async |report: &serde_json::Value, text: &str| match rehearsed(report, text).await {
            Err(ConnectingError::NotBorneOut(found)) => found.to_string(),
            other => panic!("{other:?}"),
        };
        let poor = file("social-care", &[child("C-1", "Ada", "Quill", "2014-01-01")]);
        let mut told: serde_json::Value = serde_json::from_str(&report_of("social-care", &today, &poor)).unwrap();
        told["overall"] = 97.0.into();
        for field in told["by_field"].as_array_mut().unwrap() {
            field["score"] = 97.0.into();
        }
        let said = refused(&told, &poor).await;
        assert!(said.contains("below the thresholds of") && said.contains("postcode"), "{said}");
        let good = file("social-care", &(0..3).map(|n| sound("C", "Quill", n)).collect::<Vec<_>>());
        let honest: serde_json::Value = serde_json::from_str(&report_of("social-care", &today, &good)).unwrap();
        let mut more = honest.clone();
        (more["rows"], more["files"][0]["rows"]) = (500.into(), 500.into());
        let said = refused(&more, &good).await;
        assert!(said.contains("it has 3 rows, and the report says 500"), "{said}");
        assert_eq!(d.installation(&dee, CARE).await.unwrap().installation.rehearsal(), None);
        rehearsed(&honest, &good).await.unwrap();
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
        // Thirty-eight who are known, and four new ones who come twice in the file, in groups far apart.
        let mut rows: Vec<_> = (0..38).map(|n| sound("C", "Quill", n)).collect();
        rows.extend((40..44).map(|n| sound("N", "Vane", n)));
        rows.extend((44..252).map(|n| sound("F", "Fill", n)));
        rows.extend((40..44).map(|n| sound("M", "Vane", n)));
        let text = file("social-care", &rows);
        act(&town, &dee, pilot(d.today(), &text)).await.unwrap();
        let mut raw = Raw::data(&db).await;
        let before = (raw.count("source_record").await, raw.count("child").await, raw.count("link").await);
        let seen = d.installation(&dee, CARE).await.unwrap().version;
        d.rehearse_file(&dee, CARE, seen, ("pilot.csv", text.as_bytes())).await.unwrap();
        assert_eq!(before, (raw.count("source_record").await, raw.count("child").await, raw.count("link").await));
        let view = d.installation(&mary, CARE).await.unwrap();
        let rehearsal = view.installation.rehearsal().unwrap().clone();
        assert_eq!((rehearsal.rows, rehearsal.quarantined), (254, 0));
        // What it told is what the load then does: every group saw what those before it would have written.
        declare(&town, Some(d.today())).await;
        let counts = load(d, CARE, &text, 250).await.unwrap();
        let rounded = |count: u64| Some((count + 2) / 5 * 5).filter(|count| *count >= 10);
        assert_eq!(rehearsal.outcome.linked, rounded(counts.linked), "{counts:?}");
        assert_eq!(rehearsal.outcome.opened, rounded(counts.opened), "{counts:?}");
        assert!(counts.linked >= 30, "{counts:?}");
    }
}

/// What the data quality tool says of a file with one child.
fn measured(profile: &str, day: &str) -> String {
    report_of(profile, day, &file(profile, &[child("C-1", "Ada", "Quill", "2014-01-01")]))
}

/// What the data quality tool says of a file.
fn report_of(profile: &str, day: &str, text: &str) -> String {
    let input = quality::Input {
        name: "pilot.csv".to_owned(),
        source: std::io::Cursor::new(text.to_owned()),
        snapshot: None,
    };
    let profile = quality::Profile::named(profile).unwrap();
    let settings = quality::Settings {
        profile: &profile,
        today: day.parse().unwrap(),
        show_values: false,
        against_profile: None,
        duplicates: true,
        own_system: None,
    };
    serde_json::to_string(&quality::measure(vec![input], Vec::new(), &settings, None).unwrap()).unwrap()
}

/// The same with everything that a pilot file is asked for.
fn sound(record: &str, surname: &str, n: u32) -> Row {
    let child = somebody(record, surname, n).with("gender", ["F", "M"][n as usize % 2]);
    child.with("nhs_number", &nhs_number(n + 1)).with("upn", &upn(n))
}

fn upn(n: u32) -> String {
    let digits = format!("{:012}", 801_200_001_000 + u64::from(n));
    let sum: usize = digits.bytes().enumerate().map(|(at, digit)| (at + 2) * usize::from(digit - b'0')).sum();
    format!("{}{digits}", char::from(b"ABCDEFGHJKLMNPQRTUVWXYZ"[sum % 23]))
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
