//! The end of it: the record, once, as both may see it at that moment.

use audit::{Action, Detail, DisclosureDetail};
use directory::access::Permission;
use directory::disclosure::{Disclosure, Purpose, RecordView};
use store::pending_acts::{self, ActRow, ActState};

use super::{ActHandle, Colleague, MediationError, MediationState, OpenAct, TO_OPEN, state_at};
use crate::session::Reasoned;
use crate::trail::Event;
use crate::{Directory, Disclosed};

impl Directory {
    /// Opens the record that the colleague approved: once, in the session that asked, and what both may see of it now. Every
    /// condition of both people is asked again; where one has lapsed, nothing is shown and the approval is spent. The
    /// use of the approval and the entry that names both are one transaction.
    ///
    /// # Errors
    ///
    /// [`MediationError`]; a refusal is in the trail too.
    pub async fn open_mediated(
        &self,
        who: &Reasoned,
        request: &ActHandle,
    ) -> Result<Disclosed<Disclosure>, MediationError> {
        let person = who.who();
        if !person.may(Permission::MediateAccess) || !person.may(Permission::ViewRecord) {
            return self.no_mediation(person, "not_permitted", MediationError::Forbidden).await;
        }
        let Some([act_id]) = self.unseal_ids(person, TO_OPEN, request.as_str()) else {
            return self.no_mediation(person, "not_a_handle_of_this_session", MediationError::Ended).await;
        };
        let Some(act) = self.mediation_act(act_id).await? else { return Err(MediationError::Ended) };
        let own = act.row.proposed_by == Some(person.account) && act.session == person.session.0;
        match state_at(&act.row, self.world.now()) {
            MediationState::Approved if own => {}
            MediationState::Waiting if own => return Err(MediationError::NotDecided),
            _ => return self.no_mediation(person, "not_open", MediationError::Ended).await,
        }
        let account = self.party(act.row.subject_id).await?;
        let asker = account.as_ref().and_then(|account| self.standing_with(person, account).ok());
        let shown = match &asker {
            Some(asker) => self.seen_by_both(act.child, person, asker, Purpose::OpenRecord).await?,
            None => Disclosure::NotFound,
        };
        let opened = self.open_children(&[act.child]).await?.pop();
        let near = opened.as_ref().map(|open| self.near(person, asker.as_ref().map(Colleague::own), open));
        let near = near.unwrap_or_default();
        let flags = self.noted_of_record(person, &near).await?;
        let event = viewed(&act, asker.as_ref(), &shown, flags).by(person).because(act.reason.code());
        let seen = opened.filter(|_| shown != Disclosure::NotFound);
        let event = event.and_of_joined(seen.iter().map(|open| &open.profile));
        let mut row = ActRow { state: ActState::Used, ..act.row };
        row.sealed = self.emptied(&row, act.reason, act.session).await?;
        let mut tx = self.store.begin().await?;
        if !pending_acts::replace(&mut tx, &row).await? {
            tx.rollback().await?;
            return Err(MediationError::Ended);
        }
        let receipt = self.commit_with(tx, vec![event]).await?;
        if shown == Disclosure::NotFound {
            return Err(MediationError::NothingToShow);
        }
        Ok(Disclosed::after_audit(shown, act.reason, receipt))
    }
}

/// The entry of a record shown, or not shown, to a mediator.
fn viewed(act: &OpenAct, asker: Option<&Colleague>, shown: &Disclosure, flags: Vec<String>) -> Event {
    let found = *shown != Disclosure::NotFound;
    let refused = if asker.is_none() { "colleague_lapsed" } else { "not_found" };
    let detail = DisclosureDetail {
        child: Some(act.child),
        fields_shown: shown.fields_shown().into_iter().map(str::to_owned).collect(),
        refused: (!found).then(|| refused.to_owned()),
        mediated_for: act.row.subject_id,
        flags,
        ..DisclosureDetail::default()
    };
    let action = if found { Action::RecordViewed } else { Action::RecordRefused };
    let event = Event::new(action, Detail::Disclosure(detail)).together_with(asker);
    let event = match (asker, act.row.subject_id) {
        (None, Some(account)) => event.changing_account(account),
        _ => event,
    };
    // As for every record: the header says what this kind of page shows, and names no child that was not shown.
    if found { event.about(act.child).showing(RecordView::FIELDS) } else { event.concerning([act.child]) }
}
