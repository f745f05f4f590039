//! Parents and carers: a Patient's contacts, and the RelatedPerson lines that follow the Patient.

use super::elements::{Element, elements, items, text_of};
use super::patient::{Child, PASSED, name_of, reached};
use super::{RowSink, Unread, each};
use crate::error::FileFault;

/// More carers than the columns have are counted as unattached.
const MOST: usize = 2;

/// Reads a RelatedPerson into the child it names, where that is the Patient just before it.
pub(super) fn read(
    resource: &[Element<'_>],
    child: Option<&mut Child>,
    sink: &mut impl RowSink,
) -> Result<(), FileFault> {
    let of = resource.iter().find(|element| element.name == "patient");
    let reference = match of {
        Some(of) => {
            let parts = elements(of.value)?;
            parts.iter().find(|part| part.name == "reference").map(|part| text_of(part.value)).transpose()?
        }
        None => None,
    };
    let names =
        |child: &Child| reference.as_deref().and_then(|r| r.strip_prefix("Patient/")) == Some(&child.id);
    match child {
        Some(child) if names(child) => person(resource, "RelatedPerson", child, sink),
        _ => {
            sink.unread(Unread::Unattached("RelatedPerson that does not follow its Patient"));
            Ok(())
        }
    }
}

/// Reads a contact of a Patient.
pub(super) fn contact(
    item: &str,
    path: &str,
    child: &mut Child,
    sink: &mut impl RowSink,
) -> Result<(), FileFault> {
    person(&elements(item)?, path, child, sink)
}

fn person(
    of: &[Element<'_>],
    path: &str,
    child: &mut Child,
    sink: &mut impl RowSink,
) -> Result<(), FileFault> {
    if child.carers >= MOST {
        sink.unread(Unread::Unattached("a third parent or carer"));
        return Ok(());
    }
    child.carers += 1;
    let columns = match child.carers {
        1 => [
            "carer_1_forenames",
            "carer_1_surname",
            "carer_1_relationship",
            "carer_1_telephone",
            "carer_1_email",
        ],
        _ => [
            "carer_2_forenames",
            "carer_2_surname",
            "carer_2_relationship",
            "carer_2_telephone",
            "carer_2_email",
        ],
    };
    let [given, family, relationship, telephone, email] = columns;
    let clinical = ["text", "contained", "extension", "modifierExtension", "communication"];
    let mut nested = Vec::new();
    each(of, path, &clinical, &PASSED, sink, |name, value| {
        match name {
            "name" | "telecom" | "relationship" => nested.push((name.to_owned(), value)),
            // Of a carer the directory holds the name and how to reach them (rule 1.7).
            "id" | "meta" | "identifier" | "patient" | "gender" | "birthDate" | "address"
            | "organization" => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    for (name, value) in nested {
        match name.as_str() {
            // A contact has one name, a RelatedPerson a list of them.
            "name" => {
                let first = if value.trim_start().starts_with('[') {
                    items(value)?.into_iter().next()
                } else {
                    Some(value)
                };
                if let Some(first) = first {
                    let name = name_of(first, &format!("{path}.name"), sink)?;
                    child.set(given, name.given);
                    child.set(family, name.family);
                }
            }
            "telecom" => {
                let found = reached(value, &format!("{path}.telecom"), sink)?;
                child.set(telephone, found.telephone);
                child.set(email, found.email);
            }
            _ => {
                if let Some(code) = relationship_of(value)? {
                    child.set(relationship, code.to_owned());
                }
            }
        }
    }
    Ok(())
}

/// The first code of the list (HL7 v3 RoleCode) that a feed knows; else `other`.
fn relationship_of(value: &str) -> Result<Option<&'static str>, FileFault> {
    let mut some = false;
    for concept in items(value)? {
        for part in elements(concept)?.iter().filter(|part| part.name == "coding") {
            for coding in items(part.value)? {
                some = true;
                for code in elements(coding)?.iter().filter(|part| part.name == "code") {
                    let known = match text_of(code.value)?.as_str() {
                        "MTH" | "NMTH" | "ADOPTM" | "STPMTH" => Some("mother"),
                        "FTH" | "NFTH" | "ADOPTF" | "STPFTH" => Some("father"),
                        "PRN" | "NPRN" => Some("parent"),
                        "GUARD" => Some("guardian"),
                        "FSTPRN" => Some("carer"),
                        _ => None,
                    };
                    if known.is_some() {
                        return Ok(known);
                    }
                }
            }
        }
    }
    Ok(some.then_some("other"))
}
