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
use serde_json::{Map, Value, json};

use super::route::{AnswersAbout, Proof, Route};

pub(super) use answers::{JSON, of_status};

/// Whether the address is one of FHIR's.
pub(super) fn answers_at(path: &str) -> bool {
    path == BASE || path.strip_prefix(BASE).is_some_and(|rest| rest.starts_with('/'))
}

const BASE: &str = "/fhir";

/// What the readers take, and a byte more, so that they say themselves that it is too long.
const LARGEST: usize = feeds::fhir::MAX_BODY_BYTES + 1;

/// A route by which something is said.
macro_rules! says {
    ($method:literal $path:literal $handler:expr, $operation:expr) => {
        Route {
            method: $method,
            path: $path,
            proof: Proof::Source,
            answers_about: AnswersAbout::WhatWasSent,
            largest_body: LARGEST,
            operation: || $operation.written(),
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
    says!("POST" "/fhir" || post(bundles::bundle), Operation {
        summary: "A FHIR Bundle: a transaction or a batch",
        answers: &[
            ("200", "A batch: what was taken is durable, and each entry has its status"),
            ("202", "A transaction: all of it is durable"),
        ],
        ..TAKES_A_RESOURCE
    }),
    says!("POST" "/fhir/Patient" || post(patients::create), Operation {
        summary: "A FHIR Patient: a statement about a child",
        parameters: &["IfNoneExist"],
        ..TAKES_A_RESOURCE
    }),
    says!("PUT" "/fhir/Patient" || put(patients::update_where), Operation {
        summary: "The same, by a condition that names the source's own number",
        parameters: &["Identifier"],
        ..TAKES_A_RESOURCE
    }),
    says!("DELETE" "/fhir/Patient" || delete(patients::end_where), Operation {
        summary: "The end of a record, by the same condition",
        parameters: &["Identifier"],
        takes: &[],
        ..TAKES_A_RESOURCE
    }),
    says!("PUT" "/fhir/Patient/{number}" || put(patients::update), Operation {
        summary: "The same, by the source's own number",
        parameters: &["Number"],
        ..TAKES_A_RESOURCE
    }),
    says!("DELETE" "/fhir/Patient/{number}" || delete(patients::end), Operation {
        summary: "The end of a record",
        parameters: &["Number"],
        takes: &[],
        ..TAKES_A_RESOURCE
    }),
    says!("POST" "/fhir/$process-message" || post(messages::message), Operation {
        summary: "A feed of patients after IHE PMIR",
        answers: &[
            ("200", "A message: all of it is durable"),
            ("default", "Refused: a message that says so, or an OperationOutcome where it was not read so far"),
        ],
        ..TAKES_A_RESOURCE
    }),
    says!("POST" "/fhir/$import" || post(import::import), Operation {
        summary: "FHIR resources a line each, as a batch",
        takes: &import::LINES,
        answers: &[("200", "A batch with an entry a line: what was taken is durable, and each entry has its status")],
        ..TAKES_A_RESOURCE
    }),
];

/// What a route is in the OpenAPI document.
#[derive(Clone, Copy)]
struct Operation {
    summary: &'static str,
    /// The formats of the body; none takes none.
    takes: &'static [&'static str],
    /// Its own parameters, by their names under `components`; each route has [`EVERYWHERE`] besides.
    parameters: &'static [&'static str],
    /// Statuses of what was taken, and what they mean.
    answers: &'static [(&'static str, &'static str)],
}

const EVERYWHERE: &[&str] = &["IdempotencyKey", "Prefer"];

const TAKES_A_RESOURCE: Operation = Operation {
    summary: "",
    takes: &asked::RESOURCE,
    parameters: &[],
    answers: &[("202", "It is durable: Location and ETag name the record and the statement")],
};

impl Operation {
    fn written(self) -> Value {
        let parameters = self.parameters.iter().chain(EVERYWHERE);
        let parameters: Vec<Value> =
            parameters.map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect();
        let resource = || json!({"type": "object", "required": ["resourceType"]});
        let answer = |(status, words): &(&str, &str)| {
            let content = json!({JSON: {"schema": resource()}});
            ((*status).to_owned(), json!({"description": words, "content": content}))
        };
        let answers: Map<String, Value> = self.answers.iter().map(answer).collect();
        let mut operation = Map::from_iter([
            ("summary".to_owned(), json!(self.summary)),
            ("description".to_owned(), json!("See docs/connect/fhir.md.")),
            ("parameters".to_owned(), json!(parameters)),
            ("responses".to_owned(), json!(answers)),
        ]);
        if !self.takes.is_empty() {
            let lines = self.takes == import::LINES;
            let schema = if lines { json!({"type": "string"}) } else { resource() };
            let content = self.takes.iter().map(|format| ((*format).to_owned(), json!({"schema": schema})));
            let content: Map<String, Value> = content.collect();
            operation.insert("requestBody".to_owned(), json!({"required": true, "content": content}));
        }
        Value::Object(operation)
    }
}

fn metadata_operation() -> Value {
    json!({
        "summary": "The CapabilityStatement: what there is",
        "responses": {"200": {
            "description": "The same for everybody",
            "content": {JSON: {"schema": {"type": "object", "required": ["resourceType"]}}},
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
