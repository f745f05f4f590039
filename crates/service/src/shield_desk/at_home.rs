//! The shield of a child who is found at a protected home when its held record is released (law 3, rule 10.11): two people of the
//! sealed desk decide it with the release, and from then on it is reviewed here like any other (rule 2.15).

use directory::Month;
use directory::shield::{Shield, ShieldGrounds};
use rand::RngExt as _;
use store::pending_acts::{ActRow, ActState};
use uuid::Uuid;

use super::{Content, ShieldStepKind, start_of_month};
use crate::shielding::REVIEW_AFTER_MONTHS;
use crate::{Directory, ServiceError};

impl Directory {
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
        let review = month.plus(REVIEW_AFTER_MONTHS);
        let act_id = vault::uuid_v4(self.world.chance.generator().random());
        let shield = Shield::decide(grounds.clone(), decided_by, month, review)
            .map_err(ServiceError::internal)?
            .on_request(act_id);
        let at = self.world.now().as_microsecond();
        let mut content = Content {
            child,
            grounds,
            requester: Uuid::nil(),
            requested_at: at,
            proposal: None,
            shield: Some(shield.clone()),
            steps: Vec::new(),
        };
        let [first, second] = decided_by;
        content.note(ShieldStepKind::Shield, first, Some(second), at);
        let until = (ActState::Approved, start_of_month(review));
        Ok((shield, self.act_known_as(act_id, organisation, until, &content).await?))
    }
}
