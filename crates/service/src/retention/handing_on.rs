//! A protected child that another authority had accepted, after a restore (rule 5.3, decision 3): it is that authority's again, and
//! with it go the reviews of its shields and what its family asked. Whoever answers for a child no longer decides nothing about it.

use audit::{Action, ChangeDetail, Detail};
use directory::{AuthorityCode, ChildProfile};
use store::{organisations, pending_acts};
use uuid::Uuid;

use super::known_authority;
use super::participation::busy;
use super::replaying::TRIES;
use crate::records::OpenChild;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// To whom a protected child was handed on, and by whom.
pub(super) struct HandedOn {
    pub(super) from: String,
    pub(super) to: Uuid,
    pub(super) authority: AuthorityCode,
}

impl Directory {
    /// Gives a protected child to the authority that had accepted it, and in the same transaction the acts about it: whoever is
    /// killed in between has done nothing. One whose shield was lifted since is theirs all the same: whoever accepted it lifted it.
    pub(super) async fn hand_on_again(
        &self,
        child: Uuid,
        handed: &HandedOn,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        for _ in 0..TRIES {
            let Some(open) = self.open_children(&[child]).await?.pop() else { return Ok(false) };
            if known_authority(&open).as_ref() == Some(&handed.authority) {
                return Ok(false);
            }
            if dry {
                return Ok(true);
            }
            let reviews = self.reviews_handed_on(child, &handed.from, handed.to).await?;
            let matters = self.matters_handed_on(&open, &handed.authority).await?;
            // What was joined to it after that has been joined again already: only what was of who handed it on went along.
            let went = |was: Option<&AuthorityCode>| was.is_none_or(|was| was.as_str() == handed.from);
            let profile = open.profile.accepted_by(&handed.authority, went);
            let mut tx = self.store.begin().await?;
            if !self.stands(&mut tx, &open).await? || !self.put_profile(&mut tx, &open, profile).await? {
                tx.rollback().await?;
                continue;
            }
            for review in &reviews {
                pending_acts::hand_on(&mut tx, review).await?;
            }
            // One that somebody works on at this moment goes as they take their step.
            self.hand_matters_on(&mut tx, &matters).await?;
            let detail = ChangeDetail {
                change: "journal_replayed".to_owned(),
                subject: Some(child),
                ..ChangeDetail::default()
            };
            let event = Event::new(Action::RecordChanged, Detail::Change(detail)).concerning([child]);
            self.commit_with(tx, vec![event]).await?;
            return Ok(true);
        }
        Err(busy())
    }

    /// The acts about a child that returns from a legal hold as another authority's than its restored profile says go there before
    /// anybody reads it.
    pub(super) async fn acts_go_along(
        &self,
        open: &OpenChild,
        profile: &ChildProfile,
    ) -> Result<(), ServiceError> {
        let (Some(from), Some(to)) = (&open.profile.authority, &profile.authority) else { return Ok(()) };
        if from == to {
            return Ok(());
        }
        let desk = organisations::authority(&mut self.store.reader().await?, to.as_str()).await?;
        let reviews = match &desk {
            Some(desk) => {
                self.reviews_handed_on(open.row.child_id, from.as_str(), desk.organisation_id).await?
            }
            None => Vec::new(),
        };
        let matters = self.matters_handed_on(open, to).await?;
        let mut tx = self.store.begin().await?;
        for review in &reviews {
            pending_acts::hand_on(&mut tx, review).await?;
        }
        self.hand_matters_on(&mut tx, &matters).await?;
        Ok(tx.commit().await?)
    }
}
