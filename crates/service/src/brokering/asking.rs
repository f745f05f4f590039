//! Asking. Nothing here looks at a child: the same statements run, and the same is answered, whatever the number.

use directory::access::Permission;
use rand::RngExt as _;
use store::broker_requests::{self, RequestRow};
use store::key_store;
use vault::Bundle;

use super::{BrokerError, BrokerRequest, BrokerStepKind, Content, step_event};
use crate::Directory;
use crate::session::Reasoned;

/// How many of one person's requests are read to see how many wait.
const READ: i64 = 500;

impl Directory {
    /// Hands a request in. Who asks, and for whom they work, comes from their account.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a refusal is in the trail too. Whether there is such a child, or anybody to be put in touch with, is
    /// none of them.
    pub async fn ask_to_be_put_in_touch(
        &self,
        who: &Reasoned,
        request: BrokerRequest,
    ) -> Result<(), BrokerError> {
        let person = who.who();
        if !person.may(Permission::RequestBrokering) {
            return self.no_brokering(person, "not_permitted", BrokerError::Forbidden).await;
        }
        let asker_key = self.asker_key(person.account);
        let mut conn = self.store.reader().await?;
        let own = broker_requests::of_asker(&mut conn, asker_key, READ).await?;
        drop(conn);
        let ids: Vec<_> = own.iter().map(|row| row.request_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let mut waiting = 0;
        for row in &own {
            let open = self.open_request(row, &wrapped)?;
            waiting += u16::from(open.is_some_and(|open| open.end.is_none() && !self.is_over(&open)));
        }
        if waiting >= self.policy.brokering.open_for_one_asker {
            return self.no_brokering(person, "too_many_waiting", BrokerError::TooManyWaiting).await;
        }
        let asked_at = self.world.now().as_microsecond();
        let mut content = Content {
            number: request.number,
            asker: person.account,
            asker_name: person.display_name.clone(),
            organisation: person.organisation_id,
            organisation_name: person.organisation.clone(),
            authority: person.authority.clone(),
            telephone: request.telephone,
            reason: request.reason,
            asked_at,
            taken_by: None,
            contacted: None,
            end: None,
            closed_at: None,
            steps: Vec::new(),
            led_to_a_child: false,
        };
        content.note(BrokerStepKind::Asked, person.account, asked_at);
        let mut rng = self.world.chance.generator();
        let request_id = vault::uuid_v4(rng.random());
        let bundle = Bundle::with_identity_slot(&mut rng);
        let row = RequestRow {
            request_id,
            // Whose it is is found out afterwards, beside everybody else's.
            authority: directory::accountable_authority::NATIONAL.to_owned(),
            asker_key,
            look_at: 0,
            version: 1,
            sealed: self.seal_request_with(&bundle, request_id, &content)?,
        };
        let mut keys = self.store.begin_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(request_id, &bundle, &mut rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin().await?;
        broker_requests::insert(&mut tx, &row).await?;
        self.commit_with(tx, vec![step_event(person, "asked", Some(request_id), None)]).await?;
        Ok(())
    }
}
