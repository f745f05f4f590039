//! `GET /openapi.json`: the interface, written from the list of routes, so that it cannot say what is not there.

use axum::Json;
use axum::routing::get;
use feeds::Profile;
use serde_json::{Map, Value, json};

use super::fhir;
use super::route::{AnswersAbout, Proof, Route};
use super::router::routes;

pub(super) const ROUTES: &[Route] = &[Route {
    method: "GET",
    path: "/openapi.json",
    proof: Proof::NotAsked,
    answers_about: AnswersAbout::TheInterface,
    largest_body: 0,
    operation: || {
        json!({
            "summary": "This document",
            "responses": {"200": {
                "description": "OpenAPI 3.1",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }},
        })
    },
    handler: || get(|| async { Json(openapi()) }),
}];

/// The OpenAPI 3.1 document of the door.
#[must_use]
pub fn openapi() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes() {
        let operations = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(operations) = operations.as_object_mut() {
            operations.insert(route.method.to_lowercase(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ContactPoint: the door of source systems",
            "version": "1",
            "description": "A source says what its own records are, and reads what became of its own rows. Nothing here answers \
                            about a child. Every value of a statement is text; the columns are those of the source's profile.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"clientCertificate": []}, {"assertion": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "clientCertificate": {"type": "mutualTLS", "description": "A certificate registered for the source, by its SHA-256"},
                "assertion": {"type": "http", "scheme": "bearer", "description": "A token of ten minutes from POST /token"},
            },
            "parameters": parameters(),
            "schemas": schemas(),
        },
    })
}

/// A route's own words, with the refusals that every route has, in the form in which it answers them.
fn operation(route: &Route) -> Value {
    let mut operation = (route.operation)();
    if let Some(operation) = operation.as_object_mut().filter(|_| route.proof != Proof::Source) {
        operation.insert("security".to_owned(), json!([]));
    }
    let refused = |description: &str| {
        let (format, schema) = match fhir::answers_at(route.path) {
            true => (fhir::JSON, "OperationOutcome"),
            false => ("application/problem+json", "Problem"),
        };
        match route.method {
            // Without a body, as HTTP has it.
            "HEAD" => json!({"description": description}),
            _ => json!({
                "description": description,
                "content": {format: {"schema": {"$ref": format!("#/components/schemas/{schema}")}}},
            }),
        }
    };
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        if route.proof == Proof::Source {
            responses.insert("401".to_owned(), refused("No registered certificate and no token that holds"));
        }
        for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('4')) {
            if response.get("content").is_none()
                && let Some(words) = response.get("description").and_then(Value::as_str)
            {
                *response = refused(words);
            }
        }
        responses.entry("default").or_insert_with(|| refused("Refused, with the place and the remedy"));
    }
    operation
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "schema": schema, "description": description});
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "A key of your choice: the same request sent again within a day gets the same answer",
            json!({"type": "string", "minLength": 1, "maxLength": 128}),
        ),
        "Prefer": header(
            "Prefer",
            "return=minimal or return=OperationOutcome; a representation is never returned",
            json!({"type": "string"}),
        ),
        "IfNoneExist": header(
            "If-None-Exist",
            "identifier=SYSTEM|VALUE, the source's own number and nothing else; it never changes the answer",
            json!({"type": "string"}),
        ),
        "Identifier": {
            "name": "identifier", "in": "query", "required": true, "schema": {"type": "string"},
            "description": "SYSTEM|VALUE: the source's own number and nothing else",
        },
        "Number": {
            "name": "number", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1},
            "description": "The source's own number: Patient.id, or the number of the system agreed",
        },
    })
}

