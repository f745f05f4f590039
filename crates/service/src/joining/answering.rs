//! Answering what the matcher left open: the case is closed with what was decided, in one transaction.

use audit::{Action, ChangeDetail, Detail};
use directory::MatchBasis;
use store::reviews::{self, ReviewState};
use uuid::Uuid;

use super::asking::administrator;
use super::deciding::Decider;
use super::{JoinError, Joining, JoiningRequest, ReviewAnswer};
use crate::Directory;
use crate::session::SignedIn;
use crate::trail::Event;

impl Directory {
    /// Answers a case. A link joins the record's number to the candidate's, which stays.
    ///
    /// # Errors
    ///
    /// [`JoinError`]; a refusal is in the trail too.
    pub async fn answer_review(
        &self,
        who: &SignedIn,
        id: Uuid,
        answer: ReviewAnswer,
        basis: MatchBasis,
    ) -> Result<Option<Joining>, JoinError> {
        let case = self.review_case(who, id).await?;
        let place = match answer {
            ReviewAnswer::New => {
                let mut tx = self.store.begin().await?;
                let closed = reviews::close(&mut tx, id, ReviewState::Decided, &case.row.sealed).await?;
                if !closed {
                    tx.rollback().await?;
                    return Err(JoinError::Changed);
                }
                self.commit_with(tx, vec![answered(who, "review_new")]).await?;
                return Ok(None);
            }
            ReviewAnswer::Link(place) | ReviewAnswer::KeepApart(place) => place,
        };
        let candidate = case.candidates.iter().find(|(at, _)| *at == place);
        let (Some(own), Some((_, candidate))) = (&case.own, candidate) else {
            return self.not_joined(who, "no_such_candidate", JoinError::Moment).await;
        };
        let (own, candidate) = (own.profile.number.clone(), candidate.profile.number.clone());
        let request = match answer {
            ReviewAnswer::Link(_) => JoiningRequest::Join { survivor: candidate, other: own },
            _ => JoiningRequest::KeepApart { one: candidate, other: own },
        };
        let decider = Decider { review: Some(case.row), ..administrator(who, basis) };
        match self.carry_out_joining(&decider, &request).await? {
            Some(done) => Ok(Some(Joining::Done { act: done.act, number: done.number })),
            None => self.receive(who, request, basis).await.map(Some),
        }
    }
}

fn answered(who: &SignedIn, change: &str) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), ..ChangeDetail::default() };
    Event::new(Action::RecordChanged, Detail::Change(detail)).by(who)
}
