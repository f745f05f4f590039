//! The trail in words.

use audit::Action;
use directory::access::{ArchiveReason, OverrideReason, Reason};
use service::BodyFact;

use crate::words::Words;

/// What was done.
pub(super) fn action(action: Action) -> String {
    let said = match action {
        Action::SignIn => "Signed in",
        Action::SignInFailed => "Sign-in refused",
        Action::SignOut => "Signed out",
        Action::ReasonStated => "Stated a reason",
        Action::Search => "Searched for a child",
        Action::SearchRefused => "Search refused",
        Action::RecordViewed => "Opened a record",
        Action::RecordRefused => "Record not shown",
        Action::Load => "Loaded records",
        Action::RecordChanged => "Changed a record",
        Action::AccountChanged => "Made or changed an account",
        Action::OrganisationChanged => "Changed an organisation",
        Action::SourceChanged => "Changed a source",
        Action::ReviewDecided => "Decided a match",
        Action::AuditRead => "Read the audit trail",
        Action::AccountsRead => "Looked at accounts",
        Action::OrganisationsRead => "Looked at organisations",
        Action::AlertsRead => "Looked at alerts",
        Action::AlertDecided => "Took on or decided an alert",
        Action::InvestigationChanged => "Worked on an investigation",
        Action::Mediation => "Looked up for a colleague",
        Action::DisclosureRegistered => "Worked on the disclosure register",
        Action::RegisterRead => "Looked at the disclosure register",
        Action::ShieldsRead => "Looked at the list of the shield desk",
        Action::BrokeringChanged => "Took a step with a request to be put in touch",
        Action::BrokeringRead => "Looked at requests to be put in touch",
        Action::FamilyMatterChanged => "What a family asked was worked on",
        Action::FamilyMattersRead => "Looked at what families ask",
        Action::Export => "Took an export",
        Action::System => "The service itself",
    };
    said.to_owned()
}

/// A fact of an entry's body: what it is, and what it says.
pub(super) fn fact(words: &Words, fact: &BodyFact) -> (String, String) {
    let said = |label: &str, value: String| (label.to_owned(), value);
    let reason = |code: &str| {
        Reason::from_code(code).map_or_else(|| coded(code), |reason| words.reason(reason).to_owned())
    };
    let vocabulary = words.vocabulary();
    match fact {
        BodyFact::Outcome(code) => said("Outcome", coded(code)),
        BodyFact::Username(name) => said("Username typed", name.clone()),
        BodyFact::Address(address) => said("Network address", address.clone()),
        BodyFact::Reason(code, None) => said("Reason stated", reason(code)),
        BodyFact::Reason(code, Some(previous)) => {
            said("Reason stated", format!("{} (before: {})", reason(code), reason(previous)))
        }
        BodyFact::Criterion(field, Some(value)) => {
            said(&format!("Searched by {}", lower(field)), value.clone())
        }
        BodyFact::Criterion(field, None) => {
            said(&format!("Searched by {}", lower(field)), "Not shown to your role".to_owned())
        }
        BodyFact::Found(count) => said("Children shown", count.to_string()),
        BodyFact::Child(number) => said("Child number", number.clone()),
        BodyFact::ChildWithoutNumber => said("Child number", "No longer held".to_owned()),
        BodyFact::Refused(code) => said("Not shown because", coded(code)),
        BodyFact::Change(code) => said("What was done", coded(code)),
        BodyFact::RecordChanged => {
            said("What was done", "A record was changed. Which and how is not shown here.".to_owned())
        }
        BodyFact::AsManagement => said("Opened", "As management".to_owned()),
        BodyFact::ShieldOverridden(code) => {
            let why = OverrideReason::from_code(code);
            said(
                "Shield overridden",
                why.map_or_else(|| coded(code), |why| vocabulary.override_reason(why).to_owned()),
            )
        }
        BodyFact::FromArchive(code) => {
            let why = ArchiveReason::from_code(code);
            said(
                "Opened from the archive",
                why.map_or_else(|| coded(code), |why| vocabulary.archive_reason(why).to_owned()),
            )
        }
        BodyFact::Reference(id) => said("Reference", id.to_string()),
        BodyFact::Fields(fields) => said("Fields", listed(fields)),
        BodyFact::Account(account) => said("Account", format!("{} ({})", account.name, account.username)),
        BodyFact::Source(source) => said("Source", source.clone()),
        BodyFact::Rows([read, accepted, unchanged, updated, set_aside]) => said(
            "Rows",
            format!(
                "{read} read, {accepted} accepted, {unchanged} unchanged, {updated} updated, {set_aside} set aside"
            ),
        ),
        BodyFact::Read(code) => said("What was read", coded(code)),
    }
}

/// Codes as a list in words.
pub(super) fn listed(codes: &[String]) -> String {
    capitalised(&codes.iter().map(|code| lower(code)).collect::<Vec<_>>().join(", "))
}

fn coded(code: &str) -> String {
    capitalised(&lower(code))
}

fn lower(code: &str) -> String {
    code.replace('_', " ").replace(':', ": ")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
