//! What the matcher left open (rule 10.10): a record that may be of a known child, or that fits records which people keep apart.
//! A case is of the authority whose source sent the record. One that names a child who is protected since stands in no ordinary
//! queue any more (`queues`); here it is as if it had never been asked.

use audit::{Action, Detail, DisclosureDetail, ExportDetail};
use directory::access::Permission;
use directory::disclosure::{MatchingView, RecordView};
use directory::{ChildNumber, accountable_authority};
use linkage::FieldEvidence;
use store::reviews::{self, Desk as ReviewDesk, ReviewRow, ReviewState};
use store::source_records;
use uuid::Uuid;

use super::JoinError;
use super::comparing::{PartRecord, part_records};
use super::eligible::Desk;
use super::queues::Question;
use crate::records::OpenChild;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// How many cases are listed together of each authority.
const LISTED_CASES: usize = 500;

/// A line of the list of open cases. It names no child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLine {
    /// The case.
    pub id: Uuid,
    /// The month since which it waits, `YYYY-MM`.
    pub since: String,
}

/// A child the record may be of.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewCandidate {
    /// Its place in the case, by which an answer names it.
    pub place: usize,
    /// Its number.
    pub number: ChildNumber,
    /// What its records say.
    pub records: Vec<PartRecord>,
    /// The probability with which the matcher asked; none where the record only came near it.
    pub probability: Option<f64>,
    /// Why, field by field (law 12).
    pub evidence: Vec<FieldEvidence>,
}

/// A case, opened.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewView {
    /// Its line.
    pub line: ReviewLine,
    /// The number under which the record stands now.
    pub number: Option<ChildNumber>,
    /// What it and the records that joined it say; nothing while it cannot be read.
    pub records: Vec<PartRecord>,
    /// The children it may be of and about which this person decides.
    pub candidates: Vec<ReviewCandidate>,
    /// It fits records that people keep apart.
    pub bridges: bool,
}

/// What a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewAnswer {
    /// It is the child at this place.
    Link(usize),
    /// It is somebody new; the matcher may think so again of a later record.
    New,
    /// It is not the child at this place, and nothing of either is ever joined.
    KeepApart(usize),
}

/// A case that waits, with the records about which this person may decide.
pub(super) struct Case {
    pub(super) row: ReviewRow,
    question: Question,
    /// The child under which the record stands.
    pub(super) own: Option<OpenChild>,
    /// By their places.
    pub(super) candidates: Vec<(usize, OpenChild)>,
}

impl Case {
    fn line(&self) -> ReviewLine {
        ReviewLine { id: self.row.review_id, since: self.row.opened_month.clone() }
    }
}

