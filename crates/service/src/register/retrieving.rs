//! The archive once its first year is over (rules 4.3, 12.10): a disclosure that two managers proposed and approved in the
//! register is retrieved by the supplier's operator, who sees no child, and opened by who asked, once and within a day.

use audit::{Action, Detail, DisclosureDetail, ReasonDetail};
use directory::AuthorityCode;
use directory::access::{ArchiveReason, DangerousAct, Permission};
use directory::disclosure::{ArchiveView, Disclosure, ManagementView, Purpose, SpecialView, Viewer};
use directory::register::{LegalBasis, Reference, RegisterRule, ReleasedItem};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::disclosure_register::{self as rows, RegisterRow};
use uuid::Uuid;

use super::{Content, NEWEST, RegisterError, decided, instant, reaches, read_event, step_event};
use crate::archive::FROM_ARCHIVE;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// A disclosure that waits for the operator, or that they retrieved. It names no child and nobody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrievalLine {
    /// The entry of the register.
    pub entry: Uuid,
    /// The code of the authority that asks.
    pub authority: String,
    /// For which purpose.
    pub basis: LegalBasis,
    /// The number under which the evidence is kept.
    pub reference: Reference,
    /// When it was approved.
    pub approved_at: Timestamp,
    /// Until when who asked can open what was retrieved; none while it waits.
    pub open_until: Option<Timestamp>,
}

/// A retrieved record, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrievedRecord {
    /// The record.
    pub view: ArchiveView,
    /// For which purpose it was asked for.
    pub basis: LegalBasis,
}

/// How far a retrieval has come, as the entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetrievalStage {
    /// The operator has not retrieved it, or what they retrieved was not opened in time.
    Waits,
    /// It can be opened until then, by who asked.
    Open(Timestamp),
    /// It was opened.
    Opened(Timestamp),
}

/// What the operator did, and what came of it. Microseconds UTC.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Retrieval {
    by: Uuid,
    at: i64,
    opened: Option<i64>,
}

impl Retrieval {
    /// When anything was last done about it.
    pub(super) fn last_step(&self) -> i64 {
        self.opened.unwrap_or(self.at)
    }
}

impl Directory {
    /// The approved disclosures that ask for the late archive and were not opened yet, of the authorities this operator serves.
    ///
    /// # Errors
    ///
    /// [`RegisterError`]. The reading is an entry before anything is shown.
    pub async fn archive_retrievals(&self, who: &SignedIn) -> Result<Vec<RetrievalLine>, RegisterError> {
        if !who.may(Permission::RetrieveFromArchive) {
            return Err(RegisterError::Forbidden);
        }
        let mut conn = self.store.reader().await?;
        let mut found = Vec::new();
        for (_, authority) in self.authorities(&mut conn, who, Permission::RetrieveFromArchive).await? {
            let newest = (i64::MAX, Uuid::max());
            let approved = rows::RegisterState::Approved;
            found.extend(rows::of_authority(&mut conn, &authority, approved, newest, NEWEST).await?);
        }
        drop(conn);
        let mut lines = Vec::new();
        for (row, content) in self.open_entries(found).await? {
            let waits = decided(&row, &content).retrieve(content.basis, who.account, row.decided_by).is_ok();
            let stage = self.retrieval_stage(&content);
            if !waits || matches!(stage, Some(RetrievalStage::Opened(_))) {
                continue;
            }
            lines.push(RetrievalLine {
                entry: row.register_id,
                authority: row.authority.clone(),
                basis: content.basis,
                reference: content.reference,
                approved_at: instant(row.decided_at.unwrap_or(row.opened_at)),
                open_until: match stage {
                    Some(RetrievalStage::Open(until)) => Some(until),
                    _ => None,
                },
            });
        }
        lines.sort_by_key(|line| (line.approved_at, line.entry));
        self.record(read_event(who, "archive_retrievals", None)).await?;
        Ok(lines)
    }

    /// Retrieves what was asked for: who asked can open it from now on, for a while and once. The operator is told nothing of
    /// it, not even whether there is such a record.
    ///
    /// # Errors
    ///
    /// [`RegisterError`].
    pub async fn retrieve_from_archive(&self, who: &SignedIn, entry: Uuid) -> Result<(), RegisterError> {
        if !who.may(Permission::RetrieveFromArchive) {
            return Err(RegisterError::Forbidden);
        }
        self.freshly_proved(who, DangerousAct::RetrieveFromArchive)?;
        let row = rows::by_id(&mut self.store.reader().await?, entry).await?;
        let row = row.filter(|row| reaches(who, Permission::RetrieveFromArchive, &row.authority));
        let opened = self.open_entries(row.into_iter().collect()).await?.pop();
        let (row, mut content) = opened.ok_or(RegisterError::NotFound)?;
        decided(&row, &content).retrieve(content.basis, who.account, row.decided_by)?;
        if content.retrieval.is_some_and(|before| before.opened.is_some()) {
            return Err(RegisterRule::OpenedBefore.into());
        }
        let at = self.world.now().as_microsecond();
        content.retrieval = Some(Retrieval { by: who.account, at, opened: None });
        let row = RegisterRow { sealed: self.seal_entry(entry, &content).await?, ..row };
        self.take_step(who, "archive_retrieved", &row, &content, None).await
    }

