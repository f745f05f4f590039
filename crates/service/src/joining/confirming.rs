//! Confirming a link that the matcher made: from then on it is a person's (law 12).

use directory::ChildNumber;
use store::links::{self, LinkKind};
use uuid::Uuid;

use super::JoinError;
use super::acts::{Done, LinkWas};
use super::deciding::{Carried, Decider, busy};
use crate::Directory;
use crate::shielding::TRIES;

impl Directory {
    pub(super) async fn confirm(
        &self,
        decider: &Decider<'_>,
        number: &ChildNumber,
        record: Uuid,
    ) -> Result<Option<Carried>, JoinError> {
        let who = decider.who;
        let act = self.drawn_id();
        for _ in 0..TRIES {
            let open = self.decidable(decider.who, decider.desk, number).await?;
            let Some(open) = open.filter(|open| self.is_theirs(decider, &[open])) else { return Ok(None) };
            self.not_of_own_family(who, &[&open]).await?;
            let rows = links::of_records(&mut self.store.reader().await?, &[record]).await?;
            let link = rows.into_iter().find(|link| link.child_id == open.row.child_id);
            let Some(link) = link else {
                return self.not_joined(who, "not_a_part", JoinError::NotAPart).await;
            };
            if link.kind == LinkKind::Confirmed {
                return self.not_joined(who, "confirmed_already", JoinError::Confirmed).await;
            }
            let mark =
                LinkWas { kind: LinkKind::Confirmed.as_str().to_owned(), author: who.account.to_string() };
            let mut tx = self.begin_decided(&[&open]).await?;
            if !self.mark_link(&mut tx, &open, record, &mark).await? {
                tx.rollback().await?;
                continue;
            }
            let was = LinkWas { kind: link.kind.as_str().to_owned(), author: link.author };
            let child = open.row.child_id;
            let done = Done::Confirmed { child, record, was };
            let event = decider.event("link_confirmed", child, vec![record]);
            if self.finish_joining(tx, decider, (act, done), Vec::new(), event).await? {
                return Ok(Some(Carried { act, number: None }));
            }
        }
        Err(busy())
    }
}
