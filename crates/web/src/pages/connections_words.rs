//! The words of the pages about connections and products.

use std::collections::BTreeMap;

use directory::connecting::{
    CredentialKind, Missing, ProductState, RefusedType, StoppedBecause, Tried, WayIn,
};
use service::ConnectingError;

use super::accounts_words::sentence;
use crate::error::WebError;
use crate::words::Choice;

/// What is told about an act that was not done; an error of the page where it is none that the person can mend.
pub(super) fn told(error: ConnectingError) -> Result<String, WebError> {
    match error {
        ConnectingError::Forbidden => Err(WebError::Forbidden),
        ConnectingError::NotFound => Err(WebError::NotFound),
        ConnectingError::StepUpFirst(first) => Err(first.into()),
        ConnectingError::Service(fault) => Err(fault.into()),
        other => Ok(sentence(&other.to_string())),
    }
}

/// What is missing, as a sentence.
pub(super) fn missing(step: Missing) -> String {
    sentence(step.words())
}

pub(super) fn way(way: WayIn) -> &'static str {
    match way {
        WayIn::Files => "Files",
        WayIn::Json => "JSON messages",
        WayIn::Fhir => "FHIR messages",
        WayIn::Hl7 => "HL7 messages",
    }
}

/// A way of sending in the middle of a sentence.
pub(super) fn sends(sent: WayIn) -> &'static str {
    match sent {
        WayIn::Files => "files",
        other => way(other),
    }
}

/// Several of them in one cell.
pub(super) fn ways(ways: impl IntoIterator<Item = WayIn>) -> String {
    ways.into_iter().map(way).collect::<Vec<_>>().join(", ")
}

/// Ways of sending, each with the profiles by which it was tried, and files with their format where the test said it.
pub(super) fn tried<'a>(tried: impl IntoIterator<Item = &'a Tried>) -> String {
    let mut by_way: BTreeMap<WayIn, Vec<String>> = BTreeMap::new();
    for one in tried {
        let said = match service::format_of_files(one) {
            Some(format) => format!("{} in {format}", one.profile),
            None => one.profile.clone(),
        };
        by_way.entry(one.way).or_default().push(said);
    }
    let ways = by_way.into_iter().map(|(of, profiles)| format!("{} ({})", way(of), profiles.join(", ")));
    ways.collect::<Vec<_>>().join("; ")
}

pub(super) fn credential(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ClientCertificate => "Client certificate",
        CredentialKind::SigningKey => "Signing key (Ed25519)",
    }
}

/// A credential in the middle of a sentence.
pub(super) fn credential_noun(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ClientCertificate => "client certificate",
        CredentialKind::SigningKey => "signing key",
    }
}

pub(super) fn credentials() -> Vec<Choice> {
    let choice = |kind: &CredentialKind| Choice { code: kind.code(), words: credential(*kind).to_owned() };
    CredentialKind::ALL.iter().map(choice).collect()
}

/// Where a product stands, and the colour of its tag; the words say the same.
pub(super) fn state(state: ProductState, ended: bool) -> (&'static str, &'static str) {
    match state {
        ProductState::Registered => ("Not tested", "govuk-tag--grey"),
        ProductState::Tested => ("Waits for a decision", "govuk-tag--yellow"),
        ProductState::Granted if ended => ("Accreditation ended", "govuk-tag--red"),
        ProductState::Granted => ("Accredited", "govuk-tag--green"),
        ProductState::Refused => ("Not accredited", "govuk-tag--red"),
        ProductState::Withdrawn => ("Withdrawn", "govuk-tag--red"),
    }
}

pub(super) fn refusal(why: RefusedType) -> &'static str {
    match why {
        RefusedType::ReportDoesNotFit => "The report is not of this product or version",
        RefusedType::DoesNotConform => "The product does not do what its way of sending asks for",
        RefusedType::NotMaintained => "Nobody answers for its maintenance",
    }
}

pub(super) fn refusals() -> Vec<Choice> {
    RefusedType::ALL.iter().map(|why| Choice { code: why.code(), words: refusal(*why).to_owned() }).collect()
}

pub(super) fn stop(why: StoppedBecause) -> &'static str {
    match why {
        StoppedBecause::SendsWrongly => "It sent what may not be sent, or sent it wrongly",
        StoppedBecause::SecurityIncident => "Its credentials or its system are no longer safe",
        StoppedBecause::NoLongerMaintained => "Its supplier no longer keeps it up",
        StoppedBecause::NoLongerUsed => "It is no longer used",
        StoppedBecause::OwnRequest => "Whoever runs it asked for it",
    }
}

pub(super) fn stops() -> Vec<Choice> {
    StoppedBecause::ALL.iter().map(|why| Choice { code: why.code(), words: stop(*why).to_owned() }).collect()
}

/// What of a pilot file is below its threshold.
pub(super) fn below(name: &str) -> String {
    match name {
        "overall" => "the score of the whole".to_owned(),
        "duplicates" => "the share of records that come twice".to_owned(),
        "quarantined" => "the share of rows that a load would put aside".to_owned(),
        "forbidden" => "something that may not be in a file".to_owned(),
        "header" => "the headers of columns that are not called as they should be".to_owned(),
        "missing" => "the columns that a file lacks".to_owned(),
        "unattached" => "the resources that belong to no child of the file".to_owned(),
        "unread" => "a file that could not be read to its end".to_owned(),
        column => format!("the column {column}"),
    }
}

/// How a digest begins, enough to tell files apart.
pub(super) fn short_digest(digest: &str) -> String {
    format!("{} \u{2026}", grouped_digest(digest.get(..16).unwrap_or(digest)))
}

/// A digest in groups, so that it can be read out and compared.
pub(super) fn grouped_digest(digest: &str) -> String {
    let digits: Vec<char> = digest.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
