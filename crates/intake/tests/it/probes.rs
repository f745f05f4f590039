//! A message about a child, sent to find out about the child: by FHIR and by HL7 the same bytes, statements and rows whatever the
//! directory knows, and the same receipts (laws 3, 5 and 7).

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use directory::connecting::CredentialKind;
use feeds::hl7::framed;
use intake::mllp;
use serde_json::{Value, json};
use service::{NewSource, RowStatus};
use testkit::{Statements, TestDatabases, on_both_databases, table_sizes};

use crate::certificates::Made;
use crate::client::connect;
use crate::house::{CARE, HOSPITAL, House};
use crate::mllp::hospital::{answer, send};

/// The system of the source's own numbers, where nothing else was agreed.
const OWN_NUMBERS: &str = "https://contactpoint.example/fhir/Id/record";

/// A child as a source tells of it.
#[derive(Clone, Copy)]
struct Told {
    forename: &'static str,
    surname: &'static str,
    born: &'static str,
    line: &'static str,
    postcode: &'static str,
}

const fn told(
    forename: &'static str,
    surname: &'static str,
    born: &'static str,
    line: &'static str,
    postcode: &'static str,
) -> Told {
    Told { forename, surname, born, line, postcode }
}

const DESTROYED: Told = told("Ottoline", "Gone", "2026-06-01", "5 Fell Side", "LS5 5AD");
const KNOWN: Told = told("Benedict", "Holroyd", "2024-03-03", "1 Oak Lane", "LS6 1AA");
const SHIELDED: Told = told("Cordelia", "Entwistle", "2023-04-04", "7 Mill Row", "LS7 2BB");
const FORMER: Told = told("Amy", "Carterwright", "2027-05-06", "3 Quayside", "LS10 1AA");
const PRESENT: Told = told("Ruby", "Thornycroft", "2027-05-06", "20 Abbey Walk", "LS16 8ZZ");
/// Lives where the shielded child lives: held until the protected desk has looked.
const HELD: Told = told("Dashiell", "Other", "2022-02-02", "7 Mill Row", "LS7 2BB");
const UNKNOWN: Told = told("Nobody", "Known", "2021-01-01", "99 Elm Close", "LS9 9ZZ");

impl Told {
    fn patient(&self, number: &str, day: &str, gender: &str) -> Value {
        json!({
            "resourceType": "Patient", "id": number, "birthDate": self.born, "gender": gender,
            "identifier": [{"system": OWN_NUMBERS, "value": number}],
            "meta": {"lastUpdated": format!("{day}T09:00:00Z")},
            "name": [{"family": self.surname, "given": [self.forename]}],
            "address": [{"line": [self.line], "city": "Leeds", "postalCode": self.postcode}],
        })
    }

    fn message(&self, event: &str, number: &str, day: &str, merged: Option<&str>) -> Vec<u8> {
        let (day, born) = (day.replace('-', ""), self.born.replace('-', ""));
        let mut segments = vec![
            format!(
                r"MSH|^~\&|PAS|RXX01|ContactPoint|LEEDS|{day}120000||ADT^{event}|M|P|2.5.1||||||UNICODE UTF-8"
            ),
            format!("EVN||{day}1158"),
            format!(
                "PID|1||{number}^^^RXX01^MR||{}^{}^^^^^L||{born}|F|||{}^^Leeds^^{}^GBR^H",
                self.surname, self.forename, self.line, self.postcode
            ),
        ];
        segments.extend(merged.map(|merged| format!("MRG|{merged}^^^RXX01^MR")));
        framed(&segments.join("\r"))
    }
}

fn bundle(kind: &str, resources: &[Value]) -> Value {
    let entry =
        |it: &Value| json!({"resource": it, "request": {"method": "POST", "url": it["resourceType"]}});
    json!({"resourceType": "Bundle", "type": kind, "entry": resources.iter().map(entry).collect::<Vec<_>>()})
}

