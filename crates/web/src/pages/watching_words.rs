//! What the pages of the watch call things.

use directory::watching::{Finding, Flag, Outcome, Refusal, Rule, Sanction, Severity, StepKind, Tier};

use crate::words::Choice;

/// What was noticed, in few words.
pub(crate) fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::OwnSurname => "Same surname as the user",
        Rule::OwnAddress => "Same address as the user",
        Rule::Colleague => "A colleague’s child",
        Rule::SearchesInAnHour => "Many searches in an hour",
        Rule::SearchesInADay => "Many searches in a day",
        Rule::RecordsInAnHour => "Many records in an hour",
        Rule::RecordsInADay => "Many records in a day",
        Rule::AboveOwnBaseline => "Far more use than usual",
        Rule::OutOfHours => "Use outside working hours",
        Rule::EmptySearches => "Many searches that found nobody",
        Rule::RefusedSearches => "Many searches that were too broad",
        Rule::NoInvolvement => "No involvement afterwards",
        Rule::ShieldedAgain => "A shielded record opened repeatedly",
        Rule::ShieldOverride => "A shield was overridden",
        Rule::SameStreet => "Different children of one street",
        Rule::SameSchool => "Different children of one school",
        Rule::SameSurname => "Different children of one surname",
        Rule::Alphabetical => "Names in alphabetical order",
        Rule::BirthDates => "Dates of birth in order",
        Rule::OneAfterAnother => "Results opened one after another",
        Rule::ConcurrentSessions => "Signed in twice at once",
        Rule::SignInFailures => "Repeated failures to sign in",
        Rule::Sample => "Random sample",
        Rule::Reported => "Concern about a sampled use",
        Rule::Hidden => "Something hidden is the user’s own, or does not bear them out",
        Rule::Withheld => "Asked for what their organisation sent and the sealed desk holds",
    }
}

/// What it means, and what to look at.
pub(crate) fn meaning(rule: Rule) -> &'static str {
    match rule {
        Rule::OwnSurname => {
            "The user opened a record, or asked for a name, with their own surname. It may be a coincidence. Looking at a relative’s record is a breach, even as a test."
        }
        Rule::OwnAddress => {
            "The user asked for their own address, or a child they found lives or has lived there. Ask what the need was."
        }
        Rule::Colleague => {
            "A carer of the child has the full name of somebody with an account at the same organisation. Check whether they are the same person, and whether the user had a need."
        }
        Rule::SearchesInAnHour | Rule::SearchesInADay | Rule::RecordsInAnHour | Rule::RecordsInADay => {
            "More than the limit set for this authority. Some posts need it, such as a contact centre; a trawl looks the same."
        }
        Rule::Hidden => {
            "A shielded child they found or opened lives or has lived at the user’s own address, or a carer whom the shield hides has their surname, or the name of a colleague; or days after they opened it nothing that the shield hides says that their organisation works with the child. Nobody at the user’s organisation is told. Ask what the need was, and say nothing of where the child is."
        }
        Rule::Withheld => {
            "The user asked for a child, or opened one, of whom their own organisation has sent something that waits at the sealed desk. Somebody who sends an invented child to a guessed address and then looks for it learns from its absence that the address is protected. A midwife who looks for a newborn does the same in good faith. Look at what was sent, and when. Say nothing to the organisation of why it waits."
        }
        Rule::AboveOwnBaseline => {
            "Several times what this person has done on an ordinary day of the last 4 weeks. Check for new duties, or for a session in other hands."
        }
        Rule::OutOfHours => "Use outside the hours set for this authority. Check the rota.",
        Rule::EmptySearches => {
            "Guessing looks like this, and so does poor information. Look at how the searches follow each other."
        }
        Rule::RefusedSearches => {
            "Many searches were refused because they were too broad, or found too many children. It may be a training need."
        }
        Rule::NoInvolvement => {
            "The record was opened, and the user’s organisation has still not been recorded as working with the child. Check the referral or the reason that was stated."
        }
        Rule::ShieldedAgain => {
            "The same shielded record was opened several times by this user. Somebody may be waiting for a shield to be lifted."
        }
        Rule::ShieldOverride => {
            "The user overrode a shield. An investigation has been opened, as it always is, and two people close it."
        }
        Rule::SameStreet | Rule::SameSchool | Rule::SameSurname => {
            "Different children with one thing in common were looked for. Work with a whole family or class looks like this; so does a search for somebody in hiding."
        }
        Rule::Alphabetical | Rule::BirthDates => {
            "The searches follow an order, as somebody does who reads a list out of the directory."
        }
        Rule::OneAfterAnother => {
            "Many results of one search were opened. A need is for one child, not for a list."
        }
        Rule::ConcurrentSessions => {
            "The account was signed in while another session was open. A log-in may be shared or stolen."
        }
        Rule::SignInFailures => {
            "Somebody failed to sign in to this account several times. Ask its holder whether it was them."
        }
        Rule::Sample => {
            "This use was drawn by chance. Nothing is suspected. Check that the reason stated fits the work."
        }
        Rule::Reported => {
            "A reviewer of a random sample had a concern about this use. Somebody else decides what comes of it."
        }
    }
}

/// How soon to look, and the colour of its tag.
pub(crate) fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::High => ("Today", "govuk-tag--red"),
        Severity::Medium => ("This week", "govuk-tag--yellow"),
        Severity::Low => ("Routine", "govuk-tag--grey"),
    }
}

