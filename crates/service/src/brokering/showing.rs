//! One request at a desk: who asks and why, the child as far as a desk must know it, and who works with the child. Neither
//! where the child is nor which authority answers for it is shown, at the shield desk least of all.

use audit::{Action, Detail, DisclosureDetail};
use directory::disclosure::{Disclosure, Purpose, RecordView, SensitiveServiceView, SpecialView};
use directory::{AuthorityCode, Sourced, Viewer};
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
            child: view.as_ref().map(|view| view.record.name.value.clone()),
            born: view.as_ref().and_then(|view| view.record.date_of_birth.as_ref().map(|born| born.value)),
            providers: view.as_ref().map(|view| self.providers_of(view)).unwrap_or_default(),
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
    ) -> Result<Option<Seen>, ServiceError> {
        let authority = open.desk.authority.as_deref().and_then(|code| AuthorityCode::parse(code).ok());
        let viewer = match authority {
            Some(authority) => Viewer::AuthorityManagement { authority },
            None => Viewer::AuthorityPractitioner,
        };
        let sources = self.sources().await?;
        Ok(match self.disclose_to(child, &sources, &viewer, Purpose::OpenRecord) {
            Some(Disclosure::Special(SpecialView::Management(view))) => {
                Some(Seen { record: view.record, sensitive: view.sensitive })
            }
            Some(Disclosure::Full(record)) => Some(Seen { record: *record, sensitive: Vec::new() }),
            _ => None,
        })
    }

    pub(super) fn providers_of(&self, view: &Seen) -> Vec<Provider> {
        let open = view.record.involvements.iter().map(|one| {
            let one = &one.value;
            Provider {
                key: self.provider_key(
                    one.service.service(),
                    one.organisation.as_ref(),
                    one.practitioner.as_ref(),
                ),
                service: one.service.service(),
                organisation: one.organisation.clone(),
                practitioner: one.practitioner.clone(),
                contact: one.contact.clone(),
                end: one.end,
                basis: None,
            }
        });
        let sensitive = view.sensitive.iter().filter(|one| !one.value.archived).map(|one| {
            let one = &one.value;
            Provider {
                key: self.provider_key(one.service, one.organisation.as_ref(), one.practitioner.as_ref()),
                service: one.service,
                organisation: one.organisation.clone(),
                practitioner: one.practitioner.clone(),
                contact: one.contact.clone(),
                end: one.end,
                basis: Some((one.basis, one.consent)),
            }
        });
        open.chain(sensitive).collect()
    }

    /// The provider of that key, while the record has it.
    pub(super) async fn provider_now(
        &self,
        open: &OpenRequest,
        key: &ProviderKey,
    ) -> Result<Option<Provider>, ServiceError> {
        let Some(child) = &open.child else { return Ok(None) };
        let view = self.seen_at_desk(child, open).await?;
        let providers = view.map(|view| self.providers_of(&view)).unwrap_or_default();
        Ok(providers.into_iter().find(|provider| provider.key == *key))
    }
}

/// As much of a record as a desk that brokers may work with.
pub(super) struct Seen {
    record: RecordView,
    sensitive: Vec<Sourced<SensitiveServiceView>>,
}

fn viewed(who: &SignedIn, child: Uuid, shown: &BrokerRequestView) -> Event {
    let fields = match shown.child {
        Some(_) => &["name", "date_of_birth", "number", "involvements", "sensitive"][..],
        None => &["number"][..],
    };
    let detail = DisclosureDetail {
        child: Some(child),
        fields_shown: fields.iter().map(|&field| field.to_owned()).collect(),
        flags: vec![AT_BROKERING.to_owned()],
        ..DisclosureDetail::default()
    };
    // The header names what any page of a record shows: the trail must not flag a shield.
    Event::new(Action::RecordViewed, Detail::Disclosure(detail))
        .by(who)
        .about(child)
        .showing(RecordView::FIELDS)
}
