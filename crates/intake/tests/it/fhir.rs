//! FHIR at the door: said once, answered by the words alone, never read. And the client libraries that others wrote.

use std::path::Path;
use std::process::Command;

use intake::mllp;
use serde_json::{Value, json};
use service::RowStatus;
use testkit::{TestDatabases, on_both_databases};

use crate::certificates::Made;
use crate::client::Answer;
use crate::house::{CARE, GP, GP_NUMBERS, House};

const FHIR: (&str, &str) = ("Content-Type", "application/fhir+json");

fn child(number: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": number, "birthDate": "2015-02-28", "gender": "female",
        "meta": {"lastUpdated": "2026-01-31T09:00:00Z"},
        "name": [{"family": "Lister", "given": ["Amelia"]}],
        "address": [{"line": ["12 Mill Lane"], "city": "Leeds", "postalCode": "LS1 4AP"}],
    })
}

async fn says(house: &House, who: &Made, method: &str, path: &str, body: &Value) -> Answer {
    house.ask(Some(who), method, path, &[FHIR], body.to_string().as_bytes()).await
}

fn bundle(kind: &str, resources: &[Value]) -> Value {
    let entry = |resource: &Value| json!({"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}});
    json!({"resourceType": "Bundle", "type": kind, "entry": resources.iter().map(entry).collect::<Vec<_>>()})
}

on_both_databases! {
    async fn what_is_said_by_fhir_is_taken_once_and_a_transaction_as_a_whole(db: TestDatabases) {
        let house = House::open(&db).await;
        let service = json!([{"coding": [
            {"system": "https://contactpoint.example/fhir/CodeSystem/service", "code": "social_worker"}]}]);
        let episode = json!({
            "resourceType": "EpisodeOfCare", "status": "active", "type": service, "period": {"start": "2024-09-02"},
            "patient": {"reference": "Patient/R-1"}, "careManager": {"display": "Jo Mensah"},
            "managingOrganization": {"display": "Leeds City Council"},
        });
        let mut twin = child("R-1");
        twin["multipleBirthBoolean"] = json!(true);
        let whole = bundle("transaction", &[twin, episode]);
        let answer = says(&house, &house.care, "POST", "/fhir", &whole).await.is(202).json();
        assert_eq!(answer["entry"][0]["response"]["location"], "Patient/R-1");
        // The same again after an answer that was lost; then one that is no child of this source's columns, and one that is broken.
        says(&house, &house.care, "POST", "/fhir", &whole).await.is(202);
        let mut broken = child("R-3");
        broken["birthDate"] = json!("2015-02-31");
        let refused = says(&house, &house.care, "POST", "/fhir", &bundle("transaction", &[child("R-2"), broken.clone()])).await;
        let refused = refused.is(422).json();
        assert_eq!(refused["issue"][0]["expression"][0], "Bundle.entry[1].resource");
        assert!(!refused.to_string().contains("2015-02-31"), "no value is repeated");
        let batch = says(&house, &house.care, "POST", "/fhir", &bundle("batch", &[child("R-4"), broken])).await;
        let batch = batch.is(200).json();
        assert_eq!(batch["entry"][1]["response"]["status"], "422 Unprocessable Entity");
        let merge = json!({"resourceType": "Patient", "id": "R-4",
            "link": [{"type": "replaced-by", "other": {"reference": "Patient/R-1"}}]});
        says(&house, &house.care, "PUT", "/fhir/Patient/R-4", &merge).await.is(202);
        house.ask(Some(&house.care), "DELETE", "/fhir/Patient/R-1", &[], b"").await.is(202);
        // A Bundle of which nothing is taken is counted with what it carried, so that nobody has to believe it lost.
        let clinical = bundle("batch", &[json!({"resourceType": "Observation", "id": "O-1"}), json!({"resourceType": "Observation"})]);
        says(&house, &house.care, "POST", "/fhir", &clinical).await.is(200);
        // What is refused whole leaves nothing, whatever it carried besides.
        let mut unlisted = child("R-5");
        unlisted["multipleBirthBoolean"] = json!(true);
        unlisted["favouriteColour"] = json!("blue");
        says(&house, &house.care, "PUT", "/fhir/Patient/R-5", &unlisted).await.is(422);
        let expected = [
            (Some("R-1"), RowStatus::Accepted),
            (Some("R-1"), RowStatus::Unchanged),
            (Some("R-4"), RowStatus::Accepted),
            (None, RowStatus::Quarantined),
            // The merge stands under the record that goes on.
            (Some("R-1"), RowStatus::Accepted),
            (Some("R-1"), RowStatus::Accepted),
            (None, RowStatus::Unread),
        ];
        let told = house.told(CARE).await;
        let told: Vec<_> = told.iter().map(|(_, record, status)| (record.as_deref(), *status)).collect();
        assert_eq!(told, expected, "each that was taken has one receipt, and nothing of what was refused");
        let sums = house.directory.reconciliation(CARE, house.directory.today()).await.unwrap();
        let discarded: Vec<_> = sums.total.discarded.iter().collect();
        let expected = [(&"Observation".to_owned(), &2), (&"Patient.multipleBirthBoolean".to_owned(), &2)];
        assert_eq!(discarded, expected, "twice sent, and counted for its source");
        assert_eq!((sums.total.sent, sums.total.unread), (7, 1));
    }

    async fn a_resource_sent_again_with_its_key_is_taken_once_and_answered_with_the_same_number(db: TestDatabases) {
        let house = House::open(&db).await;
        let key = [FHIR, ("Idempotency-Key", "b6f1")];
        let sent = child("R-1").to_string();
        let put = async |path: &str, body: &str| house.ask(Some(&house.care), "PUT", path, &key, body.as_bytes()).await;
        let first = put("/fhir/Patient/R-1", &sent).await.is(202);
        let etag = |answer: &Answer| answer.head.lines().find(|line| line.starts_with("etag:")).map(str::to_owned);
        assert!(etag(&first).is_some());
        let again = put("/fhir/Patient/R-1", &sent).await.is(202);
        assert_eq!(etag(&again), etag(&first));
        put("/fhir/Patient/R-1", &child("R-1").to_string().replace("Lister", "Quill")).await.is(409);
        house.ask(Some(&house.care), "DELETE", "/fhir/Patient/R-1", &key, b"").await.is(409);
        assert_eq!(house.told(CARE).await.len(), 1);
    }

    async fn an_answer_is_the_same_whether_the_child_is_known_or_not(db: TestDatabases) {
        let house = House::open(&db).await;
        let nhs_number = json!({"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"});
        let mut registered = child("of-its-own");
        // The practices number their patients in a system that was agreed: Patient.id is then nobody's number.
        says(&house, &house.gp, "POST", "/fhir/Patient", &registered).await.is(422);
        registered["identifier"] = json!([nhs_number, {"system": GP_NUMBERS, "value": "G-1"}]);
        says(&house, &house.gp, "POST", "/fhir/Patient", &registered).await.is(202);
        let named = format!("/fhir/Patient?identifier={GP_NUMBERS}%7CG-1");
        says(&house, &house.gp, "PUT", &named, &registered).await.is(202);
        let expected = [(1, Some("G-1".to_owned()), RowStatus::Accepted), (2, Some("G-1".to_owned()), RowStatus::Unchanged)];
        assert_eq!(house.told(GP).await, expected);
        let mut stranger = child("R-2");
        stranger["name"] = json!([{"family": "Okafor", "given": ["Ike"]}]);
        stranger["birthDate"] = json!("2012-07-01");
        let mut known = registered.clone();
        (known["id"], known["identifier"]) = (json!("R-1"), json!([nhs_number]));
        let answers = |answer: Answer, number: &str| {
            let plain = |text: String| text.replace(number, "R-?").replace(&format!(".{}\"", &number[2..]), ".?\"");
            (answer.status, plain(answer.head), plain(String::from_utf8(answer.body).unwrap()))
        };
        let date = |(status, head, body): (u16, String, String)| {
            (status, head.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n"), body)
        };
        let met = says(&house, &house.care, "POST", "/fhir/Patient", &known).await;
        let met_nobody = says(&house, &house.care, "POST", "/fhir/Patient", &stranger).await;
        assert_eq!(date(answers(met, "R-1")), date(answers(met_nobody, "R-2")));
        // Nor is there any way to ask.
        for (method, path) in [
            ("GET", "/fhir/Patient/R-1"), ("GET", "/fhir/Patient?identifier=x"), ("GET", "/fhir"), ("POST", "/fhir/Patient/_search"),
            ("POST", "/fhir/Patient/$match"),
        ] {
            let answer = house.ask(Some(&house.care), method, path, &[FHIR], b"{}").await.is(405);
            assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{method} {path}");
            assert!(answer.json().to_string().contains("never read"), "{answer:?}");
        }
        let answer = house.ask(None, "POST", "/fhir/Patient", &[FHIR], b"{}").await.is(401);
        assert_eq!(answer.json()["issue"][0]["code"], "login");
    }
}

/// Runs a client with the interpreter that has the libraries; what it says when it fails is the failure.
async fn runs(script: &str, arguments: Vec<String>) {
    let python = std::env::var("CONTACTPOINT_PYTHON").expect(
        "CONTACTPOINT_PYTHON must name the interpreter that scripts/setup-python-clients prints; `make test` sets it",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(&python).arg("-I").arg(script).args(arguments).output().unwrap_or_else(|error| {
            panic!("{python} cannot be run ({error}); scripts/setup-python-clients makes it")
        })
    });
    let ran = ran.await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && out.ends_with("all is well\n"), "{out}\n{err}");
}

on_both_databases! {
    async fn public_client_libraries_connect_by_fhir_and_by_hl7_and_accept_every_answer(db: TestDatabases) {
        let house = House::open(&db).await;
        let (server, _) = house.server.write(db.folder(), "server");
        let (certificate, key) = house.care.write(db.folder(), "care");
        let files = |paths: [&Path; 3]| paths.map(|path| path.display().to_string()).to_vec();
        let files = files([&server, &certificate, &key]);
        let base = format!("https://localhost:{}/fhir", house.port);
        runs("fhir_client.py", [vec![base], files.clone()].concat()).await;

        let hl7 = house.listen_to_hl7(&db, mllp::Limits::default());
        runs("hl7_client.py", [vec![hl7.port.to_string()], files].concat()).await;
        hl7.end().await;

        let told = house.told(CARE).await;
        let of = |status| told.iter().filter(|(.., told)| *told == status).count();
        assert_eq!(of(RowStatus::Quarantined), 2, "{told:?}");
        assert!(told.iter().any(|(_, record, _)| record.as_deref() == Some("H-1")), "{told:?}");
        assert!(told.iter().any(|(_, record, _)| record.as_deref() == Some("R-12")), "{told:?}");
    }
}