fn episode(number: &str) -> Value {
    json!({
        "resourceType": "EpisodeOfCare", "status": "active", "period": {"start": "2035-09-02"},
        "type": [{"coding": [{"system": "https://contactpoint.example/fhir/CodeSystem/service", "code": "social_worker"}]}],
        "patient": {"reference": format!("Patient/{number}")},
        "managingOrganization": {"display": "Leeds City Council"},
    })
}

async fn states(house: &House, source: &str, record: &str, told: Told, day: &str) {
    let own = if source == CARE { &house.care } else { &house.hospital };
    let patient = told.patient(record, day, "female");
    let kind = [("Content-Type", "application/fhir+json")];
    house.ask(Some(own), "POST", "/fhir/Patient", &kind, patient.to_string().as_bytes()).await.is(202);
    while house.directory.work_through_inbox().await.unwrap() > 0 {}
}

/// A register of deaths has an entry of this child.
async fn registers_a_death(house: &House, told: Told) {
    let register = NewSource {
        name: "deaths".to_owned(),
        profile: "gro-deaths".to_owned(),
        organisation: "Leeds City Council".to_owned(),
        precedence: 10,
        one_record_per_child: false,
        accredited_until: Some(jiff::civil::date(2039, 1, 1)),
    };
    let own = Made::of("deaths");
    house.directory.declare_source(register).await.unwrap();
    let declared = [(CredentialKind::ClientCertificate, own.digest())];
    house.directory.declare_credentials("deaths", &declared, true).await.unwrap();
    let entry = json!({
        "record_id": "D-1", "effective_at": "2026-09-10", "forenames": told.forename, "surname": told.surname,
        "date_of_birth": told.born, "gender": "F", "date_of_death": "2026-09-01", "entry": "registered",
    });
    let kind = [("Content-Type", "application/json")];
    house.ask(Some(&own), "POST", "/v1/statements", &kind, entry.to_string().as_bytes()).await.is(202);
    while house.directory.work_through_inbox().await.unwrap() > 0 {}
}

/// What one child's probes were answered and cost, and the receipts of them.
type Probed = (Vec<String>, Vec<RowStatus>);

/// A request by FHIR.
struct Request {
    method: &'static str,
    path: String,
    condition: Option<String>,
    body: Option<Value>,
}

/// All the ways in which a record can be spoken of, in an order in which each says something.
fn requests(told: Told, number: &str) -> Vec<Request> {
    let other = format!("{number}b");
    let patient = |day: &str, gender: &str| told.patient(number, day, gender);
    let identified = format!("identifier={OWN_NUMBERS}%7C{number}");
    let plain = |method, path: &str, body| Request { method, path: path.to_owned(), condition: None, body };
    let merge = json!({"resourceType": "Patient", "id": other,
        "link": [{"type": "replaced-by", "other": {"reference": format!("Patient/{number}")}}]});
    let mut broken = told.patient(&format!("{number}d"), "2036-01-06", "female");
    broken["birthDate"] = json!("2022-02-31");
    vec![
        plain(
            "POST",
            "/fhir",
            Some(bundle("transaction", &[patient("2036-01-01", "female"), episode(number)])),
        ),
        plain(
            "POST",
            "/fhir",
            Some(bundle(
                "batch",
                &[patient("2036-01-02", "male"), told.patient(&other, "2036-01-02", "male")],
            )),
        ),
        plain("POST", "/fhir", Some(bundle("batch", &[patient("2036-01-02", "male"), broken.clone()]))),
        plain("POST", "/fhir", Some(bundle("transaction", &[patient("2036-01-02", "male"), broken]))),
        Request {
            condition: Some(format!("identifier={OWN_NUMBERS}|{number}")),
            ..plain("POST", "/fhir/Patient", Some(patient("2036-01-03", "female")))
        },
        plain("PUT", &format!("/fhir/Patient/{number}"), Some(patient("2036-01-04", "male"))),
        plain("PUT", &format!("/fhir/Patient?{identified}"), Some(patient("2036-01-05", "female"))),
        plain("PUT", &format!("/fhir/Patient/{other}"), Some(merge)),
        plain("DELETE", &format!("/fhir/Patient?{identified}"), None),
        plain("DELETE", &format!("/fhir/Patient/{number}"), None),
    ]
}

