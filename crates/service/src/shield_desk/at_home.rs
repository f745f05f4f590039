//! The shield of a child who is found at a protected home when its held record is released (law 3, rule 10.11): two people of the
//! sealed desk decide it with the release, and from then on it is reviewed here like any other (rule 2.15).

use directory::Month;
use directory::shield::{Shield, ShieldGrounds};
use rand::RngExt as _;
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::{Content, SHIELD, ShieldStepKind, start_of_month};
use crate::{Directory, ServiceError};

/// Domain of the keyed hash that is the id of an act that a replay makes.
const REPLAYED: u16 = 6;

impl Directory {
    /// The act by which a shield is reviewed that is set again after a restore: the request, if the restored data has it, and
    /// otherwise one that stands at the same desk.
    pub(crate) async fn act_of_shield_again(
        &self,
        child: Uuid,
        shield: &Shield,
        desk: Uuid,
    ) -> Result<(), ServiceError> {
        let Some(request) = shield.request() else { return Ok(()) };
        let parts = [request.into_bytes(), child.into_bytes()];
        let made = self.keys.digests.hash_parts(REPLAYED, &[&parts[0], &parts[1]]);
        let made = vault::uuid_v4(made.0);
        let mut conn = self.store.reader().await?;
        let (row, again) =
            (pending_acts::by_id(&mut conn, request).await?, pending_acts::by_id(&mut conn, made).await?);
        drop(conn);
        if again.is_some() {
            return Ok(());
        }
        let until = (ActState::Approved, start_of_month(shield.review_due()));
        let row = row.filter(|row| row.kind == SHIELD);
        if let Some(row) = row {
            let content: Option<Content> = self.open_act(&row).await?;
            if let Some(content) = content.filter(|content| content.child == child) {
                if row.state != ActState::Open {
                    return Ok(());
                }
                let content = Content {
                    shield: Some(shield.clone()),
                    proposal: None,
                    looked_around: nowhere_yet(),
                    ..content
                };
                let sealed = self.sealed_act(row.act_id, &content).await?;
                let row = ActRow { state: until.0, expires_at: until.1, sealed, ..row };
                let mut tx = self.store.begin().await?;
                pending_acts::replace(&mut tx, &row).await?;
                return Ok(tx.commit().await?);
            }
        }
        let content = self.content_of(child, shield, shield.decided_by());
        let content = Content { looked_around: nowhere_yet(), ..content };
        let row = self.act_known_as(made, desk, until, &content).await?;
        let mut tx = self.store.begin().await?;
        pending_acts::insert(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    }

    /// A shield on these grounds, decided by these two, and its row at the desk of this organisation. Nobody asked for it, so
    /// anybody of the desk reviews it.
    pub(crate) async fn shield_at_home(
        &self,
        child: Uuid,
        grounds: ShieldGrounds,
        decided_by: [Uuid; 2],
        organisation: Uuid,
    ) -> Result<(Shield, ActRow), ServiceError> {
        let month = Month::from(self.today());
        let review = self.review_of_what_is_decided_in(month);
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let shield = Shield::decide(grounds, decided_by, month, review)
            .map_err(ServiceError::internal)?
            .on_request(act_id);
        let content = self.content_of(child, &shield, decided_by);
        let until = (ActState::Approved, start_of_month(review));
        Ok((shield, self.act_known_as(act_id, organisation, until, &content).await?))
    }

    /// What the act of a shield says for which nobody asked.
    fn content_of(&self, child: Uuid, shield: &Shield, [first, second]: [Uuid; 2]) -> Content {
        let at = self.world.now().as_microsecond();
        let mut content = Content {
            child,
            grounds: shield.grounds().clone(),
            requester: Uuid::nil(),
            asked: None,
            requested_at: at,
            proposal: None,
            shield: Some(shield.clone()),
            steps: Vec::new(),
            looked_around: None,
        };
        content.note(ShieldStepKind::Shield, first, Some(second), at);
        content
    }
}

/// Around what it was looked for a shield that is set again: the child may have moved since it was decided, and what was asked about
/// whoever stood there is gone with the rest.
fn nowhere_yet() -> Option<Vec<u64>> {
    Some(Vec::new())
}
