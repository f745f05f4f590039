//! What a sender is told: OperationOutcome, the response of a Bundle, the response of a message. Nothing here depends on anything
//! but what was sent.

use serde_json::{Value, json};

use super::Header;
use super::refusal::Refused;
use crate::rules::Fault;

/// One thing that a sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// `error`, `warning`, `information`.
    pub severity: &'static str,
    /// Of FHIR's list of issue types.
    pub code: &'static str,
    /// What, and the remedy.
    pub text: String,
    /// Where, as FHIRPath; empty when nowhere.
    pub expression: String,
    /// What a machine may hold on to: a rule, a column, a number; never a value.
    pub diagnostics: String,
}

impl Issue {
    /// Of a refusal.
    #[must_use]
    pub fn refused(refused: &Refused) -> Self {
        Self {
            severity: "error",
            code: refused.reason.issue(),
            text: refused.reason.to_string(),
            expression: refused.expression.clone(),
            diagnostics: String::new(),
        }
    }

    /// Of a rule that a statement breaks. Where a column came from stands in docs/connect/fhir.md; the resource alone is named here.
    #[must_use]
    pub fn fault(fault: &Fault, expression: &str) -> Self {
        let text = fault.rule.text();
        Self {
            severity: "error",
            code: "business-rule",
            text: format!("{}: {} {}", fault.field, text.meaning, text.remedy),
            expression: expression.to_owned(),
            diagnostics: format!("rule={} column={} length={}", fault.code(), fault.field, fault.length),
        }
    }

    /// Something that went well, or a fault that is nobody's rule.
    #[must_use]
    pub fn plain(severity: &'static str, code: &'static str, text: impl Into<String>) -> Self {
        Self { severity, code, text: text.into(), expression: String::new(), diagnostics: String::new() }
    }

    /// With a note for machines.
    #[must_use]
    pub fn with_diagnostics(self, diagnostics: String) -> Self {
        Self { diagnostics, ..self }
    }
}

/// An OperationOutcome. There is always an issue in one.
#[must_use]
pub fn outcome(issues: &[Issue]) -> Value {
    let done = [Issue::plain("information", "informational", "there is nothing to say about it")];
    let issues = if issues.is_empty() { &done[..] } else { issues };
    let issues: Vec<Value> = issues
        .iter()
        .map(|issue| {
            let mut value = json!({
                "severity": issue.severity,
                "code": issue.code,
                "details": {"text": issue.text},
            });
            if !issue.diagnostics.is_empty() {
                put(&mut value, "diagnostics", json!(issue.diagnostics));
            }
            if !issue.expression.is_empty() {
                put(&mut value, "expression", json!([issue.expression]));
            }
            value
        })
        .collect();
    json!({"resourceType": "OperationOutcome", "issue": issues})
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryAnswer {
    /// `202 Accepted`…
    pub status: &'static str,
    /// The address of a record, by the source's own number.
    pub location: Option<String>,
    /// The number of the statement.
    pub etag: Option<String>,
    /// What there is to say about it.
    pub issues: Vec<Issue>,
}

/// The response of a Bundle: one entry for each, in their order.
#[must_use]
pub fn bundle(kind: &str, entries: &[EntryAnswer]) -> Value {
    let entries: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let mut response = json!({"status": entry.status});
            if let Some(location) = &entry.location {
                put(&mut response, "location", json!(location));
            }
            if let Some(etag) = &entry.etag {
                put(&mut response, "etag", json!(etag));
            }
            if !entry.issues.is_empty() {
                put(&mut response, "outcome", outcome(&entry.issues));
            }
            json!({"response": response})
        })
        .collect();
    let mut bundle = json!({"resourceType": "Bundle", "type": kind});
    // FHIR knows no empty lists.
    if !entries.is_empty() {
        put(&mut bundle, "entry", json!(entries));
    }
    bundle
}

/// What became of a message as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageCode {
    /// It is durable.
    Ok,
    /// It could not be taken now: send it again later.
    TransientError,
    /// As it is, it never will be.
    FatalError,
}

impl MessageCode {
    const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::TransientError => "transient-error",
            Self::FatalError => "fatal-error",
        }
    }
}

/// The response of a feed of patients: a message of its own, named by the caller.
#[must_use]
pub fn message(
    id: &str,
    now: &str,
    own_address: &str,
    to: &Header,
    code: MessageCode,
    issues: &[Issue],
) -> Value {
    let mut details = outcome(issues);
    put(&mut details, "id", json!("outcome"));
    // FHIR allows an id of its own alphabet alone; another one is answered as the text it was, shortened to nothing.
    let is_id = |id: &str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    let answered = if is_id(&to.id) { to.id.as_str() } else { "unknown" };
    let mut header = json!({
        "resourceType": "MessageHeader",
        "id": id,
        "eventUri": "urn:ihe:iti:pmir:2019:patient-feed",
        "source": {"name": "ContactPoint", "endpoint": own_address},
        "response": {"identifier": answered, "code": code.code(), "details": {"reference": "OperationOutcome/outcome"}},
    });
    if !to.endpoint.is_empty() && to.endpoint.len() <= 200 && !to.endpoint.contains(char::is_whitespace) {
        put(&mut header, "destination", json!([{"endpoint": to.endpoint}]));
    }
    json!({
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": now,
        "entry": [
            {"fullUrl": format!("urn:uuid:{id}"), "resource": header},
            {"fullUrl": format!("{own_address}/OperationOutcome/outcome"), "resource": details},
        ],
    })
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
