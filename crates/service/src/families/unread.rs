//! Requests about a number under which nobody can be read: one that was never issued, or one whose record lies under a legal hold. Both
//! are taken in, stand at the desk that took them in and are answered alike. When the hold ends, the request goes on.

use directory::ChildNumber;
use directory::families::{ChannelProof, RequestState};
use rand::RngExt as _;
use store::family_matters::{self as rows, MatterKind, MatterState};
use store::{Tx, parted_keys};
use uuid::Uuid;

use super::matters::Matter;
use super::placing::PLACED;
use super::requests::{FamilyStepKind, RequestContent};
use super::{LISTED, start_of};
use crate::records::OpenChild;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// The child of a number that leads to nobody who can be read, where a legal hold is why; otherwise a random id that is no
    /// child's, for somebody whom a shield bars too.
    pub(super) async fn unread_child(
        &self,
        who: &SignedIn,
        number: &ChildNumber,
    ) -> Result<Uuid, ServiceError> {
        let nobody = vault::uuid_v4(self.world.chance.generator().random());
        let led = self.led_by(&mut self.store.reader().await?, number).await?;
        let Some(child) = led.first() else { return Ok(nobody) };
        // Asked of a stranger too: the time would tell.
        let held = parted_keys::held(&mut self.store.key_reader().await?, &[child]).await;
        let held = led.told(held.map(Some))?.is_some_and(|held| held.contains(&child));
        let theirs = held && !self.is_barred_from(who, child).await?;
        Ok(if theirs { child } else { nobody })
    }

    /// As a hold ends, in its own transaction: the requests about the child go to whoever answers for it, and those that were
    /// answered while there was nothing to read are open again, to be answered within the time from today.
    pub(crate) async fn go_on_with_requests(
        &self,
        tx: &mut Tx,
        open: &OpenChild,
    ) -> Result<(), ServiceError> {
        let child = open.row.child_id;
        let mut found = Vec::new();
        let mut conn = self.store.reader().await?;
        // Whatever was joined into it, too.
        for child in open.profile.group(child) {
            for state in [MatterState::Open, MatterState::Closed] {
                let (key, kind) = (self.family_child(child), MatterKind::SubjectRequest);
                found.extend(rows::about_child(&mut conn, key, kind, state, LISTED).await?);
            }
        }
        drop(conn);
        for mut matter in self.open_matters::<RequestContent>(found).await? {
            let placed = self.place_anew(&mut matter.content, open);
            let again = self.answer_again(&mut matter);
            if !(placed || again) {
                continue;
            }
            let change = if again { "request_reopened" } else { PLACED };
            self.put_in_place(tx, &matter, change).await?;
        }
        Ok(())
    }

    /// Opens a request again that was answered from nothing: whether it was. Its channel is verified anew, for it may be long ago.
    fn answer_again(&self, matter: &mut Matter<RequestContent>) -> bool {
        let content = &mut matter.content;
        let from_nothing = content.prepared.as_ref().is_some_and(|prepared| prepared.unread);
        if content.steps.state != RequestState::Delivered || !from_nothing || content.steps.reopen().is_err()
        {
            return false;
        }
        let today = self.today();
        content.again = Some(today);
        content.extended = None;
        content.prepared = None;
        content.channel = ChannelProof::default();
        content.note(FamilyStepKind::Reopened, None, self.world.now().as_microsecond());
        matter.row.state = MatterState::Open;
        matter.row.due_on = start_of(self.policy.families.deadline(today));
        true
    }
}
