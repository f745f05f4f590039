//! The interface as a whole: no route reads a child (law 7), and the document says what there is.

use std::collections::BTreeSet;
use std::path::Path;

use intake::http::{AnswersAbout, Proof, openapi, routes};

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
