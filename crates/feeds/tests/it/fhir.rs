//! FHIR R4: what is taken, what is discarded by name, what is refused by name.

use directory::SaidAt;
use feeds::fhir::answer::{self, EntryAnswer, Issue};
use feeds::fhir::{
    Ask, Entry, Mapping, Method, Reason, Received, Refused, Spoken, Whole, condition, read, read_alone,
    read_lines, read_message,
};
use feeds::{Message, Outcome, Profile, Row, Said};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::files::profile;

const TODAY: Date = date(2026, 11, 1);
const OWN: &str = "https://contactpoint.example/fhir";

pub fn mapping(name: &str) -> Mapping {
    Mapping { profile: profile(name), own_system: None, received_at: "2026-10-31T09:00:00Z".parse().unwrap() }
}

/// A transaction that creates these resources, each named by its id.
fn transaction(resources: &[Value]) -> Value {
    bundle("transaction", resources)
}

pub fn bundle(kind: &str, resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources
        .iter()
        .map(|resource| {
            let kind = resource["resourceType"].as_str().unwrap();
            let id = resource["id"].as_str().unwrap_or("x");
            json!({
                "fullUrl": format!("urn:uuid:{kind}-{id}"),
                "resource": resource,
                "request": {"method": "POST", "url": kind},
            })
        })
        .collect();
    json!({"resourceType": "Bundle", "type": kind, "entry": entries})
}

pub fn received(source: &str, bundle: &Value) -> Received {
    read(bundle.to_string().as_bytes(), &mapping(source)).unwrap()
}

fn first_refused(source: &str, bundle: &Value) -> Refused {
    let refused = received(source, bundle).entries.into_iter().filter_map(|entry| entry.said.err());
    let mut own = refused.filter(|refused| refused.reason != Reason::OtherRefused);
    own.next().expect("nothing was refused")
}

pub fn statement(entry: &Entry) -> &Message {
    match &entry.said {
        Ok(Spoken::Said(Said::Statement(message))) => message,
        other => panic!("{other:?}"),
    }
}

fn row(message: &Message) -> Row {
    match message.judge(1, TODAY) {
        Outcome::Accepted(row) => *row,
        Outcome::Quarantined(row) => panic!("{:?}", row.faults),
    }
}

pub fn amelia() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "R-000123",
        "meta": {"lastUpdated": "2026-10-31T08:00:00+01:00", "versionId": "7"},
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [
            {"use": "nickname", "family": "Connor", "given": ["Amy"]},
            {"use": "official", "family": "O'Connor", "given": ["Amelia", "Rose"]},
        ],
        "gender": "female",
        "birthDate": "2015-02-28",
        "address": [{"use": "home", "line": ["12 Mill Lane", "Northfield"], "city": "Leeds", "postalCode": "LS1 4AP"}],
    })
}

pub fn siobhan() -> Value {
    json!({
        "resourceType": "RelatedPerson",
        "id": "mother",
        "patient": {"reference": "urn:uuid:Patient-R-000123"},
        "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]}],
        "name": [{"family": "O'Connor", "given": ["Siobhan"]}],
        "telecom": [{"system": "phone", "value": "07700 900123"}, {"system": "email", "value": "s.oconnor@example.org"}],
        "extension": [{"url": format!("{OWN}/StructureDefinition/parental-responsibility"), "valueCode": "yes"}],
    })
}

fn service(code: &str) -> Value {
    json!([{"coding": [{"system": format!("{OWN}/CodeSystem/service"), "code": code}]}])
}

