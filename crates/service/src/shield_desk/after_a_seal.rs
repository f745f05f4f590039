//! What becomes of the acts of the desk when identities are sealed. A shield belongs to the person and goes on with the
//! identity that goes on (law 3). Who asked for it, when and with which file belongs to the identity of which it was asked: a
//! page or a letter of before that came to name the present one would join the two (law 5). So every act of before ends, with
//! no child left in it, and others begin, under ids of their own, at the desk that sealed: asked for by nobody, with no
//! evidence and no story.

use directory::shield::{Barred, Evidence, Shield, ShieldGrounds};
use store::Tx;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::acts_about::EVERYWHERE;
use super::{ACT_BLOCK, Content, start_of_month};
use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// Domain of the keyed hash that is the id of an act that begins with a seal: after a restore it is the same again.
const SEALED: u16 = 45;

/// The acts about the person, as they are written with the seal.
pub(crate) struct ActsOfSealed {
    ended: Vec<ActRow>,
    begun: Vec<ActRow>,
}

impl Content {
    /// What is left of an act that a seal ended: of whom it was, who asked, with which file, whom it barred and who decided it are
    /// gone. With no child in it no destruction would find it, so nothing may stay that a destruction would have to find (law 9).
    fn of_nobody(self) -> Self {
        let grounds =
            ShieldGrounds { evidence: Evidence::default(), barred: Barred::default(), ..self.grounds };
        let nobody = Uuid::nil();
        Self {
            child: nobody,
            grounds,
            requester: nobody,
            asked: None,
            requested_at: 0,
            proposal: None,
            shield: None,
            steps: Vec::new(),
            looked_around: None,
        }
    }
}

impl Directory {
    /// A shield as it stands with the identity that goes on.
    pub(crate) fn shield_after_seal(&self, shield: &Shield, current: Uuid) -> Result<Shield, ServiceError> {
        let known_by = match shield.request() {
            Some(request) => request.as_bytes().to_vec(),
            None => {
                let facts = (shield.requested_by(), shield.reason(), shield.decided_by(), shield.decided());
                serde_json::to_vec(&facts).map_err(ServiceError::internal)?
            }
        };
        Ok(shield.clone().carried_over(self.id_after_seal(&known_by, current)))
    }

    fn id_after_seal(&self, before: &[u8], current: Uuid) -> Uuid {
        vault::uuid_v4(self.keys.digests.hash_parts(SEALED, &[before, current.as_bytes()]).0)
    }

    /// The acts about these children, as they end, and those about the identity that goes on, with these shields. An order of an
    /// earlier version names no desk: then each stays where it was.
    pub(crate) async fn acts_of_sealed(
        &self,
        children: &[OpenChild],
        (current, shields): (Uuid, &[Shield]),
        desk: Option<Uuid>,
    ) -> Result<ActsOfSealed, ServiceError> {
        let group: Vec<Uuid> =
            children.iter().flat_map(|open| open.profile.group(open.row.child_id)).collect();
        let states = [ActState::Approved, ActState::Open];
        let before = self.requests_where(states, EVERYWHERE, |it| group.contains(&it.child)).await?;
        let (mut ended, mut waiting) = (Vec::new(), Vec::new());
        let mut at = desk;
        for (row, content) in before {
            let desk = desk.unwrap_or(row.organisation_id);
            at = at.or(Some(desk));
            if row.state == ActState::Open {
                let id = self.id_after_seal(row.act_id.as_bytes(), current);
                let content = self.asked_by_nobody(current, &content.grounds, None);
                let waits = (ActState::Open, i64::MAX);
                waiting.push(self.act_known_as(id, desk, waits, &content).await?);
            }
            // In the clear an end like any other: a mark of their own would tell which acts a seal ended.
            let over = if row.state == ActState::Open { ActState::Refused } else { ActState::Used };
            let sealed = self.seal_ended(&row, &content.of_nobody(), ACT_BLOCK).await?;
            ended.push(ActRow {
                state: over,
                sealed,
                decided_at: row.decided_at.or(Some(self.day())),
                ..row
            });
        }
        let mut begun = Vec::new();
        if let Some(at) = at {
            for shield in shields.iter().filter(|shield| shield.in_force()) {
                let Some(id) = shield.request() else { continue };
                let content = self.asked_by_nobody(current, shield.grounds(), Some(shield));
                let until = (ActState::Approved, start_of_month(shield.review_due()));
                begun.push(self.act_known_as(id, at, until, &content).await?);
            }
        }
        // Of one that restored data has both as what waits and as a shield, the shield counts.
        begun.extend(waiting);
        Ok(ActsOfSealed { ended, begun })
    }

