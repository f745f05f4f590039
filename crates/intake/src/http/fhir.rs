//! FHIR R4 (docs/connect/fhir.md): what a source says by resources and Bundles, and the CapabilityStatement. There is no read, no
//! search, no history and no `$match`, so there is no route for one (law 7). Every fault is an OperationOutcome.

mod answers;
mod asked;
mod bundles;
mod import;
mod messages;
mod metadata;
mod patients;
mod saying;

use axum::routing::{delete, get, post, put};
use serde_json::{Value, json};

use super::route::{AnswersAbout, Proof, Route};

pub(super) use answers::of_status;

/// Whether the address is one of FHIR's.
pub(super) fn answers_at(path: &str) -> bool {
    path == BASE || path.strip_prefix(BASE).is_some_and(|rest| rest.starts_with('/'))
}

const BASE: &str = "/fhir";

/// What the readers take, and a byte more, so that they say themselves that it is too long.
const LARGEST: usize = feeds::fhir::MAX_BODY_BYTES + 1;

/// A route by which something is said.
macro_rules! says {
    ($method:literal $path:literal $handler:expr, $summary:literal) => {
        Route {
            method: $method,
            path: $path,
            proof: Proof::Source,
            answers_about: AnswersAbout::WhatWasSent,
            largest_body: LARGEST,
            operation: || operation($summary, "application/fhir+json"),
            handler: $handler,
        }
    };
}

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/fhir/metadata",
        proof: Proof::NotAsked,
        answers_about: AnswersAbout::TheInterface,
        largest_body: 0,
        operation: metadata_operation,
        handler: || get(metadata::metadata),
    },
    says!("POST" "/fhir" || post(bundles::bundle), "A FHIR Bundle: a transaction or a batch"),
    says!("POST" "/fhir/Patient" || post(patients::create), "A FHIR Patient: a statement about a child"),
    says!("PUT" "/fhir/Patient" || put(patients::update_where), "The same, by a condition that names the source's own number"),
    says!("DELETE" "/fhir/Patient" || delete(patients::end_where), "The end of a record, by the same condition"),
    says!("PUT" "/fhir/Patient/{number}" || put(patients::update), "The same, by the source's own number"),
    says!("DELETE" "/fhir/Patient/{number}" || delete(patients::end), "The end of a record"),
    says!("POST" "/fhir/$process-message" || post(messages::message), "A feed of patients after IHE PMIR"),
    Route {
        method: "POST",
        path: "/fhir/$import",
        proof: Proof::Source,
        answers_about: AnswersAbout::WhatWasSent,
        largest_body: LARGEST,
        operation: || operation("FHIR resources a line each, as a batch", "application/fhir+ndjson"),
        handler: || post(import::import),
    },
];

fn operation(summary: &str, takes: &str) -> Value {
    json!({
        "summary": summary,
        "description": "See docs/connect/fhir.md.",
        "requestBody": {"content": {takes: {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": "A batch, lines or a message: what was taken is durable, and each entry has its status", "content": {"application/fhir+json": {"schema": {"type": "object"}}}},
            "202": {"description": "A transaction or a single resource: what was sent is durable", "content": {"application/fhir+json": {"schema": {"type": "object"}}}},
            "422": {"description": "An OperationOutcome: what, where and the remedy", "content": {"application/fhir+json": {"schema": {"type": "object"}}}},
        },
    })
}

fn metadata_operation() -> Value {
    json!({
        "summary": "The CapabilityStatement: what there is",
        "responses": {"200": {
            "description": "The same for everybody",
            "content": {"application/fhir+json": {"schema": {"type": "object"}}},
        }},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_reads_but_the_one_about_the_interface() {
        for route in ROUTES {
            let reads = !matches!(route.method, "POST" | "PUT" | "DELETE");
            assert_eq!(reads, route.path == "/fhir/metadata", "{} {}", route.method, route.path);
            assert!(answers_at(route.path) && !route.path.contains("match"), "{}", route.path);
        }
        assert!(!answers_at("/fhirs") && !answers_at("/v1/statements"));
    }

    #[test]
    fn the_capability_statement_lists_the_operations_that_have_a_route() {
        let statement = feeds::fhir::capability_statement("https://here/fhir", "1");
        let listed = statement.pointer("/rest/0/operation").and_then(Value::as_array).into_iter().flatten();
        let mut listed: Vec<_> = listed.filter_map(|one| one.get("name")?.as_str()).collect();
        let mut served: Vec<_> =
            ROUTES.iter().filter_map(|route| route.path.strip_prefix("/fhir/$")).collect();
        listed.sort_unstable();
        served.sort_unstable();
        assert_eq!(listed, served);
    }
}
