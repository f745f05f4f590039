//! A desk's list of offers, made and received. It names no child, and no ordinary queue holds any of it.

use audit::{Action, Detail, ExportDetail};
use directory::transfer::TransferState;
use store::{organisations, transfer_offers};
use uuid::Uuid;

use super::rows::Offer;
use super::{Side, TransferDesk, TransferError, TransferLine, desks_of};
use crate::Directory;
use crate::session::SignedIn;
use crate::trail::Event;

/// How many offers of each side a desk looks at.
const LISTED: i64 = 1_000;

impl Directory {
    /// The offers at the desks this person works at, those that wait and are due first first. The entry is durable before
    /// anything is shown.
    ///
    /// # Errors
    ///
    /// [`TransferError::Forbidden`] or the system's.
    pub async fn transfers(&self, who: &SignedIn) -> Result<TransferDesk, TransferError> {
        self.hands_on(who).await?;
        let mut desk = TransferDesk::default();
        for code in desks_of(who) {
            let mut conn = self.store.reader().await?;
            let offers = self.transfer_desk(&code, Side::Offers);
            let made = transfer_offers::offered_by(&mut conn, offers, LISTED).await?;
            let answers = self.transfer_desk(&code, Side::Answers);
            let received = transfer_offers::offered_to(&mut conn, answers, LISTED).await?;
            drop(conn);
            for (rows, side) in [(made, Side::Offers), (received, Side::Answers)] {
                let offers = self.open_offers(rows).await?;
                // Whom a shield bars is told of no such child, here as everywhere.
                let children: Vec<Uuid> = offers.iter().map(|offer| offer.content.child).collect();
                let barred = self.barred_among(who, &children).await?;
                for offer in offers.iter().filter(|offer| !barred.contains(&offer.content.child)) {
                    let line = self.transfer_line(offer, side).await?;
                    match side {
                        Side::Offers => desk.offered.push(line),
                        Side::Answers => desk.received.push(line),
                    }
                }
            }
        }
        for lines in [&mut desk.offered, &mut desk.received] {
            lines.sort_by_key(|line| (line.state != TransferState::Offered, line.due, line.id));
        }
        let detail = ExportDetail { what: "transfers".to_owned(), ..ExportDetail::default() };
        self.record(Event::new(Action::ShieldsRead, Detail::Export(detail)).by(who)).await?;
        Ok(desk)
    }

    /// The line of an offer as one side reads it. Whoever offers reads the name that they gave; whoever answers is not told where the
    /// child is answered for until now, which is where it was (law 3).
    pub(super) async fn transfer_line(
        &self,
        offer: &Offer,
        side: Side,
    ) -> Result<TransferLine, TransferError> {
        let content = &offer.content;
        // Read for either side: the time would tell.
        let to = organisations::by_id(&mut self.store.reader().await?, content.to).await?;
        let waits = content.state == TransferState::Offered;
        Ok(TransferLine {
            id: offer.row.offer_id,
            to: to.map(|row| row.name).filter(|_| side == Side::Offers),
            reason: content.reason,
            state: content.state,
            since: content.offered_on,
            due: content.due,
            overdue: waits && content.due < self.today(),
        })
    }
}
