//! Tracing what comes out back to the field it belongs to.

use super::field::Field;
use super::viewpoint::GIVEN_FOR_THE_ASKER;
use serde_json::Value;
use std::collections::BTreeSet;

/// The fields of which something stands anywhere in the value, or the first thing that belongs to no field.
pub fn seen(value: &Value) -> Result<BTreeSet<Field>, String> {
    let mut fields = BTreeSet::new();
    for (key, leaf) in leaves(value) {
        match claim(&key, &leaf) {
            Claim::Of(field) => {
                fields.insert(field);
            }
            Claim::SaysNothing => {}
            Claim::Unknown => return Err(format!("{key}: {leaf}")),
        }
    }
    Ok(fields)
}

enum Claim {
    Of(Field),
    /// A tag that only says how to read what stands beside it.
    SaysNothing,
    Unknown,
}

fn claim(key: &str, leaf: &str) -> Claim {
    match (key, leaf) {
        (_, "null")
        | ("lead" | "archived", "false")
        | ("use", "current" | "alias" | "former")
        | ("kind", "current" | "school" | "nhs_number" | "upn" | "birth_registration" | "child_benefit")
        | ("responsibility", "yes") => Claim::SaysNothing,
        ("telephone", GIVEN_FOR_THE_ASKER) => Claim::SaysNothing,
        ("lead", "true") => Claim::Of(Field::LeadProfessional),
        ("youngest" | "oldest", "10") => Claim::Of(Field::DateOfBirth),
        ("waiting", "1") => Claim::Of(Field::Waiting),
        _ => Field::ALL
            .into_iter()
            .find(|field| field.values().contains(&leaf))
            .map_or(Claim::Unknown, Claim::Of),
    }
}

/// Every value that is not itself made of values, with the key it stands under. What is empty says nothing.
pub fn leaves(value: &Value) -> Vec<(String, String)> {
    fn walk(key: &str, value: &Value, into: &mut Vec<(String, String)>) {
        match value {
            Value::Object(object) => object.iter().for_each(|(key, value)| walk(key, value, into)),
            Value::Array(array) => array.iter().for_each(|value| walk(key, value, into)),
            Value::String(text) => into.push((key.to_owned(), text.clone())),
            other => into.push((key.to_owned(), other.to_string())),
        }
    }
    let mut found = Vec::new();
    walk("", value, &mut found);
    found
}

/// Every key that stands anywhere in it, under the key it is part of: `contact.email`. A source's `value` is passed over.
pub fn keys(value: &Value) -> BTreeSet<String> {
    fn walk(above: &str, value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    if !above.is_empty() {
                        into.insert(format!("{above}.{key}"));
                    }
                    walk(if key == "value" { above } else { key }, value, into);
                }
            }
            Value::Array(array) => array.iter().for_each(|value| walk(above, value, into)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk("", value, &mut found);
    found
}