/// Text without the request's own number, the numbers of the day and the time.
fn plain(text: &str, number: &str) -> String {
    let kept = text.replace(number, "NUMBER");
    let lines = kept.lines().filter(|line| !line.starts_with("date:"));
    let words =
        lines.flat_map(|line| line.split([' ', ',', '}', '{'])).map(|word| match word.split_once('.') {
            Some((before, _)) if word.contains("W/") => before,
            _ => word,
        });
    let mut text = words.collect::<Vec<_>>().join(" ");
    for before in ["under number ", "number="] {
        let parts = text.split(before).enumerate().map(|(nth, part)| match nth {
            0 => part.to_owned(),
            _ => part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned(),
        });
        text = parts.collect::<Vec<_>>().join(before);
    }
    text
}

fn grown(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> Vec<(String, i64)> {
    let by = after.iter().map(|(table, rows)| (table.clone(), rows - before.get(table).unwrap_or(&0)));
    by.filter(|(_, by)| *by != 0).collect()
}

/// What a probe costs and is answered: bytes, statements with their row counts, rows in every table.
async fn listened<F: Future<Output = String>>(db: &TestDatabases, ear: &Statements, asked: F) -> String {
    let before = table_sizes(db).await;
    ear.settled().await;
    let answered = asked.await;
    let heard = ear.settled().await;
    format!("{answered}\n{:?}\n{heard:#?}", grown(&before, &table_sizes(db).await))
}

on_both_databases! {
    async fn a_probe_by_fhir_or_hl7_is_answered_alike_whatever_child_it_names(db: TestDatabases) {
        let ear = Statements::listen();
        let house = House::open(&db).await;
        // A child of whom the prober itself told, too, died, and years later the records are destroyed.
        states(&house, HOSPITAL, "H-0", DESTROYED, "2026-08-31").await;
        states(&house, CARE, "own-gone", DESTROYED, "2026-08-31").await;
        registers_a_death(&house, DESTROYED).await;
        for day in ["2030-02-01", "2036-02-01"] {
            house.clock.set(format!("{day}T09:00:00Z").parse().unwrap());
            house.directory.sweep(false).await.unwrap();
        }
        for (record, child) in [("H-1", KNOWN), ("H-2", SHIELDED), ("H-3", FORMER), ("H-4", PRESENT)] {
            states(&house, HOSPITAL, record, child, "2035-12-01").await;
        }
        states(&house, CARE, "own-know", KNOWN, "2035-12-01").await;
        states(&house, CARE, "own-hide", SHIELDED, "2035-12-01").await;
        house.minutes_pass(11);
        house.shield(HOSPITAL, "H-2").await;
        house.seal(HOSPITAL, "H-3", "H-4").await;
        states(&house, CARE, "own-held", HELD, "2035-12-01").await;
        assert_eq!(table_sizes(&db).await["suppression"], 3, "the three records of a destroyed child, and no more");

        // Numbers of the day have three digits from here on: the length of an answer is compared, too.
        let many: Vec<Value> = (100..200).map(|at| UNKNOWN.patient(&format!("early-{at}"), "2035-12-01", "female")).collect();
        let kind = [("Content-Type", "application/fhir+json")];
        house.ask(Some(&house.care), "POST", "/fhir", &kind, bundle("batch", &many).to_string().as_bytes()).await.is(200);
        let hl7 = house.listen_to_hl7(&db, mllp::Limits::default());
        let mut hospital = connect(Ipv4Addr::LOCALHOST, hl7.port, &house.server, Some(&house.care)).await.unwrap();
        send(&mut hospital, &UNKNOWN.message("A08", "first", "2035-12-01", None)).await;
        answer(&mut hospital).await.unwrap();
        house.told(CARE).await;

        let strangers = [KNOWN, SHIELDED, FORMER, PRESENT, HELD, DESTROYED, UNKNOWN].map(|child| (None, child));
        let own = [("own-know", KNOWN), ("own-hide", SHIELDED), ("own-held", HELD), ("own-gone", DESTROYED)];
        let own = own.map(|(record, child)| (Some(record), child));
        let mut all: BTreeMap<bool, Vec<Probed>> = BTreeMap::new();
        for (at, (record, child)) in strangers.into_iter().chain(own).enumerate() {
            let number = record.map_or_else(|| format!("probe-{at:02}"), str::to_owned);
            let mut answers = Vec::new();
            let seen = house.told(CARE).await.len();
            for Request { method, path, condition, body } in requests(child, &number) {
                let mut headers = vec![("Content-Type", "application/fhir+json")];
                headers.extend(condition.as_deref().map(|condition| ("If-None-Exist", condition)));
                let body = body.map_or_else(String::new, |body| body.to_string());
                answers.push(listened(&db, &ear, async {
                    let answer = house.ask(Some(&house.care), method, &path, &headers, body.as_bytes()).await;
                    let text = String::from_utf8(answer.body).unwrap();
                    plain(&format!("{}\n{text}", answer.head), &number)
                }).await);
                while house.directory.work_through_inbox().await.unwrap() > 0 {}
                house.minutes_pass(1);
            }
            let other = format!("{number}c");
            for (event, day, merged) in [
                ("A28", "2036-01-10", None),
                ("A08", "2036-01-11", None),
                ("A02", "2036-01-12", None),
                ("A08", "2036-01-05", None),
                ("A40", "2036-01-13", Some(other.as_str())),
            ] {
                let message = child.message(event, &number, day, merged);
                answers.push(listened(&db, &ear, async {
                    send(&mut hospital, &message).await;
                    let answer = answer(&mut hospital).await.unwrap();
                    // Without its own time and number, and that of the receipt.
                    let (header, rest) = answer.split_once('\r').unwrap();
                    let rest = rest.split('\r').map(|line| line.split('|').take(3).collect::<Vec<_>>().join("|"));
                    let rest = rest.collect::<Vec<_>>().join("\r");
                    let header: Vec<&str> = header.split('|').enumerate().filter(|(nth, _)| ![6, 9].contains(nth)).map(|(_, it)| it).collect();
                    plain(&format!("{}\n{rest}", header.join("|")), &number)
                }).await);
                while house.directory.work_through_inbox().await.unwrap() > 0 {}
                house.minutes_pass(1);
            }
            let told = house.told(CARE).await[seen..].iter().map(|(.., status)| *status).collect();
            all.entry(record.is_some()).or_default().push((answers, told));
        }
        hl7.end().await;
        let first = &all[&false][0].0;
        assert_eq!(first.len(), 15);
        let durable = first.iter().filter(|answer| answer.contains("INSERT INTO inbox")).count();
        assert!(durable > 10, "{durable} of them were heard: {first:?}");
        for (answers, _) in all.values().flatten() {
            for (answer, first) in answers.iter().zip(first) {
                assert_eq!(answer, first);
            }
        }
        // Receipts depend on what the source itself said before of the record, and on nothing else.
        for told in all.values() {
            for (_, receipts) in told {
                assert_eq!(*receipts, told[0].1);
            }
        }
        let told = &all[&false][0].1;
        for status in [RowStatus::Accepted, RowStatus::Unchanged, RowStatus::Superseded, RowStatus::Quarantined, RowStatus::Unread] {
            assert!(told.contains(&status), "{status:?} is not among {told:?} of {first:#?}");
        }
    }
}
