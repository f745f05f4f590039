//! Where a matter stands: with whoever answers for its child, and at the protected desk once the child is protected. It goes
//! with the child, and whoever answered before reads nothing more of it (rules 5.2, 5.3, law 3).

use audit::{Action, ChangeDetail, Detail};
use directory::AuthorityCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Tx;
use store::family_matters::{self as rows, MatterKind, MatterState};
use uuid::Uuid;

use super::disputes::DisputeContent;
use super::matters::{Matter, Placed};
use super::requests::{FamilyStepKind, RequestContent};
use super::{FamilyError, LISTED};
use crate::records::OpenChild;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What the entry says of a matter that went to another desk.
pub(super) const PLACED: &str = "matter_placed";

/// What the sealed part of a matter about a child says of where it stands.
pub(super) trait OfAChild: Placed {
    /// The child.
    fn child(&self) -> Uuid;
    /// The authority, and whether its protected desk.
    fn stands_at(&self) -> (&str, bool);
    /// Whether its child could not be read until now.
    fn is_unread(&self) -> bool {
        false
    }
    /// It stands there from now on.
    fn goes_to(&mut self, authority: String, protected: bool, at: i64);
}

impl OfAChild for RequestContent {
    fn child(&self) -> Uuid {
        self.child
    }

    fn stands_at(&self) -> (&str, bool) {
        (&self.authority, self.protected)
    }

    fn is_unread(&self) -> bool {
        self.unread
    }

    fn goes_to(&mut self, authority: String, protected: bool, at: i64) {
        if authority != self.authority && self.steps.is_open() {
            // What one authority prepared and read is none of another's to release.
            if self.steps.outdated().is_ok() {
                self.note(FamilyStepKind::Outdated, None, at);
            }
            self.prepared = None;
            self.read.clear();
        }
        (self.authority, self.protected, self.unread) = (authority, protected, false);
    }
}

impl OfAChild for DisputeContent {
    fn child(&self) -> Uuid {
        self.child
    }

    fn stands_at(&self) -> (&str, bool) {
        (&self.authority, self.protected)
    }

    fn goes_to(&mut self, authority: String, protected: bool, _: i64) {
        (self.authority, self.protected) = (authority, protected);
    }
}

/// The matters about a child, as they read once another authority answers for it.
pub(crate) struct GoingMatters {
    requests: Vec<Matter<RequestContent>>,
    disputes: Vec<Matter<DisputeContent>>,
}

impl Directory {
    /// Places a matter whose child can be read: whether it moves. A child who was protected once stays the protected desk's until
    /// the matter is closed.
    pub(super) fn place_anew<T: OfAChild>(&self, content: &mut T, open: &OpenChild) -> bool {
        let authority = Self::answering_authority(open, content.stands_at().0);
        self.place_at(content, authority, open.profile.is_protected())
    }

    fn place_at<T: OfAChild>(&self, content: &mut T, authority: String, protected: bool) -> bool {
        let (there, stays_protected) = content.stands_at();
        let protected = protected || stays_protected;
        let moves = content.is_unread() || (there, stays_protected) != (authority.as_str(), protected);
        if moves {
            content.goes_to(authority, protected, self.world.now().as_microsecond());
        }
        moves
    }

    /// The matters about a protected child and whatever was joined to it, those that are closed among them: with the child they
    /// are the other authority's.
    pub(crate) async fn matters_handed_on(
        &self,
        open: &OpenChild,
        to: &AuthorityCode,
    ) -> Result<GoingMatters, ServiceError> {
        Ok(GoingMatters {
            requests: self.matters_placed(open, to, MatterKind::SubjectRequest).await?,
            disputes: self.matters_placed(open, to, MatterKind::Dispute).await?,
        })
    }

    async fn matters_placed<T: OfAChild + DeserializeOwned>(
        &self,
        open: &OpenChild,
        to: &AuthorityCode,
        kind: MatterKind,
    ) -> Result<Vec<Matter<T>>, ServiceError> {
        let mut found = Vec::new();
        let mut conn = self.store.reader().await?;
        let joined = open.profile.joined.iter().map(|joined| joined.child);
        for child in joined.chain([open.row.child_id]) {
            for state in [MatterState::Open, MatterState::Closed] {
                let key = self.family_child(child);
                found.extend(rows::about_child(&mut conn, key, kind, state, LISTED).await?);
            }
        }
        drop(conn);
        let mut matters: Vec<Matter<T>> = self.open_matters(found).await?;
        matters.retain_mut(|matter| self.place_at(&mut matter.content, to.as_str().to_owned(), true));
        Ok(matters)
    }

    /// Writes them in the transaction that gives the child to the other authority, as many as nobody works on at this
    /// moment. Whether that was all.
    pub(crate) async fn hand_matters_on(
        &self,
        tx: &mut Tx,
        matters: &GoingMatters,
    ) -> Result<bool, ServiceError> {
        let mut all = true;
        for matter in &matters.requests {
            all &= self.put_in_place(tx, matter, PLACED).await?;
        }
        for matter in &matters.disputes {
            all &= self.put_in_place(tx, matter, PLACED).await?;
        }
        Ok(all)
    }

    /// Writes a matter where it stands now, with its entry, in the same transaction. False when somebody works on it at this
    /// moment: it is placed as they take their step.
    pub(super) async fn put_in_place<T: Serialize + OfAChild>(
        &self,
        tx: &mut Tx,
        matter: &Matter<T>,
        change: &str,
    ) -> Result<bool, ServiceError> {
        match self.keep_matter(tx, matter).await {
            Ok(()) => {}
            Err(FamilyError::Changed) => return Ok(false),
            Err(FamilyError::Service(fault)) => return Err(fault),
            Err(other) => return Err(ServiceError::internal(other)),
        }
        let subject = Some(matter.row.matter_id);
        let detail = ChangeDetail { change: change.to_owned(), subject, ..ChangeDetail::default() };
        let event = Event::new(Action::FamilyMatterChanged, Detail::Change(detail));
        self.write_event(tx, event.concerning([matter.content.child()])).await?;
        Ok(true)
    }

    /// A matter that goes to another desk, in a transaction of its own, unless somebody works on it at this moment.
    pub(super) async fn goes<T: Serialize + OfAChild>(&self, matter: &Matter<T>) -> Result<(), ServiceError> {
        let mut tx = self.store.begin().await?;
        match self.put_in_place(&mut tx, matter, PLACED).await? {
            true => Ok(tx.commit().await?),
            false => Ok(tx.rollback().await?),
        }
    }
}