pub(crate) fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::OwnSurname => "own surname",
        Flag::OwnAddress => "own address",
        Flag::AskersSurname => "surname of the colleague who asked",
        Flag::AskersAddress => "address of the colleague who asked",
        Flag::Colleague => "colleague’s child",
        Flag::Hidden => "hidden, and the user’s own",
        Flag::Withheld => "sent by their organisation, and held",
        Flag::Shielded => "shielded record",
        Flag::ShieldOverride => "shield overridden",
        Flag::AsManagement => "opened as management",
        Flag::OverrideRunning => "shown again under the override",
    }
}

pub(crate) fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Authority => "Local team",
        Tier::Central => "Central team",
    }
}

pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Explained => "Explained",
        Outcome::TrainingNeed => "Training need",
        Outcome::ProcedureBreach => "Breach of procedure",
        Outcome::MisuseSuspected => "Misuse suspected",
        Outcome::FalseAlarm => "False alarm",
    }
}

/// The choices of a decision, each with what follows from it.
pub(crate) fn outcomes(sample: bool) -> Vec<(Choice, &'static str)> {
    let hint = |outcome| match outcome {
        Outcome::Explained => "The use was right, and there is evidence of it.",
        Outcome::TrainingNeed => "Right in intent, wrong in manner.",
        Outcome::ProcedureBreach if sample => "Somebody else looks into it and decides.",
        Outcome::ProcedureBreach => "Opens an investigation. Looking up a relative to test counts as one.",
        Outcome::MisuseSuspected if sample => "Somebody else looks into it and decides.",
        Outcome::MisuseSuspected => {
            "Suspends the account at once, tells the line manager and opens an investigation."
        }
        Outcome::FalseAlarm => "The rule saw something that was not there. No evidence is needed.",
    };
    let choice = |&o: &Outcome| (Choice { code: o.code(), words: outcome(o).to_owned() }, hint(o));
    Outcome::ALL.iter().map(choice).collect()
}

pub(crate) fn step(step: StepKind) -> &'static str {
    match step {
        StepKind::Opened => "Opened",
        StepKind::TrailExamined => "Audit trail examined",
        StepKind::LineManagerTold => "Line manager told",
        StepKind::PersonHeard => "Person heard",
        StepKind::WitnessHeard => "Witness heard",
        StepKind::ReferredToEmployer => "Employer’s disciplinary procedure begun",
        StepKind::FamilyTold => "Family told",
        StepKind::RegulatorTold => "Data protection regulator told",
        StepKind::PoliceTold => "Police told",
        StepKind::AccountSuspended => "Account suspended",
        StepKind::Escalated => "Passed to the central team",
        StepKind::CloseProposed => "Finding proposed",
        StepKind::CloseRefused => "Finding not agreed",
        StepKind::CloseVoid => "Finding void: whoever proposed it may not any more",
        StepKind::Closed => "Closed",
    }
}

pub(crate) fn steps_by_hand() -> Vec<Choice> {
    let by_hand = StepKind::ALL.iter().copied().filter(|kind| kind.is_recorded_by_hand());
    by_hand.map(|kind| Choice { code: kind.code(), words: step(kind).to_owned() }).collect()
}

pub(crate) fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::NoMisuse => "No misuse",
        Finding::TrainingNeed => "Training need",
        Finding::ProcedureBreach => "Breach of procedure",
        Finding::Misuse => "Misuse",
        Finding::Inconclusive => "It cannot be told",
    }
}

pub(crate) fn findings() -> Vec<Choice> {
    Finding::ALL.iter().map(|&f| Choice { code: f.code(), words: finding(f).to_owned() }).collect()
}

pub(crate) fn sanction(sanction: Sanction) -> &'static str {
    match sanction {
        Sanction::None => "None",
        Sanction::Retraining => "Training again",
        Sanction::AccessWithdrawn => "Access withdrawn for good",
        Sanction::EmployerDiscipline => "Employer’s discipline",
        Sanction::DataProtection => "Referred under data protection law",
        Sanction::ComputerMisuse => "Referred under computer misuse law",
    }
}

pub(crate) fn sanctions() -> Vec<Choice> {
    Sanction::ALL.iter().map(|&s| Choice { code: s.code(), words: sanction(s).to_owned() }).collect()
}

/// Why an investigation was opened: a rule's code, an outcome's, or another part's.
pub(crate) fn because(code: &str) -> String {
    if let Some(known) = Rule::from_code(code) {
        return rule(known).to_owned();
    }
    if let Some(known) = Outcome::from_code(code) {
        return outcome(known).to_owned();
    }
    match code {
        "account_suspended_for_misuse" => "Account suspended for misuse".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What happened to an alert.
pub(crate) fn happening(code: &str) -> &'static str {
    match code {
        "claimed" => "Taken on",
        "released" => "Put back",
        "escalated" => "Passed to the central team",
        "escalated_by_age" => "Passed to the central team because nobody had decided it",
        "decided" => "Decided",
        _ => "Changed",
    }
}

/// Why a person may not decide, to that person.
pub(crate) fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Own => "This is about you, so somebody else decides it.",
        Refusal::Named => "You named this person, or agreed to what they did, so somebody else decides it.",
        Refusal::SamePerson => "You proposed this finding, so somebody else confirms it.",
        Refusal::OwnOrganisation => {
            "This person works for an organisation of yours, or holds a role there. The override of a shield is investigated by somebody outside it."
        }
        Refusal::SameTeam => {
            "This person works for your organisation. Samples are reviewed by somebody of another team."
        }
    }
}

/// What was counted, in the order of the page: measure and heading.
pub(crate) const RATES: [(&str, &str); 6] = [
    ("alerts", "Noticed"),
    ("alerts_decided", "Decided"),
    ("alerts_escalated", "Passed on"),
    ("samples_drawn", "Samples drawn"),
    ("samples_reviewed", "Samples reviewed"),
    ("samples_of_concern", "Samples of concern"),
];
