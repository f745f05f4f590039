//! The CapabilityStatement: what there is, and nothing else. There is nothing that reads (law 7).

use serde_json::{Value, json};

/// The statement of a directory that is reached at `base`.
#[must_use]
pub fn capability_statement(base: &str, version: &str) -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-28",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+ndjson"],
        "software": {"name": "ContactPoint", "version": version},
        "implementation": {
            "description": "Takes what source systems say about children, and answers nothing about a child.",
            "url": base,
        },
        "rest": [{
            "mode": "server",
            "documentation": "Write-only and asynchronous: 202 means that a statement is durable. A Patient and what comes with it is the source's whole statement about a child. There is no read, no search and no history.",
            "security": {
                "description": "Mutual TLS with a registered certificate, or a bearer token for a signed client assertion.",
            },
            "resource": [{
                "type": "Patient",
                "documentation": "RelatedPerson, Organization, Practitioner, PractitionerRole, HealthcareService, EpisodeOfCare, CareTeam and Consent are taken with the Patient they are about, in one Bundle or contained.",
                "interaction": [{"code": "create"}, {"code": "update"}, {"code": "delete"}],
                "versioning": "no-version",
                "readHistory": false,
                "updateCreate": true,
                "conditionalCreate": true,
                "conditionalRead": "not-supported",
                "conditionalUpdate": true,
                "conditionalDelete": "single",
                "referencePolicy": ["local", "literal"],
            }],
            "interaction": [{"code": "transaction"}, {"code": "batch"}],
            "operation": [
                {
                    "name": "process-message",
                    "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
                    "documentation": "A feed of patients after IHE PMIR, answered at once by a message.",
                },
                {
                    "name": "import",
                    "definition": "https://contactpoint.example/fhir/OperationDefinition/import",
                    "documentation": "Resources a line each (application/fhir+ndjson), taken as a batch and answered as one, at once.",
                },
            ],
        }],
        "messaging": [{
            "documentation": "A feed of patients: a message Bundle with a history Bundle in it, posted to $process-message.",
            "reliableCache": 0,
            "supportedMessage": [{
                "mode": "receiver",
                "definition": "https://contactpoint.example/fhir/MessageDefinition/patient-feed",
            }],
        }],
    })
}
