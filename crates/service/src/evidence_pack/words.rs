//! What a pack calls what it counts.

/// The measures of use, in the order of their table.
pub(super) const USE: [&str; 8] = [
    "active_users",
    "sign_ins",
    "searches",
    "empty_searches",
    "searches_refused",
    "records_opened",
    "out_of_hours",
    "overrides",
];

/// The measures of alerts.
pub(super) const ALERTS: [&str; 8] = [
    "alerts",
    "alerts_decided",
    "alert_explained",
    "alert_training_need",
    "alert_procedure_breach",
    "alert_misuse_suspected",
    "alert_false_alarm",
    "alerts_escalated",
];

/// The measures of investigations and samples.
pub(super) const INVESTIGATIONS: [&str; 5] =
    ["investigations", "investigations_closed", "samples_drawn", "samples_reviewed", "samples_of_concern"];

/// Where an organisation's accreditation stands.
pub(super) const ORGANISATIONS: [&str; 5] =
    ["accredited", "accredited_due", "expired", "suspended", "withdrawn"];

/// The states of an accreditation.
pub(super) const ACCREDITATIONS: [&str; 7] =
    ["draft", "submitted", "assessed", "granted", "refused", "suspended", "superseded"];

/// What was counted, in words.
pub(super) fn of(code: &str) -> String {
    let said = match code {
        "active_users" => "People who signed in",
        "sign_ins" => "Sign-ins",
        "searches" => "Searches",
        "empty_searches" => "Searches that found nobody",
        "searches_refused" => "Searches refused",
        "records_opened" => "Records opened",
        "out_of_hours" => "Searches and records out of hours",
        "overrides" => "Overrides of a shield",
        "alerts" => "Alerts raised",
        "alerts_decided" => "Alerts decided",
        "alerts_escalated" => "Alerts passed to the central team",
        "alert_explained" => "Decided as explained",
        "alert_training_need" => "Decided as a training need",
        "alert_procedure_breach" => "Decided as a breach of procedure",
        "alert_misuse_suspected" => "Decided as suspected misuse",
        "alert_false_alarm" => "Decided as a false alarm",
        "investigations" => "Investigations opened",
        "investigations_closed" => "Investigations closed",
        "samples_drawn" => "Record views drawn for review",
        "samples_reviewed" => "Record views reviewed",
        "samples_of_concern" => "Record views reviewed and of concern",
        "clearances_ended" => "Clearances ended",
        "clearances_due" => "Clearances ending soon",
        "training_ended" => "Training ended",
        "training_due" => "Training ending soon",
        "family_letters" => "Letters delivered to families",
        "disputes_closed" => "Disputes closed",
        "complaints_closed" => "Complaints closed",
        "accredited" => "Accredited",
        "accredited_due" => "Accredited, ending soon",
        other => return capitalised(other),
    };
    said.to_owned()
}

/// A count as tables say it.
pub(super) fn count(count: Option<u64>) -> String {
    let Some(count) = count else { return "under 10".to_owned() };
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn capitalised(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