fn schemas() -> Value {
    let fault = json!({"type": "object", "properties": {
        "field": {"type": "string", "description": "The column, or (row)"},
        "rule": {"type": "string", "description": "The code of the rule: docs/feeds/rules.md"},
    }});
    let count = json!({"type": "integer", "minimum": 0});
    let sums = json!({
        "sent": count, "accepted": count, "unchanged": count, "quarantined": count, "superseded": count,
        "unread": count,
        "checksum": {"type": "string", "description": "The sum of the digests of the rows: docs/receipts.md"},
        "discarded": {
            "type": "object", "additionalProperties": count,
            "description": "What messages carried besides and was discarded unread: how often, by its published name",
        },
    });
    let mut of_file = sums.clone();
    if let Some(of_file) = of_file.as_object_mut() {
        of_file.insert("file".to_owned(), json!({"type": ["string", "null"]}));
        of_file.insert("sequence".to_owned(), json!({"type": ["integer", "null"]}));
    }
    let statements: Vec<Value> = Profile::ALL.iter().map(|profile| statement(profile)).collect();
    json!({
        // What a source may say is decided by its profile; a row of one may well be a row of another.
        "Statement": {"anyOf": statements, "description": "By the profile of the source"},
        "Taken": {"type": "object", "properties": {"taken": {"type": "array", "items": {"type": "object", "properties": {
            "day": {"type": "string", "format": "date"},
            "number": {"type": "integer", "minimum": 1},
            "faults": {"type": "array", "items": fault, "description": "With any, it was put aside"},
        }}}}},
        "Receipt": {"type": "object", "properties": {
            "cursor": {"type": "string"},
            "file": {"type": ["string", "null"]},
            "sequence": {"type": ["integer", "null"]},
            "row": {"type": "integer"},
            "record": {"type": ["string", "null"]},
            "status": {"enum": ["accepted", "unchanged", "superseded", "quarantined", "unread"]},
            "faults": {"type": "array", "items": fault},
        }},
        "ReceiptPage": {"type": "object", "properties": {
            "receipts": {"type": "array", "items": {"$ref": "#/components/schemas/Receipt"}},
            "next": {"type": "string", "description": "Where to read on"},
        }},
        "Reconciliation": {"type": "object", "properties": {
            "source": {"type": "string"},
            "day": {"type": "string", "format": "date"},
            "complete": {"type": "boolean"},
            "files": {"type": "array", "items": {"type": "object", "properties": of_file}},
            "total": {"type": "object", "properties": sums},
        }},
        "Upload": {"type": "object", "properties": {
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ["receiving", "loading", "paused", "awaits_confirmation", "loaded", "refused"]},
            "bytes": count, "offset": count, "rows": count,
            "refused": {"type": "object", "properties": {
                "code": {"type": "string"}, "row": {"type": ["integer", "null"]}, "byte": {"type": ["integer", "null"]},
                "message": {"type": "string"},
            }},
        }},
        "OperationOutcome": {"type": "object", "required": ["resourceType", "issue"], "properties": {
            "resourceType": {"const": "OperationOutcome"},
            "issue": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["severity", "code"], "properties": {
                "severity": {"enum": ["fatal", "error", "warning", "information"]},
                "code": {"type": "string"},
                "details": {"type": "object", "properties": {"text": {"type": "string", "description": "What, and the remedy"}}},
                "expression": {"type": "array", "items": {"type": "string"}, "description": "Where"},
                "diagnostics": {"type": "string"},
            }}},
        }},
        "Problem": {"type": "object", "required": ["type", "title", "status", "detail", "remedy"], "properties": {
            "type": {"type": "string", "format": "uri"}, "title": {"type": "string"}, "status": {"type": "integer"},
            "detail": {"type": "string"}, "place": {"type": "string"}, "remedy": {"type": "string"},
            "offset": {"type": "integer"},
        }},
    })
}

/// A statement by the columns of one profile: a closed list (law 1).
fn statement(profile: &Profile) -> Value {
    let columns: Map<String, Value> =
        profile.columns().map(|column| (column.name.to_owned(), json!({"type": "string"}))).collect();
    let filled = profile.columns().filter(|column| !column.example.is_empty());
    let example: Map<String, Value> =
        filled.map(|column| (column.name.to_owned(), Value::from(column.example))).collect();
    json!({
        "title": profile.name, "type": "object", "required": ["record_id"],
        "additionalProperties": false, "properties": columns, "examples": [example],
    })
}
