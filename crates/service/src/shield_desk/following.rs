//! A shield belongs to the person: when a child is joined to another, or handed on to another authority, the requests about it
//! go with it, and are decided, reviewed and lifted there (law 3, rule 2.15). A request may be about a child that was joined to
//! another since: whoever looks for the requests about somebody looks for those about everybody they are one with (law 8).

use directory::shield::Shield;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::acts_about::EVERYWHERE;
use super::{Content, SHIELD};
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// The requests about these children, as they read once they are about another.
    pub(crate) async fn requests_following(
        &self,
        children: &[Uuid],
        to: Uuid,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let group = self.group_of(children).await?;
        let states = [ActState::Open, ActState::Approved];
        let about = self.requests_where(states, EVERYWHERE, |it| group.contains(&it.child)).await?;
        let mut following = Vec::new();
        for (row, content) in about {
            // What was proposed was proposed about another household.
            let proposal = content.proposal.filter(|_| row.state == ActState::Approved);
            let content = Content { child: to, proposal, ..content };
            let sealed = self.sealed_act(row.act_id, &content).await?;
            following.push(ActRow { sealed, ..row });
        }
        Ok(following)
    }

    /// Whether a request that waits, or was declined, asks to bar this person from one of these children. They learn
    /// nothing of it, and are kept from nothing else; once it is in force the child's own profile says so.
    pub(crate) async fn is_named_by_a_request(
        &self,
        who: &SignedIn,
        children: &[Uuid],
    ) -> Result<bool, ServiceError> {
        let group = self.group_of(children).await?;
        let bars = |it: &Content| group.contains(&it.child) && it.bars(who);
        let barring = self.requests_where([ActState::Open, ActState::Refused], EVERYWHERE, bars).await?;
        Ok(!barring.is_empty())
    }

    /// These requests, as they read once they are about the child again that is by itself again. One that ended since is left.
    pub(crate) async fn requests_returning(
        &self,
        requests: &[Uuid],
        to: Uuid,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let mut returning = Vec::new();
        for id in requests {
            let row = pending_acts::by_id(&mut self.store.reader().await?, *id).await?;
            let Some(row) = row.filter(|row| row.kind == SHIELD) else { continue };
            let Some(content) = self.open_act::<Content>(&row).await? else { continue };
            let proposal = content.proposal.filter(|_| row.state == ActState::Approved);
            let content = Content { child: to, proposal, ..content };
            let sealed = self.sealed_act(row.act_id, &content).await?;
            returning.push(ActRow { sealed, ..row });
        }
        Ok(returning)
    }

    /// The requests by which these shields of one child are in force, but for some, once more about another that was taken from
    /// it: the shield of either is reviewed and lifted by itself (rule 2.15).
    pub(crate) async fn requests_copied(
        &self,
        (child, to): (Uuid, Uuid),
        shields: &[Shield],
        but: &[Uuid],
    ) -> Result<Vec<ActRow>, ServiceError> {
        let mut copied = Vec::new();
        for row in self.requests_following(&[child], to).await? {
            if row.state != ActState::Approved || but.contains(&row.act_id) {
                continue;
            }
            let Some(content) = self.open_act::<Content>(&row).await? else { continue };
            let goes = content.shield.as_ref().is_some_and(|shield| {
                shields.iter().any(|known| known.in_force() && known.is_the_same_as(shield))
            });
            if !goes {
                continue;
            }
            let content = Content { proposal: None, ..content };
            copied.push(self.new_act(row.organisation_id, row.state, row.expires_at, &content).await?);
        }
        Ok(copied)
    }

    /// The requests about a child at the desks of one authority, as they read once they are those of another organisation's desk:
    /// with the child the reviews of its shields are handed on (rule 5.3).
    pub(crate) async fn reviews_handed_on(
        &self,
        child: Uuid,
        from_code: &str,
        to: Uuid,
    ) -> Result<Vec<ActRow>, ServiceError> {
        let group = self.group_of(&[child]).await?;
        let states = [ActState::Open, ActState::Approved];
        let mut handed = Vec::new();
        for (row, content) in self.requests_where(states, from_code, |it| group.contains(&it.child)).await? {
            // What was proposed was proposed by somebody of the other desk.
            let content = Content { child, proposal: None, ..content };
            let sealed = self.sealed_act(row.act_id, &content).await?;
            handed.push(ActRow { organisation_id: to, sealed, ..row });
        }
        Ok(handed)
    }
}
