//! What sources said for the first time of a child while a legal hold kept its keys. It was held unread; nobody at the desk
//! sees it, because to everybody there is no such child. When the hold ends, the matcher can read both again: what it links
//! joins the child, and what it does not is a case of the desk like any other.

use audit::{Action, ChangeDetail, Detail};
use linkage::{ClusterCandidate, Member, Outcome, Prepared, SourceRule, resolve};
use store::reviews::{self, Desk, ReviewRow};
use store::{match_keys, parted_keys};
use uuid::Uuid;

use super::order::{ReleaseOrder, Released};
use super::releasing::{Closing, Unreleased};
use super::{Case, LISTED};
use crate::matching::{HomeKey, prepared};
use crate::records::OpenChild;
use crate::sensitive::{ServiceKey, Withdrawal};
use crate::shielding::TRIES;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A record that is the child's, and waits for it.
pub(crate) struct Waiting {
    case: Case,
}

impl Waiting {
    /// What its source withdrew while it waited.
    pub(crate) fn withdrawn(&self) -> Vec<Withdrawal> {
        let withdrawn = self.case.child.profile.withdrawn.iter();
        withdrawn.map(|one| Withdrawal { key: ServiceKey::from_form(one.key.clone()), on: one.on }).collect()
    }
}

impl Directory {
    /// Whether a case waits for the end of a legal hold: it may be the record of a child whom nobody can read.
    pub(super) async fn waits_for_a_hold(
        &self,
        near: &[Uuid],
        opened: &[OpenChild],
    ) -> Result<bool, ServiceError> {
        let unread = |child: &&Uuid| !opened.iter().any(|open| open.row.child_id == **child);
        let missing: Vec<Uuid> = near.iter().filter(unread).copied().collect();
        if missing.is_empty() {
            return Ok(false);
        }
        let mut keys = self.store.key_reader().await?;
        Ok(!parted_keys::held(&mut keys, &missing).await?.is_empty())
    }

    /// The records that waited for this child and that the matcher links to it now. `child` is opened by who has its keys.
    pub(crate) async fn waiting_for(&self, child: &OpenChild) -> Result<Vec<Waiting>, ServiceError> {
        let national = directory::accountable_authority::NATIONAL;
        let mut conn = self.store.reader().await?;
        let rows = reviews::open(&mut conn, Desk::Protected, national, LISTED).await?;
        drop(conn);
        let mut found = Vec::new();
        for row in rows {
            let Some(question) = self.open_review::<super::Question>(&row).await? else { continue };
            if !question.near.contains(&child.row.child_id) {
                continue;
            }
            let Some(case) = self.waiting_case(row).await? else { continue };
            let others: Vec<Uuid> =
                question.near.iter().copied().filter(|near| *near != child.row.child_id).collect();
            // Whom another hold keeps unread may be protected, and it may be theirs: with the last of them it is looked at again.
            if case.is_first_sighting()
                && !self.waits_for_a_hold(&others, &case.candidates).await?
                && !self.bridges(child.row.child_id, &others).await?
                && self.joins(&case, child).await?
            {
                found.push(Waiting { case });
            }
        }
        Ok(found)
    }

    /// Whether people keep some of these children apart.
    async fn bridges(&self, child: Uuid, others: &[Uuid]) -> Result<bool, ServiceError> {
        let all = [&[child], others].concat();
        let pairs: Vec<(Uuid, Uuid)> = all
            .iter()
            .enumerate()
            .flat_map(|(at, one)| all.iter().skip(at + 1).map(move |other| (*one, *other)))
            .collect();
        let mut conn = self.store.reader().await?;
        Ok(self.are_apart(&mut conn, &pairs).await?.contains(&true))
    }

    /// Whether the matcher links a held record to this child, and nothing else keeps it apart: whoever else is near, or lives
    /// there, may be protected.
    async fn joins(&self, case: &Case, child: &OpenChild) -> Result<bool, ServiceError> {
        let own = child.row.child_id;
        let others: Vec<&OpenChild> =
            case.candidates.iter().filter(|other| other.row.child_id != own).collect();
        if others.iter().any(|other| other.profile.needs_the_protected_desk()) {
            return Ok(false);
        }
        if !child.profile.is_shielded() && self.meets_a_protected_place(case).await? {
            return Ok(false);
        }
        let sources = self.sources().await?;
        let rule = |id: Uuid| match sources.get(&id) {
            Some(row) if row.one_record_per_child => SourceRule::OneRecordPerChild,
            _ => SourceRule::Unrestricted,
        };
        let compared = |open: &OpenChild| -> Vec<(Prepared, Uuid)> {
            let records = open.records.iter();
            records.map(|record| (prepared(&self.model, &record.content), record.row.source_id)).collect()
        };
        let near: Vec<(Uuid, Vec<(Prepared, Uuid)>)> =
            others.into_iter().chain([child]).map(|open| (open.row.child_id, compared(open))).collect();
        let clusters: Vec<ClusterCandidate<'_, Uuid, Uuid>> = near
            .iter()
            .map(|(cluster, records)| ClusterCandidate {
                cluster: *cluster,
                members: records.iter().map(|(record, source)| Member { record, source: *source }).collect(),
            })
            .collect();
        let record = prepared(&self.model, &case.record.content);
        let asked = linkage::Incoming { record: &record, source: case.record.row.source_id };
        let resolution = resolve(&self.model, asked, &clusters, &|_| true, &rule);
        Ok(matches!(resolution.outcome, Outcome::Link(question) if question.cluster == own))
    }

    async fn meets_a_protected_place(&self, case: &Case) -> Result<bool, ServiceError> {
        let home = HomeKey::all_of(&self.keys.matching, &case.record.content);
        let hashes: Vec<_> = home.iter().flat_map(|key| key.protected.hashes().collect::<Vec<_>>()).collect();
        let behind = match_keys::lookup(&mut self.store.reader().await?, &hashes, 1).await?;
        Ok(!behind.is_empty())
    }

    /// Joins what waited with the child, which can be read again. What changed meanwhile stays a case of the desk.
    pub(crate) async fn join_waiting(&self, child: Uuid, waiting: Waiting) -> Result<(), ServiceError> {
        let mut next = Some(waiting.case);
        for _ in 0..TRIES {
            let Some(case) = next.take() else { return Ok(()) };
            let row = case.row.clone();
            let record = &case.record.row;
            let order = ReleaseOrder::new(record.source_id, record.local_key, Released::Child(child));
            let closing = Closing { review: Some(case.row), ..Closing::with(joined(child)) };
            match self.release(&order, case.record, case.child, closing).await? {
                Err(Unreleased::Changed) => next = self.waiting_case(row).await?,
                Ok(()) | Err(Unreleased::SaysTheOther | Unreleased::Gone | Unreleased::Act) => return Ok(()),
            }
        }
        Ok(())
    }

    async fn waiting_case(&self, row: ReviewRow) -> Result<Option<Case>, ServiceError> {
        self.case(row, None).await
    }
}

/// What a link always says: a record joined a child.
fn joined(child: Uuid) -> Event {
    let detail = ChangeDetail {
        change: "legal_hold_joined".to_owned(),
        subject: Some(child),
        ..ChangeDetail::default()
    };
    Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child])
}
