//! What the matcher left open about children who are protected since: the protected desk's, of who answers for one of them, and of
//! nobody whom one of their shields bars. It shows their numbers and nothing else. One person proposes an answer, another decides
//! it, as everything that is asked of this desk (`protected`). A case that only a sealed identity keeps from the ordinary queue is on
//! no list: to join two identities looks like nothing at all (law 5).

use std::collections::{BTreeSet, HashSet};

use audit::{Action, Detail, ExportDetail};
use directory::access::{DangerousAct, Permission};
use directory::accountable_authority::NATIONAL;
use directory::{ChildNumber, MatchBasis};
use store::pending_acts::{self, ActState};
use store::reviews::{self, Desk as ReviewDesk, ReviewState};
use uuid::Uuid;

use super::acts::{REQUEST, RequestContent};
use super::eligible::Desk;
use super::queues::Asking;
use super::{JoinError, JoiningRequest, LISTED, ReviewAnswer};
use crate::barrier::Bar;
use crate::identities::seal_event;
use crate::records::OpenChild;
use crate::retention::authority_of;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A case at the protected desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedCase {
    /// The case.
    pub id: Uuid,
    /// The month since which it waits, `YYYY-MM`.
    pub since: String,
    /// The number under which its record stands.
    pub number: ChildNumber,
    /// The numbers of the children it may be of, each with its place in the case, by which an answer names it.
    pub candidates: Vec<(usize, ChildNumber)>,
}

impl Directory {
    /// The cases of the matcher that wait at this desk and of which nobody has proposed an answer, the oldest first. The entry is
    /// durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`JoinError::Forbidden`] or the system's.
    pub async fn protected_cases(&self, who: &SignedIn) -> Result<Vec<ProtectedCase>, JoinError> {
        self.may_join_records(who, Permission::ApproveSeal).await?;
        let proposed = self.cases_with_a_proposal(who).await?;
        let mut cases = Vec::new();
        for asking in self.cases_of_the_protected().await? {
            if !proposed.contains(&asking.0.review_id) {
                cases.extend(self.protected_case(who, asking).await?);
            }
        }
        cases.sort_by(|a, b| (&a.since, a.id).cmp(&(&b.since, b.id)));
        let detail = ExportDetail { what: "protected_cases".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(cases)
    }

    /// Proposes to answer a case: that its record is the child at a place, or is to be kept apart from it. The case waits until
    /// another person decides, and stands on the list again if they decline.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn propose_answer(
        &self,
        who: &SignedIn,
        id: Uuid,
        answer: ReviewAnswer,
        basis: MatchBasis,
    ) -> Result<(), JoinError> {
        self.may_join_records(who, Permission::ApproveSeal).await?;
        self.freshly_proved(who, DangerousAct::ReleaseHeld)?;
        let row = reviews::by_id(&mut self.store.reader().await?, id).await?;
        let row = row.filter(|row| row.desk == ReviewDesk::Authority && row.state == ReviewState::Open);
        let asking = match row {
            Some(row) => self.in_the_protected_queue(row).await?,
            None => None,
        };
        let case = match asking {
            Some(asking) => self.protected_case(who, asking).await?,
            None => None,
        };
        let Some(case) = case else {
            return self.not_joined(who, "not_within_reach", JoinError::NotFound).await;
        };
        if self.cases_with_a_proposal(who).await?.contains(&id) {
            return self.not_joined(who, "not_the_moment", JoinError::Moment).await;
        }
        let at = match answer {
            ReviewAnswer::Link(place) | ReviewAnswer::KeepApart(place) => Some(place),
            ReviewAnswer::New => None,
        };
        let Some((_, candidate)) = case.candidates.into_iter().find(|(place, _)| Some(*place) == at) else {
            return self.not_joined(who, "no_such_candidate", JoinError::Moment).await;
        };
        let request = match answer {
            ReviewAnswer::Link(_) => JoiningRequest::Join { survivor: candidate, other: case.number },
            _ => JoiningRequest::KeepApart { one: candidate, other: case.number },
        };
        let content = RequestContent {
            request,
            basis,
            by: who.account,
            proposed_by: Some(who.account),
            review: Some(id),
        };
        let row = self.request_row(who, &content).await?;
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &row).await?;
        self.commit_with(tx, vec![seal_event(who, "joining_proposed")]).await?;
        Ok(())
    }

    /// The cases of which somebody within this person's reach has proposed an answer that waits.
    async fn cases_with_a_proposal(&self, who: &SignedIn) -> Result<HashSet<Uuid>, ServiceError> {
        let waiting = (REQUEST, ActState::Open);
        let rows = self.joinings_within(who, Permission::ApproveSeal, waiting, LISTED).await?;
        let opened = self.open_acts::<RequestContent>(rows).await?;
        Ok(opened.into_iter().filter_map(|(_, content)| content.review).collect())
    }

    /// A case as this person of the desk sees it; nothing when it is none of theirs, or nothing can be decided of it here.
    async fn protected_case(
        &self,
        who: &SignedIn,
        (row, question): Asking,
    ) -> Result<Option<ProtectedCase>, ServiceError> {
        let Some(own) = self.child_of_record(Desk::Protected, &question).await? else { return Ok(None) };
        let candidates = self.candidates_of(Desk::Protected, &question, Some(&own)).await?;
        let mut barred = who.is_barred_by(&own.profile);
        for named in question.candidates() {
            barred |= self.is_barred_from(who, named).await?;
        }
        let everybody = || candidates.iter().map(|(_, open)| open).chain([&own]);
        let answering: BTreeSet<&str> =
            everybody().map(authority_of).filter(|authority| *authority != NATIONAL).collect();
        let desk = who.desk(Permission::ApproveSeal, |held| {
            let at = held.at.authority.as_deref();
            answering.is_empty() || at.is_some_and(|at| answering.contains(at))
        });
        let shielded = everybody().any(|open| open.profile.is_shielded());
        if barred || desk.is_none() || !shielded {
            return Ok(None);
        }
        let mut conn = self.store.reader().await?;
        let mut shown = Vec::new();
        for (place, open) in candidates {
            let sealed_off = self.is_barred(&mut conn, &own, &open).await? == Some(Bar::Sealed);
            if !sealed_off && concerns_a_shield(&own, &open) {
                shown.push((place, open.profile.number));
            }
        }
        Ok((!shown.is_empty()).then_some(ProtectedCase {
            id: row.review_id,
            since: row.opened_month,
            number: own.profile.number,
            candidates: shown,
        }))
    }
}

/// Two ordinary records are not joined here: once nobody of the case is protected, its own queue has it back.
fn concerns_a_shield(own: &OpenChild, candidate: &OpenChild) -> bool {
    own.profile.is_shielded() || candidate.profile.is_shielded()
}
