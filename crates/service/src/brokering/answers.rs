//! What whoever asked is told. A revealed contact is read from the record as it is now: it ends by itself, with the days the
//! policy gives it, with the involvement, and with the consent on which a sensitive one stood.

use audit::{Action, Detail, ExportDetail};
use directory::access::Permission;
use directory::brokering::{BrokerEnd, ProviderChoice};
use store::broker_requests;
use uuid::Uuid;

use super::{BrokerAnswer, BrokerError, Content, OpenRequest, OwnBrokerRequest, desk_of};
use crate::session::Reasoned;
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// How many of one's own requests are listed.
const LISTED: i64 = 500;

impl Directory {
    /// One's own requests, the newest first. The entry is durable before anything is shown.
    ///
    /// # Errors
    ///
    /// [`BrokerError::Forbidden`] or the system's.
    pub async fn own_broker_requests(
        &self,
        who: &Reasoned,
    ) -> Result<Disclosed<Vec<OwnBrokerRequest>>, BrokerError> {
        let person = who.who();
        if !person.may(Permission::RequestBrokering) {
            return self.no_brokering(person, "not_permitted", BrokerError::Forbidden).await;
        }
        let mut conn = self.store.reader().await?;
        let rows = broker_requests::of_asker(&mut conn, self.asker_key(person.account), LISTED).await?;
        drop(conn);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.request_id).collect();
        let wrapped = self.wrapped_bundles(&ids).await?;
        let (mut own, mut children) = (Vec::new(), Vec::new());
        for row in rows {
            let Some(content) = self.open_request(&row, &wrapped)? else { continue };
            // The keyed hash found it; the account itself is asked again.
            if content.asker != person.account || self.is_over(&content) {
                continue;
            }
            let (asked, number, reason) = (content.asked(), content.number.clone(), content.reason);
            let (answer, child) = self.broker_answer(row, content).await?;
            children.extend(child);
            own.push(OwnBrokerRequest { asked, number, reason, answer });
        }
        own.sort_by_key(|one| std::cmp::Reverse(one.asked));
        let detail = ExportDetail { what: "own_brokering".to_owned(), ..ExportDetail::default() };
        let event = Event::new(Action::BrokeringRead, Detail::Export(detail)).by(person).concerning(children);
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(own, *who.reason(), receipt))
    }

    /// What is told of one request, and the child of whom a contact is told.
    async fn broker_answer(
        &self,
        row: broker_requests::RequestRow,
        content: Content,
    ) -> Result<(BrokerAnswer, Option<Uuid>), ServiceError> {
        let reveal = match &content.end {
            None => return Ok((BrokerAnswer::Received, None)),
            Some(BrokerEnd::Provider(ProviderChoice::Reveal(reveal))) => reveal.clone(),
            Some(
                BrokerEnd::Provider(ProviderChoice::CallBack | ProviderChoice::Decline) | BrokerEnd::Nothing,
            ) => {
                return Ok((BrokerAnswer::DealtWith, None));
            }
        };
        let until = self.policy.brokering.ends(content.asked(), content.closed());
        let child = self.child_asked_about(&content).await?;
        let desk = desk_of(&content, child.as_ref());
        let (contacted, child_id) =
            (content.contacted.clone(), child.as_ref().map(|child| child.row.child_id));
        let open = OpenRequest { row, content, child, desk };
        let provider = match &contacted {
            Some(key) => self.provider_now(&open, key).await?,
            None => None,
        };
        let Some(provider) = provider else { return Ok((BrokerAnswer::DealtWith, None)) };
        Ok((BrokerAnswer::Revealed { contact: provider.seen.revealed(&reveal), until }, child_id))
    }
}
