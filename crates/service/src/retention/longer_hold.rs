//! A legal hold that goes on: one person proposes a later last day, another decides. No key moves: the record stays where it is,
//! and with it whatever is due on the day on which the hold would have ended.

use directory::access::Permission;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};
use store::pending_acts::{self, ActRow, ActState};
use uuid::Uuid;

use super::holding::{AT_MOST, Content, HOLD, HoldError, LONGER, TRIES, end_of};
use super::participation::{busy, refused};
use super::replaying_holds::replayed;
use crate::journal::JournalEntry;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// For how many days before a hold ends those who decide holds are reminded of it.
const REMINDED_DAYS: i64 = 30;

impl Directory {
    /// Proposes that a hold in force ends later than it would. Returns the act.
    ///
    /// # Errors
    ///
    /// [`HoldError`]; a refusal is in the trail too. [`HoldError::Day`] for a day that is no later than its present one, or is
    /// more than `hold_years` from today.
    pub async fn propose_longer_hold(
        &self,
        who: &SignedIn,
        hold: Uuid,
        until: Date,
    ) -> Result<Uuid, HoldError> {
        if !who.may(Permission::HoldRecords) {
            self.record(refused(LONGER).by(who)).await?;
            return Err(HoldError::Forbidden);
        }
        let content = self.hold_to_change(who, hold, LONGER).await?;
        if !self.has_custody(hold).await? {
            return self.not_held(who, LONGER, HoldError::NoLongerOpen).await;
        }
        if until <= content.until || until > self.longest_hold() {
            return Err(HoldError::Day);
        }
        let longer = Content { hold: Some(hold), ..Content::of(content.child, content.basis, until) };
        self.propose(who, LONGER, &longer, "hold_longer_proposed").await
    }

    /// How many holds at the person's organisation end by themselves within a month, and the last day of the first: none of a child
    /// whose shield bars the person, as on their list.
    pub(crate) async fn legal_holds_ending(
        &self,
        who: &SignedIn,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        if !who.may(Permission::HoldRecords) {
            return Ok(None);
        }
        let now = self.world.now();
        let by = now + SignedDuration::from_hours(24 * REMINDED_DAYS);
        let within = (now.as_microsecond(), by.as_microsecond());
        let standing = (HOLD, ActState::Approved);
        let at = who.organisation_id;
        let ending =
            pending_acts::ending_at(&mut self.store.reader().await?, at, standing, within, AT_MOST).await?;
        let mut due = Vec::new();
        for (act, content) in self.open_acts::<Content>(ending).await? {
            // One whose release was interrupted is released to the end, and not made longer.
            if self.has_custody(act.act_id).await? {
                due.push((content.child, content.until));
            }
        }
        self.counted_for(who, due).await
    }

    /// The last day to which a hold may last as of today.
    pub(super) fn longest_hold(&self) -> Date {
        let years = i64::from(self.policy.retention.hold_years);
        self.today().checked_add(years.years()).unwrap_or(Date::MAX)
    }

    /// Gives a hold its later day, as the second person agreed.
    pub(super) async fn go_on_until(
        &self,
        act: ActRow,
        hold: Uuid,
        until: Date,
        event: Event,
    ) -> Result<(), HoldError> {
        let mut journalled = None;
        for _ in 0..TRIES {
            let held = self.hold_in_force(hold).await;
            // The moment is read after the hold: one whose day has come is being ended, and its keys may be on their way.
            let now = self.world.now().as_microsecond();
            let held = match held {
                Ok(held) if held.expires_at > now => held,
                Ok(_) | Err(HoldError::NoLongerOpen) => break,
                Err(error) => return Err(error),
            };
            let content = self.hold_content(&held).await?;
            // One whose keys went back is over, although whoever was to say so was killed: it is released to the end.
            if content.until >= until || !self.has_custody(hold).await? {
                break;
            }
            if journalled.is_none() {
                journalled = Some(self.journal(&JournalEntry::LegalHoldLonger { hold, until }).await?);
            }
            let longer = self.with_last_day(held, content, until).await?;
            let mut tx = self.store.begin().await?;
            if !pending_acts::replace(&mut tx, &longer).await? {
                // What was said under the hold meanwhile is written beside it.
                tx.rollback().await?;
                continue;
            }
            if !pending_acts::replace(&mut tx, &ActRow { state: ActState::Used, ..act.clone() }).await? {
                tx.rollback().await?;
                break;
            }
            self.commit_with(tx, vec![event]).await?;
            return Ok(());
        }
        self.void_in_journal(journalled.as_slice()).await?;
        Err(HoldError::NoLongerOpen)
    }

    /// Gives a hold that a restored database has in force the later day that two people had given it since; whether it had not.
    pub(super) async fn longer_again(
        &self,
        hold: Uuid,
        until: Date,
        dry: bool,
    ) -> Result<bool, ServiceError> {
        let act = pending_acts::by_id(&mut self.store.reader().await?, hold).await?;
        let Some(held) = act.filter(|act| act.state == ActState::Approved) else { return Ok(false) };
        // Of a child that was destroyed since, what was decided about its holds went with it.
        let Some(content) = self.open_act::<Content>(&held).await? else { return Ok(false) };
        if content.until >= until || dry {
            return Ok(content.until < until);
        }
        let child = content.child;
        let longer = self.with_last_day(held, content, until).await?;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &longer).await? {
            tx.rollback().await?;
            return Err(busy());
        }
        self.commit_with(tx, vec![replayed(child)]).await?;
        Ok(true)
    }

    async fn with_last_day(
        &self,
        held: ActRow,
        content: Content,
        until: Date,
    ) -> Result<ActRow, ServiceError> {
        let sealed = self.sealed_hold(&held, &Content { until, ..content }).await?;
        Ok(ActRow { expires_at: end_of(until), sealed, ..held })
    }
}
