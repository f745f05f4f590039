//! The answer to a family that asks what is held (rules 14.4, 14.5): first what is told, then the letter that tells it. Both
//! are pure, so that two letters can be laid beside each other: what a requester may not know changes no byte of theirs.

mod decision;
mod history;
mod sections;

pub use decision::ShieldOutcome;
pub use history::{Access, AccessDepth, AccessHistory, AccessLine, AccessMonth, Seen};

use crate::child_record::ChildRecord;
use crate::disclosure::{Disclosure, Purpose, Requester, SpecialView, SubjectView, Viewer, disclose};
use crate::families::LetterExemption;
use crate::vocabulary::Vocabulary;
use jiff::civil::Date;
use serde::Serialize;

/// On what terms a letter is prepared: what one person chooses, and another agrees to with the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterTerms {
    /// How much of who looked is told.
    pub depth: AccessDepth,
    /// Why more is left out, where more is. Of a record computed from what that
    /// [leaves](LetterExemption::leaves).
    pub exemption: Option<LetterExemption>,
}

impl From<AccessDepth> for LetterTerms {
    fn from(depth: AccessDepth) -> Self {
        Self { depth, exemption: None }
    }
}

/// What is told to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubjectAnswer {
    /// The record as they may see it; nothing where nothing can be told, whatever the cause.
    pub record: Option<Box<SubjectView>>,
    /// Who looked.
    pub history: AccessHistory,
    /// The day as of which it is told.
    pub on: Date,
}

impl SubjectAnswer {
    /// What is told of `record` on the day `on` to `requester`. `accesses` are those of practitioners, in any order. A record
    /// that is not there, is held or sealed, or is an adult's of whom another asks, is told in one way: nothing.
    #[must_use]
    pub fn of(
        record: Option<&ChildRecord>,
        requester: &Requester,
        accesses: &[Access],
        terms: LetterTerms,
        on: Date,
    ) -> Self {
        let nothing = Self { record: None, history: AccessHistory::default(), on };
        let Some(record) = record else { return nothing };
        let viewer = Viewer::Subject(requester.clone());
        let Disclosure::Special(SpecialView::Subject(view)) =
            disclose(record, &viewer, Purpose::OpenRecord, on)
        else {
            return nothing;
        };
        let own = *requester == Requester::YoungPerson;
        // To a carer a shielded child's letter reads as if nothing but the name were held: who looked would say what sort of
        // help the child has, and that there is any. Of an enquiry every opening tells: schools and doctors are asked too.
        let hidden = record.profile().is_shielded() || terms.exemption.is_some();
        let history = if hidden && !own {
            AccessHistory::default()
        } else {
            AccessHistory::of(
                accesses,
                if own { terms.depth } else { AccessDepth::SectorAndMonth },
                &named_in(&view),
            )
        };
        Self { record: Some(view), history, on }
    }
}

/// The organisations whose working with the child the answer names already.
fn named_in(view: &SubjectView) -> Vec<&str> {
    let services = view.involvements.iter().chain(&view.archived_involvements);
    let services = services.filter_map(|it| it.value.organisation.as_ref());
    let own = view.sensitive.iter().filter_map(|it| it.value.organisation.as_ref());
    let schools = view.education.iter().filter_map(|it| match &it.value.setting {
        crate::source_record::Setting::School { name, .. } => Some(name),
        _ => None,
    });
    let practices = view.practices.iter().map(|it| &it.value.name);
    services.chain(own).chain(schools).chain(practices).map(crate::line::Line::as_str).collect()
}

/// A letter: everything that stands in it, in order. HTML and PDF are made of this and of nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// Its title.
    pub title: String,
    /// The number under which the office keeps the request.
    pub reference: String,
    /// Its day.
    pub on: Date,
    /// The parts, in order.
    pub sections: Vec<LetterSection>,
}

/// A part of a letter: what is said, and what is listed under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetterSection {
    /// Its heading.
    pub heading: String,
    /// What is said.
    pub says: Vec<String>,
    /// What is listed.
    pub rows: Vec<LetterRow>,
}

/// A listed item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LetterRow {
    /// What it is.
    pub what: String,
    /// What is held, line by line.
    pub lines: Vec<String>,
    /// Who gave it, where that is told.
    pub source: Option<String>,
}

impl Letter {
    /// The letter of an answer.
    #[must_use]
    pub fn of(answer: &SubjectAnswer, reference: &str, words: &Vocabulary) -> Self {
        Self {
            title: "What is held about you or your child".to_owned(),
            reference: reference.to_owned(),
            on: answer.on,
            sections: sections::all(answer, words),
        }
    }

    /// What stands at the end of every letter, and on the page where a dispute is closed: the same words for everybody,
    /// whatever is held (rule 14.5).
    #[must_use]
    pub const fn standing_words() -> [&'static str; 2] {
        sections::LEFT_OUT
    }
}