    /// Opens what the operator retrieved, for the manager who proposed the disclosure. Reason, disclosure and the register's step
    /// are durable, together, before this returns. To a number that is of no record in the archive's later years, or of one that
    /// another authority answered for, the answer is that of a number never issued.
    ///
    /// # Errors
    ///
    /// [`RegisterError`]; a record that is not found is in the trail too.
    pub async fn open_retrieved_record(
        &self,
        who: &Reasoned,
        entry: Uuid,
    ) -> Result<Disclosed<RetrievedRecord>, RegisterError> {
        let person = who.who();
        let keeps = Permission::KeepDisclosureRegister;
        let (row, mut content) = self.register_row(person, entry, keeps).await?;
        self.freshly_proved(person, DangerousAct::RetrieveFromArchive)?;
        if row.proposed_by != person.account {
            return Err(RegisterRule::NotTheAsker.into());
        }
        match self.retrieval_stage(&content) {
            Some(RetrievalStage::Open(_)) if row.state == rows::RegisterState::Approved => {}
            Some(RetrievalStage::Opened(_)) => return Err(RegisterRule::OpenedBefore.into()),
            _ => return Err(RegisterRule::NotRetrieved.into()),
        }
        let sources = self.sources().await?;
        let authority = AuthorityCode::parse(&row.authority).map_err(ServiceError::internal)?;
        let opened = self.open_or_survivor(content.child).await?;
        let near = opened.as_ref().map(|open| self.near(person, None, open)).unwrap_or_default();
        let shown = opened.and_then(|open| {
            let viewer = Viewer::ArchiveRetrieval { authority };
            let seen = self.disclose_to(&open, &sources, &viewer, Purpose::OpenRecord)?;
            let fields = seen.fields_shown();
            match seen {
                Disclosure::Special(SpecialView::Archive(view)) => Some((open.row.child_id, *view, fields)),
                _ => None,
            }
        });
        let Some((child, view, fields)) = shown else {
            self.record(not_found(content.child).by(person)).await?;
            return Err(RegisterError::NoSuchChild);
        };
        let stated = purpose(content.basis);
        let ordinary = stated.in_the_clear();
        let confirmed = ReasonDetail {
            reason: ordinary.code().to_owned(),
            previous: Some(who.reason().code().to_owned()),
            child: Some(child),
        };
        let mut flags = self.noted_of_record(person, &near).await?;
        flags.push(FROM_ARCHIVE.to_owned());
        let detail = DisclosureDetail {
            child: Some(child),
            fields_shown: fields.into_iter().map(str::to_owned).collect(),
            flags,
            stated: Some(stated.code().to_owned()),
            ..DisclosureDetail::default()
        };
        let at = self.world.now().as_microsecond();
        content.retrieval = content.retrieval.map(|done| Retrieval { opened: Some(at), ..done });
        let row = RegisterRow { sealed: self.seal_entry(entry, &content).await?, ..row };
        let mut tx = self.store.begin().await?;
        if !rows::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(RegisterError::Changed);
        }
        let events = vec![
            Event::new(Action::ReasonStated, Detail::Reason(confirmed))
                .by(person)
                .because(ordinary.code())
                .concerning([child]),
            step_event(person, "retrieved_record_opened", &row, &content),
            Event::new(Action::RecordViewed, Detail::Disclosure(detail))
                .by(person)
                .because(ordinary.code())
                .about(child)
                .showing(ManagementView::FIELDS),
        ];
        let receipt = self.commit_with(tx, events).await?;
        let record = RetrievedRecord { view, basis: content.basis };
        Ok(Disclosed::after_audit(record, ordinary, receipt))
    }

    /// Where the retrieval of an entry stands; none where it asks for none.
    pub(super) fn retrieval_stage(&self, content: &Content) -> Option<RetrievalStage> {
        let asks =
            content.items.contains(&ReleasedItem::ArchivedItems) && content.basis.opens_the_late_archive();
        let Some(done) = content.retrieval else { return asks.then_some(RetrievalStage::Waits) };
        if let Some(opened) = done.opened {
            return Some(RetrievalStage::Opened(instant(opened)));
        }
        let hours = SignedDuration::from_hours(i64::from(self.policy.retention.retrieval_hours));
        let until = instant(done.at).saturating_add(hours).unwrap_or(Timestamp::MIN);
        Some(if self.world.now() < until { RetrievalStage::Open(until) } else { RetrievalStage::Waits })
    }
}

/// The archive's own reason under which such an opening stands in the sealed body.
const fn purpose(basis: LegalBasis) -> ArchiveReason {
    match basis {
        LegalBasis::Section47Enquiry => ArchiveReason::SectionFortySevenEnquiry,
        LegalBasis::PracticeReview => ArchiveReason::SeriousCaseReview,
        LegalBasis::ChildDeathInvestigation => ArchiveReason::ChildDeathReview,
        // No other basis leads here.
        LegalBasis::CourtOrder
        | LegalBasis::RequiredByLaw
        | LegalBasis::CrimePrevention
        | LegalBasis::Prosecution => ArchiveReason::LegalClaim,
    }
}

fn not_found(child: Uuid) -> Event {
    let refused = Some("not_found".to_owned());
    let detail = DisclosureDetail { child: Some(child), refused, ..DisclosureDetail::default() };
    Event::new(Action::RecordRefused, Detail::Disclosure(detail)).concerning([child])
}