    /// Writes them in the transaction of the seal. False when somebody decided about one of them meanwhile.
    pub(crate) async fn write_acts_of_sealed(
        &self,
        tx: &mut Tx,
        acts: &ActsOfSealed,
    ) -> Result<bool, ServiceError> {
        for act in &acts.ended {
            if !pending_acts::replace(tx, act).await? {
                return Ok(false);
            }
        }
        for act in &acts.begun {
            // A seal that is carried out again finds what had become of them since.
            if pending_acts::by_id(tx, act.act_id).await?.is_none() {
                pending_acts::insert(tx, act).await?;
            }
        }
        Ok(true)
    }

    /// What an act says that nobody asked for: on what it rests and whom it bars, and no file.
    fn asked_by_nobody(&self, child: Uuid, grounds: &ShieldGrounds, shield: Option<&Shield>) -> Content {
        Content {
            child,
            grounds: ShieldGrounds { evidence: Evidence::default(), ..grounds.clone() },
            requester: Uuid::nil(),
            asked: None,
            requested_at: self.world.now().as_microsecond(),
            proposal: None,
            shield: shield.cloned(),
            steps: Vec::new(),
            // Nobody has looked yet at who lives where the identity of today does.
            looked_around: shield.map(|_| Vec::new()),
        }
    }

    /// The journal's word of a review, as it reads about an identity whose seal carried the shield over: one of before seals
    /// did so knows it by the request of before.
    pub(crate) async fn review_after_seal(
        &self,
        child: Uuid,
        shield: Shield,
    ) -> Result<Shield, ServiceError> {
        let Some(open) = self.open_children(&[child]).await?.pop() else { return Ok(shield) };
        let after = self.shield_after_seal(&shield, child)?;
        let is = |wanted: &Shield| open.profile.shields.iter().any(|known| known.is_the_same_as(wanted));
        Ok(if is(&after) && !is(&shield) { after } else { shield })
    }
}

#[cfg(test)]
mod tests {
    use directory::ShieldReason;
    use directory::shield::ShieldRequester;

    use super::super::{ShieldStepKind, Step};
    use super::*;

    #[test]
    fn what_a_seal_ends_says_nothing_more_of_who_asked_decided_or_was_barred() {
        let [child, asked, barred, first, second] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
        let mut grounds = ShieldGrounds::new(ShieldRequester::ALL[0], ShieldReason::ALL[0]);
        grounds.barred = Barred::new([barred].into(), [].into()).unwrap();
        let steps = vec![Step { kind: ShieldStepKind::Shield, first, second: Some(second), at: 1_700 }];
        let content = Content {
            child,
            grounds,
            requester: asked,
            asked: None,
            requested_at: 1_700,
            proposal: None,
            shield: None,
            steps,
            looked_around: Some(vec![1_700]),
        };
        let says = |content: &Content| serde_json::to_string(content).unwrap();
        let before = says(&content);
        let after = says(&content.of_nobody());
        let people = [child, asked, first, second].map(|id| id.to_string());
        for told in people.into_iter().chain([barred.simple().to_string(), "1700".to_owned()]) {
            assert!(before.contains(&told), "{told} in {before}");
            assert!(!after.contains(&told), "{told} in {after}");
        }
    }
}