/// What comes with a child of each source, as its example in docs/feeds says it.
pub fn example(source: &str) -> Value {
    let mut child = amelia();
    let mut beside = vec![siobhan()];
    let organisation = json!({
        "resourceType": "Organization", "id": "org", "name": "Mill Lane Surgery",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "B86001"}],
        "telecom": [{"system": "phone", "value": "0113 496 0200"}],
    });
    let enrolled = |code: &str| {
        json!({
            "resourceType": "EpisodeOfCare", "id": "enrolment", "status": "active",
            "type": [{"coding": [{"system": format!("{OWN}/CodeSystem/enrolment"), "code": code}]}],
            "patient": {"reference": "Patient/R-000123"},
            "managingOrganization": {"reference": "Organization/org"},
            "period": {"start": "2019-09-03"},
        })
    };
    let nothing = json!([]);
    match source {
        "gro-births" | "dwp-child-benefit" => {
            let (system, value) = match source {
                "gro-births" => ("birth-registration", "BR-2015-0012345"),
                _ => ("child-benefit-number", "CHB12345678AA"),
            };
            child["identifier"] = json!([{"system": format!("{OWN}/Id/{system}"), "value": value}]);
            child["name"] = json!([child["name"][1]]);
        }
        "schools-census" => {
            child["identifier"] = json!([{"system": format!("{OWN}/Id/upn"), "value": "H801200001001"}]);
            let mut school = organisation;
            school["name"] = json!("Mill Lane Primary School");
            school["identifier"] = json!([{"system": format!("{OWN}/Id/school-urn"), "value": "107654"}]);
            school["extension"] = json!([{"url": format!("{OWN}/StructureDefinition/local-authority"), "valueCode": "E08000035"}]);
            beside.extend([school, enrolled("school")]);
        }
        "nhs-gp" => {
            beside = vec![organisation, enrolled("practice")];
            child["generalPractitioner"] = json!([{"reference": "Organization/org"}]);
        }
        "hospital" => {
            child["generalPractitioner"] = json!([{
                "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "B86001"},
                "display": "Mill Lane Surgery",
            }]);
        }
        "social-care" | "health-visiting" => beside.extend(involved()),
        other => panic!("{other} needs an example"),
    }
    assert_eq!(nothing, json!([]));
    transaction(&[vec![child], beside].concat())
}

/// A social worker by a role, and a sensitive service on a consent.
pub fn involved() -> Vec<Value> {
    vec![
        json!({
            "resourceType": "EpisodeOfCare", "id": "social", "status": "active", "type": service("social_worker"),
            "patient": {"reference": "Patient/R-000123"},
            "careManager": {"reference": "PractitionerRole/jo"},
            "period": {"start": "2024-09-02T10:00:00Z"},
            "extension": [{"url": format!("{OWN}/StructureDefinition/lead-professional"), "valueBoolean": true}],
        }),
        json!({
            "resourceType": "PractitionerRole", "id": "jo",
            "practitioner": {"reference": "Practitioner/jo"}, "organization": {"display": "Leeds City Council"},
            "telecom": [{"system": "phone", "value": "0113 496 0001"}],
        }),
        json!({
            "resourceType": "Practitioner", "id": "jo", "name": [{"family": "Mensah", "given": ["Jo"]}],
            "telecom": [{"system": "email", "value": "jo.mensah@example.org"}],
        }),
        json!({
            "resourceType": "EpisodeOfCare", "id": "quiet", "status": "active", "type": service("mental_health"),
            "patient": {"reference": "Patient/R-000123"},
            "managingOrganization": {"display": "Leeds Teaching Hospitals"},
            "period": {"start": "2025-01-10"},
        }),
        json!({
            "resourceType": "Consent", "id": "basis", "status": "active",
            "scope": {"coding": [{"code": "patient-privacy"}]},
            "patient": {"reference": "Patient/R-000123"}, "dateTime": "2025-01-10",
            "category": [
                {"coding": [{"system": format!("{OWN}/CodeSystem/basis"), "code": "consent"}]},
                {"coding": [{"system": format!("{OWN}/CodeSystem/consent"), "code": "child_of_understanding"}]},
            ],
            "organization": [{"display": "Leeds Teaching Hospitals"}],
            "provision": {"type": "permit", "data": [{"meaning": "instance", "reference": {"reference": "EpisodeOfCare/quiet"}}]},
        }),
    ]
}

pub fn patient(bundle: &mut Value) -> &mut Value {
    &mut bundle["entry"][0]["resource"]
}

#[test]
fn what_has_ended_is_not_what_stands_now() {
    let mut child = amelia();
    child["name"] = json!([
        {"use": "official", "family": "Former", "given": ["Amelia"], "period": {"end": "2019-05"}},
        {"use": "official", "family": "O'Connor", "given": ["Amelia"], "period": {"start": "2019-06", "end": "2026-10-31"}},
        {"use": "usual", "family": "Connor", "given": ["Amy"], "period": {"end": "2027"}},
    ]);
    child["address"] = json!([
        {"use": "home", "line": ["1 Old Road"], "postalCode": "LS1 1AA", "period": {"end": "2020-01-01"}},
        {"use": "home", "line": ["2 New Road"], "postalCode": "LS1 2BB"},
    ]);
    let mut foster = siobhan();
    foster["id"] = json!("foster");
    foster["name"] = json!([{"family": "Foster", "given": ["Fern"]}]);
    foster["period"] = json!({"end": "2018-01-01"});
    let mut mother = siobhan();
    mother["telecom"] = json!([
        {"system": "phone", "use": "old", "value": "07700 900001"},
        {"system": "phone", "use": "mobile", "value": "07700 900123"},
    ]);
    let taken = received("hospital", &transaction(&[child.clone(), foster, mother]));
    let message = statement(&taken.entries[0]);
    assert_eq!((message.said("surname"), message.said("alias_1_surname")), ("O'Connor", "Connor"));
    assert_eq!((message.said("address_line_1"), message.said("address_kind")), ("2 New Road", "current"));
    assert_eq!((message.said("carer_1_surname"), message.said("carer_2_surname")), ("O'Connor", ""));
    assert_eq!(message.said("carer_1_telephone"), "07700 900123");
    let named = |name: &str| taken.discarded.get(name).copied();
    assert_eq!(
        [named("Patient.name other"), named("Patient.address other"), named("RelatedPerson other")],
        [Some(1); 3]
    );
    // Where every home has ended, the last of them is the last that is known.
    child["address"].as_array_mut().unwrap()[1]["period"] = json!({"end": "2025-01-01"});
    let taken = received("hospital", &transaction(&[child]));
    let message = statement(&taken.entries[0]);
    assert_eq!((message.said("address_line_1"), message.said("address_kind")), ("2 New Road", "last_known"));
}

