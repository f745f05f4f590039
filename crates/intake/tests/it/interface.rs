//! The interface as a whole: no route reads a child (law 7), and the document says what there is.

use std::collections::BTreeSet;
use std::path::Path;

use intake::http::{AnswersAbout, Proof, openapi, routes};
use serde_json::Value;
use testkit::{TestDatabases, block_on};

use crate::house::House;

/// Every route, what its answer is about, and by what its client is known. A new route is added here by somebody who has
/// thought about law 7.
const ROUTES: &[(&str, &str, AnswersAbout, Proof)] = &[
    ("GET", "/openapi.json", AnswersAbout::TheInterface, Proof::NotAsked),
    ("POST", "/token", AnswersAbout::ItsProof, Proof::InTheRequest),
    ("POST", "/v1/statements", AnswersAbout::WhatWasSent, Proof::Source),
    ("POST", "/v1/records/{record_id}/end", AnswersAbout::WhatWasSent, Proof::Source),
    ("POST", "/v1/merges", AnswersAbout::WhatWasSent, Proof::Source),
    ("POST", "/v1/uploads", AnswersAbout::OwnUpload, Proof::Source),
    ("HEAD", "/v1/uploads/{id}", AnswersAbout::OwnUpload, Proof::Source),
    ("GET", "/v1/uploads/{id}", AnswersAbout::OwnUpload, Proof::Source),
    ("PATCH", "/v1/uploads/{id}", AnswersAbout::OwnUpload, Proof::Source),
    ("DELETE", "/v1/uploads/{id}", AnswersAbout::OwnUpload, Proof::Source),
    ("GET", "/v1/receipts", AnswersAbout::OwnRows, Proof::Source),
    ("GET", "/v1/reconciliation/{day}", AnswersAbout::OwnRows, Proof::Source),
    ("GET", "/fhir/metadata", AnswersAbout::TheInterface, Proof::NotAsked),
    ("POST", "/fhir", AnswersAbout::WhatWasSent, Proof::Source),
    ("POST", "/fhir/Patient", AnswersAbout::WhatWasSent, Proof::Source),
    ("PUT", "/fhir/Patient", AnswersAbout::WhatWasSent, Proof::Source),
    ("DELETE", "/fhir/Patient", AnswersAbout::WhatWasSent, Proof::Source),
    ("PUT", "/fhir/Patient/{number}", AnswersAbout::WhatWasSent, Proof::Source),
    ("DELETE", "/fhir/Patient/{number}", AnswersAbout::WhatWasSent, Proof::Source),
    ("POST", "/fhir/$process-message", AnswersAbout::WhatWasSent, Proof::Source),
    ("POST", "/fhir/$import", AnswersAbout::WhatWasSent, Proof::Source),
];

#[test]
fn no_route_reads_a_child() {
    let found: Vec<_> =
        routes().map(|route| (route.method, route.path, route.answers_about, route.proof)).collect();
    assert_eq!(found, ROUTES);
    // What a source reads, by its method, is about its own rows or file alone.
    for (method, path, about, _) in &found {
        let reads = matches!(*method, "GET" | "HEAD");
        let own =
            matches!(about, AnswersAbout::OwnRows | AnswersAbout::OwnUpload | AnswersAbout::TheInterface);
        assert!(!reads || own, "{method} {path}");
    }
}

#[test]
fn the_document_says_what_there_is() {
    let document = openapi();
    let said: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let there: BTreeSet<_> = routes().map(|route| (route.method.to_owned(), route.path.to_owned())).collect();
    assert_eq!(said, there);
    let written = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connect/openapi.json");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, written, "run UPDATE_DOCS=1 cargo nextest run -p intake the_document");
}

/// Each operation with its method, its path and its words.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
    });
    all.collect()
}

/// What a reference of the document means.
fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(to) => document.pointer(&to[1..]).unwrap_or_else(|| panic!("{to} is nowhere")),
        None => value,
    }
}

/// Whether a value is as a schema says, by the words of JSON Schema that the document uses.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = followed(document, schema);
    let each = |word: &str| schema.get(word).and_then(Value::as_array).into_iter().flatten();
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is not known here"),
    };
    let kind = &schema["type"];
    let properties = schema.get("properties").and_then(Value::as_object);
    (kind.is_null() || is_any(kind, is))
        && each("required").all(|name| value.get(name.as_str().unwrap()).is_some())
        && (schema.get("enum").is_none() || each("enum").any(|one| one == value))
        && schema.get("const").is_none_or(|one| one == value)
        && (schema.get("anyOf").is_none() || each("anyOf").any(|one| fits(document, one, value)))
        && (schema.get("oneOf").is_none()
            || each("oneOf").filter(|one| fits(document, one, value)).count() == 1)
        && value.as_object().into_iter().flatten().all(|(name, value)| {
            match properties.and_then(|properties| properties.get(name)) {
                Some(schema) => fits(document, schema, value),
                None => schema.get("additionalProperties") != Some(&Value::Bool(false)),
            }
        })
        && value
            .as_array()
            .into_iter()
            .flatten()
            .all(|item| schema.get("items").is_none_or(|schema| fits(document, schema, item)))
}