impl Directory {
    /// The cases of the person's authority that wait, the oldest first. The entry is durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`JoinError::Forbidden`] or the system's.
    pub async fn open_reviews(&self, who: &SignedIn) -> Result<Vec<ReviewLine>, JoinError> {
        self.may_join_records(who, Permission::ReviewMatches).await?;
        let mut rows: Vec<ReviewRow> = Vec::new();
        for authority in authorities_of(who) {
            rows.extend(self.ordinary_cases(&authority, LISTED_CASES).await?);
        }
        rows.sort_by(|a, b| (&a.opened_month, a.review_id).cmp(&(&b.opened_month, b.review_id)));
        rows.dedup_by_key(|row| row.review_id);
        let detail = ExportDetail { what: "reviews".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::RegisterRead, Detail::Export(detail)).by(who)).await?;
        let line = |row: ReviewRow| ReviewLine { id: row.review_id, since: row.opened_month };
        Ok(rows.into_iter().map(line).collect())
    }

    /// Opens a case. The entry is that of any record opened, and durable before this returns.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn open_review_case(
        &self,
        who: &Reasoned,
        id: Uuid,
    ) -> Result<Disclosed<ReviewView>, JoinError> {
        let person = who.who();
        let case = self.review_case(person, id).await?;
        let sources = self.sources().await?;
        // One entry a child, and none names two.
        let mut events = Vec::new();
        let own = match &case.own {
            Some(open) => {
                let seen = self.seen_for_matching(open, &sources)?;
                events.extend(seen.iter().map(|_| viewed(person, Some(open.row.child_id))));
                seen
            }
            None => None,
        };
        let mut candidates = Vec::new();
        for (place, open) in &case.candidates {
            let Some(seen) = self.seen_for_matching(open, &sources)? else { continue };
            events.push(viewed(person, Some(open.row.child_id)));
            let asked = case.question.asked.get(*place);
            candidates.push(ReviewCandidate {
                place: *place,
                number: seen.number.clone(),
                records: part_records(seen),
                probability: asked.map(|asked| asked.probability),
                evidence: asked.map(|asked| asked.evidence.fields.clone()).unwrap_or_default(),
            });
        }
        let view = ReviewView {
            line: case.line(),
            number: own.as_ref().map(|seen| seen.number.clone()),
            records: own.map(part_records).unwrap_or_default(),
            candidates,
            bridges: case.question.bridges,
        };
        if events.is_empty() {
            events.push(viewed(person, None));
        }
        let receipt = self.record_all(events).await?;
        Ok(Disclosed::after_audit(view, *who.reason(), receipt))
    }

    /// A case that waits and that this person reaches.
    pub(super) async fn review_case(&self, who: &SignedIn, id: Uuid) -> Result<Case, JoinError> {
        self.may_join_records(who, Permission::ReviewMatches).await?;
        let row = reviews::by_id(&mut self.store.reader().await?, id).await?;
        let theirs = authorities_of(who);
        let reached = row.filter(|row| {
            row.desk == ReviewDesk::Authority
                && row.state == ReviewState::Open
                && theirs.contains(&row.authority)
        });
        let asking = match reached {
            Some(row) => self.in_the_ordinary_queue(row).await?,
            None => None,
        };
        let Some((row, question)) = asking else {
            return self.not_joined(who, "not_within_reach", JoinError::NotFound).await;
        };
        let own = self.child_of_record(Desk::Authority, &question).await?;
        let candidates = self.candidates_of(Desk::Authority, &question, own.as_ref()).await?;
        Ok(Case { row, question, own, candidates })
    }

    /// The child under which the record of a case stands, if it is one about which the desk decides.
    pub(super) async fn child_of_record(
        &self,
        desk: Desk,
        question: &Question,
    ) -> Result<Option<OpenChild>, ServiceError> {
        let record = question.record;
        let found = source_records::by_ids(&mut self.store.reader().await?, &[record]).await?.pop();
        let linked = found.and_then(|found| found.child_id).unwrap_or(question.child);
        self.decidable_child(desk, linked).await
    }

    /// The children it may be of and about which the desk decides, by their places. What was joined meanwhile is settled.
    pub(super) async fn candidates_of(
        &self,
        desk: Desk,
        question: &Question,
        own: Option<&OpenChild>,
    ) -> Result<Vec<(usize, OpenChild)>, ServiceError> {
        let mut candidates: Vec<(usize, OpenChild)> = Vec::new();
        for (place, candidate) in question.candidates().into_iter().enumerate() {
            let Some(open) = self.decidable_child(desk, candidate).await? else { continue };
            let known = candidates.iter().map(|(_, known)| known).chain(own);
            if !known.map(|known| known.row.child_id).any(|known| known == open.row.child_id) {
                candidates.push((place, open));
            }
        }
        Ok(candidates)
    }
}

/// The authorities whose cases a person sees, and the queue of those nobody answers for yet (rule 5.7).
fn authorities_of(who: &SignedIn) -> Vec<String> {
    let held = who.roles().iter().filter(|held| held.gives(Permission::ReviewMatches));
    let mut found: Vec<String> = held.filter_map(|held| held.at.authority.clone()).collect();
    if !found.is_empty() {
        found.push(accountable_authority::NATIONAL.to_owned());
    }
    found.sort();
    found.dedup();
    found
}

fn viewed(who: &SignedIn, child: Option<Uuid>) -> Event {
    let detail = DisclosureDetail {
        child,
        fields_shown: child.map(|_| MatchingView::FIELDS.map(str::to_owned).to_vec()).unwrap_or_default(),
        flags: vec![super::comparing::MATCHING.to_owned()],
        ..DisclosureDetail::default()
    };
    let event = Event::new(Action::RecordViewed, Detail::Disclosure(detail)).by(who);
    let event = event.showing(RecordView::FIELDS);
    match child {
        Some(child) => event.about(child),
        None => event,
    }
}