#[test]
fn a_doctor_is_never_a_practice_however_the_doctor_is_named() {
    let (ods, hl7) =
        ("https://fhir.nhs.uk/Id/ods-organization-code", "http://hl7.org/fhir/StructureDefinition");
    let doctor = json!({"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "D123456"});
    let practice = |named: Value| {
        let mut child = amelia();
        child["generalPractitioner"] = json!([named]);
        let received = received("hospital", &transaction(&[child]));
        let message = statement(&received.entries[0]);
        let said = ["practice_name", "practice_code"].map(|column| message.said(column).to_owned());
        (said, received.discarded.get("Patient.generalPractitioner other").copied())
    };
    for named in [
        json!({"reference": "Practitioner/jo", "display": "Dr Jo Mensah"}),
        json!({"reference": "https://gp.example/fhir/Practitioner/jo/_history/2", "display": "Dr Jo Mensah"}),
        json!({"reference": "urn:uuid:jo", "type": "PractitionerRole", "display": "Dr Jo Mensah"}),
        json!({"type": "Practitioner", "identifier": {"value": "B86001"}, "display": "Dr Jo Mensah"}),
        json!({"type": "Practitioner", "identifier": {"system": ods, "value": "B86001"}}),
        json!({"identifier": doctor, "display": "Dr Jo Mensah"}),
    ] {
        assert_eq!(practice(named.clone()), ([const { String::new() }; 2], Some(1)), "{named}");
    }
    for (named, code) in [
        (json!({"identifier": {"system": ods, "value": "B86001"}, "display": "Mill Lane Surgery"}), "B86001"),
        (json!({"identifier": {"value": "B86001"}, "display": "Mill Lane Surgery"}), "B86001"),
        (json!({"reference": "Organization/gone", "identifier": doctor, "display": "Mill Lane Surgery"}), ""),
        (json!({"type": "Organization", "display": "Mill Lane Surgery"}), ""),
        (json!({"type": format!("{hl7}/Organization"), "display": "Mill Lane Surgery"}), ""),
    ] {
        let said = ["Mill Lane Surgery".to_owned(), code.to_owned()];
        assert_eq!(practice(named.clone()), (said, None), "{named}");
    }
    // Where only an organisation may stand, somebody else is refused.
    let mut sent = example("social-care");
    for entry in sent["entry"].as_array_mut().unwrap() {
        if entry["resource"]["id"] == "quiet" {
            let doctor = json!({"reference": "Practitioner/gone", "display": "Jo Mensah"});
            entry["resource"]["managingOrganization"] = doctor;
        }
    }
    assert_eq!(first_refused("social-care", &sent).reason, Reason::OtherType);
}

#[test]
fn every_source_can_say_its_statement_in_a_bundle_and_the_rules_accept_it() {
    // Of a patient's death nothing is read: a register of deaths has no Patient to say.
    for source in Profile::ALL.into_iter().filter(|profile| !profile.registers_deaths()) {
        let received = received(source.name, &example(source.name));
        let refused: Vec<_> = received.entries.iter().filter_map(|entry| entry.said.as_ref().err()).collect();
        assert!(refused.is_empty(), "{}: {refused:?}", source.name);
        let message = statement(&received.entries[0]);
        let values: Vec<String> =
            source.columns().map(|column| message.said(column.name).to_owned()).collect();
        let file = format!("{}\n{}", source.header(), crate::files::line(&values));
        let same = crate::files::accepted(source, &file);
        let row = row(message);
        assert_eq!((row.content, row.canonical), (same.content, same.canonical), "{}", source.name);
    }
}

#[test]
fn a_patient_and_what_comes_with_it_fill_the_columns_of_the_source() {
    let received = received("social-care", &example("social-care"));
    let message = statement(&received.entries[0]);
    let said: Vec<(&str, &str)> = profile("social-care")
        .columns()
        .map(|column| (column.name, message.said(column.name)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    insta::assert_debug_snapshot!(said);
    assert!(received.entries[1..].iter().all(|entry| entry.said == Ok(Spoken::Beside)));
    assert_eq!(received.whole, Whole::Transaction);
    let school = self::received("schools-census", &example("schools-census"));
    let school = statement(&school.entries[0]);
    let of = ["school_urn", "school_name", "school_start", "education_status", "local_authority"];
    assert_eq!(
        of.map(|column| school.said(column)),
        ["107654", "Mill Lane Primary School", "2019-09-03", "in_school", "E08000035"]
    );
}

#[test]
fn what_is_clinical_is_discarded_unread_and_counted_by_name() {
    let mut sent = example("hospital");
    let child = patient(&mut sent);
    child["text"] = json!({"status": "generated", "div": "MARKED"});
    child["maritalStatus"] = json!("not even the right shape");
    child["_birthDate"] = json!({"extension": [{"url": "MARKED"}]});
    child["extension"] = json!([{"url": "http://example.org/ethnicity", "valueString": "MARKED"}]);
    child["link"] = json!([{"other": {"reference": "Patient/elsewhere"}, "type": "seealso"}]);
    child["name"].as_array_mut().unwrap().push(json!({"use": "maiden", "family": "MARKED"}));
    child["contained"] = json!([{"resourceType": "Observation", "id": "o", "valueString": "MARKED"}]);
    let condition = json!({"resourceType": "Condition", "code": {"text": "MARKED"}});
    sent["entry"].as_array_mut().unwrap().push(json!({
        "resource": condition, "request": {"method": "POST", "url": "Condition"},
    }));
    let received = received("hospital", &sent);
    let counted: Vec<(&str, u64)> =
        received.discarded.iter().map(|(name, times)| (name.as_str(), *times)).collect();
    assert_eq!(
        counted,
        [
            ("Condition", 1),
            ("Observation", 1),
            ("Patient._birthDate", 1),
            ("Patient.extension", 1),
            ("Patient.link other", 1),
            ("Patient.maritalStatus", 1),
            ("Patient.name other", 1),
            ("Patient.text", 1),
        ]
    );
    assert_eq!(received.entries.last().unwrap().said, Ok(Spoken::Discarded));
    assert!(!format!("{:?}", row(statement(&received.entries[0])).canonical).contains("MARKED"));
    assert!(!format!("{received:?}").contains("MARKED"));
}

#[test]
fn what_is_on_no_list_is_refused_by_its_name_and_place() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut sent = example("hospital");
        change(&mut sent);
        first_refused("hospital", &sent)
    };
    let photo = refused(&|sent| patient(sent)["photo"] = json!([{"data": "MARKED"}]));
    assert_eq!(photo.expression, "Bundle.entry[0].resource.photo");
    assert!(photo.to_string().contains("the element photo is on neither list"), "{photo}");
    let deep = refused(&|sent| sent["entry"][1]["resource"]["name"][0]["pronunciation"] = json!("MARKED"));
    assert_eq!(deep.expression, "Bundle.entry[1].resource.name[0].pronunciation");
    for modifier in ["modifierExtension", "implicitRules"] {
        let refused = refused(&|sent| patient(sent)[modifier] = json!("MARKED"));
        assert_eq!(refused.expression, format!("Bundle.entry[0].resource.{modifier}"));
    }
    let text = refused(&|sent| patient(sent)["she said that MARKED"] = json!(1));
    assert!(!text.to_string().contains("MARKED"), "{text}");
    let unlisted = refused(&|sent| {
        sent["entry"][1] = json!({
            "resource": {"resourceType": "Spaceship"}, "request": {"method": "POST", "url": "Spaceship"},
        });
    });
    assert!(unlisted.to_string().contains("the resource Spaceship"), "{unlisted}");
    let column = |source: &str, sent: &Value| match first_refused(source, sent).reason {
        Reason::NoColumn { column, .. } => column,
        other => panic!("{other:?}"),
    };
    assert_eq!(column("nhs-gp", &example("hospital")), "carer_1_forenames");
    assert_eq!(column("hospital", &example("social-care")), "involvement_1_service");
    let twice = br#"{"resourceType":"Bundle","type":"batch","type":"transaction"}"#;
    assert_eq!(read(twice, &mapping("hospital")).unwrap_err().reason, Reason::NotJson);
    let deep = format!("{{\"resourceType\":{}", "[".repeat(100));
    assert_eq!(read(deep.as_bytes(), &mapping("hospital")).unwrap_err().reason, Reason::TooDeep);
}

#[test]
fn four_carers_are_held_and_of_more_those_with_responsibility_first() {
    let related = |nth: usize, kind: &str, responsibility: &str| {
        let mut person = siobhan();
        person["id"] = json!(format!("related-{nth}"));
        person["relationship"][0]["coding"][0]["code"] = json!(kind);
        person["name"][0]["given"] = json!([format!("{}", char::from(b'A' + nth as u8))]);
        person["extension"][0]["valueCode"] = json!(responsibility);
        person
    };
    let held = |people: &[(&str, &str)]| {
        let mut sent = vec![amelia()];
        sent.extend(
            people.iter().enumerate().map(|(nth, (kind, responsibility))| related(nth, kind, responsibility)),
        );
        let mut received = received("social-care", &transaction(&sent));
        let message = statement(&received.entries.remove(0)).clone();
        let names = [1, 2, 3, 4].map(|nth| message.said(&format!("carer_{nth}_forenames")).to_owned());
        (names.concat(), received.discarded.get("RelatedPerson beyond").copied())
    };
    let carer = "FSTPRN";
    assert_eq!(held(&[("FTH", "unknown"), ("MTH", "yes"), (carer, "no")]), ("ABC".to_owned(), None));
    let six =
        [(carer, "no"), ("GUARD", "no"), (carer, "yes"), ("FTH", "no"), ("MTH", "unknown"), (carer, "no")];
    assert_eq!(held(&six), ("BCDE".to_owned(), Some(2)), "in the order in which they were sent");
}

#[test]
fn a_statement_of_which_a_part_was_refused_is_refused_with_it() {
    let other = json!({
        "resourceType": "Patient", "id": "R-2", "name": [{"family": "Okafor"}], "meta": {"lastUpdated": "2026-10-01"},
    });
    let said = |beside: Value| {
        let sent = bundle("batch", &[amelia(), other.clone(), beside]);
        received("social-care", &sent).entries.into_iter().map(|entry| entry.said).collect::<Vec<_>>()
    };
    let mut episode = involved().remove(0);
    episode["careManager"] = json!({"display": "Jo Mensah"});
    assert!(said(episode.clone()).iter().all(Result::is_ok));
    // Whose it is can be told: the other child's statement stands.
    let mut wrong = episode.clone();
    wrong["surprise"] = json!(1);
    let of = said(wrong);
    assert!(matches!(&of[0], Err(Refused { reason: Reason::OtherRefused, .. })), "{of:?}");
    assert!(matches!(&of[1], Ok(Spoken::Said(Said::Statement(_)))) && of[2].is_err(), "{of:?}");
    // Whose it is cannot be told: no statement is known to be whole.
    let mut nobodys = episode.clone();
    nobodys["patient"] = json!({"reference": "Patient/of-before"});
    let of = said(nobodys);
    assert!(of.iter().all(Result::is_err), "{of:?}");
    assert!(matches!(&of[2], Err(Refused { reason: Reason::Unresolved, .. })), "{of:?}");
    // What it refers to was refused.
    episode["careManager"] = json!({"reference": "#jo"});
    episode["contained"] = json!([{"resourceType": "Practitioner", "id": "jo", "name": "Jo"}]);
    let of = said(episode);
    assert!(of[0].is_err() && of[2].is_err(), "{of:?}");
}

#[test]
fn a_sensitive_service_has_the_basis_that_its_consent_says_and_no_other() {
    let judged = |change: &dyn Fn(&mut Value)| {
        let mut sent = example("social-care");
        change(&mut sent);
        received("social-care", &sent).entries.remove(0).said.map(|said| match said {
            Spoken::Said(Said::Statement(message)) => message.judge(1, TODAY),
            other => panic!("{other:?}"),
        })
    };
    let consent = 6;
    assert!(matches!(judged(&|_| ()), Ok(Outcome::Accepted(_))));
    let without = judged(&|sent| sent["entry"].as_array_mut().unwrap().truncate(consent));
    let Ok(Outcome::Quarantined(without)) = without else { panic!("{without:?}") };
    assert_eq!(without.faults[0].code(), "F060");
    assert_eq!(without.raw, None, "a sensitive service without a basis may be held nowhere (law 4)");
    let withdrawn = judged(&|sent| {
        let consent = &mut sent["entry"][consent]["resource"];
        consent["status"] = json!("inactive");
        consent["provision"]["period"] = json!({"end": "2025-07-18"});
    });
    let Ok(Outcome::Accepted(withdrawn)) = withdrawn else { panic!("{withdrawn:?}") };
    assert_eq!(withdrawn.withdrawn[0].on, date(2025, 7, 18));
    for (path, value) in [("status", json!("draft")), ("category", json!([])), ("provision", json!({}))] {
        let refused = judged(&|sent| sent["entry"][consent]["resource"][path] = value.clone());
        assert!(refused.is_err(), "{path}: {refused:?}");
    }
    let policy = judged(&|sent| {
        sent["entry"][consent]["resource"]["sourceAttachment"] = json!({"data": "MARKED"});
    });
    assert!(matches!(policy, Ok(Outcome::Accepted(_))), "the document is discarded unread: {policy:?}");
}

#[test]
fn a_care_team_is_an_involvement_for_each_who_takes_part() {
    let team = json!({
        "resourceType": "CareTeam", "id": "team", "status": "active", "subject": {"reference": "Patient/R-000123"},
        "managingOrganization": [{"display": "Leeds City Council"}], "period": {"start": "2025-03"},
        "participant": [
            {"role": service("social_worker"), "member": {"display": "Jo Mensah"},
                "extension": [{"url": format!("{OWN}/StructureDefinition/lead-professional"), "valueBoolean": true}]},
            {"member": {"reference": "RelatedPerson/mother"}},
            {"role": service("school_nurse"), "member": {"display": "Ada Quist"}, "period": {"end": "2026-01-31"}},
        ],
    });
    let received = received("social-care", &transaction(&[amelia(), siobhan(), team]));
    let message = statement(&received.entries[0]);
    let of = |number: u8| {
        ["service", "organisation", "practitioner", "start", "end", "lead"]
            .map(|part| message.said(&format!("involvement_{number}_{part}")))
    };
    assert_eq!(of(1), ["social_worker", "Leeds City Council", "Jo Mensah", "2025-03", "", "yes"]);
    assert_eq!(of(2), ["school_nurse", "Leeds City Council", "Ada Quist", "2025-03", "2026-01-31", ""]);
    assert_eq!(received.discarded.get("CareTeam.participant other"), Some(&1));
}

#[test]
fn the_sources_own_number_is_the_one_of_its_system_and_a_condition_names_no_other() {
    let own = |ask: Ask, change: &dyn Fn(&mut Value), system: Option<&str>| {
        let mut child = amelia();
        change(&mut child);
        let mapping = Mapping { own_system: system.map(str::to_owned), ..mapping("hospital") };
        let mut received = read_alone(child.to_string().as_bytes(), ask, &mapping).unwrap();
        let entry = received.entries.remove(0);
        entry.said.map(|_| entry.record.unwrap())
    };
    let nothing = |_: &mut Value| ();
    let put = |record: &str| Ask::At(Method::Say, record.to_owned());
    assert_eq!(own(Ask::Create, &nothing, None).unwrap(), "R-000123");
    assert_eq!(own(put("R-000123"), &nothing, None).unwrap(), "R-000123");
    assert_eq!(own(put("R-9"), &nothing, None).unwrap_err().reason, Reason::OtherRecord);
    let numbered = |child: &mut Value| {
        child["identifier"] =
            json!([{"system": "urn:trust:mrn", "value": "4711"}, {"system": "urn:else", "value": "1"}]);
    };
    assert_eq!(own(Ask::Create, &numbered, Some("urn:trust:mrn")).unwrap(), "4711");
    assert_eq!(own(Ask::Create, &nothing, Some("urn:trust:mrn")).unwrap_err().reason, Reason::NoOwnNumber);
    let two = |child: &mut Value| {
        child["identifier"] =
            json!([{"system": "urn:trust:mrn", "value": "1"}, {"system": "urn:trust:mrn", "value": "2"}]);
    };
    assert_eq!(own(Ask::Create, &two, Some("urn:trust:mrn")).unwrap_err().reason, Reason::SeveralOwnNumbers);
    let nameless = |child: &mut Value| {
        child.as_object_mut().unwrap().remove("id");
    };
    assert_eq!(own(Ask::Create, &nameless, None).unwrap_err().reason, Reason::NoOwnNumber);
    assert_eq!(own(put("R-7"), &nameless, None).unwrap(), "R-7");
    let of = |text: &str| condition(text, &mapping("hospital")).map_err(|refused| refused.reason);
    assert_eq!(
        of("identifier=https%3A%2F%2Fcontactpoint.example/fhir/Id/record%7CR%2D1"),
        Ok("R-1".to_owned())
    );
    for asks in [
        "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018",
        "identifier=R-1",
        "family=O'Connor",
        "identifier=https://contactpoint.example/fhir/Id/record|1&birthdate=2015-02-28",
        "identifier=%FF|1",
    ] {
        assert_eq!(of(asks), Err(Reason::Condition), "{asks}");
    }
}

#[test]
fn a_feed_of_patients_creates_updates_merges_and_ends() {
    let feed = |entries: Value| {
        json!({
            "resourceType": "Bundle", "type": "message", "entry": [
                {"fullUrl": "urn:uuid:1", "resource": {
                    "resourceType": "MessageHeader", "id": "m-1", "eventUri": "urn:ihe:iti:pmir:2019:patient-feed",
                    "source": {"endpoint": "https://pas.example.org/feed", "name": "PAS"},
                    "focus": [{"reference": "urn:uuid:2"}]}},
                {"fullUrl": "urn:uuid:2", "resource": {
                    "resourceType": "Bundle", "type": "history", "timestamp": "2026-10-30T07:00:00Z", "entry": entries}},
            ],
        })
    };
    let mut unstamped = amelia();
    unstamped.as_object_mut().unwrap().remove("meta");
    let replaced = |kind: &str, id: &str, other: &str| {
        json!({"resourceType": "Patient", "id": id, "active": false,
            "link": [{"other": {"reference": format!("Patient/{other}")}, "type": kind}]})
    };
    let put = |resource: Value| {
        let url = format!("Patient/{}", resource["id"].as_str().unwrap());
        json!({"fullUrl": format!("https://pas.example.org/{url}"), "resource": resource,
            "request": {"method": "PUT", "url": url}, "response": {"status": "200"}})
    };
    let delete =
        json!({"request": {"method": "DELETE", "url": "Patient/R-5"}, "response": {"status": "200"}});
    let sent = feed(json!([
        {"fullUrl": "urn:uuid:c", "resource": unstamped, "request": {"method": "POST", "url": "Patient"}},
        put(replaced("replaced-by", "R-3", "R-4")),
        put(replaced("replaces", "R-4", "R-3")),
        delete,
    ]));
    let (header, received) = read_message(sent.to_string().as_bytes(), &mapping("hospital"));
    assert_eq!((header.id.as_str(), header.endpoint.as_str()), ("m-1", "https://pas.example.org/feed"));
    let said: Vec<_> = received.unwrap().entries.into_iter().map(|entry| entry.said.unwrap()).collect();
    let Spoken::Said(Said::Statement(message)) = &said[0] else { panic!("{said:?}") };
    assert_eq!(message.said("effective_at"), "2026-10-30T07:00:00Z", "the Bundle says when");
    let at = Some(SaidAt::Moment("2026-10-30T07:00:00Z".parse().unwrap()));
    let (surviving, ended) = ("R-4".to_owned(), "R-3".to_owned());
    let merge = Said::Merge { surviving, ended, statement: None, said: at };
    let end = mapping("hospital").ends("R-5".to_owned(), at);
    assert_eq!(end, Said::End { record_id: "R-5".to_owned(), as_of: date(2026, 10, 30), said: at });
    assert_eq!(said[1..], [Spoken::Said(merge), Spoken::Beside, Spoken::Said(end)]);
    let refused =
        |sent: &Value| read_message(sent.to_string().as_bytes(), &mapping("hospital")).1.unwrap_err();
    let mut other = sent.clone();
    other["entry"][0]["resource"]["eventUri"] = json!("urn:other");
    assert_eq!(refused(&other).expression, "Bundle.entry[0].resource.eventUri");
    other = sent.clone();
    other["entry"].as_array_mut().unwrap().truncate(1);
    assert_eq!(refused(&other).expression, "Bundle.entry");
    let same = feed(json!([put(replaced("replaced-by", "R-3", "R-3"))]));
    let (_, received) = read_message(same.to_string().as_bytes(), &mapping("hospital"));
    let reason = received.unwrap().entries.remove(0).said.unwrap_err().reason;
    assert_eq!(reason, Reason::SameRecord);
}

#[test]
fn nothing_can_be_read_and_only_a_child_is_deleted() {
    let asked = |method: &str, url: &str| {
        let sent = json!({"resourceType": "Bundle", "type": "batch",
            "entry": [{"request": {"method": method, "url": url}}]});
        received("hospital", &sent).entries.remove(0).said
    };
    for (method, url) in [
        ("GET", "Patient/R-1"),
        ("GET", "Patient?family=O'Connor"),
        ("HEAD", "Patient/R-1"),
        ("PATCH", "Patient/R-1"),
    ] {
        assert_eq!(asked(method, url).unwrap_err().reason, Reason::Method, "{method} {url}");
    }
    assert!(matches!(asked("DELETE", "RelatedPerson/1").unwrap_err().reason, Reason::NotHere(_)));
    assert!(matches!(asked("POST", "Patient/$match").unwrap_err().reason, Reason::Meaning(_)));
    assert_eq!(
        asked("DELETE", "Patient/R%2D1"),
        Ok(Spoken::Said(mapping("hospital").ends("R-1".to_owned(), None)))
    );
    assert_eq!(asked("DELETE", "Patient?family=X").unwrap_err().reason, Reason::Condition);
}

#[test]
fn lines_refer_to_each_other_in_any_order() {
    let mut mother = siobhan();
    mother["patient"] = json!({"reference": "Patient/R-000123"});
    let text = format!("{mother}\n\n{}\n", amelia());
    let received = read_lines(text.as_bytes(), &mapping("hospital")).unwrap();
    assert_eq!((received.whole, received.entries.len()), (Whole::Batch, 2));
    assert_eq!(statement(&received.entries[1]).said("carer_1_surname"), "O'Connor");
    let twice = format!("{}\n{}\n", amelia(), amelia());
    let entries = read_lines(twice.as_bytes(), &mapping("hospital")).unwrap().entries;
    assert!(entries[1].said.is_err(), "a record stands once");
}

#[test]
fn the_answer_names_the_place_the_rule_and_the_remedy_and_no_value() {
    let mut sent = example("hospital");
    patient(&mut sent)["birthDate"] = json!("2015-02-31");
    let received = received("hospital", &sent);
    let Outcome::Quarantined(aside) = statement(&received.entries[0]).judge(1, TODAY) else { panic!() };
    patient(&mut sent)["photo"] = json!([]);
    let refused = first_refused("hospital", &sent);
    let entries = [
        EntryAnswer {
            status: "202 Accepted",
            location: Some("Patient/R-000123".to_owned()),
            etag: Some("W/\"2026-11-01.7\"".to_owned()),
            issues: Vec::new(),
        },
        EntryAnswer {
            status: "422 Unprocessable Entity",
            location: None,
            etag: None,
            issues: vec![
                Issue::fault(&aside.faults[0], "Bundle.entry[0].resource"),
                Issue::refused(&refused),
            ],
        },
    ];
    insta::assert_json_snapshot!(answer::bundle("batch-response", &entries));
    assert!(!answer::bundle("batch-response", &entries).to_string().contains("2015-02-31"));
    assert!(answer::bundle("batch-response", &[]).get("entry").is_none(), "FHIR knows no empty lists");
}

/// JSON in which the names and shapes of FHIR are frequent enough to meet.
fn fhir_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!("Patient/1")),
        Just(json!("Patient")),
        Just(json!("POST")),
        Just(json!("replaced-by")),
        Just(json!("active")),
        Just(json!("urn:uuid:1")),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "resourceType",
        "id",
        "meta",
        "name",
        "family",
        "given",
        "identifier",
        "system",
        "value",
        "patient",
        "reference",
        "extension",
        "url",
        "contained",
        "link",
        "other",
        "type",
        "period",
        "status",
        "participant",
        "provision",
        "data",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_or_refused_and_can_be_answered(
        parts in prop::collection::vec((fhir_like(), 0..9_usize, any::<bool>()), 0..6),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let kinds = ["Patient", "RelatedPerson", "EpisodeOfCare", "CareTeam", "Consent", "Organization", "Practitioner",
            "PractitionerRole", "HealthcareService"];
        let entries: Vec<Value> = parts.iter().map(|(value, kind, put)| {
            let mut resource = value.clone();
            if let Some(fields) = resource.as_object_mut() {
                fields.insert("resourceType".to_owned(), json!(kinds[*kind]));
            }
            let (method, url) = if *put { ("PUT", format!("{}/1", kinds[*kind])) } else { ("POST", kinds[*kind].to_owned()) };
            json!({"resource": resource, "request": {"method": method, "url": url}})
        }).collect();
        let sent = json!({"resourceType": "Bundle", "type": "batch", "entry": entries}).to_string();
        for source in ["social-care", "hospital"] {
            let read_as = mapping(source);
            let received = read(sent.as_bytes(), &read_as).unwrap();
            prop_assert_eq!(received.entries.len(), parts.len());
            for entry in &received.entries {
                match &entry.said {
                    Ok(Spoken::Said(Said::Statement(message))) => drop(message.judge(1, TODAY)),
                    Ok(_) => {}
                    Err(refused) => {
                        let told = answer::outcome(&[Issue::refused(refused)]);
                        prop_assert_eq!(&told["issue"][0]["severity"], &json!("error"));
                    }
                }
            }
            let _ = (read(&bytes, &read_as), read_lines(&bytes, &read_as), read_message(&bytes, &read_as));
        }
    }
}