fn is_any(kind: &Value, is: impl Fn(&Value) -> bool) -> bool {
    kind.as_array().map_or_else(|| is(kind), |kinds| kinds.iter().any(&is))
}

/// Every value of the document, the whole first.
fn within(value: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match value {
        Value::Object(object) => object.values().collect(),
        Value::Array(list) => list.iter().collect(),
        _ => Vec::new(),
    };
    std::iter::once(value).chain(inner.into_iter().flat_map(within)).collect()
}

#[test]
fn every_parameter_of_a_path_is_declared_and_what_has_no_body_declares_none() {
    let document = openapi();
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let in_path: BTreeSet<&str> = parameters
            .map(|parameter| followed(&document, parameter))
            .filter(|parameter| parameter["in"] == "path")
            .inspect(|parameter| assert_eq!(parameter["required"], true, "{method} {path}"))
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let named: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, named, "{method} {path}");
        let has_body = !matches!(method.as_str(), "GET" | "HEAD" | "DELETE");
        assert_eq!(operation.get("requestBody").is_some(), has_body, "{method} {path}");
    }
    let fhir = |method: &str, path: &str| -> Vec<String> {
        let parameters = document["paths"][path][method]["parameters"].as_array().unwrap().iter();
        let name = |parameter| followed(&document, parameter)["name"].as_str().unwrap().to_owned();
        parameters.map(name).collect()
    };
    assert_eq!(fhir("post", "/fhir/Patient"), ["If-None-Exist", "Idempotency-Key", "Prefer"]);
    assert_eq!(fhir("put", "/fhir/Patient"), ["identifier", "Idempotency-Key", "Prefer"]);
    assert_eq!(fhir("delete", "/fhir/Patient"), ["identifier", "Idempotency-Key", "Prefer"]);
}

#[test]
fn every_example_of_the_document_is_as_its_schema_says() {
    let document = openapi();
    let mut examples = 0;
    for schema in within(&document) {
        followed(&document, schema);
        for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
            assert!(fits(&document, schema, example), "{example} of {schema}");
            // A row of one profile may be a row of another: it is a statement all the same.
            let statement = serde_json::json!({"$ref": "#/components/schemas/Statement"});
            assert!(fits(&document, &statement, example), "{example}");
            let mut with_notes = example.clone();
            with_notes["case_notes"] = "x".into();
            assert!(!fits(&document, &statement, &with_notes), "the list is closed (law 1)");
            examples += 1;
        }
    }
    assert_eq!(examples, feeds::Profile::ALL.len());
}

/// Each route is asked by nobody, and by a source with a body that is nothing.
#[test]
fn the_door_answers_in_the_form_that_the_document_declares() {
    block_on(async {
        let document = openapi();
        let house = House::open(&TestDatabases::sqlite().await).await;
        for (method, path, operation) in operations(&document) {
            let address = path
                .replace("{id}", "6e6f7468-696e-4721-8000-000000000000")
                .replace("{day}", "2026-01-31")
                .replace("{record_id}", "C-1")
                .replace("{number}", "C-1");
            for own in [None, Some(&house.care)] {
                for kind in
                    ["text/plain", "application/json", "application/fhir+json", "application/fhir+ndjson"]
                {
                    let body: &[u8] = if operation.get("requestBody").is_some() { b"nothing" } else { b"" };
                    let answer = house.ask(own, &method, &address, &[("Content-Type", kind)], body).await;
                    let responses = &operation["responses"];
                    let declared = responses.get(answer.status.to_string()).unwrap_or(&responses["default"]);
                    let format = answer.header("content-type").filter(|_| !answer.body.is_empty());
                    let at = format!("{method} {path} {kind}: {} {format:?}", answer.status);
                    let Some(format) = format else {
                        assert!(method == "HEAD" || declared.get("content").is_none(), "{at}");
                        continue;
                    };
                    let schema = declared["content"].get(format).map(|content| &content["schema"]);
                    let schema = schema.unwrap_or_else(|| panic!("{at} is not declared: {declared}"));
                    assert!(fits(&document, schema, &answer.json()), "{at}: {}", answer.json());
                }
            }
        }
    });
}
