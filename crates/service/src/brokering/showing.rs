//! One request at a desk: who asks and why, the child as far as a desk must know it, and who works with the child. Neither
//! where the child is nor which authority answers for it is shown, at the shield desk least of all.

use audit::{Action, Detail, DisclosureDetail};
use directory::AuthorityCode;
use directory::disclosure::{BrokeringView, ProviderView, RecordView, disclose_for_brokering};
use store::broker_requests;
use uuid::Uuid;

use super::{
    BrokerError, BrokerRequestView, BrokerStep, OpenRequest, Provider, ProviderKey, instant, step_event,
};
use crate::records::OpenChild;
use crate::session::{Reasoned, SignedIn};
use crate::trail::Event;
use crate::{Directory, Disclosed, ServiceError};

/// Marks, in the sealed body of an entry, that a child was shown at a desk for brokering and not looked up.
pub(crate) const AT_BROKERING: &str = "at_brokering";

impl Directory {
    /// Opens a request. The child's entry is in the trail like that of any record, shielded or not, before this returns.
    ///
    /// # Errors
    ///
    /// [`BrokerError`]; a refusal is in the trail too.
    pub async fn broker_request(
        &self,
        who: &Reasoned,
        id: Uuid,
    ) -> Result<Disclosed<BrokerRequestView>, BrokerError> {
        let person = who.who();
        let open = self.request_at_desk(person, id).await?;
        let view = match &open.child {
            Some(child) => self.seen_at_desk(child, &open).await?,
            None => None,
        };
        let (content, state) = (&open.content, open.content.state());
        let people: Vec<Uuid> = content.steps.iter().map(|step| step.by).collect();
        let mut conn = self.store.reader().await?;
        let labels = self.labels_of(&mut conn, &people).await?;
        drop(conn);
        let steps = content.steps.iter().map(|step| BrokerStep {
            kind: step.kind,
            by: labels.get(&step.by).cloned(),
            at: instant(step.at),
        });
        let shown = BrokerRequestView {
            line: self.broker_line(person, &open),
            telephone: content.telephone.clone(),
            number: content.number.clone(),
            child: view.as_ref().map(|view| view.child.clone()),
            providers: view.map(|view| self.providers_of(view)).unwrap_or_default(),
            contacted: content.contacted.clone(),
            steps: steps.collect(),
            may_take_on: state.may_take_on(person.account).is_ok() && state.taken_by != Some(person.account),
            may_go_on: state.may_go_on(person.account).is_ok(),
            protected: open.desk.protected,
        };
        let event = match &open.child {
            Some(child) => viewed(person, child.row.child_id, &shown),
            None => step_event(person, "opened_about_nobody", Some(id), None),
        };
        let receipt = self.record(event).await?;
        Ok(Disclosed::after_audit(shown, *who.reason(), receipt))
    }

    /// A request that this person reaches at the desk whose it is now; otherwise the refusal is written.
    pub(super) async fn request_at_desk(&self, who: &SignedIn, id: Uuid) -> Result<OpenRequest, BrokerError> {
        use directory::access::Permission::{DecideShield, HandleBrokering};
        if !who.may(HandleBrokering) && !who.may(DecideShield) {
            return self.no_brokering(who, "not_permitted", BrokerError::Forbidden).await;
        }
        let mut conn = self.store.reader().await?;
        let row = broker_requests::by_id(&mut conn, id).await?;
        drop(conn);
        let open = self.open_requests(row.into_iter().collect()).await?.pop();
        match open.filter(|open| open.desk.is_of(who)) {
            Some(open) if !self.hides(&open, who).await? => Ok(open),
            _ => self.no_brokering(who, "not_within_reach", BrokerError::NotFound).await,
        }
    }

    /// The record as management of the authority that answers for it sees it; of a child nobody answers for yet, as anybody
    /// does.
    pub(super) async fn seen_at_desk(
        &self,
        child: &OpenChild,
        open: &OpenRequest,
    ) -> Result<Option<BrokeringView>, ServiceError> {
        let authority = open.desk.authority.as_deref().and_then(|code| AuthorityCode::parse(code).ok());
        let sources = self.sources().await?;
        let record = self.readable_record(child, &sources);
        Ok(record.and_then(|record| disclose_for_brokering(&record, authority, self.today())))
    }

    fn providers_of(&self, view: BrokeringView) -> Vec<Provider> {
        let provider = |seen: ProviderView| Provider {
            key: self.provider_key(seen.service, seen.organisation.as_ref(), seen.practitioner.as_ref()),
            seen,
        };
        view.providers.into_iter().map(provider).collect()
    }

    /// The provider of that key, while the record has it.
    pub(super) async fn provider_now(
        &self,
        open: &OpenRequest,
        key: &ProviderKey,
    ) -> Result<Option<Provider>, ServiceError> {
        let Some(child) = &open.child else { return Ok(None) };
        let view = self.seen_at_desk(child, open).await?;
        let providers = view.map(|view| self.providers_of(view)).unwrap_or_default();
        Ok(providers.into_iter().find(|provider| provider.key == *key))
    }
}

fn viewed(who: &SignedIn, child: Uuid, shown: &BrokerRequestView) -> Event {
    let fields = match shown.child {
        Some(_) => &BrokeringView::FIELDS[..],
        None => &[],
    };
    let detail = DisclosureDetail {
        child: Some(child),
        fields_shown: ["number"].iter().chain(fields).map(|&field| field.to_owned()).collect(),
        flags: vec![AT_BROKERING.to_owned()],
        ..DisclosureDetail::default()
    };
    // The header names what any page of a record shows: the trail must not flag a shield.
    Event::new(Action::RecordViewed, Detail::Disclosure(detail))
        .by(who)
        .about(child)
        .showing(RecordView::FIELDS)
}
