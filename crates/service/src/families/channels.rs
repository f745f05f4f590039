//! The channel of an answer, verified before anything leaves by it (rule 14.5): a code is made and shown once, goes out by that
//! very channel, and what comes back is entered by somebody of the desk who was never shown it. So neither a mistyped address
//! nor one person alone lets a letter go astray. What is kept is a keyed hash of the code, sealed in the matter.

use directory::families::{ChannelCode, ChannelProof, DeliveryChannel, FamilyRule};
use jiff::civil::Date;
use rand::RngExt as _;
use uuid::Uuid;

use super::matters::Matter;
use super::requests::{FamilyStepKind, RequestContent};
use super::{FamilyError, changed, reference_of, start_of};
use crate::Directory;
use crate::session::SignedIn;

/// A code as it is shown, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentChannelCode {
    /// The code.
    pub code: ChannelCode,
    /// The number under which the family knows the request.
    pub reference: String,
    /// By what it is to be sent.
    pub channel: DeliveryChannel,
    /// The day on which it is void.
    pub void_on: Date,
}

impl Directory {
    /// Makes the code that verifies the channel of a request, once the papers were seen. It is shown this once, and is void
    /// once another is made.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn make_channel_code(&self, who: &SignedIn, id: Uuid) -> Result<SentChannelCode, FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        let (channel, steps) = (matter.content.asker.channel(), &matter.content.steps);
        if !steps.is_open() || !steps.papers_seen() {
            return Err(FamilyRule::Moment.into());
        }
        if !channel.asks_for_code() {
            return Err(FamilyRule::NoCodeNeeded.into());
        }
        let code = ChannelCode::from_random(self.world.chance.generator().random());
        let hash = self.channel_code_hash(id, channel, &code);
        let void_on = self.policy.families.code_void_on(self.today());
        let tries = self.policy.families.code_tries;
        matter.content.channel.send(hash, who.account, start_of(void_on), tries);
        matter.content.steps.rechannel()?;
        self.take_request_step(who, matter, FamilyStepKind::CodeMade, "channel_code_made").await?;
        Ok(SentChannelCode { code, reference: reference_of(id), channel, void_on })
    }

    /// Enters the code that came back. A wrong one is counted, and after a few the code is void.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn enter_channel_code(
        &self,
        who: &SignedIn,
        id: Uuid,
        code: &ChannelCode,
    ) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        if !matter.content.steps.is_open() {
            return Err(FamilyRule::Moment.into());
        }
        let hash = self.channel_code_hash(id, matter.content.asker.channel(), code);
        let now = self.world.now().as_microsecond();
        match matter.content.channel.enter(&hash, who.account, now) {
            Ok(true) => {
                self.take_request_step(who, matter, FamilyStepKind::ChannelVerified, "channel_verified").await
            }
            Ok(false) => {
                let child = matter.content.child;
                let mut tx = self.store.begin().await?;
                self.keep_matter(&mut tx, &matter).await?;
                self.commit_with(tx, vec![changed(who, "channel_code_wrong", Some(id), Some(child))]).await?;
                Err(FamilyRule::WrongCode.into())
            }
            Err(FamilyRule::OwnCode) => self.not_done(who, "ones_own_work", FamilyRule::OwnCode.into()).await,
            Err(rule) => Err(rule.into()),
        }
    }

    /// Another channel for the answer. It is verified anew, and what was released is released anew.
    ///
    /// # Errors
    ///
    /// [`FamilyError`]; a refusal is in the trail too.
    pub async fn change_channel(
        &self,
        who: &SignedIn,
        id: Uuid,
        channel: DeliveryChannel,
    ) -> Result<(), FamilyError> {
        let (mut matter, _) = self.request(who, id).await?;
        matter.content.steps.rechannel()?;
        matter.content.asker.change_channel(channel);
        matter.content.channel = ChannelProof::default();
        self.take_request_step(who, matter, FamilyStepKind::ChannelChanged, "channel_changed").await
    }

    /// That the channel of a request was verified: without it nothing is released, taken or handed over.
    pub(super) async fn channel_is_verified(
        &self,
        who: &SignedIn,
        matter: &Matter<RequestContent>,
    ) -> Result<(), FamilyError> {
        match matter.content.channel_check() {
            Some(_) => Ok(()),
            None => self.not_done(who, "channel_not_verified", FamilyRule::Channel.into()).await,
        }
    }
}
