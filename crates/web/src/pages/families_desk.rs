//! What the pages of the families' desk share: lists by deadline, the story of a matter, the day of receipt, refusals.

use askama::Template;
use axum::response::Response;
use directory::access::Permission;
use http::StatusCode;
use jiff::civil::Date;
use service::{FamilyError, FamilyStep, FamilyStepKind, SignedIn};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Posted};
use crate::frame::{Frame, Section, page};
use crate::state::AppState;

/// The names of the fields of a day of receipt.
pub(super) const RECEIVED: [&str; 3] = ["received_day", "received_month", "received_year"];

/// A day as it was typed.
#[derive(Default)]
pub(super) struct TypedDay {
    pub(super) day: String,
    pub(super) month: String,
    pub(super) year: String,
}

impl TypedDay {
    pub(super) fn take(posted: &mut Posted, names: &[&str; 3]) -> Self {
        let [day, month, year] = names.map(|name| posted.take(name));
        Self { day, month, year }
    }

    pub(super) fn of(day: Date) -> Self {
        Self { day: day.day().to_string(), month: day.month().to_string(), year: day.year().to_string() }
    }

    pub(super) fn read(&self) -> Option<Date> {
        format!("{:0>4}-{:0>2}-{:0>2}", self.year, self.month, self.day).parse().ok()
    }

    /// The day of receipt, or the fault told.
    pub(super) fn received(&self, faults: &mut Faults) -> Option<Date> {
        let read = self.read();
        if read.is_none() {
            faults.add("received_day", "Enter the day on which it was received, with day, month and year");
        }
        read
    }
}

/// A list of matters, those due first first.
#[derive(Template)]
#[template(path = "families_list.html")]
pub(super) struct ListTemplate {
    pub(super) frame: Frame,
    pub(super) says: &'static str,
    /// Where one is taken in, and the words of that button.
    pub(super) new: Option<(&'static str, &'static str)>,
    /// The other lists of the desk, and which of them this is.
    pub(super) lists: Vec<(&'static str, &'static str, bool)>,
    pub(super) about: &'static str,
    pub(super) rows: Vec<Row>,
    pub(super) received: Option<String>,
}

/// A line of a list.
pub(super) struct Row {
    pub(super) href: String,
    pub(super) reference: String,
    pub(super) about: String,
    pub(super) received: String,
    pub(super) deadline: String,
    pub(super) state: String,
    pub(super) open: bool,
    pub(super) overdue: bool,
}

/// What the query of a list says: the number of what was just taken in.
#[derive(serde::Deserialize)]
pub(crate) struct Taken {
    pub(super) received: Option<String>,
}

impl Taken {
    /// The number, where it has the form of one.
    pub(super) fn number(self) -> Option<String> {
        self.received.filter(|number| {
            number.len() == 9
                && number
                    .bytes()
                    .all(|byte| byte == b'-' || byte.is_ascii_digit() || byte.is_ascii_uppercase())
        })
    }
}

/// The lists of the desk that this person sees.
pub(super) fn lists(who: &SignedIn, current: &str) -> Vec<(&'static str, &'static str, bool)> {
    const ALL: [(&str, &str, Permission); 6] = [
        ("/subject-requests", "To see", Permission::AnswerFamilies),
        ("/disputes", "Disputes", Permission::AnswerFamilies),
        ("/complaints", "Complaints", Permission::AnswerFamilies),
        ("/subject-requests/protected", "To see: protected desk", Permission::DecideShield),
        ("/disputes/protected", "Disputes: protected desk", Permission::DecideShield),
        ("/complaints/protected", "Complaints: protected desk", Permission::DecideShield),
    ];
    let seen = ALL.iter().filter(|(_, _, asks)| who.may(*asks) && who.may(Permission::AnswerFamilies));
    seen.map(|&(href, text, _)| (href, text, href == current)).collect()
}

/// A step of a matter: what, by whom, when.
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) by: String,
    pub(super) at: String,
}

pub(super) fn steps(story: &[FamilyStep]) -> Vec<Step> {
    let step = |step: &FamilyStep| Step {
        what: step_words(step.kind),
        by: step.by.as_ref().map_or_else(|| "The service itself".to_owned(), |by| by.name.clone()),
        at: dates::long_instant(step.at),
    };
    story.iter().map(step).collect()
}

const fn step_words(kind: FamilyStepKind) -> &'static str {
    match kind {
        FamilyStepKind::TakenIn => "Taken in",
        FamilyStepKind::Verified => "Identity checked",
        FamilyStepKind::Extended => "Time extended",
        FamilyStepKind::CodeMade => "Code made for the channel",
        FamilyStepKind::ChannelVerified => "Code came back: channel verified",
        FamilyStepKind::ChannelChanged => "Channel changed",
        FamilyStepKind::Prepared => "Letter prepared",
        FamilyStepKind::Released => "Letter released",
        FamilyStepKind::SentBack => "Letter sent back",
        FamilyStepKind::Outdated => "What is held has changed: to be prepared again",
        FamilyStepKind::Taken => "Letter taken",
        FamilyStepKind::Delivered => "Letter delivered",
        FamilyStepKind::Reopened => "To be answered again: there is more to read than when it was answered",
        FamilyStepKind::Refused => "Refused",
        FamilyStepKind::Withdrawn => "Taken back",
        FamilyStepKind::SourcesAsked => "Sources asked",
        FamilyStepKind::Proposed => "Answer proposed",
        FamilyStepKind::ProposalVoid => "Answer void: whoever proposed it may not any more",
        FamilyStepKind::Closed => "Closed",
    }
}

pub(super) fn frame(state: &AppState, who: &SignedIn, title: &'static str, wrong: bool) -> Frame {
    Frame::of(state, who, Section::Families, title).with_faults(wrong)
}

pub(super) fn list(template: &ListTemplate) -> Result<Response, WebError> {
    page(StatusCode::OK, template)
}

pub(super) fn id_of(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}

/// An error that no field of a form can show.
pub(super) fn refused(error: FamilyError) -> WebError {
    match error {
        FamilyError::Forbidden => WebError::Forbidden,
        FamilyError::StepUpFirst(first) => first.into(),
        FamilyError::Service(fault) => fault.into(),
        _ => WebError::NotFound,
    }
}

/// What a person is told at a form about a step that was not taken; any other error is the page's.
pub(super) fn told(error: FamilyError) -> Result<String, WebError> {
    match error {
        FamilyError::Rule(_)
        | FamilyError::Dispute(_)
        | FamilyError::Outdated
        | FamilyError::NotRead
        | FamilyError::ProposerMayNot(_)
        | FamilyError::Changed => Ok(super::shields_words::capitalised(&error.to_string())),
        FamilyError::Day => Ok("Enter today or a day of the last three months".to_owned()),
        FamilyError::NoSuchChild => {
            Ok("No child has this number. Search for the child and check it against the record".to_owned())
        }
        FamilyError::NoSuchAccount => {
            Ok("Nobody here has this username. Look it up among the accounts, or leave it out".to_owned())
        }
        FamilyError::NoSuchRequest => {
            Ok("No request on your lists has this number. Look it up among the requests, or leave it out"
                .to_owned())
        }
        other => Err(refused(other)),
    }
}
