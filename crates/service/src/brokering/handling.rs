//! The desk's steps with a request, each written with its entry: taken on by a named person, a provider reached, what the
//! provider chose, or that there is nobody (rule 8.11). Never by whoever asked (rule 12.13).

use directory::brokering::{BrokerEnd, BrokerRule, BrokerState, ProviderChoice};
use store::broker_requests::{self, RequestRow};
use uuid::Uuid;

use super::{BrokerError, BrokerStepKind, Content, OpenRequest, ProviderKey, step_event};
use crate::Directory;
use crate::session::SignedIn;

impl Directory {
    /// Takes a request on, from another of the desk too.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a refusal is in the trail too.
    pub async fn take_on_broker_request(&self, who: &SignedIn, id: Uuid) -> Result<(), BrokerError> {
        let mut open = self.to_handle(who, id, BrokerState::may_take_on).await?;
        open.content.taken_by = Some(who.account);
        self.put_step(who, open, BrokerStepKind::TakenOn).await
    }

    /// Records which of those who work with the child was reached. Another may be reached after them.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a refusal is in the trail too.
    pub async fn record_provider_contacted(
        &self,
        who: &SignedIn,
        id: Uuid,
        provider: &ProviderKey,
    ) -> Result<(), BrokerError> {
        let mut open = self.to_handle(who, id, BrokerState::may_go_on).await?;
        if self.provider_now(&open, provider).await?.is_none() {
            return self.no_brokering(who, "no_such_provider", BrokerError::NoSuchProvider).await;
        }
        open.content.contacted = Some(provider.clone());
        self.put_step(who, open, BrokerStepKind::Contacted).await
    }

    /// Records what the provider chose, and closes the request.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a refusal is in the trail too.
    pub async fn record_provider_choice(
        &self,
        who: &SignedIn,
        id: Uuid,
        choice: ProviderChoice,
    ) -> Result<(), BrokerError> {
        let mut open = self.to_handle(who, id, BrokerState::may_record_choice).await?;
        let kind = match &choice {
            ProviderChoice::Reveal(reveal) => {
                let provider = match &open.content.contacted {
                    Some(key) => self.provider_now(&open, key).await?,
                    None => None,
                };
                let Some(provider) = provider else {
                    return self.no_brokering(who, "no_such_provider", BrokerError::NoSuchProvider).await;
                };
                let named = !provider.seen.revealed(reveal).names.is_empty();
                if !named {
                    return self.no_brokering(who, "nobody_named", BrokerRule::NobodyNamed.into()).await;
                }
                BrokerStepKind::Reveal
            }
            ProviderChoice::CallBack => BrokerStepKind::CallBack,
            ProviderChoice::Decline => BrokerStepKind::Decline,
        };
        self.end_with(&mut open.content, BrokerEnd::Provider(choice));
        self.put_step(who, open, kind).await
    }

    /// Closes a request with nobody to put in touch.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a refusal is in the trail too.
    pub async fn close_with_nothing(&self, who: &SignedIn, id: Uuid) -> Result<(), BrokerError> {
        let mut open = self.to_handle(who, id, BrokerState::may_go_on).await?;
        self.end_with(&mut open.content, BrokerEnd::Nothing);
        self.put_step(who, open, BrokerStepKind::Nothing).await
    }

    pub(super) fn end_with(&self, content: &mut Content, end: BrokerEnd) {
        content.end = Some(end);
        content.closed_at = Some(self.world.now().as_microsecond());
    }

    async fn to_handle(
        &self,
        who: &SignedIn,
        id: Uuid,
        may: impl Fn(&BrokerState, Uuid) -> Result<(), BrokerRule>,
    ) -> Result<OpenRequest, BrokerError> {
        let open = self.request_at_desk(who, id).await?;
        match may(&open.content.state(), who.account) {
            Ok(()) => Ok(open),
            Err(rule) => {
                let why = match rule {
                    BrokerRule::OnesOwnRequest => "ones_own_request",
                    _ => "not_the_moment",
                };
                self.no_brokering(who, why, rule.into()).await
            }
        }
    }

    async fn put_step(
        &self,
        who: &SignedIn,
        open: OpenRequest,
        kind: BrokerStepKind,
    ) -> Result<(), BrokerError> {
        let OpenRequest { row, mut content, child, .. } = open;
        content.note(kind, who.account, self.world.now().as_microsecond());
        let id = row.request_id;
        let row = RequestRow { sealed: self.seal_request(id, &content).await?, ..row };
        let mut tx = self.store.begin().await?;
        if !broker_requests::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(BrokerError::Changed);
        }
        let child = child.map(|child| child.row.child_id);
        self.commit_with(tx, vec![step_event(who, code(kind), Some(id), child)]).await?;
        Ok(())
    }
}

fn code(kind: BrokerStepKind) -> &'static str {
    match kind {
        BrokerStepKind::Asked => "asked",
        BrokerStepKind::TakenOn => "taken_on",
        BrokerStepKind::Contacted => "provider_contacted",
        BrokerStepKind::Reveal => "provider_reveals",
        BrokerStepKind::CallBack => "provider_calls_back",
        BrokerStepKind::Decline => "provider_declines",
        BrokerStepKind::Nothing => "nothing_to_broker",
    }
}
